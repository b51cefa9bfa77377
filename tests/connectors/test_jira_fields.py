"""Custom fields by name, and the odd shapes that their values have."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from connectors.errors import Rejected
from connectors.jira.answers import FieldRow
from connectors.jira.fields import CustomFields

TYPES = "com.atlassian.jira.plugin.system.customfieldtypes"


def _field(number: int, name: str, type_: str = "string", **more: str) -> FieldRow:
    schema: dict[str, JsonValue] = {"type": type_, "custom": f"{TYPES}:textfield", **more}
    return FieldRow.model_validate(
        {"id": f"customfield_{number}", "name": name, "custom": True, "schema": schema}
    )


FIELDS = CustomFields(
    [
        _field(1, "Severity", "option"),
        _field(2, "Fix version/s", "array", items="version"),
        _field(3, "Team"),
        _field(4, "team"),
        _field(5, "Where", "option-with-child"),
        _field(6, "Owner", "user"),
        _field(7, "Watchers of it", "array", items="user"),
        _field(8, "Notes", custom=f"{TYPES}:textarea"),
        _field(9, "Rank", "any", custom="com.pyxis.greenhopper.jira:gh-lexo-rank"),
        _field(10, "Sprint", "array", items="json"),
        _field(11, "影響"),
        FieldRow.model_validate({"id": "summary", "name": "Summary", "custom": False}),
    ]
)


def _read(number: int, value: JsonValue) -> dict[str, JsonValue]:
    return FIELDS.read({f"customfield_{number}": value})


@pytest.mark.parametrize(
    ("number", "name", "native", "plain"),
    [
        (1, "severity", {"id": "7", "value": "High"}, "High"),
        (2, "fix_version_s", [{"id": "1", "name": "2.0"}], ["2.0"]),
        (5, "where", {"value": "Europe", "child": {"value": "Berlin"}}, ["Europe", "Berlin"]),
        (5, "where", {"value": "Europe"}, "Europe"),
        (6, "owner", {"accountId": "5b", "displayName": "Ann"}, "5b"),
        (7, "watchers_of_it", [{"accountId": "5b"}], ["5b"]),
        (10, "sprint", [{"id": 4, "name": "Sprint 4", "state": "active"}], ["Sprint 4"]),
        (3, "customfield_3", "Blue", "Blue"),
        (11, "customfield_11", "x", "x"),
        (1, "severity", 3.5, 3.5),
    ],
)
def test_reading(number: int, name: str, native: JsonValue, plain: JsonValue) -> None:
    assert _read(number, native) == {name: plain}


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_what_is_not_set_is_left_out(value: JsonValue) -> None:
    assert _read(1, value) == {}


def test_machinery_and_unknown_fields_are_left_out() -> None:
    assert _read(9, "0|i0001:") == {}
    assert _read(99, "x") == {}
    assert FIELDS.read({"summary": "x"}) == {}


@pytest.mark.parametrize(
    ("name", "plain", "native"),
    [
        ("severity", "High", {"value": "High"}),
        ("fix_version_s", ["2.0"], [{"name": "2.0"}]),
        ("where", ["Europe", "Berlin"], {"value": "Europe", "child": {"value": "Berlin"}}),
        ("where", "Europe", {"value": "Europe"}),
        ("owner", "5b", {"accountId": "5b"}),
        ("watchers_of_it", ["5b"], [{"accountId": "5b"}]),
        ("customfield_3", "Blue", "Blue"),
        ("severity", None, None),
    ],
)
def test_writing(name: str, plain: JsonValue, native: JsonValue) -> None:
    assert FIELDS.write("jira", name, plain)[1] == native


def test_long_texts_are_documents() -> None:
    _, document = FIELDS.write("jira", "notes", "Some **text**")
    assert isinstance(document, dict)
    assert document["type"] == "doc"
    assert _read(8, document) == {"notes": "Some **text**"}


def test_a_name_that_two_fields_share_is_refused_with_their_ids() -> None:
    with pytest.raises(Rejected, match="several custom fields are called 'team'") as caught:
        FIELDS.write("jira", "team", "Blue")
    assert "customfield_3, customfield_4" in caught.value.advice
