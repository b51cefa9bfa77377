"""GitHub issues, through PyGithub.

What is particular: two statuses and no priority; markers hidden in bodies; no comment that only some of an
issue's readers see; ids that stay when a repository is renamed and change when an issue is transferred.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Self, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter

from connectors.errors import Conflict, ConnectorError, NotFound, OutcomeUnknown, Rejected
from connectors.github import changes, shape, webhooks
from connectors.github.client import Client, Moved
from connectors.github.places import ISSUE, ISSUES, Address, Places
from connectors.github.rows import CommentRow, IssueRow, RepositoryRow, UserRow
from connectors.github.settings import GitHubSettings
from connectors.github.writing import Writer, with_marker_cut
from connectors.model import Audience, Comment, CommentDraft, Draft, Item, JsonValue, Patch, Ref
from connectors.protocol import Account, ChangePage, Delivery, Gate, Observation, WebhookRequest
from connectors.text.github import hidden

__all__ = ["GitHubConnector", "GitHubSettings"]

T = TypeVar("T")

_COMMENT = TypeAdapter(CommentRow)
_COMMENTS = TypeAdapter(tuple[CommentRow, ...])
_LABELS = TypeAdapter(list[JsonValue])
_USER = TypeAdapter(UserRow)

CLOCK_ERROR = timedelta(hours=1)
"""How wrong the local clock may be before a lookup misses what was written."""


class GitHubConnector:
    """The issues of some repositories, seen and written with one token."""

    system: ClassVar[str] = shape.SYSTEM
    Settings: ClassVar[type[BaseModel]] = GitHubSettings

    def __init__(self, connection: str, settings: GitHubSettings, gate: Gate) -> None:
        self.connection = connection
        self.settles = timedelta(seconds=settings.settle_seconds)
        self._settings = settings
        self._client = Client(connection, settings, gate)
        self._places = Places(self._client, settings.repositories)
        self._writer = Writer(self._client, settings)
        self._unseen: set[str] = set()

    @classmethod
    def open(cls, connection: str, settings: BaseModel, gate: Gate) -> Self:
        if not isinstance(settings, GitHubSettings):
            raise TypeError(f"settings of {connection} are {type(settings).__name__}, not GitHubSettings")
        return cls(connection, settings, gate)

    def close(self) -> None:
        self._client.close()

    def check(self) -> Account:
        """One call for the account, and one for each repository."""
        user = self._client.read(_USER, "/user")
        warnings: list[str] = []
        for name in self._settings.repositories:
            warnings += self._flaws(name)
        owners = dict.fromkeys(name.partition("/")[0] for name in self._settings.repositories)
        return Account(name=user.login, id=str(user.id), site=", ".join(owners), warnings=tuple(warnings))

    def _flaws(self, name: str) -> list[str]:
        try:
            repository = self._places.repository(name, fresh=True)
        except NotFound:
            return [f"{name}: no such repository, or the token may not see it"]
        flaws: list[str] = []
        if repository.full_name.lower() != name.lower():
            flaws.append(f"{name} is called {repository.full_name} now: change the settings")
        if repository.archived:
            flaws.append(f"{name} is archived: nothing can be written")
        if not repository.has_issues:
            flaws.append(f"{name} has its issues switched off")
        if not (repository.permissions.push or repository.permissions.triage):
            flaws.append(f"{name}: without write access GitHub drops labels and assignees without a word")
        return flaws

    # Reading

    def changes(self, cursor: str | None) -> ChangePage:
        """A repository that cannot be seen is NotFound once a round; the others go on being read."""
        at = changes.parse(cursor, self._settings)
        rows: tuple[IssueRow, ...] = ()
        if at.repository in self._unseen and len(self._settings.repositories) > 1:
            self._unseen.discard(at.repository)
            onward, more = changes.passing_over(self._settings, at)
        else:
            try:
                rows, onward, more = changes.turn(self._client, self._settings, at)
            except NotFound:
                self._unseen.add(at.repository)
                raise
        seen = tuple(self._observation(row) for row in rows if row.pull_request is None)
        return ChangePage(seen, onward.model_dump_json(exclude_defaults=True), more)

    def get(self, ref: Ref) -> Observation:
        return self._observation(self._places.issue(ref))

    def comments(self, ref: Ref) -> tuple[Comment, ...]:
        place = self._places.address(ref)
        audience = self._places.audience(place.repository)
        pages = self._client.pages(_COMMENTS, f"{place.path}/comments")
        return tuple(shape.comment(row, audience) for page in pages for row in page)

    def audience(self, container: str) -> Audience:
        return self._places.audience(container)

    # Writing

    def create(self, draft: Draft) -> Item:
        repository = self._places.repository(draft.container)
        made, later = self._writer.draft(draft, repository.full_name)
        try:
            row = self._open_issue(repository, made)
        except Moved:  # renamed since it was looked up; nothing was done
            repository = self._places.repository(draft.container, fresh=True)
            row = self._once_more(lambda: self._open_issue(repository, made))
        if later:
            row = self._finish(row, later)
        # No request may follow: its failure would look as if nothing had been created.
        return self._item(row, repository.audience)

    def _open_issue(self, repository: RepositoryRow, fields: dict[str, JsonValue]) -> IssueRow:
        return self._client.write(ISSUE, "POST", f"/repos/{repository.full_name}/issues", fields)

    def _finish(self, row: IssueRow, later: dict[str, JsonValue]) -> IssueRow:
        """Close a new issue that was drafted closed. It is there already, whatever happens now."""
        try:
            return self._once_more(lambda: self._edit(row, later))
        except OutcomeUnknown:
            raise
        except ConnectorError as error:
            raise OutcomeUnknown(
                f"{self.connection}: {row.key} was created, but not closed: {error.message}"
            ) from None

    def _edit(self, row: IssueRow, fields: dict[str, JsonValue]) -> IssueRow:
        return self._client.write(ISSUE, "PATCH", Address(row.repository, row.number).path, fields)

    def update(self, ref: Ref, patch: Patch) -> Item:
        return self._item(self._at(ref, lambda place: self._update(ref, place, patch)))

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
        return self._at(ref, lambda place: self._comment(place, draft))

    def _comment(self, place: Address, draft: CommentDraft) -> Comment:
        audience = self._places.audience(place.repository)
        if not draft.audience.reaches(audience):
            raise Rejected(
                f"{self.connection}: a comment in {place.repository} is {audience}, and this one is for "
                f"{draft.audience} eyes",
                advice="GitHub has no comments that only some readers of an issue see.",
            )
        body: dict[str, JsonValue] = {"body": with_marker_cut(draft.body, draft.marker)}
        row = self._client.write(_COMMENT, "POST", f"{place.path}/comments", body)
        return shape.comment(row, audience)

    def _at(self, ref: Ref, act: Callable[[Address], T]) -> T:
        """Write where the issue is; when it was elsewhere, look it up and try once more."""
        try:
            return act(self._places.address(ref))
        except Moved:
            self._places.forget(ref)
        return self._once_more(lambda: act(self._places.address(ref)))

    def _once_more(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except Moved:
            raise Conflict(f"{self.connection}: a repository or an issue is being moved right now") from None

    # Looking for what was written

    def find(self, draft: Draft, sent: datetime) -> Item | None:
        """Among the newest issues: the list knows them at once, while the search index lags."""
        earliest = sent - CLOCK_ERROR
        path = f"/repos/{draft.container}/issues"
        query = {"state": "all", "sort": "created", "direction": "desc", "since": _instant(earliest)}
        for rows in self._client.pages(ISSUES, path, query):
            for row in rows:
                if row.created_at < earliest:
                    return None
                if row.pull_request is None and hidden(row.body or "") == draft.marker:
                    return self._item(row)
        return None

    def find_comment(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        place = self._places.address(ref)
        query = {"since": _instant(sent - CLOCK_ERROR)}
        for rows in self._client.pages(_COMMENTS, f"{place.path}/comments", query):
            for row in rows:
                if hidden(row.body) == draft.marker:
                    return shape.comment(row, self._places.audience(place.repository))
        return None

    # Webhooks

    def receive(self, request: WebhookRequest) -> Delivery:
        return webhooks.receive(self.connection, self._settings.webhook_secret, request)

    # The canonical form

    def _item(self, row: IssueRow, audience: Audience | None = None) -> Item:
        self._places.saw(row)
        known = audience or self._places.audience(row.repository)
        return shape.item(self.connection, row, known, self._settings.priorities)

    def _observation(self, row: IssueRow) -> Observation:
        item = self._item(row)
        if row.comments == 0:
            return Observation(item, (), complete=True)
        return Observation(item)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
