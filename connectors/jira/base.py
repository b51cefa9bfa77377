"""What every part of the connector stands on: the client, and what is known of the site by now."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from pydantic import JsonValue

from connectors.errors import Rejected
from connectors.jira import shape
from connectors.jira.answers import CommentRow, CommentsPage, FieldRow, IssueRow, ProjectRow, UserRow
from connectors.jira.client import PROPERTY, JiraClient, marker_in
from connectors.jira.data_center import DataCenterClient
from connectors.jira.edition import DATA_CENTER, edition
from connectors.jira.fields import CustomFields
from connectors.jira.fitting import fitting_title
from connectors.jira.moves import Mover
from connectors.jira.settings import JiraSettings
from connectors.model import Audience, Item, Ref
from connectors.protocol import Gate, Observation

REMEMBERED_MARKERS = 50_000
CLOCK_SKEW = timedelta(minutes=10)
"""How far our clock and Jira's may be apart when something sent at a time is looked for."""
_LINE_BREAKS = re.compile(r"\s*[\r\n]+\s*")


class JiraBase:
    """Asks the site once for what does not change while a connector lives."""

    def __init__(self, connection: str, settings: JiraSettings, gate: Gate) -> None:
        self.connection = connection
        self.settles = timedelta(seconds=settings.settle_seconds)
        self._settings = settings
        self._base = (settings.browse_url or settings.url).rstrip("/")
        self._edition = edition(settings.edition)
        client = DataCenterClient if self._edition is DATA_CENTER else JiraClient
        self._client = client(connection, settings, gate)
        self._mover = Mover(connection, self._client)
        self._known_custom: CustomFields | None = None
        self._known_account: UserRow | None = None
        self._known_projects: dict[str, ProjectRow] = {}
        self._known_markers: dict[str, str | None] = {}
        self._known_quiet: dict[str, bool] = {}
        """Whether edits may be made without a mail, by project."""

    def _observations(self, rows: list[IssueRow]) -> tuple[Observation, ...]:
        pages = [self._thread(row) for row in rows]
        markers = self._markers([comment for page in pages if page for comment in page.comments])
        observations = []
        for row, page in zip(rows, pages, strict=True):
            item = self._item(row)
            comments = shape.comments(page.comments, item.audience, markers) if page else None
            complete = page is not None and page.total <= len(page.comments)
            observations.append(Observation(item, comments, complete))
        return tuple(observations)

    def _thread(self, row: IssueRow) -> CommentsPage | None:
        """The comments that came along with an issue."""
        return row.fields.comment

    def _item(self, row: IssueRow) -> Item:
        self._mover.saw(row)
        return shape.item(self.connection, self._base, row, self._marker(row), self._custom())

    def _marker(self, row: IssueRow) -> str | None:
        """The marker of the write that made the issue.

        The answer to an edit has no properties. There our label tells, on what this very account created: a
        clone of an issue has its labels, too, but another creator.
        """
        if row.properties is not None:
            return marker_in(row.properties.get(PROPERTY))
        label = next((label for label in row.fields.labels if label.startswith(shape.MARKER_PREFIX)), None)
        creator = row.fields.creator
        ours = label is not None and creator is not None and creator.id == self._account().id
        return label if ours else None

    def _markers(self, rows: Iterable[CommentRow]) -> dict[str, str | None]:
        """Markers by comment id. Jira shows properties on request only: asked once per comment of ours."""
        rows = list(rows)
        authors = {row.id: row.author.id for row in rows if row.author is not None}
        if authors:
            ours = [id_ for id_, author in authors.items() if author == self._account().id]
            if len(self._known_markers) > REMEMBERED_MARKERS:
                self._known_markers.clear()
            shown = {row.id: row for row in rows if row.properties is not None}
            self._known_markers |= {id_: marker_in(row.property(PROPERTY)) for id_, row in shown.items()}
            unknown = [id_ for id_ in ours if id_ not in self._known_markers]
            self._known_markers |= self._client.markers(unknown)
        return self._known_markers

    def _fields(self, values: dict[str, JsonValue]) -> dict[str, JsonValue]:
        """Canonical fields in Jira's form. Raises Rejected for one that Jira does not have."""
        written: dict[str, JsonValue] = {}
        for name, value in values.items():
            if name.startswith("custom."):
                field, native = self._custom().write(self.connection, name.removeprefix("custom."), value)
                written[field] = native
            elif name == "title":
                written["summary"] = fitting_title(_LINE_BREAKS.sub(" ", str(value or "")))
            elif name == "body":
                written["description"] = self._edition.texts.write(str(value)) if value else None
            elif name == "priority":
                written["priority"] = None if value is None else {"name": value}
            elif name == "type":
                written["issuetype"] = {"name": value}
            elif name == "assignee":
                written["assignee"] = None if value is None else {self._edition.user: value}
            else:
                raise Rejected(f"{self.connection}: Jira has no field '{name}'")
        return written

    def _place(self, ref: Ref) -> Audience:
        """Who reads the issue's own text; asked only where a service project is among ours."""
        projects = [self._project(key) for key in self._settings.projects]
        if all(shape.audience_of(project) is Audience.INTERNAL for project in projects):
            return Audience.INTERNAL
        return shape.audience_of(self._client.standing(ref.id).fields.project)

    def _project(self, key: str) -> ProjectRow:
        if key not in self._known_projects:
            self._known_projects[key] = self._client.project(key)
        return self._known_projects[key]

    def _account(self) -> UserRow:
        if self._known_account is None:
            self._known_account = self._client.myself()
        return self._known_account

    def _custom(self) -> CustomFields:
        if self._known_custom is None:
            self._known_custom = CustomFields(self._client.fields(), self._edition)
        return self._known_custom

    def _learn_fields(self, rows: list[FieldRow]) -> None:
        """Take in what a search told of the fields, so that nobody has to ask for them."""
        if self._known_custom is None and rows:
            self._known_custom = CustomFields(rows, self._edition)
