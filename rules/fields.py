"""The fields of an item that rules can name: their types, and how each is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connectors.model import Audience, Item, JsonValue, Kind, Organization, Person

Value = JsonValue | datetime
"""What a field can hold. Unset is ``None``; labels are a list."""

LINK_TYPES = ("mirror", "reports", "duplicate_of", "documents")
CUSTOM = "custom."
ASSIGNEE = "assignee"
"""The field that holds a person: its values are ids of one tool, and mean nothing in another."""


class FieldType(StrEnum):
    """What sort of value a field holds, in the words of a message."""

    TEXT = "a text"
    CHOICE = "one of fixed values"
    NUMBER = "a number"
    FLAG = "true or false"
    TIME = "a time"
    LABELS = "a list of texts"
    PART = "a person or an organization"
    ANY = "anything"
    """A custom field: its type is known only in the tool."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field by its name in rules."""

    name: str
    type: FieldType
    read: Callable[[Item], Value]
    description: str
    choices: tuple[str, ...] = ()


def _customer(read: Callable[[Organization], Value]) -> Callable[[Item], Value]:
    return lambda item: None if item.organization is None else read(item.organization)


def _person(
    pick: Callable[[Item], Person | None], read: Callable[[Person], Value]
) -> Callable[[Item], Value]:
    def value(item: Item) -> Value:
        person = pick(item)
        return None if person is None else read(person)

    return value


def _people(name: str, pick: Callable[[Item], Person | None], who: str) -> tuple[Field, ...]:
    return (
        Field(
            name,
            FieldType.PART,
            _person(pick, lambda p: p.id),
            f"{who}: whether there is one",
        ),
        Field(f"{name}.name", FieldType.TEXT, _person(pick, lambda p: p.name), f"The name of {who.lower()}"),
        Field(
            f"{name}.email",
            FieldType.TEXT,
            _person(pick, lambda p: p.email),
            f"The e-mail address of {who.lower()}, where the tool shows it",
        ),
        Field(f"{name}.id", FieldType.TEXT, _person(pick, lambda p: p.id), f"The tool's id of {who.lower()}"),
        Field(
            f"{name}.staff",
            FieldType.FLAG,
            _person(pick, lambda p: p.staff),
            f"Whether {who.lower()} belongs to the team",
        ),
    )


_TEXT, _CHOICE, _NUMBER = FieldType.TEXT, FieldType.CHOICE, FieldType.NUMBER
_FLAG, _TIME, _LABELS = FieldType.FLAG, FieldType.TIME, FieldType.LABELS

FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("system", _TEXT, lambda i: i.system, "The tool: zendesk, jira, github, notion"),
        Field("connection", _TEXT, lambda i: i.ref.connection, "The account, by its name in the settings"),
        Field("kind", _CHOICE, lambda i: i.kind.value, "What sort of thing it is", tuple(Kind)),
        Field("key", _TEXT, lambda i: i.ref.key, "What people call it: ENG-12, ZD-7, acme/app#12"),
        Field("container", _TEXT, lambda i: i.container, "Its project, repository or database"),
        Field("url", _TEXT, lambda i: i.url, "Its address"),
        Field("title", _TEXT, lambda i: i.title, "Its title or subject"),
        Field("body", _TEXT, lambda i: i.body, "Its description, as Markdown"),
        Field("audience", _CHOICE, lambda i: i.audience.value, "Who can read it", tuple(Audience)),
        Field("type", _TEXT, lambda i: i.type, "The tool's type, such as Bug or Task"),
        Field("status", _TEXT, lambda i: i.status, "The tool's status, as the tool writes it"),
        Field("closed", _FLAG, lambda i: i.closed, "Whether the tool regards it as finished"),
        Field("priority", _TEXT, lambda i: i.priority, "The tool's priority, as the tool writes it"),
        Field("labels", _LABELS, lambda i: list(i.labels), "Labels or tags"),
        *_people("assignee", lambda i: i.assignee, "The person working on it"),
        *_people("requester", lambda i: i.requester, "The person who asked"),
        Field("organization", FieldType.PART, _customer(lambda o: o.id), "Whether there is a customer"),
        Field("organization.name", _TEXT, _customer(lambda o: o.name), "The customer's name"),
        Field("organization.plan", _TEXT, _customer(lambda o: o.plan), "The customer's plan"),
        Field("organization.arr", _NUMBER, _customer(lambda o: o.arr), "The customer's yearly revenue"),
        Field("organization.domains", _LABELS, _customer(lambda o: list(o.domains)), "Their mail domains"),
        Field("organization.id", _TEXT, _customer(lambda o: o.id), "The tool's id of the customer"),
        Field("votes", _NUMBER, lambda i: i.votes, "Votes or thumbs up"),
        Field("created", _TIME, lambda i: i.created, "When it was created"),
        Field("updated", _TIME, lambda i: i.updated, "When it last changed"),
        Field("deleted", _FLAG, lambda i: i.deleted, "Whether it lies in the tool's bin"),
    )
}  # fmt: skip


def find_field(name: str) -> Field | None:
    """The field that rules call ``name``; ``None`` if there is none."""
    if name.startswith(CUSTOM) and len(name) > len(CUSTOM):
        custom = name.removeprefix(CUSTOM)
        return Field(name, FieldType.ANY, lambda item: item.custom.get(custom), "A custom field")
    return FIELDS.get(name)


def same(value: Value, other: Value) -> bool:
    """Equality without coercion: ``1`` is not ``true`` and not ``"1"``."""
    return value == other and isinstance(value, bool) == isinstance(other, bool)
