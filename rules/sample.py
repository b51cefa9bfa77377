"""An item that has a value in every field, to try templates on when they are loaded."""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.model import Item, Kind, Organization, Person, Ref

_PERSON = Person(id="1", name="Ada Sample", email="ada@example.com", staff=True)
_TIME = datetime(2026, 1, 1, tzinfo=UTC)

SAMPLE = Item(
    ref=Ref(connection="sample", id="1", key="SAMPLE-1"),
    system="sample",
    kind=Kind.TICKET,
    container="sample",
    url="https://example.com/1",
    title="A title",
    body="A body",
    type="Bug",
    status="open",
    priority="high",
    labels=("a", "b"),
    assignee=_PERSON,
    requester=_PERSON,
    organization=Organization(id="1", name="Sample", plan="team", arr=1.0, domains=("example.com",)),
    created=_TIME,
    updated=_TIME,
)
