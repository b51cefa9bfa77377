"""Notion: rows of databases, their text in blocks, their comments.

What it cannot do, because Notion cannot: comments have no change feed and move no stamp, so polling alone
does not see them (webhooks do); edits of a text through the API may leave a page's stamp alone; comments
on single blocks would cost a call for each block and are not read; rows in the bin are in no listing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Self

from pydantic import BaseModel

from connectors.abilities import WebhookSetup
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
from connectors.notion import limits, webhooks
from connectors.notion.client import NotionClient
from connectors.notion.columns import MARKER
from connectors.notion.files import Files
from connectors.notion.linking import Links
from connectors.notion.people import People
from connectors.notion.polling import Polling
from connectors.notion.remarks import Remarks
from connectors.notion.rows import Rows
from connectors.notion.settings import DatabaseSettings, NotionSettings
from connectors.notion.sources import Sources
from connectors.notion.storage import Storage
from connectors.protocol import Account, ChangePage, Delivery, Gate, Observation, WebhookRequest

__all__ = ["DatabaseSettings", "NotionConnector", "NotionSettings"]


class NotionConnector:
    """One workspace, by the token of an internal connection."""

    system: ClassVar[str] = "notion"
    Settings: ClassVar[type[BaseModel]] = NotionSettings
    mentions_logins = False

    def __init__(self, connection: str, settings: NotionSettings, gate: Gate) -> None:
        self.connection = connection
        self.settles = timedelta(seconds=settings.settle_seconds)
        self._settings = settings
        self._client = NotionClient(connection, settings, gate)
        self._sources = Sources(self._client, settings.databases)
        self._people = People(self._client)
        self._rows = Rows(self._client, self._sources, self._people)
        self._polling = Polling(self._client, self._sources, self._rows, self.settles)
        self._remarks = Remarks(self._client, self._people, self._rows.page)
        self._storage = Storage(connection, gate, settings.timeout_seconds)
        self._files = Files(self._client, self._storage, self._people, self._remarks, self._rows.page)
        self._links = Links(self._client, self._people, self._rows)

    @classmethod
    def open(cls, connection: str, settings: BaseModel, gate: Gate) -> Self:
        return cls(connection, NotionSettings.model_validate(settings), gate)

    @classmethod
    def limits(cls, settings: BaseModel) -> tuple[Limit, ...]:
        return limits.stated(NotionSettings.model_validate(settings))

    def close(self) -> None:
        self._client.close()
        self._storage.close()

    def check(self) -> Account:
        """One call for the bot, and one for each database, or one for all that are known by name."""
        bot = self._people.bot()
        missing = [
            f"database '{table.source.name}' has no text property '{MARKER}': no row can be made there"
            for table in self._sources.all()
            if "marker" not in table.roles
        ]
        site = bot.bot.workspace_name if bot.bot else None
        return Account(name=bot.name or bot.id, id=bot.id, site=site or "Notion", warnings=tuple(missing))

    def audience(self, container: str) -> Audience:
        """Public when the database is published to the web. Read once a minute: a click changes it."""
        published = self._sources.named(container, fresh=True).source.public_url
        return Audience.PUBLIC if published else Audience.INTERNAL

    def changes(self, cursor: str | None) -> ChangePage:
        return self._polling.changes(cursor)

    def get(self, ref: Ref) -> Observation:
        return Observation(self._rows.item(self._rows.page(ref)))

    def create(self, draft: Draft) -> Item:
        return self._rows.create(draft)

    def update(self, ref: Ref, patch: Patch) -> Item:
        return self._rows.update(ref, patch)

    def retire(self, ref: Ref) -> None:
        """Into the bin, where Notion keeps it for thirty days."""
        self._rows.put_away(ref)

    def get_fields(self, known: Item) -> Item:
        return self._rows.beside(self._rows.page(known.ref), known.body)

    def update_fields(self, known: Item, patch: Patch) -> Item:
        """One call, and a look before labels, which Notion takes as a whole."""
        return self._rows.update_fields(known, patch)

    def find(self, draft: Draft, sent: datetime) -> Item | None:
        return self._rows.find(draft, sent)

    def comments(self, ref: Ref) -> tuple[Comment, ...]:
        """Comments on the page itself whose threads are open: others Notion does not give out."""
        return self._remarks.all(ref)

    def comment(self, ref: Ref, draft: CommentDraft) -> Comment:
        return self._remarks.add(ref, draft)

    def edit_comment(self, ref: Ref, comment: str, draft: CommentDraft) -> Comment:
        return self._remarks.edit(ref, comment, draft)

    def delete_comment(self, ref: Ref, comment: str) -> None:
        self._remarks.delete(ref, comment)

    def comment_is_gone(self, ref: Ref, comment: str) -> bool:
        """Comments of threads that were resolved are there, although no list has them."""
        return self._remarks.is_gone(ref, comment)

    def find_comment(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        return self._remarks.find(ref, draft, sent)

    def files(self, ref: Ref) -> tuple[File, ...]:
        return self._files.all(ref)

    def download(self, ref: Ref, file: File) -> Iterator[bytes]:
        return self._files.download(ref, file)

    def largest_file(self) -> int:
        return self._files.largest()

    def upload(self, ref: Ref, draft: FileDraft, content: Iterable[bytes]) -> File:
        return self._files.upload(ref, draft, content)

    def find_file(self, ref: Ref, draft: FileDraft, sent: datetime) -> File | None:
        return self._files.find(ref, draft, sent)

    def links(self, ref: Ref) -> tuple[ItemLink, ...]:
        return self._links.all(ref)

    def link(self, ref: Ref, draft: LinkDraft) -> ItemLink:
        return self._links.link(ref, draft)

    def unlink(self, ref: Ref, link: str) -> None:
        self._links.unlink(ref, link)

    def people(self, emails: Sequence[str]) -> Mapping[str, Person]:
        """Members by their addresses, which Notion shows to connections with that capability alone."""
        return self._people.by_address(emails)

    def set_up_webhook(self, url: str) -> WebhookSetup:
        """Notion lets nobody do this but a person."""
        known = self._settings.webhook_secret is not None
        return webhooks.steps(url, self._settings.notion_version, anew=known)

    def receive(self, request: WebhookRequest) -> Delivery:
        """Makes no request: whether a row is synced is told by ids in the settings, if all are given."""
        ids = [database.data_source for database in self._settings.databases]
        synced = frozenset(identity for identity in ids if identity) if all(ids) else frozenset()
        return webhooks.receive(self.connection, request, self._settings.webhook_secret, synced)
