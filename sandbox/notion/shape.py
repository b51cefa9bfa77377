"""Records as Notion's JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import JsonValue

from sandbox.notion import text
from sandbox.notion.problem import Object
from sandbox.notion.schema import Property
from sandbox.notion.state import Block, DataSource, Page, Remark, Workspace, minute

DATA_SOURCES_SINCE = "2025-09-03"
"""The first version whose databases have data sources."""
CUT = 25
"""How many elements of a title, text, relation or people value a page shows."""
CUT_TYPES = frozenset({"title", "rich_text", "relation", "people"})


def partial_user(identity: str) -> Object:
    """A user as most answers name one: without name or address."""
    return {"object": "user", "id": identity}


def stamps(record: Block | Page, version: str) -> Object:
    """What pages and blocks have in common."""
    times: Object = {"created_time": minute(record.created), "last_edited_time": minute(record.edited)}
    people: Object = {
        "created_by": partial_user(record.author),
        "last_edited_by": partial_user(record.editor),
    }
    old: Object = {"archived": record.in_trash} if version < "2026-03-11" else {}
    return {**times, **people, **old, "in_trash": record.in_trash}


def page_object(page: Page, workspace: Workspace, version: str, only: Sequence[str] = ()) -> Object:
    """A page; ``only`` names the properties (by id) that a request limited it to."""
    properties: Object = {}
    for prop in page_properties(page, workspace):
        if not only or prop.id in only:
            properties[prop.name] = _value(page, prop, workspace)
    slug = "-".join(re.findall(r"\w+", title_of(page, workspace))) or "Untitled"
    return {
        "object": "page",
        "id": page.id,
        **stamps(page, version),
        "is_archived": page.archived,
        "is_locked": page.locked,
        "cover": None,
        "icon": None,
        "parent": _page_parent(page, workspace, version),
        "properties": properties,
        "url": f"https://www.notion.so/{slug[:60]}-{page.id.replace('-', '')}",
        "public_url": page.public_url,
    }


TITLE = Property("title", "title", "title")
"""The only property of a page that is no row."""


def page_properties(page: Page, workspace: Workspace) -> list[Property]:
    """The columns that the page has values for."""
    return list(workspace.sources[page.source].properties.values()) if page.source else [TITLE]


def title_of(page: Page, workspace: Workspace) -> str:
    """The title as plain text."""
    prop = next(prop for prop in page_properties(page, workspace) if prop.type == "title")
    return text.plain(page.values.get(prop.id))


def full_value(page: Page, prop: Property, workspace: Workspace) -> JsonValue:
    """The whole value of a property, computed ones included."""
    if prop.type == "unique_id":
        return {"prefix": None, "number": page.number}
    if prop.type in {"created_time", "last_edited_time"}:
        return minute(page.created if prop.type == "created_time" else page.edited)
    if prop.type in {"created_by", "last_edited_by"}:
        user = workspace.users[page.author if prop.type == "created_by" else page.editor]
        return user.render(workspace.name)
    return page.values.get(prop.id, prop.empty())


def _value(page: Page, prop: Property, workspace: Workspace) -> Object:
    value = full_value(page, prop, workspace)
    answer: Object = {"id": prop.id, "type": prop.type, prop.type: value}
    if prop.type in CUT_TYPES and isinstance(value, list):
        answer[prop.type] = value[:CUT]
        if prop.type == "relation":
            answer["has_more"] = len(value) > CUT
    return answer


def _page_parent(page: Page, workspace: Workspace, version: str) -> Object:
    if page.source:
        database = workspace.sources[page.source].database
        if version < DATA_SOURCES_SINCE:
            return {"type": "database_id", "database_id": database}
        return {"type": "data_source_id", "data_source_id": page.source, "database_id": database}
    return (
        {"type": "page_id", "page_id": page.above} if page.above else {"type": "workspace", "workspace": True}
    )


def block_object(block: Block, version: str) -> Object:
    """A block without its children, which have a call of their own."""
    in_page = block.parent == block.page
    parent: Object = {"type": "page_id", "page_id": block.page}
    return {
        "object": "block",
        "id": block.id,
        "parent": parent if in_page else {"type": "block_id", "block_id": block.parent},
        **stamps(block, version),
        "has_children": bool(block.children),
        "type": block.type,
        block.type: block.content,
    }


def source_object(source: DataSource, version: str) -> Object:
    """A data source with its schema."""
    return {
        "object": "data_source",
        **_container(source, version),
        "id": source.id,
        "parent": {"type": "database_id", "database_id": source.database},
        "database_parent": {"type": "workspace", "workspace": True},
        "properties": _columns(source, version),
    }


def database_object(inside: Sequence[DataSource], version: str) -> Object:
    """A database with its data sources, or with the columns of the one in versions that know none."""
    first = inside[0]
    shown: Object = {
        "object": "database",
        **_container(first, version),
        "id": first.database,
        "parent": {"type": "workspace", "workspace": True},
    }
    if version < DATA_SOURCES_SINCE:
        return {**shown, "properties": _columns(first, version)}
    sources: list[JsonValue] = [{"id": source.id, "name": source.title} for source in inside]
    return {**shown, "is_locked": False, "data_sources": sources}


def _columns(source: DataSource, version: str) -> Object:
    return {
        prop.name: prop.render(named=version >= DATA_SOURCES_SINCE) for prop in source.properties.values()
    }


def _container(source: DataSource, version: str) -> Object:
    old: Object = {"archived": False} if version < "2026-03-11" else {}
    return {
        "title": text.runs(source.title),
        "description": [],
        "is_inline": False,
        **old,
        "in_trash": False,
        "created_time": minute(source.created),
        "last_edited_time": minute(source.edited),
        "created_by": partial_user(source.author),
        "last_edited_by": partial_user(source.author),
        "icon": None,
        "cover": None,
        "url": f"https://www.notion.so/{source.database.replace('-', '')}",
        "public_url": source.public_url,
    }


def remark_object(remark: Remark, workspace: Workspace) -> Object:
    """A comment."""
    author = workspace.users[remark.author]
    parent: Object = {"type": "page_id", "page_id": remark.page}
    kind = "user" if author.email is not None else "integration"
    return {
        "object": "comment",
        "id": remark.id,
        "parent": {"type": "block_id", "block_id": remark.block} if remark.block else parent,
        "discussion_id": remark.discussion,
        "created_time": minute(remark.created),
        "last_edited_time": minute(remark.edited),
        "created_by": partial_user(remark.author),
        "rich_text": remark.text,
        "display_name": {"type": kind, "resolved_name": author.name},
        **({"attachments": [*remark.attachments]} if remark.attachments else {}),
    }


def listing(results: Sequence[Object], kind: str, following: str | None, **extra: JsonValue) -> Object:
    """One page of a list; ``following`` is the cursor of the next."""
    return {
        "object": "list",
        "results": list(results),
        "next_cursor": following,
        "has_more": following is not None,
        "type": kind,
        kind: {},
        **extra,
    }
