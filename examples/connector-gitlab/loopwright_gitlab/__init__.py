"""GitLab issues, through its REST API: an example of a connector that lives outside of Loopwright.

What is particular: internal notes and confidential issues in public projects; no lookup by id, so that an
issue is known by project and number; quick actions, which a customer's text must never become.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from pydantic import BaseModel

from connectors.errors import NotFound
from connectors.limits import Limit
from connectors.model import Audience, Comment, CommentDraft, Draft, Item, Patch, Ref
from connectors.protocol import Account, ChangePage, Delivery, Gate, Observation, WebhookRequest
from loopwright_gitlab import limits, shape, webhooks
from loopwright_gitlab.client import Client
from loopwright_gitlab.issues import Issues
from loopwright_gitlab.listing import Listing
from loopwright_gitlab.notes import Notes
from loopwright_gitlab.places import GITLAB_COM, Places
from loopwright_gitlab.rows import USER
from loopwright_gitlab.settings import GitLabSettings
from loopwright_gitlab.writing import Writer

__all__ = ["GitLabConnector", "GitLabSettings"]


class GitLabConnector:
    """The issues of some projects, seen and written with one token."""

    system: ClassVar[str] = shape.SYSTEM
    Settings: ClassVar[type[BaseModel]] = GitLabSettings

    def __init__(self, settings: GitLabSettings, client: Client) -> None:
        self.connection = client.connection
        self.settles = timedelta(seconds=settings.settle_seconds)
        self._settings = settings
        self._client = client
        self._places = Places(client, confidential=settings.confidential)
        writer = Writer(client.connection, confidential=settings.confidential)
        self._issues = Issues(client, self._places, writer)
        self._notes = Notes(client, self._places)
        overlap = timedelta(seconds=settings.overlap_seconds)
        self._listing = Listing(client, self._places, settings.projects, overlap, self._issues.observation)

    @classmethod
    def open(cls, connection: str, settings: BaseModel, gate: Gate) -> Self:
        ours = _ours(connection, settings)
        return cls(ours, Client(connection, ours, gate))

    @classmethod
    def limits(cls, settings: BaseModel) -> tuple[Limit, ...]:
        return limits.limits(_ours("the connection", settings).requests_per_minute)

    def close(self) -> None:
        self._client.close()

    def check(self) -> Account:
        """One call for the account, and one for each project."""
        user = self._client.read(USER, "/user")
        warnings = [warning for name in self._settings.projects for warning in self._flaws(name)]
        return Account(user.username, str(user.id), site=self._client.host, warnings=tuple(warnings))

    def _flaws(self, name: str) -> list[str]:
        try:
            project = self._places.project(name, within=0)
        except NotFound:
            return [f"{name}: no such project, or the token may not see it"]
        flaws: list[str] = []
        if project.path_with_namespace.lower() != name.lower():
            flaws.append(f"{name} is {project.path_with_namespace} now: change the settings")
        if project.archived:
            flaws.append(f"{name} is archived: nothing can be written")
        if project.issues_access_level == "disabled":
            flaws.append(f"{name} has its issues switched off")
        if project.visibility == "internal" and self._client.host != GITLAB_COM:
            flaws.append(
                f"{name} is open to everybody with an account there, whom Loopwright takes for the team"
            )
        return flaws

    # Reading

    def changes(self, cursor: str | None) -> ChangePage:
        return self._listing.page(cursor)

    def get(self, ref: Ref) -> Observation:
        return self._issues.get(ref)

    def comments(self, ref: Ref) -> tuple[Comment, ...]:
        return self._notes.all(ref)

    def audience(self, container: str) -> Audience:
        return self._places.audience_of_new(self._places.project(container))

    # Writing, and looking for what was written

    def create(self, draft: Draft) -> Item:
        return self._issues.create(draft)

    def update(self, ref: Ref, patch: Patch) -> Item:
        return self._issues.update(ref, patch)

    def comment(self, ref: Ref, draft: CommentDraft) -> Comment:
        return self._notes.add(ref, draft)

    def edit_comment(self, ref: Ref, comment: str, draft: CommentDraft) -> Comment:
        return self._notes.edit(ref, comment, draft)

    def delete_comment(self, ref: Ref, comment: str) -> None:
        self._notes.delete(ref, comment)

    def find(self, draft: Draft, sent: datetime) -> Item | None:
        return self._issues.find(draft, sent)

    def find_comment(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        return self._notes.find(ref, draft, sent)

    # Webhooks

    def receive(self, request: WebhookRequest) -> Delivery:
        return webhooks.receive(self.connection, self._settings, request)


def _ours(connection: str, settings: BaseModel) -> GitLabSettings:
    if not isinstance(settings, GitLabSettings):
        raise TypeError(f"settings of {connection} are {type(settings).__name__}, not GitLabSettings")
    return settings
