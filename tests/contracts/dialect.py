"""OpenAPI's schemas as JSON Schema 2020-12, and how far those of answers are relaxed.

``format`` stays an annotation: Atlassian's own times have no colon in their offset, so no real answer of
Jira's would pass as a ``date-time``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, cast

from pydantic import JsonValue

Schema = dict[str, JsonValue]
Side = Literal["request", "answer"]

_BY_NAME = ("properties", "patternProperties", "$defs")
_IN_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "unevaluatedProperties", "not", "if", "then", "else")
_NULL: Schema = {"type": "null"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one document is to be read."""

    openapi_30: bool
    """``nullable``, ``readOnly`` and what is ignored beside a ``$ref`` mean what OpenAPI 3.0 says."""
    null_for_every_property: bool = False
    null_in_nullable_enums: bool = False
    """The two relaxations that hold for the answers of one vendor only."""


def translate(schema: JsonValue, side: Side, dialect: Dialect, at: str) -> JsonValue:
    """The schema in JSON Schema 2020-12, strict. References lead into the document with the URI ``at``."""
    if not isinstance(schema, dict):
        return schema
    if isinstance(reference := schema.get("$ref"), str):
        target: Schema = {"$ref": f"{at}{reference}"}
        return target if dialect.openapi_30 else {**schema, **target}
    known = _inside(schema, lambda inner: translate(inner, side, dialect, at))
    return _from_30(known, side) if dialect.openapi_30 else known


def _from_30(schema: Schema, side: Side) -> Schema:
    """What OpenAPI 3.0 says in words of its own."""
    if isinstance(needed := schema.get("required"), list):
        hidden = set(_marked(schema, "readOnly" if side == "request" else "writeOnly"))
        schema["required"] = [name for name in needed if name not in hidden]
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(bound), bool) and schema.pop(bound):
            schema[bound] = schema.pop(limit)
    if schema.pop("nullable", False):
        if "type" not in schema:
            return {"anyOf": [schema, _NULL]}
        schema["type"] = [cast(str, schema["type"]), "null"]
    return schema


def _marked(schema: Schema, mark: str) -> Iterator[str]:
    for name, inner in cast("dict[str, Schema]", schema.get("properties") or {}).items():
        if inner.get(mark) is True:
            yield name


def relax(schema: JsonValue, dialect: Dialect) -> JsonValue:
    """The translated schema as the vendors' own recorded answers need it.

    Their servers send more and other things than their documents admit: properties of closed objects,
    objects that fit several branches of a ``oneOf``, and null where Zendesk names a type. Only these are let
    through (measured against recorded answers in the README beside the contracts).
    """
    if not isinstance(schema, dict):
        return schema
    looser = _inside(schema, lambda inner: relax(inner, dialect))
    if looser.get("additionalProperties") is False:
        del looser["additionalProperties"]
    if "oneOf" in looser:
        choice: Schema = {"anyOf": looser.pop("oneOf")}
        if "anyOf" in looser:
            looser["allOf"] = [*cast("list[JsonValue]", looser.get("allOf", [])), choice]
        else:
            looser.update(choice)
    if dialect.null_for_every_property and "properties" in looser:
        named = cast("dict[str, JsonValue]", looser["properties"])
        looser["properties"] = {name: {"anyOf": [inner, _NULL]} for name, inner in named.items()}
    values, kinds = looser.get("enum"), looser.get("type")
    if dialect.null_in_nullable_enums and isinstance(values, list) and isinstance(kinds, list):
        looser["enum"] = [*values, *([None] if "null" in kinds and None not in values else [])]
    return looser


def _inside(schema: Schema, change: Callable[[JsonValue], JsonValue]) -> Schema:
    """The same schema with every schema directly inside it changed; a property may be called ``items``."""
    made = dict(schema)
    for key, value in schema.items():
        if key in _BY_NAME and isinstance(value, dict):
            made[key] = {name: change(inner) for name, inner in value.items()}
        elif key in _IN_LISTS and isinstance(value, list):
            made[key] = [change(inner) for inner in value]
        elif key in _SINGLE:
            made[key] = change(value)
    return made
