"""Pages as items: read whole, and written by what is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import accumulate

from connectors.errors import Rejected
from connectors.model import Draft, Item, JsonValue, Patch, Ref
from connectors.notion import body, shape, values
from connectors.notion.answers import Block, Listing, Page, Stamped
from connectors.notion.body import Node
from connectors.notion.client import NotionClient, Saved, already_written
from connectors.notion.columns import Table
from connectors.notion.people import People
from connectors.notion.rewriting import append, is_attached, rewrite
from connectors.notion.sources import Sources
from connectors.text import blocks

SHOWN = 25
"""How many elements of these property values a page shows; the others have a call of their own."""
CUT_TYPES = frozenset({"title", "rich_text", "relation", "people"})


class Rows:
    """The rows of the synced databases."""

    def __init__(self, client: NotionClient, sources: Sources, people: People) -> None:
        self._client = client
        self._sources = sources
        self._people = people

    def page(self, ref: Ref) -> Page:
        """As Notion tells it, with long values cut."""
        return self._client.read(Page, "GET", f"pages/{ref.id}")

    def query(self, source: str, asked: Mapping[str, JsonValue]) -> Listing[Page]:
        """One page of the rows of a data source."""
        return self._client.read(Listing[Page], "POST", f"data_sources/{source}/query", body=asked)

    def item(self, page: Page) -> Item:
        """The whole item, with its text."""
        table = self._sources.holding(page)
        return self._item(page, table, blocks.to_markdown(self._text(page)))

    def beside(self, page: Page, text: str) -> Item:
        """The item with a text that is known."""
        return self._item(page, self._sources.holding(page), text)

    def _item(self, page: Page, table: Table, text: str) -> Item:
        return shape.item(self._client.connection, self.completed(page), table, text, self._people)

    def _text(self, page: Page) -> list[Node]:
        """The blocks of the page, without what we ourselves attached to it: that is no part of its text."""
        nodes = body.tree(self._client, page.id)
        if not any(is_attached(node) for node in nodes):
            return nodes
        bot = self._people.bot().id
        return [
            node
            for node in nodes
            if not (is_attached(node) and Stamped.model_validate(node).created_by.id == bot)
        ]

    def completed(self, page: Page) -> Page:
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

    def create(self, draft: Draft) -> Item:
        """One call, and one more for each further 100 blocks."""
        table = self._sources.named(draft.container)
        nodes = blocks.from_markdown(draft.body)
        first, *others = body.requests(nodes)
        request: dict[str, JsonValue] = {
            "parent": {"type": "data_source_id", "data_source_id": table.id},
            "properties": self._properties(table, _fields(draft)),
            "children": [*first],
        }
        with self._columns_may_be_stale(table):
            page = self._client.write(Page, "POST", "pages", request)
        with already_written(f"{self._client.connection}: page {page.id} was created"):
            for portion in others:
                append(self._client, page.id, portion)
            if isinstance(page, Saved) or others:
                return self.item(self.page(shape.ref(self._client.connection, page.id)))
            return self._item(page, table, blocks.to_markdown(nodes))

    def update(self, ref: Ref, patch: Patch) -> Item:
        """Write what the patch names. Repeating a patch that was half done completes it."""
        page = self.page(ref)
        table, written = self._wanted(page, patch)
        if "body" in patch.fields:
            text = patch.fields["body"]
            rewrite(self._client, page.id, self._text(page), "" if text is None else str(text))
        now = self._write(page.id, table, written) if written else Saved(page.id)
        with already_written(f"{self._client.connection}: {ref} was changed"):
            return self.item(self.page(ref) if isinstance(now, Saved) else now)

    def update_fields(self, known: Item, patch: Patch) -> Item:
        """The same for a patch that leaves the text alone: of an item whose text is known."""
        now = self._write_unseen(known, patch)
        if now is None:
            page = self.page(known.ref)
            now = self._write(page.id, *self._wanted(page, patch))
        with already_written(f"{self._client.connection}: {known.ref} was changed"):
            return self.beside(self.page(known.ref) if isinstance(now, Saved) else now, known.body)

    def put_away(self, ref: Ref) -> None:
        if not self.page(ref).in_trash:
            self._client.write(Page, "PATCH", f"pages/{ref.id}", {"in_trash": True})

    def _write_unseen(self, known: Item, patch: Patch) -> Page | Saved | None:
        """``None`` where a look has to tell more: labels are written as a whole, and a row that Notion does
        not let be changed so may have been moved, or be in the bin."""
        if patch.add_labels or patch.remove_labels:
            return None
        try:
            table = self._sources.named(known.container)
            return self._write(known.ref.id, table, self._properties(table, patch.fields))
        except Rejected:
            return None

    def _wanted(self, page: Page, patch: Patch) -> tuple[Table, dict[str, JsonValue]]:
        """The table that the page is a row of, and the properties that the patch changes."""
        if page.in_trash:
            raise Rejected(
                f"{self._client.connection}: {page.id} is in the bin", advice="Restore it in Notion."
            )
        table = self._sources.holding(page)
        fields = {name: value for name, value in patch.fields.items() if name != "body"}
        if patch.add_labels or patch.remove_labels:
            kept = set(shape.labels(page, table)) - set(patch.remove_labels)
            fields["labels"] = [*sorted(kept | set(patch.add_labels))]
        return table, self._properties(table, fields)

    def _properties(self, table: Table, fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        return values.properties(self._client.connection, table, fields, self._people)

    def _write(self, page: str, table: Table, properties: dict[str, JsonValue]) -> Page | Saved:
        with self._columns_may_be_stale(table):
            return self._client.write(Page, "PATCH", f"pages/{page}", {"properties": properties})

    @contextmanager
    def _columns_may_be_stale(self, table: Table) -> Iterator[None]:
        try:
            yield
        except Rejected:
            self._sources.forget(table)
            raise

    def find(self, draft: Draft, sent: datetime) -> Item | None:
        """By the marker in ``Sync ID``. A text that was cut off between two requests is completed."""
        table = self._sources.named(draft.container)
        marker = table.roles.get("marker")
        if marker is None:
            return None
        condition: JsonValue = {"property": marker, "rich_text": {"equals": draft.marker}}
        oldest: JsonValue = {"timestamp": "created_time", "direction": "ascending"}
        asked: dict[str, JsonValue] = {"filter": condition, "sorts": [oldest], "result_type": "page"}
        rows = self.query(table.id, {**asked, "page_size": 1}).results
        if not rows:
            return None
        if self._complete_text(rows[0], draft):
            return self.item(self.page(shape.ref(self._client.connection, rows[0].id)))
        return self.item(rows[0])

    def _complete_text(self, page: Page, draft: Draft) -> bool:
        """Whether something was missing and has been added."""
        portions = list(body.requests(blocks.from_markdown(draft.body)))
        if len(portions) == 1 or page.last_edited_by.id != self._people.bot().id:
            return False
        standing = sum(1 for _ in self._client.listed(Listing[Block], f"blocks/{page.id}/children"))
        ends = list(accumulate(len(portion) for portion in portions))
        if standing not in ends[:-1]:
            return False
        for portion in portions[ends.index(standing) + 1 :]:
            append(self._client, page.id, portion)
        return True


def _fields(draft: Draft) -> dict[str, JsonValue]:
    """What a draft sets, by canonical names."""
    optional = {"type": draft.type, "status": draft.status, "priority": draft.priority}
    fields: dict[str, JsonValue] = {"title": draft.title, "marker": draft.marker}
    fields |= {name: value for name, value in optional.items() if value is not None}
    if draft.labels:
        fields["labels"] = [*draft.labels]
    return fields | {f"{values.CUSTOM}{name}": value for name, value in draft.custom.items()}
