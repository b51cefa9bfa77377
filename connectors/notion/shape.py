"""Rows and comments of Notion in the canonical form."""

from __future__ import annotations

from connectors.model import Audience, Comment, Item, JsonValue, Person, Ref, field_name
from connectors.notion.answers import Object, Page, Property, Remark, User, plain_text
from connectors.notion.columns import Table, roles
from connectors.notion.people import People, as_person
from connectors.text import blocks

COMPLETE = "complete"
"""The group of a status whose options mean that the work is over."""


def ref(connection: str, page_id: str) -> Ref:
    """A page's identity; its key is short, since titles are neither stable nor unique."""
    return Ref(connection=connection, id=page_id, key=f"N-{page_id[:8]}")


def item(connection: str, page: Page, table: Table, body: str, people: People) -> Item:
    """A row with its text. ``page`` must have its long values completed."""
    by_field = page_roles(page, table)
    values = {field: _value(page.properties[name]) for field, name in by_field.items()}
    custom: dict[str, JsonValue] = {
        field_name(name): simple
        for name, value in page.properties.items()
        if name not in by_field.values() and (simple := simplified(value)) not in (None, "", [])
    }
    status, votes = _option(values.get("status")), values.get("votes")
    return Item(
        ref=ref(connection, page.id),
        system="notion",
        kind=table.settings.kind,
        container=table.settings.name,
        url=page.url,
        title=plain_text(values.get("title")),
        body=body,
        audience=Audience.PUBLIC if page.public_url else Audience.INTERNAL,
        type=_option(values.get("type")),
        status=status,
        closed=_is_complete(table.source.properties.get(by_field.get("status", "")), status),
        priority=_option(values.get("priority")),
        labels=labels(page, table),
        assignee=_first_person(values.get("assignee")),
        requester=people.person(page.created_by.id),
        votes=int(votes) if isinstance(votes, int | float) else 0,
        custom=custom,
        created=page.created_time,
        updated=page.last_edited_time,
        deleted=page.in_trash,
        marker=plain_text(values.get("marker")).strip() or None,
    )


def page_roles(page: Page, table: Table) -> dict[str, str]:
    """The property for each canonical field, by what the page itself has."""
    return roles({name: str(value.get("type")) for name, value in page.properties.items()}, table.settings)


def labels(page: Page, table: Table) -> tuple[str, ...]:
    """The labels that a page has, sorted."""
    name = page_roles(page, table).get("labels")
    return tuple(sorted(set(_options(_value(page.properties[name]))))) if name else ()


def comment(remark: Remark, author: Person) -> Comment:
    """A comment. Notion has no place for a marker in it; the team alone is taken to read it."""
    return Comment(
        id=remark.id,
        author=author,
        body=blocks.plain(remark.rich_text),
        audience=Audience.INTERNAL,
        created=remark.created_time,
        updated=remark.last_edited_time,
    )


def _value(value: Object) -> JsonValue:
    return value.get(str(value.get("type")))


def _option(value: JsonValue) -> str | None:
    return str(value["name"]) if isinstance(value, dict) and "name" in value else None


def _options(value: JsonValue) -> list[str]:
    return [name for entry in _entries(value) if (name := _option(dict(entry))) is not None]


def _entries(value: JsonValue) -> list[Object]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _first_person(value: JsonValue) -> Person | None:
    users = [User.model_validate(entry) for entry in _entries(value)]
    return as_person(users[0], staff=True) if users else None


def _is_complete(prop: Property | None, status: str | None) -> bool:
    """Whether the status is in the group "Complete". A plain select says nothing about that."""
    if prop is None or prop.status is None or status is None:
        return False
    finished = {
        identity
        for group in prop.status.groups
        if group.name.lower() == COMPLETE
        for identity in group.option_ids
    }
    return any(option.id in finished for option in prop.options if option.name == status)


def simplified(value: Object) -> JsonValue:
    """A property's value as rules see it: names instead of options, Markdown instead of runs.

    Who edited last, and when, is left out, since it would tell of our own writes; so are buttons.
    """
    kind, content = str(value.get("type")), _value(value)
    match kind:
        case "rich_text" | "title":
            return blocks.plain(_entries(content))
        case "select" | "status":
            return _option(content)
        case "multi_select" | "files":
            return [*_options(content)]
        case "people":
            return [str(user.get("name") or user.get("id")) for user in _entries(content)]
        case "relation":
            return [str(target.get("id")) for target in _entries(content)]
        case "created_by":
            return str(content.get("name") or content.get("id")) if isinstance(content, dict) else None
        case "date":
            return _date(content)
        case "unique_id":
            return _unique(content)
        case "formula" | "rollup":
            return _computed(content)
        case "verification":
            return content.get("state") if isinstance(content, dict) else None
        case "place":
            return _place(content)
        case "number" | "checkbox" | "url" | "email" | "phone_number" | "created_time":
            return content
        case _:
            return None


def _date(content: JsonValue) -> JsonValue:
    if not isinstance(content, dict):
        return None
    start, end = content.get("start"), content.get("end")
    return start if end is None else {"start": start, "end": end}


def _unique(content: JsonValue) -> JsonValue:
    if not isinstance(content, dict) or content.get("number") is None:
        return None
    prefix, number = content.get("prefix"), content["number"]
    return f"{prefix}-{number}" if prefix else number


def _place(content: JsonValue) -> JsonValue:
    if not isinstance(content, dict):
        return None
    return content.get("name") or content.get("address") or f"{content.get('lat')}, {content.get('lon')}"


def _computed(content: JsonValue) -> JsonValue:
    """A formula's or rollup's result."""
    if not isinstance(content, dict):
        return None
    kind = content.get("type")
    if kind == "array":
        return [simplified(entry) for entry in _entries(content.get("array"))]
    return _date(content.get("date")) if kind == "date" else content.get(str(kind))
