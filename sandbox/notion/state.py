"""What the emulated workspace holds: users, databases, data sources, pages, blocks and comments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic import JsonValue

from sandbox.clock import Clock
from sandbox.notion.problem import Object, invalid, missing
from sandbox.notion.schema import Property


@dataclass(slots=True)
class User:
    id: str
    name: str
    email: str | None
    """``None`` for a bot."""

    def render(self, workspace: str, largest_file: int = 5_242_880) -> Object:
        """The full user object; a bot's tells how many bytes a file may have."""
        base: Object = {"object": "user", "id": self.id, "name": self.name, "avatar_url": None}
        if self.email is not None:
            return {**base, "type": "person", "person": {"email": self.email}}
        limits: Object = {"max_file_upload_size_in_bytes": largest_file}
        owner: Object = {"type": "workspace", "workspace": True}
        bot: Object = {"owner": owner, "workspace_name": workspace, "workspace_limits": limits}
        return {**base, "type": "bot", "bot": {**bot, "workspace_id": str(uuid5(NAMESPACE_OID, workspace))}}


@dataclass(slots=True)
class Block:
    """A block, or the page whose blocks it holds (``type`` is then ``child_page``)."""

    id: str
    type: str
    content: Object
    parent: str
    page: str
    created: datetime
    edited: datetime
    author: str
    editor: str
    children: list[str] = field(default_factory=list)
    in_trash: bool = False


@dataclass(slots=True)
class Page:
    """A page; a row when ``source`` names a data source, otherwise it stands below another page."""

    id: str
    source: str | None
    above: str | None
    values: dict[str, JsonValue]
    """By property id, in the form in which they are answered."""
    number: int
    created: datetime
    edited: datetime
    author: str
    editor: str
    blocks: list[str] = field(default_factory=list)
    in_trash: bool = False
    archived: bool = False
    """Put away by somebody: in no listing that does not ask for it, and yet not in the bin."""
    locked: bool = False
    public_url: str | None = None
    shared: bool = True

    @property
    def shuffled(self) -> str:
        """What rows are sorted by when a query names no order: nothing that means anything."""
        return self.id[::-1]


@dataclass(slots=True)
class DataSource:
    """The rows and columns of a database."""

    id: str
    database: str
    title: str
    created: datetime
    edited: datetime
    author: str
    properties: dict[str, Property] = field(default_factory=dict)
    """By name."""
    rows: dict[str, Page] = field(default_factory=dict)
    nested: list[str] = field(default_factory=list)
    """Data sources that stand among the rows, as they do in a wiki."""
    public_url: str | None = None
    shared: bool = True
    next_number: int = 1

    def property(self, key: str) -> Property | None:
        """By name, or by id in either spelling."""
        found = self.properties.get(key)
        return found or next((prop for prop in self.properties.values() if prop.id == key), None)

    def of_type(self, kind: str) -> Property | None:
        """The first property of this type."""
        return next((prop for prop in self.properties.values() if prop.type == kind), None)


@dataclass(slots=True)
class Remark:
    """A comment on a page or on a block."""

    id: str
    discussion: str
    page: str
    block: str | None
    created: datetime
    edited: datetime
    author: str
    text: list[JsonValue]
    resolved: bool = False
    attachments: list[Object] = field(default_factory=list)


class Workspace:
    """All records by id. Ids are UUIDs made from a counter, so that one seed always gives the same ids."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.name = "Sandbox"
        self.users: dict[str, User] = {}
        self.sources: dict[str, DataSource] = {}
        self.databases: dict[str, list[str]] = {}
        """The data sources of each database, by the database's id."""
        self.pages: dict[str, Page] = {}
        self.blocks: dict[str, Block] = {}
        self.remarks: dict[str, Remark] = {}
        self.discussed: dict[str, list[Remark]] = {}
        """Comments by the page or block they stand on."""
        self._counter = 0
        self.bot = self.add_user("Loopwright", None)

    def new_id(self) -> str:
        """A fresh UUID."""
        self._counter += 1
        return str(uuid5(NAMESPACE_OID, f"notion-{self._counter}"))

    def add_user(self, name: str, email: str | None) -> User:
        """A new person, or a bot when there is no address."""
        user = User(self.new_id(), name, email)
        self.users[user.id] = user
        return user

    def person(self, name: str | None = None) -> User:
        """The person of this name, or anybody who is one."""
        people = [user for user in self.users.values() if user.email is not None]
        named = [user for user in people if user.name == name]
        return (named or people or [self.add_user("Somebody", "somebody@northwind-soft.example")])[0]

    def user(self, identity: str) -> User:
        """By id; Notion's 404 otherwise."""
        found = self.users.get(canonical(identity))
        if found is None:
            raise missing("user", identity)
        return found

    def source(self, identity: str) -> DataSource:
        """A shared data source by its id; a database's id gives the misleading 404 of the real service."""
        found = self.sources.get(canonical(identity))
        if found is None or not found.shared:
            raise missing("data_source", identity)
        return found

    def inside(self, identity: str) -> list[DataSource]:
        """The data sources of a shared database."""
        sources = [self.sources[key] for key in self.databases.get(canonical(identity), [])]
        shared = [source for source in sources if source.shared]
        if not shared:
            raise missing("database", identity)
        return shared

    def purge(self, page: Page) -> None:
        """Page, blocks and comments are gone for good."""
        del self.pages[page.id]
        if page.source:
            del self.sources[page.source].rows[page.id]
        self.blocks = {key: block for key, block in self.blocks.items() if block.page != page.id}
        self.remarks = {key: remark for key, remark in self.remarks.items() if remark.page != page.id}
        self.discussed.pop(page.id, None)

    def page(self, identity: str) -> Page:
        """A shared page, in the bin or not."""
        found = self.pages.get(canonical(identity))
        if found is None or not found.shared or not self._visible(found):
            raise missing("page", identity)
        return found

    def _visible(self, page: Page) -> bool:
        return page.source is None or self.sources[page.source].shared

    def block(self, identity: str) -> Block:
        """A block of a shared page that is not in the bin."""
        found = self.blocks.get(canonical(identity))
        if found is None or found.in_trash:
            raise missing("block", identity)
        self.page(found.page)
        return found

    def discussion(self, identity: str) -> list[Remark]:
        """All comments of one thread, oldest first."""
        return [remark for remark in self.remarks.values() if remark.discussion == identity]

    def tree(self, identity: str) -> Iterator[Block]:
        """The blocks below a page or block, in order, whatever the depth."""
        above = self.pages.get(identity) or self.blocks[identity]
        for child in above.blocks if isinstance(above, Page) else above.children:
            yield self.blocks[child]
            yield from self.tree(child)


def canonical(identity: str) -> str:
    """An id with its dashes, which are optional in requests; Notion's 400 for what is no id."""
    try:
        return str(UUID(identity))
    except ValueError:
        raise invalid(
            f"path failed validation: path.id should be a valid uuid, instead was `{identity}`."
        ) from None


def minutes(time: datetime) -> float:
    """A time as Notion compares it, in seconds: cut to the minute."""
    return time.timestamp() // 60 * 60


def minute(time: datetime) -> str:
    """A time as Notion shows it: cut to the minute since 2022."""
    return time.strftime("%Y-%m-%dT%H:%M:00.000Z")
