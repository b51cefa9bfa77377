"""GitHub issues, through PyGithub.

What is particular: two statuses and no priority; markers hidden in bodies; no comment that only some of an
issue's readers see; ids that stay when a repository is renamed and change when an issue is transferred.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import ClassVar, Self

from pydantic import BaseModel, TypeAdapter

from connectors.abilities import Move, WebhookSetup
from connectors.errors import Forbidden, NotFound, Rejected
from connectors.github import documents, limits, registering, releases, shape, webhooks
from connectors.github.changes import Rounds, Source
from connectors.github.client import Client
from connectors.github.documents import Documents
from connectors.github.files import Files
from connectors.github.issues import Issues
from connectors.github.linking import Links
from connectors.github.listing import CommentList, IssueList
from connectors.github.places import READING_SECONDS, Places
from connectors.github.releases import Releases
from connectors.github.rows import UserRow
from connectors.github.settings import GitHubSettings
from connectors.github.storage import Storage
from connectors.limits import Limit
from connectors.model import (
    Audience,
    Comment,
    CommentDraft,
    Draft,
    File,
    Item,
    ItemLink,
    LinkDraft,
    Patch,
    Ref,
)
from connectors.protocol import Account, ChangePage, Delivery, Gate, Observation, WebhookRequest

__all__ = ["GitHubConnector", "GitHubSettings"]

_USER = TypeAdapter(UserRow)


class GitHubConnector:
    """The issues of some repositories, seen and written with one credential."""

    system: ClassVar[str] = shape.SYSTEM
    Settings: ClassVar[type[BaseModel]] = GitHubSettings
    mentions_logins = True

    def __init__(self, settings: GitHubSettings, client: Client, storage: Storage) -> None:
        self.connection = client.connection
        self.settles = timedelta(seconds=settings.settle_seconds)
        self._settings = settings
        self._client = client
        self._places = Places(client, settings.repositories)
        self._issues = Issues(client, settings, self._places)
        self._links = Links(client, self._places, self._issues)
        self._storage = storage
        self._files = Files(client, settings, self._places, storage)
        self._releases = Releases(client, self._places, settings.repositories)
        self._documents = Documents(client, self._places, settings.repositories, settings.documents)
        self._rounds = Rounds(settings.repositories, self._sources())

    def _sources(self) -> Mapping[str, Source]:
        overlap = timedelta(seconds=self._settings.overlap_seconds)
        sweep = timedelta(hours=self._settings.sweep_hours)
        sources: dict[str, Source] = {
            "issues": IssueList(
                self._client,
                overlap,
                sweep,
                self._places,
                lambda row: self._issues.item(row, within=READING_SECONDS),
            ),
            "comments": CommentList(self._client, overlap, self._places),
        }
        if self._settings.releases:
            sources["releases"] = self._releases
        if self._settings.documents:
            sources["documents"] = self._documents
        return sources

    @classmethod
    def open(cls, connection: str, settings: BaseModel, gate: Gate) -> Self:
        ours = _ours(connection, settings)
        storage = Storage(connection, gate, ours.timeout_seconds)
        return cls(ours, Client(connection, ours, gate), storage)

    @classmethod
    def limits(cls, settings: BaseModel) -> tuple[Limit, ...]:
        return limits.limits(_ours("the connection", settings).hourly_requests)

    def close(self) -> None:
        self._client.close()
        self._storage.close()

    def check(self) -> Account:
        """One call for the account, and one for each repository."""
        name, identity = self._name()
        warnings: list[str] = []
        for repository in self._settings.repositories:
            warnings += self._flaws(repository)
        owners = dict.fromkeys(name.partition("/")[0] for name in self._settings.repositories)
        return Account(name, identity, site=", ".join(owners), warnings=tuple(warnings))

    def _name(self) -> tuple[str, str]:
        """An App is called as its slug says; its tokens have no user of their own to ask for."""
        if self._client.installation is not None:
            app = self._client.installation.app()
            return f"{app.slug}[bot]", str(app.id)
        user = self._client.read(_USER, "/user")
        return user.login, str(user.id)

    def _flaws(self, name: str) -> list[str]:
        try:
            repository = self._places.repository(name, within=0)
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
        if (self._settings.releases or self._settings.documents) and not self._sees_contents(name):
            flaws.append(
                f"{name}: releases and files are read with the right Contents: read, which is missing"
            )
        return flaws

    def _sees_contents(self, name: str) -> bool:
        try:
            self._client.get(f"/repos/{name}/releases", {"per_page": 1})
        except (Forbidden, NotFound):
            return False
        return True

    # Reading

    def changes(self, cursor: str | None) -> ChangePage:
        return self._rounds.page(cursor)

    def get(self, ref: Ref) -> Observation:
        return (self._published(ref) or self._issues).get(ref)

    def moved(self, ref: Ref) -> Move | None:
        return None if self._published(ref) else self._places.moved(ref)

    def comments(self, ref: Ref) -> tuple[Comment, ...]:
        return () if self._published(ref) else self._issues.comments(ref)

    def audience(self, container: str) -> Audience:
        """``container`` may be a folder of a repository."""
        return self._places.audience(container.partition(":")[0])

    # Writing, and looking for what was written

    def create(self, draft: Draft) -> Item:
        maker = self._documents if documents.is_place(draft.container) else self._issues
        return maker.create(draft)

    def update(self, ref: Ref, patch: Patch) -> Item:
        return (self._published(ref) or self._issues).update(ref, patch)

    def comment(self, ref: Ref, draft: CommentDraft) -> Comment:
        if self._published(ref):
            raise Rejected(f"{self.connection}: {ref} is no issue, and has no comments")
        return self._issues.comment(ref, draft)

    def edit_comment(self, ref: Ref, comment: str, draft: CommentDraft) -> Comment:
        return self._issues.edit_comment(ref, comment, draft)

    def delete_comment(self, ref: Ref, comment: str) -> None:
        self._issues.delete_comment(ref, comment)

    def retire(self, ref: Ref) -> None:
        """Closed as not planned: GitHub lets no program delete an issue through this API."""
        if self._published(ref):
            raise Rejected(f"{self.connection}: {ref} is no issue, and stays as it is")
        self._issues.update(ref, Patch(fields={"status": "closed", "custom.state_reason": "not_planned"}))

    def comment_is_gone(self, ref: Ref, comment: str) -> bool:
        return self._issues.comment_is_gone(ref, comment)

    def find(self, draft: Draft, sent: datetime) -> Item | None:
        if documents.is_place(draft.container):
            return self._documents.find(draft)
        return self._issues.find(draft, sent)

    def find_comment(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        return None if self._published(ref) else self._issues.find_comment(ref, draft, sent)

    # Files

    def files(self, ref: Ref) -> tuple[File, ...]:
        return () if self._published(ref) else self._files.all(ref)

    def download(self, ref: Ref, file: File) -> Iterator[bytes]:
        return self._files.download(ref, file)

    # Ties

    def links(self, ref: Ref) -> tuple[ItemLink, ...]:
        return () if self._published(ref) else self._links.all(ref)

    def link(self, ref: Ref, draft: LinkDraft) -> ItemLink:
        return self._links.link(ref, draft)

    def unlink(self, ref: Ref, link: str) -> None:
        self._links.unlink(ref, link)

    # Webhooks

    def receive(self, request: WebhookRequest) -> Delivery:
        return webhooks.receive(self.connection, self._settings, request)

    def set_up_webhook(self, url: str) -> WebhookSetup:
        return registering.set_up(self._client, self._settings, url)

    def _published(self, ref: Ref) -> Releases | Documents | None:
        """Who knows what this is, where it is no issue."""
        if ref.id.startswith(releases.PREFIX):
            return self._releases
        return self._documents if ref.id.startswith(documents.PREFIX) else None


def _ours(connection: str, settings: BaseModel) -> GitHubSettings:
    if not isinstance(settings, GitHubSettings):
        raise TypeError(f"settings of {connection} are {type(settings).__name__}, not GitHubSettings")
    return settings
