"""Issues: reading one, writing, and finding what was written."""

from __future__ import annotations

from datetime import datetime, timedelta

from connectors.errors import ConnectorError, OutcomeUnknown, Rejected
from connectors.model import Draft, Item, Patch, Ref
from connectors.protocol import Observation
from loopwright_gitlab import shape, text
from loopwright_gitlab.client import Client
from loopwright_gitlab.listing import instant
from loopwright_gitlab.places import Address, Places, address
from loopwright_gitlab.rows import ISSUE, ISSUES, IssueRow, ProjectRow
from loopwright_gitlab.writing import Fields, Writer

CLOCK_ERROR = timedelta(hours=1)
"""How wrong the local clock may be before a lookup misses what was written."""


class Issues:
    """The issues of one connection."""

    def __init__(self, client: Client, places: Places, writer: Writer) -> None:
        self._client = client
        self._places = places
        self._writer = writer

    def item(self, project: ProjectRow, row: IssueRow) -> Item:
        audience, staff = self._places.audience(project, row), self._places.members_only(project)
        return shape.item(self._client.connection, row, audience, staff=staff)

    def observation(self, project: ProjectRow, row: IssueRow) -> Observation:
        item = self.item(project, row)
        # the count leaves out what GitLab itself wrote
        return Observation(item, (), complete=True) if row.user_notes_count == 0 else Observation(item)

    def get(self, ref: Ref) -> Observation:
        place = address(ref)
        project = self._places.project(place.project)
        return self.observation(project, self._client.read(ISSUE, place.path))

    def create(self, draft: Draft) -> Item:
        project = self._places.project(draft.container)
        made, later = self._writer.draft(draft)
        row = self._client.write(ISSUE, "POST", f"/projects/{project.id}/issues", made)
        # nothing else may be asked from here on: its failure would look as if nothing had been created
        return self.item(project, self._finish(row, later) if later else row)

    def _finish(self, row: IssueRow, later: Fields) -> IssueRow:
        """Close a new issue that was drafted closed. It is there already, whatever happens now."""
        try:
            return self._client.write(ISSUE, "PUT", Address(row.project_id, row.iid).path, later)
        except OutcomeUnknown:
            raise
        except ConnectorError as error:
            made = f"{self._client.connection}: {row.references.full} was created"
            raise OutcomeUnknown(f"{made}, but not closed: {error.message}") from None

    def update(self, ref: Ref, patch: Patch) -> Item:
        place = address(ref)
        project = self._places.project(place.project)
        now = self._client.read(ISSUE, place.path) if "body" in patch.fields else None
        fields = self._writer.patch(patch, now)
        if not fields:
            return self.item(project, self._client.read(ISSUE, place.path))
        row = self._client.write(ISSUE, "PUT", place.path, fields)
        wanted = patch.fields.get("assignee")
        if wanted is not None and wanted not in {str(user.id) for user in row.assignees}:
            # GitLab drops who cannot be assigned without a word
            raise Rejected(
                f"{self._client.connection}: {row.references.full} cannot be given to user {wanted}"
            )
        return self.item(project, row)

    def find(self, draft: Draft, sent: datetime) -> Item | None:
        """Among the newest issues, the latest first."""
        project = self._places.project(draft.container)
        query = {
            "scope": "all",
            "state": "all",
            "order_by": "created_at",
            "sort": "desc",
            "created_after": instant(sent - CLOCK_ERROR),
        }
        for rows in self._client.pages(ISSUES, f"/projects/{project.id}/issues", query):
            for row in rows:
                if text.hidden(row.description or "") == draft.marker:
                    return self.item(project, row)
        return None
