"""Notion: rows of databases, their text in blocks, their comments.

What it cannot do, because Notion cannot: comments have no change feed and move no stamp, so polling alone
does not see them (webhooks do); edits of a text through the API may leave a page's stamp alone; comments
on single blocks would cost a call for each block and are not read; rows in the bin are in no listing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import accumulate
from typing import ClassVar, Self

from pydantic import BaseModel

from connectors.errors import ConnectorError, NotFound, OutcomeUnknown, RateLimited, Rejected, Unavailable
from connectors.model import Audience, Comment, CommentDraft, Draft, Item, JsonValue, Patch, Ref
from connectors.notion import body, feed, shape, values, webhooks
from connectors.notion.answers import Block, DataSource, Listing, Page, Remark
from connectors.notion.client import NotionClient, Saved
from connectors.notion.people import People
from connectors.notion.settings import DatabaseSettings, NotionSettings
from connectors.notion.sources import Sources
from connectors.protocol import Account, ChangePage, Delivery, Gate, Observation, WebhookRequest
from connectors.text import blocks

__all__ = ["DatabaseSettings", "NotionConnector", "NotionSettings"]

SHOWN = 25
"""How many elements of these property values a page shows; the others have a call of their own."""
CUT_TYPES = frozenset({"title", "rich_text", "relation", "people"})


class NotionConnector:
    """One workspace, by the token of an internal connection."""

    system: ClassVar[str] = "notion"
    Settings: ClassVar[type[BaseModel]] = NotionSettings

    def __init__(self, connection: str, settings: NotionSettings, gate: Gate) -> None:
        self.connection = connection
        self.settles = timedelta(seconds=settings.settle_seconds)
        self._settings = settings
        self._client = NotionClient(connection, settings, gate)
        self._sources = Sources(self._client, settings.databases)
        self._people = People(self._client)

    @classmethod
    def open(cls, connection: str, settings: BaseModel, gate: Gate) -> Self:
        return cls(connection, NotionSettings.model_validate(settings), gate)

    def close(self) -> None:
        self._client.close()

    def check(self) -> Account:
        """One call for the bot, and one for each database, or one for all that are known by name."""
        bot = self._people.bot()
        missing = [
            f"database '{source.name}' has no text property '{shape.MARKER}': no row can be made there"
            for source in self._sources.all()
            if "marker" not in shape.roles({name: prop.type for name, prop in source.properties.items()})
        ]
        site = bot.bot.workspace_name if bot.bot else None
        return Account(name=bot.name or bot.id, id=bot.id, site=site or "Notion", warnings=tuple(missing))

    def audience(self, container: str) -> Audience:
        """Public when the database is published to the web. Read anew each time: a click changes it."""
        return Audience.PUBLIC if self._sources.named(container, fresh=True).public_url else Audience.INTERNAL

    def changes(self, cursor: str | None) -> ChangePage:
        """Rows by their stamps, one database after another; an idle call costs one query for each.

        Items come with their text, which costs at least one call for each changed row: without it the
        engine would take the missing text for an edit. How the cursor moves is told in
        :mod:`connectors.notion.feed`.
        """
        state, names = feed.Cursor.parse(cursor), self._sources.names
        marks, lost = dict(state.marks), list[NotFound]()
        first = names.index(state.following) if state.following in names else 0
        for number, name in enumerate(names[first:], first):
            try:
                seen, more = self._next_of(self._sources.named(name), marks)
            except NotFound as error:
                # One that is not shared any more must not stop the others; it is told when they are done.
                lost.append(error)
                continue
            if seen or more:
                following = name if more else next(iter(names[number + 1 :]), None)
                ahead = feed.Cursor(following=following, marks=marks)
                return ChangePage(seen, ahead.model_dump_json(), more=following is not None)
        if lost:
            raise lost[0]
        return ChangePage((), feed.Cursor(marks=marks).model_dump_json(), more=False)

    def _next_of(
        self, source: DataSource, marks: dict[str, feed.Mark]
    ) -> tuple[tuple[Observation, ...], bool]:
        """The next page of one data source, and whether it has more; its mark is moved."""
        mark = marks.get(source.id, feed.Mark())
        listing = self._query_changed(source, mark)
        settled = feed.minute(self._client.now - self.settles)
        step = feed.step(self.connection, mark, listing, settled)
        seen, taken = self._observe(step.rows)
        if taken < len(step.rows):
            marks[source.id] = feed.partly(mark, step.rows[:taken], settled)
            return seen, True
        marks[source.id] = step.mark
        return seen, step.more

    def _query_changed(self, source: DataSource, mark: feed.Mark) -> Listing[Page]:
        try:
            return self._query(source, feed.question(mark))
        except Rejected:
            if mark.start is None:
                raise
            # The row that the page cursor stood on was edited or is gone: the minute is begun again.
            return self._query(source, feed.question(mark.model_copy(update={"start": None})))

    def _query(self, source: DataSource, asked: Mapping[str, JsonValue]) -> Listing[Page]:
        return self._client.read(Listing[Page], "POST", f"data_sources/{source.id}/query", body=asked)

    def _observe(self, rows: Sequence[Page]) -> tuple[tuple[Observation, ...], int]:
        """The rows with their texts, and how many could be read before the service had enough."""
        seen: list[Observation] = []
        for number, row in enumerate(rows):
            try:
                seen.append(Observation(self._item(row)))
            except NotFound:
                continue  # Unshared or deleted since the query: what cannot be seen is no observation.
            except (RateLimited, Unavailable):
                if not seen:
                    raise
                return tuple(seen), number
        return tuple(seen), len(rows)

    def get(self, ref: Ref) -> Observation:
        return Observation(self._item(self._page(ref)))

    def _page(self, ref: Ref) -> Page:
        return self._client.read(Page, "GET", f"pages/{ref.id}")

    def _item(self, page: Page) -> Item:
        settings, source = self._sources.holding(page)
        whole, people = self._completed(page), self._people
        return shape.item(self.connection, whole, source, settings, body.read(self._client, page.id), people)

    def _completed(self, page: Page) -> Page:
        """The page with the rest of the values that were cut."""
        properties = dict(page.properties)
        for name, value in page.properties.items():
            kind = str(value.get("type"))
            shown = value.get(kind)
            if kind in CUT_TYPES and isinstance(shown, list) and len(shown) >= SHOWN:
                path = f"pages/{page.id}/properties/{value['id']}"
                items = self._client.listed(Listing[dict[str, JsonValue]], path)
                properties[name] = {**value, kind: [item.get(kind) for item in items]}
        return page.model_copy(update={"properties": properties})

    def comments(self, ref: Ref) -> tuple[Comment, ...]:
        """Comments on the page itself whose threads are open: others Notion does not give out."""
        return tuple(
            shape.comment(remark, self._people.person(remark.created_by.id)) for remark in self._remarks(ref)
        )

    def _remarks(self, ref: Ref) -> list[Remark]:
        listed = self._client.listed(Listing[Remark], "comments", {"block_id": ref.id})
        return sorted(listed, key=lambda remark: remark.created_time)

    def create(self, draft: Draft) -> Item:
        source = self._sources.named(draft.container)
        first, *others = body.requests(blocks.from_markdown(draft.body))
        request: dict[str, JsonValue] = {
            "parent": {"type": "data_source_id", "data_source_id": source.id},
            "properties": values.properties(self.connection, source, _fields(draft)),
            "children": [*first],
        }
        with self._columns_may_be_stale(source):
            page = self._client.write(Page, "POST", "pages", request)
        ref = shape.ref(self.connection, page.id)
        with _already_written(f"{self.connection}: {ref} was created"):
            for portion in others:
                body.append(self._client, page.id, portion)
            return self.get(ref).item

    def update(self, ref: Ref, patch: Patch) -> Item:
        """Two calls and those of the text. Repeating a patch that was half done completes it."""
        page = self._completed(self._page(ref))
        if page.in_trash:
            raise Rejected(f"{self.connection}: {ref} is in the bin", advice="Restore it in Notion.")
        _, source = self._sources.holding(page)
        fields = dict(patch.fields)
        text = fields.pop("body", None) if "body" in fields else None
        if patch.add_labels or patch.remove_labels:
            kept = set(shape.labels(page)) - set(patch.remove_labels)
            fields["labels"] = [*sorted(kept | set(patch.add_labels))]
        written = values.properties(self.connection, source, fields)
        if "body" in patch.fields:
            body.rewrite(self._client, page.id, "" if text is None else str(text))
        if written:
            with self._columns_may_be_stale(source):
                self._client.write(Page, "PATCH", f"pages/{page.id}", {"properties": written})
        return self.get(ref).item

    @contextmanager
    def _columns_may_be_stale(self, source: DataSource) -> Iterator[None]:
        try:
            yield
        except Rejected:
            self._sources.forget(source)
            raise

    def comment(self, ref: Ref, draft: CommentDraft) -> Comment:
        if draft.audience is not Audience.PUBLIC and self._page(ref).public_url:
            raise Rejected(
                f"{self.connection}: {ref} is published to the web, and so may be its comments",
                advice=f"A comment for the {draft.audience} audience cannot be kept within it there.",
            )
        author = self._people.person(self._people.bot().id)
        request: dict[str, JsonValue] = {
            "parent": {"page_id": ref.id},
            "rich_text": [*blocks.rich_text(draft.body)],
        }
        remark = self._client.write(Remark, "POST", "comments", request)
        if isinstance(remark, Saved):
            with _already_written(f"{self.connection}: a comment on {ref} was made"):
                remark = self._client.read(Remark, "GET", f"comments/{remark.id}")
        return shape.comment(remark, author)

    def find(self, draft: Draft, sent: datetime) -> Item | None:
        """By the marker in ``Sync ID``. A text that was cut off between two requests is completed."""
        source = self._sources.named(draft.container)
        marker = shape.roles({name: prop.type for name, prop in source.properties.items()}).get("marker")
        if marker is None:
            return None
        condition: JsonValue = {"property": marker, "rich_text": {"equals": draft.marker}}
        oldest: JsonValue = {"timestamp": "created_time", "direction": "ascending"}
        rows = self._query(source, {"filter": condition, "sorts": [oldest], "page_size": 1}).results
        if not rows:
            return None
        self._complete_text(rows[0], draft)
        return self.get(shape.ref(self.connection, rows[0].id)).item

    def _complete_text(self, page: Page, draft: Draft) -> None:
        portions = list(body.requests(blocks.from_markdown(draft.body)))
        if len(portions) == 1 or page.last_edited_by.id != self._people.bot().id:
            return
        standing = sum(1 for _ in self._client.listed(Listing[Block], f"blocks/{page.id}/children"))
        ends = list(accumulate(len(portion) for portion in portions))
        if standing in ends[:-1]:
            for portion in portions[ends.index(standing) + 1 :]:
                body.append(self._client, page.id, portion)

    def find_comment(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        """The newest comment of ours with this text. Comments carry no marker, so equal texts are one.

        A minute of tolerance, since clocks differ and Notion's times are cut to the minute.
        """
        bot, text = self._people.bot().id, blocks.plain(blocks.rich_text(draft.body))
        since = feed.minute(sent) - feed.MINUTE
        for remark in reversed(self._remarks(ref)):
            if remark.created_by.id == bot and remark.created_time >= since:
                found = shape.comment(remark, self._people.person(bot))
                if found.body == text:
                    return found
        return None

    def receive(self, request: WebhookRequest) -> Delivery:
        """Makes no request: whether a row is synced is told by ids in the settings, if all are given."""
        ids = [database.data_source for database in self._settings.databases]
        synced = frozenset(identity for identity in ids if identity) if all(ids) else frozenset()
        return webhooks.receive(self.connection, request, self._settings.webhook_secret, synced)


def _fields(draft: Draft) -> dict[str, JsonValue]:
    """What a draft sets, by canonical names."""
    optional = {"type": draft.type, "status": draft.status, "priority": draft.priority}
    fields: dict[str, JsonValue] = {"title": draft.title, "marker": draft.marker}
    fields |= {name: value for name, value in optional.items() if value is not None}
    if draft.labels:
        fields["labels"] = [*draft.labels]
    return fields | {f"{values.CUSTOM}{name}": value for name, value in draft.custom.items()}


@contextmanager
def _already_written(what: str) -> Iterator[None]:
    """Whatever goes wrong from here on, the write itself must not be repeated without a look."""
    try:
        yield
    except ConnectorError as error:
        raise OutcomeUnknown(f"{what}, but not all that follows was done: {error.message}") from error
