"""Jira Cloud: issues of the configured projects, through REST API v3.

What Loopwright leaves in Jira: an issue property and a comment property ``loopwright`` that hold the marker
of the write, and on issues that it created a label equal to the marker, because search finds labels and not
properties. Nobody sees the label in :class:`connectors.model.Item`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar, Self

from pydantic import BaseModel

from connectors.errors import Conflict, ConnectorError, OutcomeUnknown, Rejected
from connectors.jira import changes, shape, webhooks
from connectors.jira.answers import CommentRow, IssueRow, ProjectRow, UserRow
from connectors.jira.changes import Cursor
from connectors.jira.client import PROPERTY, JiraClient, marker_in
from connectors.jira.fields import CustomFields
from connectors.jira.fitting import fitting
from connectors.jira.jql import literal
from connectors.jira.moves import Mover
from connectors.jira.settings import JiraSettings
from connectors.model import Audience, Comment, CommentDraft, Draft, Item, JsonValue, Patch, Ref
from connectors.protocol import Account, ChangePage, Delivery, Gate, Observation, WebhookRequest
from connectors.text import adf

__all__ = ["JiraConnector", "JiraSettings"]

NEEDED = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "TRANSITION_ISSUES",
    "ADD_COMMENTS",
    "ASSIGN_ISSUES",
)
"""The project permissions that syncing needs."""
CLOCK_SKEW = timedelta(minutes=10)
"""How far our clock and Jira's may be apart when something sent at a time is looked for."""
REMEMBERED_MARKERS = 50_000
CANDIDATES = 100
"""How many issues without our label are looked into for our marker."""
_LINE_BREAKS = re.compile(r"\s*[\r\n]+\s*")


