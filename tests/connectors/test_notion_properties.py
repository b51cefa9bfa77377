"""Properties of every type: what rules see of their values, and what is written for what rules say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import JsonValue

from connectors.errors import Rejected
from connectors.model import Draft, Patch
from connectors.notion import NotionConnector
from connectors.notion.shape import simplified
from sandbox.notion.databases import new_property
from tests.conformance.notion_world import NotionWorld

RUN: JsonValue = {"type": "text", "plain_text": "very ", "text": {"content": "very "}, "annotations": {}}
BOLD: JsonValue = {
    "type": "text",
    "plain_text": "bold",
    "text": {"content": "bold"},
    "annotations": {"bold": True},
}
OPTION: JsonValue = {"id": "a", "name": "High", "color": "red"}
TOM: JsonValue = {"object": "user", "id": "u-1", "name": "Tom Berg"}
DAY: JsonValue = {"start": "2026-12-01", "end": None, "time_zone": None}
DAYS: JsonValue = {"start": "2026-12-01", "end": "2026-12-03", "time_zone": None}
UPLOADED: JsonValue = {"type": "file", "name": "log.txt", "file": {"url": "https://files.example/log.txt"}}

SEEN: list[tuple[str, JsonValue, JsonValue]] = [
    ("title", [RUN], "very"),
    ("rich_text", [RUN, BOLD], "very **bold**"),
    ("number", 3.5, 3.5),
    ("select", OPTION, "High"),
    ("select", None, None),
    ("status", OPTION, "High"),
    ("multi_select", [OPTION], ["High"]),
    ("date", DAY, "2026-12-01"),
    ("date", DAYS, {"start": "2026-12-01", "end": "2026-12-03"}),
    ("people", [TOM, {"object": "user", "id": "u-2"}], ["Tom Berg", "u-2"]),
    ("files", [UPLOADED], ["log.txt"]),
    ("checkbox", False, False),
    ("url", "https://x.example", "https://x.example"),
    ("email", "a@x.example", "a@x.example"),
    ("phone_number", "+49 1", "+49 1"),
    ("relation", [{"id": "p-1"}, {"id": "p-2"}], ["p-1", "p-2"]),
    ("created_time", "2026-11-02T09:30:00.000Z", "2026-11-02T09:30:00.000Z"),
    ("created_by", TOM, "Tom Berg"),
    ("last_edited_time", "2026-11-02T09:30:00.000Z", None),
    ("last_edited_by", TOM, None),
    ("unique_id", {"prefix": "FB", "number": 7}, "FB-7"),
    ("unique_id", {"prefix": None, "number": 7}, 7),
    ("formula", {"type": "string", "string": "late"}, "late"),
    ("formula", {"type": "boolean", "boolean": True}, True),
    ("formula", {"type": "date", "date": DAY}, "2026-12-01"),
    ("rollup", {"type": "number", "number": 4, "function": "sum"}, 4),
    (
        "rollup",
        {"type": "array", "array": [{"type": "select", "select": OPTION}], "function": "show_original"},
        ["High"],
    ),
    ("verification", {"state": "verified", "verified_by": TOM, "date": DAY}, "verified"),
    ("verification", None, None),
    ("place", {"lat": 52.5, "lon": 13.4, "name": "Office", "address": "Road 1"}, "Office"),
    ("place", {"lat": 52.5, "lon": 13.4}, "52.5, 13.4"),
    ("button", {}, None),
]


@pytest.mark.parametrize(("kind", "value", "seen"), SEEN)
def test_what_rules_see_of_a_value_of_each_type(kind: str, value: JsonValue, seen: JsonValue) -> None:
    assert simplified({"id": "abc", "type": kind, kind: value}) == seen


@pytest.fixture
def scene() -> Iterator[NotionWorld]:
    """A database with a column for each type that can be written."""
    world = NotionWorld()
    source = world.service.source("Feedback")
    documents = world.service.source("PRDs")
    for kind in WRITTEN:
        config: dict[str, JsonValue] = {"options": [{"name": "Open"}, {"name": "Won"}]}
        prop = new_property(f"The {kind}", kind, {"data_source_id": documents.id, **config})
        prop.target_database = documents.database if kind == "relation" else ""
        source.properties[prop.name] = prop
    try:
        yield world
    finally:
        world.close()


WRITTEN: dict[str, list[JsonValue]] = {
    "rich_text": ["some **bold** words"],
    "number": [3, 0, 2.5],
    "select": ["Won", "Brand new"],
    "status": ["Won"],
    "multi_select": [["Open", "Won"]],
    "date": ["2026-12-01", {"start": "2026-12-01", "end": "2026-12-03"}],
    "checkbox": [True, False],
    "url": ["https://x.example"],
    "email": ["a@x.example"],
    "phone_number": ["+49 1"],
    "people": [["Tom Berg", "Priya Shah"]],
    "relation": [["0b5f5c9e-0000-4000-8000-000000000000"]],
}


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, each in WRITTEN.items() for value in each]
)
def test_a_value_of_each_type_is_written_by_name_and_read_as_it_was_said(
    notion: NotionConnector, kind: str, value: JsonValue
) -> None:
    name = f"the_{kind}"
    made = notion.create(Draft(container="Feedback", title="New", marker="lw-1", custom={name: value}))
    assert made.custom[name] == value
    changed = notion.update(made.ref, Patch(fields={f"custom.{name}": value}))
    assert changed.custom[name] == value


@pytest.mark.parametrize("kind", sorted(WRITTEN.keys() - {"checkbox"}))
def test_a_value_of_each_type_is_cleared(notion: NotionConnector, kind: str) -> None:
    name = f"the_{kind}"
    value = WRITTEN[kind][0]
    made = notion.create(Draft(container="Feedback", title="New", marker="lw-1", custom={name: value}))
    assert name not in notion.update(made.ref, Patch(fields={f"custom.{name}": None})).custom


@pytest.mark.parametrize("kind", ["files", "created_time", "unique_id"])
def test_what_nobody_can_write_is_refused_by_its_type(
    scene: NotionWorld, notion: NotionConnector, kind: str
) -> None:
    scene.service.source("Feedback").properties["Odd"] = new_property("Odd", kind)
    with pytest.raises(Rejected, match=f"'Odd' of type {kind}"):
        notion.create(Draft(container="Feedback", title="New", marker="lw-1", custom={"odd": "x"}))
