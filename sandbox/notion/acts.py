"""Everything that changes the workspace, by whoever: records are edited and webhooks raised here alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from sandbox.notion.blocks import NewBlock
from sandbox.notion.problem import Object, invalid
from sandbox.notion.state import Block, DataSource, Page, Remark, User, Workspace
from sandbox.notion.webhooks import Outbox


@dataclass(slots=True)
class Quirks:
    """Habits of the real service that a test may ask for."""

    body_edits_by_api_move_stamp: bool = True
    """Whether editing blocks through the API moves the page's ``last_edited_time``; sometimes it does not."""
    conflicts: int = 0
    """How many writes are answered by a 409 before anything happens."""
    overloads: int = 0
    """How many requests are answered by a 529 before anything happens."""
    plan: str = "plus"
    """The workspace's plan: ``free``, ``plus``, ``business`` or ``enterprise``."""
    emails: bool = True
    """Whether the connection has the capability to see people's e-mail addresses."""
    pool: int | None = None
    """How many requests all connections of the workspace share; ``None`` for more than anybody makes."""
    refusals: list[tuple[str, int]] = field(default_factory=list)
    """Reasons for a 429, each with its seconds to wait, for the next requests: one for each."""
    saved_but_503: int = 0
    """How many writes are saved and yet answered by a 503 that says so."""
    denied: str = ""
    """A regular expression over ``METHOD /path``: what the connection lacks the capability for."""
    short_pages: int | None = None
    """How many rows a page of a query holds at most, whatever was asked for."""
    empty_pages: bool = False
    """Whether every second page of a query is empty, with more behind it."""
    slow_above: int | None = None
    """How many rows a query may ask for before it takes too long, and is answered by a 503."""
    unindexed: set[str] = field(default_factory=set)
    """Pages that search never finds, whatever their titles are."""
    query_cap: int = 10_000
    """How many rows one query gives before it calls itself incomplete."""


