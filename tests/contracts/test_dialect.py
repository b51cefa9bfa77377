"""The schemas of answers differ from the strict ones by what the relaxations say, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from jsonschema_rs import Draft202012Validator
from pydantic import JsonValue

from tests.contracts.dialect import Dialect, Schema, relax, translate
from tests.contracts.vendors import ABSENT, DIALECTS, available, contract

OLD = Dialect(openapi_30=True)
NEW = Dialect(openapi_30=False)
needs_contracts = pytest.mark.skipif(not available(), reason=ABSENT)


def accepts(schema: JsonValue, instance: JsonValue) -> bool:
    assert isinstance(schema, dict)
    return Draft202012Validator(schema).is_valid(instance)


def strict(schema: Schema, *, side: str = "answer") -> JsonValue:
    return translate(schema, "request" if side == "request" else "answer", OLD, "urn:x")


def test_nullable_admits_null_and_an_enum_still_asks_for_it() -> None:
    assert accepts(strict({"type": "string", "nullable": True}), None)
    assert not accepts(strict({"type": "string"}), None)
    assert not accepts(strict({"type": "string", "nullable": True, "enum": ["open"]}), None)
    assert accepts(strict({"nullable": True, "oneOf": [{"type": "string"}]}), None)


def test_a_property_may_be_called_like_a_keyword() -> None:
    schema = strict(
        {"type": "object", "properties": {"nullable": {"type": "boolean"}, "items": {"type": "string"}}}
    )
    assert accepts(schema, {"nullable": False, "items": "x"})
    assert not accepts(schema, {"items": 1})


@pytest.mark.parametrize(("mark", "side"), [("readOnly", "request"), ("writeOnly", "answer")])
def test_what_only_the_other_side_has_is_not_required(mark: str, side: str) -> None:
    schema: Schema = {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "integer", mark: True}},
    }
    assert accepts(strict(schema, side=side), {})
    assert not accepts(strict(schema, side="answer" if side == "request" else "request"), {})


def test_bounds_that_are_marked_as_excluded() -> None:
    assert not accepts(strict({"type": "integer", "minimum": 1, "exclusiveMinimum": True}), 1)
    assert accepts(strict({"type": "integer", "minimum": 1, "exclusiveMinimum": False}), 1)


def test_closed_objects_are_opened() -> None:
    closed: Schema = {"type": "object", "properties": {}, "additionalProperties": False}
    assert not accepts(closed, {"more": 1})
    assert accepts(relax(closed, NEW), {"more": 1})


def test_several_branches_may_fit() -> None:
    choice: Schema = {"oneOf": [{"type": "object"}, {"required": ["id"]}]}
    assert not accepts(choice, {"id": 1})
    assert accepts(relax(choice, NEW), {"id": 1})
    assert not accepts(relax({**choice, "anyOf": [{"required": ["name"]}]}, NEW), {"id": 1})


def test_null_is_for_zendesks_properties_alone() -> None:
    schema: Schema = {"type": "object", "properties": {"type": {"type": "string", "enum": ["task"]}}}
    assert not accepts(relax(schema, OLD), {"type": None})
    assert accepts(relax(schema, DIALECTS["zendesk"]), {"type": None})
    assert not accepts(relax(schema, DIALECTS["zendesk"]), {"type": "other"})


def test_null_is_for_githubs_nullable_enums_alone() -> None:
    nullable: Schema = {"type": "string", "nullable": True, "enum": ["done"]}
    assert not accepts(relax(strict(nullable), OLD), None)
    assert accepts(relax(strict(nullable), DIALECTS["github"]), None)
    assert not accepts(relax(strict({"type": "string", "enum": ["done"]}), DIALECTS["github"]), None)


@needs_contracts
@pytest.mark.parametrize("name", DIALECTS)
def test_nothing_else_is_relaxed(name: str) -> None:
    """Every schema of every contract, put back by hand, is the strict one again."""
    dialect = replace(DIALECTS[name], null_for_every_property=False, null_in_nullable_enums=False)
    for schema in contract(name).schemas.values():
        known = translate(schema, "answer", dialect, "urn:x")
        assert _tightened(relax(known, dialect)) == _tightened(known)


def _tightened(schema: JsonValue) -> JsonValue:
    """Without what is relaxed for every vendor: closed objects, and which kind of choice it is."""
    if isinstance(schema, list):
        return [_tightened(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: value for key, value in _entries(schema) if (key, value) != ("additionalProperties", False)}


def _entries(schema: Schema) -> Iterator[tuple[str, JsonValue]]:
    for key, value in schema.items():
        yield "anyOf" if key == "oneOf" else key, _tightened(value)
