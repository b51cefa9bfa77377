"""Notion's JSON as far as it is used, checked when it comes in.

What is not named here is ignored. Property values and blocks stay plain JSON: each of their many types
has a shape of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Object = Mapping[str, JsonValue]
T = TypeVar("T")


class Answer(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class UserId(Answer):
    id: str


class PersonInfo(Answer):
    email: str | None = None


class WorkspaceLimits(Answer):
    max_file_upload_size_in_bytes: int | None = None


class BotInfo(Answer):
    workspace_name: str | None = None
    workspace_limits: WorkspaceLimits = WorkspaceLimits()


class User(Answer):
    """A user; without ``type`` when the connection may not read more than the id."""

    id: str
    type: str | None = None
    name: str | None = None
    person: PersonInfo | None = None
    bot: BotInfo | None = None


class Parent(Answer):
    """What a page or data source stands in."""

    type: str
    data_source_id: str | None = None
    database_id: str | None = None


class Page(Answer):
    """A page; a row when its parent is a data source."""

    id: str
    created_time: datetime
    last_edited_time: datetime
    created_by: UserId
    last_edited_by: UserId
    in_trash: bool = False
    url: str
    public_url: str | None = None
    parent: Parent
    properties: dict[str, dict[str, JsonValue]]


class Option(Answer):
    id: str
    name: str


class Group(Answer):
    """One of the three groups that the options of a status are in."""

    name: str
    option_ids: tuple[str, ...] = ()


class Choices(Answer):
    options: tuple[Option, ...] = ()
    groups: tuple[Group, ...] = ()


class Property(Answer):
    """A column of a data source."""

    id: str
    name: str
    type: str
    select: Choices | None = None
    multi_select: Choices | None = None
    status: Choices | None = None

    @property
    def options(self) -> tuple[Option, ...]:
        """What can be chosen, where something can."""
        choices = self.select or self.multi_select or self.status
        return choices.options if choices else ()


class DataSource(Answer):
    """The columns of a database. ``public_url`` is set when anybody on the web may read it."""

    id: str
    title: tuple[dict[str, JsonValue], ...] = ()
    public_url: str | None = None
    properties: dict[str, Property] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """The title as plain text."""
        return plain_text(self.title)


class DataSourceName(Answer):
    id: str
    name: str


class Database(Answer):
    """A container of data sources."""

    data_sources: tuple[DataSourceName, ...]


class Remark(Answer):
    """A comment on a page."""

    id: str
    created_time: datetime
    last_edited_time: datetime
    created_by: UserId
    rich_text: tuple[dict[str, JsonValue], ...]
    attachments: tuple[dict[str, JsonValue], ...] = ()


class FileUpload(Answer):
    """A file on its way: announced, sent, and then attached to something."""

    id: str
    status: str


class Block(Answer):
    """A block's own part; its content is kept beside it, as it came."""

    id: str
    type: str
    has_children: bool = False


class Stamped(Block):
    """A block with who made it, and when."""

    created_time: datetime
    created_by: UserId


class RequestStatus(Answer):
    type: str


class Listing(Answer, Generic[T]):
    """One page of a list."""

    results: tuple[T, ...]
    next_cursor: str | None = None
    has_more: bool = False
    request_status: RequestStatus | None = None

    @property
    def capped(self) -> bool:
        """Whether the query ended at Notion's limit of rows, with more behind it that no cursor reaches."""
        return self.request_status is not None and self.request_status.type == "incomplete"


def plain_text(runs: object) -> str:
    """The words of a rich text array, without their marks."""
    parts = runs if isinstance(runs, list | tuple) else ()
    return "".join(str(part.get("plain_text", "")) for part in parts if isinstance(part, Mapping))
