"""Issues and their comments: reading one, writing, and finding what was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter

from connectors.errors import ConnectorError, NotFound, OutcomeUnknown, Rejected
from connectors.github import shape
from connectors.github.client import Client, Moved, once_more
from connectors.github.listing import COMMENTS, instant
from connectors.github.places import FRESH_SECONDS, ISSUE, ISSUES, Places
from connectors.github.rows import COMMENT, Address, CommentRow, IssueRow, RepositoryRow
from connectors.github.settings import GitHubSettings
from connectors.github.writing import Writer, with_marker_cut
from connectors.model import Audience, Comment, CommentDraft, Draft, Item, JsonValue, Patch, Ref
from connectors.protocol import Observation
from connectors.text.github import hidden

T = TypeVar("T")

_LABELS = TypeAdapter(list[JsonValue])
_NOTHING = TypeAdapter(None)

CLOCK_ERROR = timedelta(hours=1)
"""How wrong the local clock may be before a lookup misses what was written."""


class Issues:
    """The issues of one connection."""

    def __init__(self, client: Client, settings: GitHubSettings, places: Places) -> None:
        self._client = client
        self._priorities = settings.priorities
        self._places = places
        self._writer = Writer(client, settings)

    def item(self, row: IssueRow, audience: Audience | None = None, *, within: float = FRESH_SECONDS) -> Item:
        """The row in the canonical form; who reads it is asked for where it is not given."""
        self._places.saw(row)
        known = audience or self._places.audience(row.repository, within=within)
        return shape.item(self._client.connection, row, known, self._priorities)

    def get(self, ref: Ref) -> Observation:
        row = self._places.issue(ref)
        item = self.item(row)
        return Observation(item, (), complete=True) if row.comments == 0 else Observation(item)

    def comments(self, ref: Ref) -> tuple[Comment, ...]:
        rows = [row for page in self._said(ref) for row in page]
        audience = self._places.audience(self._places.address(ref).repository)
        return tuple(shape.comment(row, audience) for row in rows)

    def _said(self, ref: Ref, **query: str) -> Iterator[tuple[CommentRow, ...]]:
        """The issue's comments, page by page.

        The list follows a redirect: where it led elsewhere, the issue is read, to tell a repository that was
        renamed from an issue that was transferred, which these comments are not of.
        """
        place = self._places.address(ref)
        for rows in self._client.pages(COMMENTS, f"{place.path}/comments", query):
            if rows and rows[0].address != place:
                self._places.forget(ref)
                place = self._places.address(ref)
            yield rows

    # Writing

    def create(self, draft: Draft) -> Item:
        repository = self._places.repository(draft.container)
        made, later = self._writer.draft(draft, repository.full_name)
        try:
            row = self._open_issue(repository, made)
        except Moved:  # renamed since it was looked up; nothing was done
            repository = self._places.repository(draft.container, within=0)
            row = once_more(self._client.connection, lambda: self._open_issue(repository, made))
        if later:
            row = self._finish(row, later)
        # No request may follow: its failure would look as if nothing had been created.
        return self.item(row, repository.audience)

    def _open_issue(self, repository: RepositoryRow, fields: dict[str, JsonValue]) -> IssueRow:
        return self._client.write(ISSUE, "POST", f"/repos/{repository.full_name}/issues", fields)

    def _finish(self, row: IssueRow, later: dict[str, JsonValue]) -> IssueRow:
        """Close a new issue that was drafted closed. It is there already, whatever happens now."""
        try:
            return once_more(
                self._client.connection, lambda: self._client.write(ISSUE, "PATCH", row.address.path, later)
            )
        except OutcomeUnknown:
            raise
        except ConnectorError as error:
            raise OutcomeUnknown(
                f"{self._client.connection}: {row.key} was created, but not closed: {error.message}"
            ) from None

    def update(self, ref: Ref, patch: Patch) -> Item:
        return self.item(self.at(ref, lambda place: self._update(ref, place, patch)))

    def _update(self, ref: Ref, place: Address, patch: Patch) -> IssueRow:
        now = self._places.issue(ref) if self._writer.needs_reading(patch) else None
        edit = self._writer.patch(patch, place.repository, now)
        if edit.add_labels:
            labels: dict[str, JsonValue] = {"labels": list(edit.add_labels)}
            self._client.write(_LABELS, "POST", f"{place.path}/labels", labels)
        for name in edit.remove_labels:
            self._remove_label(place, name)
        if edit.fields:
            return self._client.write(ISSUE, "PATCH", place.path, edit.fields)
        return self._places.issue(ref)

    def _remove_label(self, place: Address, name: str) -> None:
        try:
            self._client.write(_LABELS, "DELETE", f"{place.path}/labels/{quote(name, safe='')}", {})
        except NotFound as error:
            if "Label does not exist" not in error.message:
                raise

    def comment(self, ref: Ref, draft: CommentDraft) -> Comment:
        return self.at(ref, lambda place: self._comment(place, draft))

    def _comment(self, place: Address, draft: CommentDraft) -> Comment:
        audience = self._heard_by(place, draft)
        body: dict[str, JsonValue] = {"body": with_marker_cut(draft.body, draft.marker, draft.original)}
        row = self._client.write(COMMENT, "POST", f"{place.path}/comments", body)
        return shape.comment(row, audience)

    def edit_comment(self, ref: Ref, comment: str, draft: CommentDraft) -> Comment:
        return self.at(ref, lambda place: self._edit_comment(place, comment, draft))

    def _edit_comment(self, place: Address, comment: str, draft: CommentDraft) -> Comment:
        """The marker that the comment has stays: it is read first."""
        audience = self._heard_by(place, draft)
        path = f"/repos/{place.repository}/issues/comments/{comment}"
        marker = hidden(self._client.read(COMMENT, path).body)
        body: dict[str, JsonValue] = {"body": with_marker_cut(draft.body, marker, draft.original)}
        return shape.comment(self._client.write(COMMENT, "PATCH", path, body), audience)

    def delete_comment(self, ref: Ref, comment: str) -> None:
        """A comment has no bin: its answer is 204, and 404 once it is gone."""
        self.at(ref, lambda place: self._delete_comment(place, comment))

    def _delete_comment(self, place: Address, comment: str) -> None:
        path = f"/repos/{place.repository}/issues/comments/{comment}"
        try:
            self._client.write(_NOTHING, "DELETE", path, {})
        except NotFound:
            # Gone, or out of sight: only in a repository that can be seen is it the former.
            self._places.repository(place.repository, within=0)

    def comment_is_gone(self, ref: Ref, comment: str) -> bool:
        """The issue is read after it: with a transferred one its comments get other ids."""
        place = self._places.address(ref)
        try:
            self._client.read(COMMENT, f"/repos/{place.repository}/issues/comments/{comment}")
        except NotFound:
            self._places.issue(ref)
            return True
        return False

    def _heard_by(self, place: Address, draft: CommentDraft) -> Audience:
        """Who reads a comment there. Raises Rejected where these are more than it is meant for."""
        audience = self._places.audience(place.repository)
        if not draft.audience.reaches(audience):
            raise Rejected(
                f"{self._client.connection}: a comment in {place.repository} is {audience}, and this one is "
                f"for {draft.audience} eyes",
                advice="GitHub has no comments that only some readers of an issue see.",
            )
        return audience

    def at(self, ref: Ref, act: Callable[[Address], T]) -> T:
        """Write where the issue is; when it was elsewhere, look it up and try once more."""
        try:
            return act(self._places.address(ref))
        except Moved:
            self._places.forget(ref)
        return once_more(self._client.connection, lambda: act(self._places.address(ref)))

    # Looking for what was written

    def find(self, draft: Draft, sent: datetime) -> Item | None:
        """Among the newest issues: the list knows them at once, while the search index lags.

        Somebody may have transferred it since to another of the repositories.
        """
        found = self._find(draft.container, draft, sent)
        for name in self._places.others(draft.container):
            found = found or self._find(name, draft, sent)
        return found

    def _find(self, repository: str, draft: Draft, sent: datetime) -> Item | None:
        earliest = sent - CLOCK_ERROR
        path = f"/repos/{repository}/issues"
        query = {"state": "all", "sort": "created", "direction": "desc", "since": instant(earliest)}
        for rows in self._client.pages(ISSUES, path, query):
            for row in rows:
                if row.created_at < earliest:
                    return None
                if row.pull_request is None and hidden(row.body or "") == draft.marker:
                    return self.item(row)
        return None

    def find_comment(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        for rows in self._said(ref, since=instant(sent - CLOCK_ERROR)):
            for row in rows:
                if hidden(row.body) == draft.marker:
                    return shape.comment(row, self._places.audience(row.address.repository))
        return None