class JiraConnector:
    """One account of one Jira Cloud site."""

    system: ClassVar[str] = "jira"
    Settings: ClassVar[type[BaseModel]] = JiraSettings

    def __init__(self, connection: str, settings: JiraSettings, gate: Gate) -> None:
        self.connection = connection
        self.settles = timedelta(seconds=settings.settle_seconds)
        self._settings = settings
        self._base = (settings.browse_url or settings.url).rstrip("/")
        self._client = JiraClient(connection, settings, gate)
        self._mover = Mover(connection, self._client)
        self._known_custom: CustomFields | None = None
        self._known_account: UserRow | None = None
        self._known_projects: dict[str, ProjectRow] = {}
        self._known_markers: dict[str, str | None] = {}

    @classmethod
    def open(cls, connection: str, settings: BaseModel, gate: Gate) -> Self:
        if not isinstance(settings, JiraSettings):
            raise TypeError(f"settings of {connection} are {type(settings).__name__}, not JiraSettings")
        return cls(connection, settings, gate)

    def check(self) -> Account:
        account = self._account()
        visible = self._client.visible_projects(self._settings.projects)
        warnings = [
            f"project {key} does not exist, or the account may not browse it"
            for key in self._settings.projects
            if key not in visible
        ]
        warnings += [f"permission {key} is missing" for key in self._client.missing_permissions(NEEDED)]
        return Account(account.displayName, account.accountId, self._base, tuple(warnings))

    def changes(self, cursor: str | None) -> ChangePage:
        at = Cursor() if cursor is None else Cursor.model_validate_json(cursor)
        overlap = timedelta(minutes=self._settings.overlap_minutes)
        rows, then = changes.next_page(self._client, self._settings.projects, overlap, at)
        return ChangePage(self._observations(rows), then.model_dump_json(), more=then.token is not None)

    def get(self, ref: Ref) -> Observation:
        return self._observations([self._client.issue(ref.id)])[0]

    def comments(self, ref: Ref) -> tuple[Comment, ...]:
        rows = list(self._client.comments(ref.id))
        return shape.comments(rows, self._place(ref), self._markers(rows))

    def audience(self, container: str) -> Audience:
        return shape.audience_of(self._project(container))

    def create(self, draft: Draft) -> Item:
        fields: dict[str, JsonValue] = {
            "project": {"key": draft.container},
            "issuetype": {"name": draft.type or self._settings.issue_type},
            "labels": [*draft.labels, draft.marker],
        }
        fields |= self._fields({"title": draft.title, "body": fitting(draft.body) or None})
        if draft.priority is not None:
            fields |= self._fields({"priority": draft.priority})
        fields |= self._fields({f"custom.{name}": value for name, value in draft.custom.items()})
        if draft.status is not None:
            self._mover.allow(draft.container, draft.type or self._settings.issue_type, draft.status)
        made = self._client.create(fields, draft.marker)
        try:
            if draft.status is not None:
                self._move_new(made.id, draft.status)
            return self._item(self._client.issue(made.id))
        except ConnectorError as error:
            # The issue exists: only looking may follow, never creating again.
            raise OutcomeUnknown(
                f"{self.connection}: {made.key} was created, but then: {error.message}"
            ) from error

    def _move_new(self, id_: str, status: str) -> None:
        """A new issue whose status cannot be had stays where it is: the item that is returned says so."""
        try:
            self._mover.move(id_, self._mover.plan(id_, status))
        except (Rejected, Conflict):
            return

    def update(self, ref: Ref, patch: Patch) -> Item:
        status = patch.fields.get("status")
        if "status" in patch.fields and not isinstance(status, str):
            raise Rejected(f"{self.connection}: an issue cannot be without a status")
        fields = self._fields({name: value for name, value in patch.fields.items() if name != "status"})
        verbs: list[JsonValue] = [{"add": label} for label in patch.add_labels]
        verbs += [{"remove": label} for label in patch.remove_labels]
        plan = self._mover.plan(ref.id, status) if isinstance(status, str) else None
        if fields or verbs:
            self._client.edit(ref.id, fields, {"labels": verbs} if verbs else {})
        if plan is not None:
            self._mover.move(ref.id, plan)
        return self._item(self._client.issue(ref.id))

    def comment(self, ref: Ref, draft: CommentDraft) -> Comment:
        internal = draft.audience is Audience.INTERNAL
        place = Audience.INTERNAL if internal else self._place(ref)
        body = adf.from_markdown(fitting(draft.body))
        row = self._client.add_comment(ref.id, body, draft.marker, internal=internal)
        self._known_markers[row.id] = draft.marker
        return shape.comment(row, place, draft.marker)

    def find(self, draft: Draft, sent: datetime) -> Item | None:
        labelled = self._client.search(f"labels = {literal(draft.marker)}", size=CANDIDATES)
        found = self._marked_item(draft.marker, (row.id for row in labelled.issues))
        if found is not None:
            return found
        # Somebody may have taken the label off: look into what we created around that time, nearest first.
        since, until = (changes.milliseconds(sent + skew) for skew in (-CLOCK_SKEW, CLOCK_SKEW))
        ours = self._client.search(
            f"reporter = currentUser() AND created >= {since} AND created <= {until} ORDER BY created ASC",
            size=changes.PAGE,
        )
        nearest = sorted(ours.issues, key=lambda row: abs(row.fields.created - sent))[:CANDIDATES]
        return self._marked_item(draft.marker, (row.id for row in nearest))

    def _marked_item(self, marker: str, ids: Iterable[str]) -> Item | None:
        """A clone of an issue has its labels too: only the property tells the one that we made."""
        for row in self._client.fetch(ids):
            if marker_in(row.properties.get(PROPERTY)) == marker:
                return self._item(row)
        return None

    def find_comment(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        rows = []
        for row in self._client.comments(ref.id, newest_first=True):
            if row.created < sent - CLOCK_SKEW:
                break
            rows.append(row)
        markers = self._markers(rows)
        for row in rows:
            if markers.get(row.id) == draft.marker:
                return shape.comment(row, self._place(ref), draft.marker)
        return None

    def receive(self, request: WebhookRequest) -> Delivery:
        return webhooks.receive(self.connection, self._settings.webhook_secret, request)

    def close(self) -> None:
        self._client.close()

    def _observations(self, rows: list[IssueRow]) -> tuple[Observation, ...]:
        pages = [row.fields.comment for row in rows]
        markers = self._markers([comment for page in pages if page for comment in page.comments])
        observations = []
        for row, page in zip(rows, pages, strict=True):
            item = self._item(row)
            comments = shape.comments(page.comments, item.audience, markers) if page else None
            complete = page is not None and page.total <= len(page.comments)
            observations.append(Observation(item, comments, complete))
        return tuple(observations)

    def _item(self, row: IssueRow) -> Item:
        return shape.item(self.connection, self._base, row, self._custom())

    def _markers(self, rows: Iterable[CommentRow]) -> dict[str, str | None]:
        """Markers by comment id. Jira shows properties on request only: asked once per comment of ours."""
        authors = {row.id: row.author.accountId for row in rows if row.author is not None}
        if authors:
            ours = [id_ for id_, author in authors.items() if author == self._account().accountId]
            if len(self._known_markers) > REMEMBERED_MARKERS:
                self._known_markers.clear()
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
                written["summary"] = _LINE_BREAKS.sub(" ", str(value or ""))
            elif name == "body":
                written["description"] = dict(adf.from_markdown(str(value))) if value else None
            elif name == "priority":
                written["priority"] = None if value is None else {"name": value}
            elif name == "type":
                written["issuetype"] = {"name": value}
            elif name == "assignee":
                written["assignee"] = None if value is None else {"accountId": value}
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
            self._known_custom = CustomFields(self._client.fields())
        return self._known_custom
