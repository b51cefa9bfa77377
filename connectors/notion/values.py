"""Canonical values as Notion's property values, by the columns that a data source has."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from connectors.errors import Rejected
from connectors.model import JsonValue, field_name
from connectors.notion.answers import Property
from connectors.notion.columns import MARKER, Table
from connectors.notion.people import People
from connectors.notion.sources import did_you_mean
from connectors.text import blocks

CUSTOM = "custom."
FLAT = frozenset({"url", "email", "phone_number"})


def properties(
    connection: str, table: Table, fields: Mapping[str, JsonValue], people: People
) -> dict[str, JsonValue]:
    """The ``properties`` of a request. Raises Rejected for what the data source has no column or option for.

    ``fields`` are canonical names, ``custom.NAME`` and ``marker``; ``None`` clears.
    """
    where = f"{connection}: the database '{table.source.name}'"
    written: dict[str, JsonValue] = {}
    for field, value in fields.items():
        prop = _property(where, table, field)
        written[prop.name] = {prop.type: _encoded(where, prop, value, people)}
    return written


def _property(where: str, table: Table, field: str) -> Property:
    by_field, source = table.roles, table.source
    if field in by_field:
        return source.properties[by_field[field]]
    if field == "marker":
        raise Rejected(
            f"{where} has no text property '{MARKER}'",
            advice=f"Add a text property '{MARKER}' in Notion: without it a row could be made twice.",
        )
    columns = {field_name(name): name for name in source.properties}
    wanted = field_name(field.removeprefix(CUSTOM))
    if field.startswith(CUSTOM) and wanted in columns:
        return source.properties[columns[wanted]]
    names = [*(name for name in by_field if name != "marker"), *(CUSTOM + name for name in columns)]
    raise Rejected(f"{where} has no property for '{field}'", advice=did_you_mean(field, names))


def _encoded(where: str, prop: Property, value: JsonValue, people: People) -> JsonValue:
    match prop.type:
        case "title":
            return plain_runs("" if value is None else str(value))
        case "rich_text":
            return [*blocks.rich_text("" if value is None else str(value))]
        case "multi_select":
            return [{"name": name} for name in _strings(value)]
        case "relation":
            return [{"id": identity} for identity in _strings(value)]
        case "people":
            return [{"id": _person(where, prop, name, people)} for name in _strings(value)]
        case "checkbox" if isinstance(value, bool) or value is None:
            return bool(value)
        case _ if value is None:
            return None
        case "select" | "status":
            return {"name": _option(where, prop, str(value))}
        case "number" if _number(value) is not None:
            return _number(value)
        case "date" if isinstance(value, str | dict):
            return {"start": value} if isinstance(value, str) else value
        case flat if flat in FLAT:
            return str(value)
        case _:
            raise Rejected(
                f"{where} has a property '{prop.name}' of type {prop.type},"
                f" which cannot be set to a {type(value).__name__}"
            )


def _person(where: str, prop: Property, name: str, people: People) -> str:
    """The id of who is named by id, by e-mail address or by the name that is read from such a property."""
    try:
        return str(UUID(name))
    except ValueError:
        found = people.called(name)
    if found is None:
        raise Rejected(
            f"{where} has a property '{prop.name}', and the workspace nobody of the name it was set to"
        )
    return found.id


def plain_runs(text: str) -> list[JsonValue]:
    """Text without any marks, in pieces that Notion accepts."""
    return [{"type": "text", "text": {"content": piece}} for piece in blocks.pieces(text)]


def _strings(value: JsonValue) -> list[str]:
    if value is None:
        return []
    return [str(entry) for entry in value] if isinstance(value, list) else [str(value)]


def _number(value: JsonValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return None


def _option(where: str, prop: Property, name: str) -> str:
    """A select grows by unknown options; a status cannot, so the mistake is named here."""
    names = [option.name for option in prop.options]
    if prop.type == "status" and name not in names:
        raise Rejected(
            f"{where} has no option '{name}' in its status '{prop.name}'",
            advice=did_you_mean(name, names),
        )
    return name
