"""Ties of a page: relations to pages of the workspace, and bookmarks of what is elsewhere.

A relation is a column that people made, and its name is the tie's word. An address has no column: it is a
bookmark at the end of the page's text, whose caption tells the word and the title. Bookmarks that people set
are a part of their text, and no ties.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.errors import NotFound, Rejected
from connectors.model import ItemLink, JsonValue, LinkDraft, Ref
from connectors.notion import shape
from connectors.notion.answers import Answer, Listing, Page, Stamped, plain_text
from connectors.notion.body import Node
from connectors.notion.client import NotionClient, Saved
from connectors.notion.people import People
from connectors.notion.rows import Rows
from connectors.notion.sources import did_you_mean
from connectors.notion.values import plain_runs

BOOKMARK = "bookmark"
BETWEEN = ": "
"""What stands in a caption between the relation and the title."""


class Links:
    """The id of a tie is its column's with that of the page at its other end, or that of its bookmark."""

    def __init__(self, client: NotionClient, people: People, rows: Rows) -> None:
        self._client = client
        self._people = people
        self._rows = rows

    def all(self, ref: Ref) -> tuple[ItemLink, ...]:
        """A call for the page, and one for each hundred blocks at the top of its text."""
        return (*self._relations(self._whole(ref)), *self._bookmarks(ref))

    def link(self, ref: Ref, draft: LinkDraft) -> ItemLink:
        """Relate the page to another by the column of that name, or set a bookmark."""
        return self._set_bookmark(ref, draft) if draft.to is None else self._relate(ref, draft, draft.to)

    def unlink(self, ref: Ref, link: str) -> None:
        """Take a page out of its column, or a bookmark of ours out of the text."""
        column, _, other = link.rpartition("/")
        if column == BOOKMARK:
            if link in {mark.id for mark in self._bookmarks(ref)}:
                self._delete(other)
            return
        page = self._whole(ref)
        name = next((name for name, value in _columns(page).items() if value["id"] == column), None)
        if name is not None and other in (related := _related(page, name)):
            self._write(page, name, [each for each in related if each != other])

    def _whole(self, ref: Ref) -> Page:
        """The page with all that it is related to, of which Notion shows 25 at first."""
        return self._rows.completed(self._rows.page(ref))

    def _relations(self, page: Page) -> Iterator[ItemLink]:
        for name in _columns(page):
            for other in _related(page, name):
                yield self._relation(page, name, other)

    def _relation(self, page: Page, name: str, other: str) -> ItemLink:
        to = shape.ref(self._client.connection, other)
        return ItemLink(id=f"{page.properties[name]['id']}/{other}", relation=name, to=to)

    def _relate(self, ref: Ref, draft: LinkDraft, to: Ref) -> ItemLink:
        page = self._whole(ref)
        wanted = draft.relation.strip().casefold()
        name = next((name for name in _columns(page) if name.strip().casefold() == wanted), None)
        if name is None:
            raise Rejected(
                f"{self._client.connection}: {ref} has no relation '{draft.relation}'",
                advice=did_you_mean(draft.relation, _columns(page)),
            )
        related = _related(page, name)
        if to.id not in related:
            self._write(page, name, [*related, to.id])
        return self._relation(page, name, to.id)

    def _write(self, page: Page, name: str, related: list[str]) -> None:
        """The whole value: Notion adds nothing to a relation and takes nothing out of it."""
        value: JsonValue = {"relation": [{"id": other} for other in related]}
        self._client.write(Page, "PATCH", f"pages/{page.id}", {"properties": {name: value}})

    def _bookmarks(self, ref: Ref) -> Iterator[ItemLink]:
        """Those of ours; we set them at the top level alone."""
        for node in self._client.listed(Listing[Node], f"blocks/{ref.id}/children"):
            content = node.get(BOOKMARK)
            if isinstance(content, dict):
                block = Stamped.model_validate(node)
                if block.created_by.id == self._people.bot().id:
                    relation, _, title = plain_text(content.get("caption")).partition(BETWEEN)
                    yield _bookmark(block.id, relation, str(content.get("url")), title)

    def _set_bookmark(self, ref: Ref, draft: LinkDraft) -> ItemLink:
        known = {(mark.relation, mark.url): mark for mark in self._bookmarks(ref)}
        if (draft.relation, draft.url) in known:
            return known[draft.relation, draft.url]
        words = f"{draft.relation}{BETWEEN}{draft.title}" if draft.title else draft.relation
        block: Node = {"type": BOOKMARK, BOOKMARK: {"url": draft.url, "caption": plain_runs(words)}}
        asked: Node = {"children": [block]}
        made = self._client.write(Listing[Node], "PATCH", f"blocks/{ref.id}/children", asked)
        identity = made.children[0] if isinstance(made, Saved) else str(made.results[0]["id"])
        return _bookmark(identity, draft.relation, draft.url, draft.title)

    def _delete(self, block: str) -> None:
        try:
            self._client.write(Answer, "DELETE", f"blocks/{block}", {})
        except NotFound:
            return


def _columns(page: Page) -> Mapping[str, Mapping[str, JsonValue]]:
    """The page's relations, by name."""
    return {name: value for name, value in page.properties.items() if value.get("type") == "relation"}


def _related(page: Page, name: str) -> list[str]:
    entries = page.properties[name].get("relation")
    found = entries if isinstance(entries, list) else []
    return [str(entry["id"]) for entry in found if isinstance(entry, dict)]


def _bookmark(block: str, relation: str, url: str, title: str) -> ItemLink:
    return ItemLink(id=f"{BOOKMARK}/{block}", relation=relation, url=url, title=title)