class Acts:
    """The ways in which records change. ``changed`` is told the id of every page that did."""

    def __init__(
        self, workspace: Workspace, outbox: Outbox, quirks: Quirks, changed: Callable[[str], None]
    ) -> None:
        self.workspace = workspace
        self.outbox = outbox
        self.quirks = quirks
        self.changed = changed

    def create_page(
        self,
        author: User,
        values: Mapping[str, JsonValue],
        body: Sequence[NewBlock],
        *,
        source: DataSource | None = None,
        above: str | None = None,
    ) -> Page:
        """A new row of ``source``, or a page below another."""
        now = self.workspace.clock.now()
        number = 0
        if source is not None:
            number, source.next_number = source.next_number, source.next_number + 1
            values = {**_defaults(source), **values}
        key = source.id if source else None
        identity = self.workspace.new_id()
        page = Page(identity, key, above, dict(values), number, now, now, author.id, author.id)
        self.workspace.pages[page.id] = page
        if source is not None:
            source.rows[page.id] = page
        page.blocks += self.make_blocks(page, page.id, body, author)
        self.outbox.about_page("created", page, author)
        self.changed(page.id)
        return page

    def make_blocks(self, page: Page, parent: str, body: Sequence[NewBlock], author: User) -> list[str]:
        """Records for new blocks; the caller puts their ids in place."""
        now = self.workspace.clock.now()
        made = []
        for new in body:
            identity = self.workspace.new_id()
            block = Block(identity, new.type, new.content, parent, page.id, now, now, author.id, author.id)
            self.workspace.blocks[identity] = block
            block.children += self.make_blocks(page, identity, new.children, author)
            made.append(identity)
        return made

    def _touch(self, page: Page, author: User) -> None:
        page.edited, page.editor = self.workspace.clock.now(), author.id
        self.changed(page.id)

    def set_values(self, page: Page, values: Mapping[str, JsonValue], author: User) -> None:
        """New property values, by property id."""
        page.values.update(values)
        self._touch(page, author)
        self.outbox.about_page("properties_updated", page, author, updated_properties=list(values))

    def trash(self, page: Page, author: User, *, restore: bool = False) -> None:
        """Into the bin, or out of it."""
        if page.in_trash != restore:
            return
        page.in_trash = not restore
        self._touch(page, author)
        self.outbox.about_page("undeleted" if restore else "deleted", page, author)

    def archive(self, page: Page, author: User) -> None:
        """Put away, and kept."""
        page.archived = True
        self._touch(page, author)

    def purge(self, page: Page) -> None:
        """Out of the bin, for good; nobody is told."""
        self.workspace.purge(page)
        self.changed(page.id)

    def lock(self, page: Page, author: User, *, locked: bool) -> None:
        """Lock or unlock a page."""
        page.locked = locked
        self._touch(page, author)
        self.outbox.about_page("locked" if locked else "unlocked", page, author)

    def move(self, page: Page, target: DataSource, author: User) -> None:
        """To another data source: values go over by the names of their properties."""
        old = self.workspace.sources[page.source].properties if page.source else {}
        kept = {name: page.values.get(prop.id) for name, prop in old.items()}
        if page.source:
            del self.workspace.sources[page.source].rows[page.id]
        page.source = target.id
        page.values = {
            p.id: kept[name] for name, p in target.properties.items() if kept.get(name) is not None
        }
        target.rows[page.id] = page
        self._touch(page, author)
        self.outbox.about_page("moved", page, author)

    def append(
        self, parent: Page | Block, body: Sequence[NewBlock], author: User, after: str | None
    ) -> list[str]:
        """New blocks at the end of ``parent``, behind its child ``after``, or first when that is empty."""
        page = parent if isinstance(parent, Page) else self.workspace.pages[parent.page]
        siblings = parent.blocks if isinstance(parent, Page) else parent.children
        place = len(siblings) if after is None else 0
        if after:
            if after not in siblings:
                raise invalid(f"Could not find block with ID: {after} as a child of the parent.")
            place = siblings.index(after) + 1
        made = self.make_blocks(page, parent.id, body, author)
        siblings[place:place] = made
        self._edited_body(page, made, author)
        return made

    def change_block(self, block: Block, content: Object, author: User) -> None:
        """New content of one block."""
        block.content = content
        block.edited, block.editor = self.workspace.clock.now(), author.id
        self._edited_body(self.workspace.pages[block.page], [block.id], author)

    def delete_block(self, block: Block, author: User) -> None:
        """A block and those below it go to the bin."""
        page = self.workspace.pages[block.page]
        holder = page.blocks if block.parent == page.id else self.workspace.blocks[block.parent].children
        holder.remove(block.id)
        block.in_trash = True
        self._edited_body(page, [block.id], author)

    def _edited_body(self, page: Page, blocks: Sequence[str], author: User) -> None:
        by_api = author is self.workspace.bot
        if not by_api or self.quirks.body_edits_by_api_move_stamp:
            self._touch(page, author)
        else:
            self.changed(page.id)
        updated: list[JsonValue] = [{"id": identity, "type": "block"} for identity in blocks]
        self.outbox.about_page("content_updated", page, author, updated_blocks=updated)

    def remark(
        self,
        page: Page,
        words: list[JsonValue],
        author: User,
        *,
        block: str | None = None,
        thread: str = "",
        attachments: Sequence[Object] = (),
    ) -> Remark:
        """A comment, on a new thread unless ``thread`` names one. Does not move the page's stamp."""
        now = self.workspace.clock.now()
        discussion = thread or self.workspace.new_id()
        remark = Remark(self.workspace.new_id(), discussion, page.id, block, now, now, author.id, words)
        remark.attachments += attachments
        self.workspace.remarks[remark.id] = remark
        self.workspace.discussed.setdefault(block or page.id, []).append(remark)
        self.outbox.about_remark("created", remark, author)
        self.changed(page.id)
        return remark

    def rewrite_remark(self, remark: Remark, words: list[JsonValue], author: User) -> None:
        """New text of a comment."""
        remark.text, remark.edited = words, self.workspace.clock.now()
        self.outbox.about_remark("updated", remark, author)
        self.changed(remark.page)

    def delete_remark(self, remark: Remark, author: User) -> None:
        """A comment goes, for good."""
        del self.workspace.remarks[remark.id]
        self.workspace.discussed[remark.block or remark.page].remove(remark)
        self.outbox.about_remark("deleted", remark, author)
        self.changed(remark.page)

    def resolve(self, discussion: str) -> None:
        """Close a thread: its comments are listed no more."""
        for remark in self.workspace.discussion(discussion):
            remark.resolved = True
            self.changed(remark.page)


def _defaults(source: DataSource) -> dict[str, JsonValue]:
    """What Notion fills in by itself: the first option of a status."""
    statuses = (prop for prop in source.properties.values() if prop.type == "status" and prop.options)
    return {prop.id: prop.options[0].render() for prop in statuses}
