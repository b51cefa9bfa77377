"""Zendesk: tickets with their comments and files, and the articles of the Help Center, through zenpy.

Facts it rests on, all from the vendor's reference: exports leave out the last minute, so webhooks bring the
newest changes and reading by id has no such lag; comments cannot be edited; a public comment is mailed to the
requester; an ``Idempotency-Key`` is honoured for ``POST /tickets`` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import ClassVar, Self

from pydantic import BaseModel

from connectors.abilities import Wait, WebhookSetup
from connectors.errors import AuthFailed, ConnectorError, NotFound, OutcomeUnknown, Rejected
from connectors.limits import Limit
from connectors.model import (
    Audience,
    Comment,
    CommentDraft,
    Draft,
    File,
    FileDraft,
    Item,
    ItemLink,
    LinkDraft,
    Patch,
    Person,
    Ref,
)
from connectors.protocol import Account, ChangePage, Delivery, Gate, Observation, WebhookRequest
from connectors.zendesk import limits, registering, webhooks
from connectors.zendesk.articles import Articles, is_article
from connectors.zendesk.bulk import MOST_JOBS, Bulk, Fields
from connectors.zendesk.client import Client
from connectors.zendesk.directory import Directory, person_of
from connectors.zendesk.files import Files
from connectors.zendesk.linking import Links
from connectors.zendesk.reading import Feed
from connectors.zendesk.settings import ZendeskSettings
from connectors.zendesk.threads import Threads
from connectors.zendesk.wire import MANY, Wire
from connectors.zendesk.writing import Tickets, tag_of

__all__ = ["ZendeskConnector", "ZendeskSettings"]


class ZendeskConnector:
    """One account. A ticket's key is ``ZD-`` and its number, its container is its brand.

    An article's key is ``HC-`` and its number, its container is its section.
    """

    system: ClassVar[str] = "zendesk"
    Settings: ClassVar[type[BaseModel]] = ZendeskSettings
    most_read: int = MANY
    most_created: int = MANY * MOST_JOBS
    most_updated: int = MANY * MOST_JOBS

    def __init__(self, connection: str, settings: ZendeskSettings, gate: Gate) -> None:
        self.connection = connection
        self.settles = timedelta(seconds=settings.settle_seconds)
        self._settings = settings
        self._wire = wire = Wire(connection, settings, gate)
        self._client = client = Client(wire)
        self._directory = Directory(client, connection)
        self._threads = Threads(connection, wire.site, client, self._directory)
        self._tickets = Tickets(connection, self._directory)
        self._files = Files(connection, wire, client, self._threads, settings.largest_file)
        self._links = Links(connection, client, self._threads)
        self._bulk = Bulk(connection, client, settings.job_seconds)
        sections = () if isinstance(settings.articles, bool) else settings.articles
        self._articles = Articles(connection, wire, self._directory, sections) if settings.articles else None
        self._feed = Feed(client, self._directory, self._threads, self._articles, settings.brands)

    @classmethod
    def open(cls, connection: str, settings: BaseModel, gate: Gate) -> Self:
        """Make a connector; makes no request. Raises TypeError for another connector's settings."""
        return cls(connection, _ours(settings), gate)

    @classmethod
    def limits(cls, settings: BaseModel) -> tuple[Limit, ...]:
        return limits.stated(_ours(settings))

    def check(self) -> Account:
        """Who we are, in one call."""
        me = self._client.me()
        if me.id is None or me.role not in ("agent", "admin"):
            raise AuthFailed(
                f"{self.connection}: the credential belongs to no agent",
                advice="Use the e-mail address of an agent, best of one made for Loopwright alone.",
            )
        warnings: tuple[str, ...] = ()
        if me.role != "admin":
            warnings = (
                f"{me.name} is an agent and no admin: tickets can be written, but the exports that find "
                "changes are for admins only.",
            )
        return Account(name=me.name, id=str(me.id), site=self._wire.site, warnings=warnings)

    def changes(self, cursor: str | None) -> ChangePage:
        """A page of tickets, of what was said about them, or of articles, each in one call."""
        return self._feed.page(cursor)

    def get(self, ref: Ref) -> Observation:
        return Observation(self._library(ref).get(ref)) if is_article(ref) else self._threads.get(ref)

    def get_many(self, refs: Sequence[Ref]) -> tuple[Observation, ...]:
        """Tickets by the hundred; articles, of which Help Center gives one at a time, are left out."""
        return tuple(self._threads.get_many(refs))

    def comments(self, ref: Ref) -> tuple[Comment, ...]:
        return self._library(ref).comments(ref) if is_article(ref) else self._threads.comments(ref)

    def audience(self, container: str) -> Audience:
        """The first comment of a created ticket is public, as that of any customer's ticket is."""
        section = self._section(container)
        return Audience.CUSTOMER if section is None else section.audience(container)

    def create(self, draft: Draft) -> Item:
        section = self._section(draft.container)
        if section is not None:
            return section.create(draft)
        made = self._client.create(self._tickets.drafted(draft), draft.marker).ticket
        with self._written(self._threads.ref(made.id)):
            return self._threads.item_of_write(made)

    def create_many(self, drafts: Sequence[Draft], wait: Wait) -> tuple[Ref | ConnectorError, ...]:
        """Tickets as jobs of a hundred; articles one by one."""
        outcomes: dict[int, Ref | ConnectorError] = {}
        tickets: dict[int, Fields] = {}
        for place, draft in enumerate(drafts):
            try:
                if self._section(draft.container) is None:
                    tickets[place] = self._tickets.drafted(draft)
                else:
                    outcomes[place] = self.create(draft).ref
            except ConnectorError as error:
                outcomes[place] = error
        made = self._bulk.create(list(tickets.values()), wait)
        for place, outcome in zip(tickets, made, strict=True):
            outcomes[place] = self._threads.ref(outcome) if isinstance(outcome, int) else outcome
        return tuple(outcomes[place] for place in range(len(drafts)))

    def update(self, ref: Ref, patch: Patch) -> Item:
        """All in one call: fields, and the tags that come and go."""
        if is_article(ref):
            return self._update_article(ref, patch)
        number, changed = self._threads.number(ref), self._tickets.changed(patch)
        if not changed:
            return self.get(ref).item
        ticket = self._client.update(number, changed).ticket
        missing = {tag_of(label) for label in patch.add_labels} - {*ticket.tags}
        left = {tag_of(label) for label in patch.remove_labels} & {*ticket.tags}
        with self._written(ref):
            # the reference names these members for bulk updates alone; the routes of tags are sure
            if missing:
                self._client.add_tags(number, sorted(missing))
            if left:
                self._client.delete_tags(number, sorted(left))
            return self.get(ref).item if missing or left else self._threads.item_of_write(ticket)

    def _update_article(self, ref: Ref, patch: Patch) -> Item:
        writes = 0

        def written() -> None:
            nonlocal writes
            writes += 1

        try:
            return self._library(ref).update(ref, patch, written)
        except ConnectorError as error:
            if writes:
                raise OutcomeUnknown(f"{self.connection}: {ref} was written in part") from error
            raise

    def update_many(
        self, patches: Sequence[tuple[Ref, Patch]], wait: Wait
    ) -> tuple[ConnectorError | None, ...]:
        """Tickets as jobs of a hundred; articles one by one."""
        outcomes: dict[int, ConnectorError | None] = {}
        tickets: dict[int, Fields] = {}
        for place, (ref, patch) in enumerate(patches):
            try:
                if is_article(ref):
                    self.update(ref, patch)
                    outcomes[place] = None
                else:
                    tickets[place] = {"id": self._threads.number(ref), **self._tickets.changed(patch)}
            except ConnectorError as error:
                outcomes[place] = error
        done = self._bulk.update(list(tickets.values()), wait)
        for place, outcome in zip(tickets, done, strict=True):
            outcomes[place] = outcome if isinstance(outcome, ConnectorError) else None
        return tuple(outcomes[place] for place in range(len(patches)))

    def comment(self, ref: Ref, draft: CommentDraft) -> Comment:
        """An internal note, or a public reply that Zendesk mails to the requester."""
        if is_article(ref):
            raise Rejected(
                f"{self.connection}: comments below articles are for their readers",
                advice="They carry no marker, so that one whose answer was lost would be written twice.",
            )
        row = self._threads.say(ref, draft)
        with self._written(ref):
            return self._threads.read(row)

    def retire(self, ref: Ref) -> None:
        """Into the bin, where Zendesk keeps it for thirty days."""
        if is_article(ref):
            raise Rejected(f"{self.connection}: {ref} is an article: archive it in Help Center")
        try:
            self._client.delete(self._threads.number(ref))
        except NotFound:
            return

    def hide_comment(self, ref: Ref, comment: str) -> None:
        """Turn a public reply into an internal note. Zendesk deletes none, and there is no way back."""
        self._client.make_private(self._threads.number(ref), comment)

    def find(self, draft: Draft, sent: datetime) -> Item | None:
        """By external id. Zendesk keeps it no more unique than it is sent: the oldest is ours."""
        section = self._section(draft.container)
        if section is not None:
            return section.find(draft)
        answer = self._client.with_external_id(draft.marker)
        self._directory.learn_beside(answer)
        oldest = min(answer.tickets, key=lambda ticket: ticket.id, default=None)
        return None if oldest is None else self._threads.item(oldest)

    def find_comment(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        return None if is_article(ref) else self._threads.find_comment(ref, draft, sent)

    def files(self, ref: Ref) -> tuple[File, ...]:
        return () if is_article(ref) else self._files.all(ref)

    def download(self, ref: Ref, file: File) -> Iterator[bytes]:
        return self._files.download(file)

    def largest_file(self) -> int:
        return self._files.largest

    def upload(self, ref: Ref, draft: FileDraft, content: Iterable[bytes]) -> File:
        """By a comment for the file's readers, which says no more than its name."""
        return self._files.upload(ref, draft, content)

    def find_file(self, ref: Ref, draft: FileDraft, sent: datetime) -> File | None:
        return self._files.find(ref, draft, sent)

    def links(self, ref: Ref) -> tuple[ItemLink, ...]:
        return () if is_article(ref) else self._links.all(ref)

    def link(self, ref: Ref, draft: LinkDraft) -> ItemLink:
        return self._links.link(ref, draft)

    def unlink(self, ref: Ref, link: str) -> None:
        self._links.unlink(ref, link)

    def people(self, emails: Sequence[str]) -> Mapping[str, Person]:
        """Agents and admins, who are few: all are read, a hundred in one call."""
        wanted = {email.lower() for email in emails}
        return {
            row.email.lower(): person_of(row)
            for row in self._client.staff()
            if row.email and row.active and not row.suspended and row.email.lower() in wanted
        }

    def set_up_webhook(self, url: str) -> WebhookSetup:
        return registering.set_up(self.connection, self._wire, url, articles=self._articles is not None)

    def receive(self, request: WebhookRequest) -> Delivery:
        secret = self._settings.webhook_secret
        articles = self._articles is not None
        return webhooks.receive(
            self.connection, secret.get_secret_value() if secret else None, request, articles=articles
        )

    def close(self) -> None:
        self._wire.close()

    def _library(self, ref: Ref) -> Articles:
        if self._articles is None:
            raise Rejected(f"{self.connection}: {ref} is an article, and the settings leave articles out")
        return self._articles

    def _section(self, container: str) -> Articles | None:
        """Where it is a section that is meant: a brand of the same name comes first."""
        if self._articles is None or self._directory.has_brand(container):
            return None
        return self._articles if self._articles.holds(container) else None

    @contextmanager
    def _written(self, ref: Ref) -> Iterator[None]:
        """Whatever fails now must not look as if nothing had been written."""
        try:
            yield
        except ConnectorError as error:
            message = f"{self.connection}: {ref} was written and could not be read back"
            raise OutcomeUnknown(message) from error


def _ours(settings: BaseModel) -> ZendeskSettings:
    if not isinstance(settings, ZendeskSettings):
        raise TypeError(f"ZendeskConnector needs ZendeskSettings, not {type(settings).__name__}")
    return settings
