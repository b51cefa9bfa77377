"""One vendor's contract: which operation a request is, and what is wrong with it or with its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import cast

from jsonschema_rs import Draft202012Validator, Registry, ValidationError, ValidationErrorKind
from pydantic import JsonValue

from tests.contracts.dialect import Dialect, Schema, Side, relax, translate

METHODS = ("get", "post", "put", "patch", "delete")
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_MANY_SEGMENTS = {"/repos/{owner}/{repo}/contents/{path}"}
"""Paths whose last parameter may hold slashes, which OpenAPI cannot say."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is not as the contract has it."""

    pointer: str
    """A JSON pointer into the body with ``*`` for a position in a list, or the name of a parameter."""
    what: str


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    template: str
    id: str
    parameters: Sequence[Mapping[str, JsonValue]]
    body: Mapping[str, JsonValue]
    answers: Mapping[str, Mapping[str, JsonValue]]

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


class Contract:
    """An OpenAPI document, read as requests and as answers."""

    def __init__(self, name: str, document: Mapping[str, JsonValue], dialect: Dialect) -> None:
        self.name = name
        self._document = document
        self._dialect = dialect
        self._validators: dict[tuple[str, ...], Draft202012Validator] = {}
        self.find = lru_cache(maxsize=10_000)(self._find)

    @cached_property
    def operations(self) -> list[Operation]:
        """All that the document describes, the more literal paths first."""
        found = [
            self._operation(path, method, item)
            for path, item in cast("dict[str, Schema]", self._document["paths"]).items()
            for method in item
            if method in METHODS
        ]
        return sorted(found, key=lambda operation: operation.template.count("{"))

    def _operation(self, path: str, method: str, item: Schema) -> Operation:
        spec = cast(Schema, item[method])
        both = [
            *cast("list[Schema]", item.get("parameters", [])),
            *cast("list[Schema]", spec.get("parameters", [])),
        ]
        answers = {
            status: self._resolved(answer)
            for status, answer in cast("dict[str, Schema]", spec["responses"]).items()
        }
        parameters = [self._resolved(parameter) for parameter in both]
        body = self._resolved(cast(Schema, spec.get("requestBody") or {}))
        return Operation(method.upper(), path, str(spec.get("operationId", path)), parameters, body, answers)

    def _resolved(self, part: Schema) -> Schema:
        """A parameter or an answer, which may stand among the components."""
        while isinstance(reference := part.get("$ref"), str):
            found: JsonValue = cast(JsonValue, self._document)
            for step in reference.removeprefix("#/").split("/"):
                found = cast(Schema, found)[step]
            part = cast(Schema, found)
        return part

    @cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], Operation]]:
        return [(_pattern(operation.template), operation) for operation in self.operations]

    def _find(self, method: str, path: str) -> Operation | None:
        for pattern, operation in self._paths:
            if operation.method == method and pattern.fullmatch(path):
                return operation
        return None

    def wrong_parameters(
        self, operation: Operation, query: Sequence[tuple[str, str]], headers: Mapping[str, str]
    ) -> Iterator[Wrong]:
        """What the vendor's server could refuse or pass over, strictly read."""
        declared = {parameter["name"] for parameter in operation.parameters if parameter["in"] == "query"}
        for parameter in operation.parameters:
            name, place = cast(str, parameter["name"]), parameter["in"]
            if place == "header":
                given = [headers[name.lower()]] if name.lower() in headers else []
            elif place == "query":
                given = [
                    value
                    for key, value in query
                    if key == name or (key not in declared and re.sub(r"\[\w*\]$", "", key) == name)
                ]
            else:
                continue
            if not given and parameter.get("required"):
                yield Wrong(name, f"the {place} parameter is required")
            elif given and not self._readable(operation, parameter, given, query):
                yield Wrong(name, f"not what the {place} parameter may be: {', '.join(given)[:80]}")
        for key, _ in query:
            if key not in declared and re.sub(r"\[\w*\]$", "", key) not in declared:
                yield Wrong(key, "the contract knows no such query parameter")

    def _readable(
        self,
        operation: Operation,
        parameter: Mapping[str, JsonValue],
        given: Sequence[str],
        query: Sequence[tuple[str, str]],
    ) -> bool:
        """Whether the text can be read as what the parameter may be."""
        name = cast(str, parameter["name"])
        validator = self._validator("request", f"{operation} ?{name}", parameter.get("schema", {}))
        deep = {key[len(name) + 1 : -1]: value for key, value in query if key.startswith(f"{name}[")}
        listed = ",".join(given).split(",")
        # Vendors who ask for a list take the name several times, or one text with commas.
        texts: list[JsonValue] = [{**deep} if deep else given[0], [*listed]]
        values: list[JsonValue] = [
            {key: _value(text) for key, text in deep.items()} if deep else _value(given[0]),
            [_value(text) for text in listed],
        ]
        return any(map(validator.is_valid, [*texts, *values]))

    def wrong_body(self, operation: Operation, media: str, body: bytes) -> Iterator[Wrong]:
        """The same of the body. Where the contract says nothing of one, nothing can be checked."""
        content = cast("dict[str, Schema]", operation.body.get("content", {}))
        if not content:
            return
        if not body:
            if operation.body.get("required"):
                yield Wrong("", "a body is required")
            return
        kind = media.partition(";")[0].strip()
        if kind not in content:
            yield Wrong("", f"the body is {kind or 'of no type'}, not {' or '.join(content)}")
        elif kind == "application/json":
            yield from self._check("request", str(operation), content[kind].get("schema", {}), body)

    def describes(self, operation: Operation, status: int) -> bool:
        """Whether there is a schema for the body of an answer with this status."""
        return bool(self._answer(operation, status).get("content"))

    def _answer(self, operation: Operation, status: int) -> Mapping[str, JsonValue]:
        answers = operation.answers
        return answers.get(str(status)) or answers.get(f"{status // 100}XX") or answers.get("default") or {}

    def wrong_answer(self, operation: Operation, status: int, media: str, body: bytes) -> list[Wrong]:
        """What a client made for the vendor could stumble over. Only for what the contract describes."""
        answer = self._answer(operation, status)
        if not answer:
            return [Wrong("", f"the contract knows no answer {status}")]
        content = cast("dict[str, Schema]", answer.get("content", {}))
        kind = media.partition(";")[0].strip()
        if not any(described.get("schema") for described in content.values()):
            return []
        if "json" not in kind:
            return [Wrong("", f"the answer is {kind or 'of no type'}, not {' or '.join(content)}")]
        schema = content.get(kind, content.get("application/json", {})).get("schema", {})
        return list(self._check("answer", f"{operation} {status} {kind}", schema, body))

    def wrong_payload(self, name: str, body: bytes) -> list[Wrong]:
        """What is wrong with a webhook, by its name in the document; it is read like an answer."""
        webhooks = cast("dict[str, dict[str, Schema]]", self._document["webhooks"])
        if name not in webhooks:
            return [Wrong("", f"the contract knows no webhook {name}")]
        content = cast(
            "dict[str, Schema]",
            self._resolved(cast(Schema, webhooks[name]["post"]["requestBody"]))["content"],
        )
        return list(self._check("answer", name, content["application/json"]["schema"], body))

    def _check(self, side: Side, key: str, schema: JsonValue, body: bytes) -> Iterator[Wrong]:
        try:
            instance = json.loads(body)
        except ValueError:
            yield Wrong("", "the body is no JSON")
            return
        validator = self._validator(side, key, schema)
        if not validator.is_valid(instance):
            for error in validator.iter_errors(instance):
                yield from explained(error)

    def _validator(self, side: Side, key: str, schema: JsonValue) -> Draft202012Validator:
        if (side, key) not in self._validators:
            read = {"$schema": _DRAFT, "allOf": [self._read(schema, side)]}
            self._validators[side, key] = Draft202012Validator(read, registry=self._registries[side])
        return self._validators[side, key]

    def _read(self, schema: JsonValue, side: Side) -> JsonValue:
        strict = translate(schema, side, self._dialect, f"urn:{self.name}")
        return strict if side == "request" else relax(strict, self._dialect)

    @property
    def schemas(self) -> Schema:
        """The named schemas, as they stand."""
        return cast("dict[str, Schema]", self._document["components"])["schemas"]

    @cached_property
    def _registries(self) -> dict[Side, Registry]:
        """The named schemas, once as they stand and once relaxed."""
        sides: tuple[Side, ...] = ("request", "answer")
        return {
            side: Registry(
                [
                    (
                        f"urn:{self.name}",
                        {
                            "components": {
                                "schemas": {name: self._read(one, side) for name, one in self.schemas.items()}
                            }
                        },
                    )
                ]
            )
            for side in sides
        }


def explained(error: ValidationError) -> list[Wrong]:
    """The error in the branch that came nearest to fitting: the one whose first complaint lies deepest."""
    if isinstance(error.kind, ValidationErrorKind.AnyOf | ValidationErrorKind.OneOfNotValid):
        branches = [
            [wrong for inner in branch for wrong in explained(inner)] for branch in error.kind.context
        ]
        return max(
            branches, key=lambda branch: (min(wrong.pointer.count("/") for wrong in branch), -len(branch))
        )
    place = "".join(f"/{'*' if isinstance(step, int) else step}" for step in error.instance_path)
    if isinstance(error.kind, ValidationErrorKind.AdditionalProperties):
        return [Wrong(f"{place}/{name}", "no such property is known") for name in error.kind.unexpected]
    if isinstance(error.kind, ValidationErrorKind.Required):
        return [Wrong(f"{place}/{error.kind.property}", "is required")]
    return [Wrong(place, re.sub(r"\s+", " ", error.message)[-160:])]


def _pattern(template: str) -> re.Pattern[str]:
    parts = [
        re.escape(part) if index % 2 == 0 else "[^/]+"
        for index, part in enumerate(re.split(r"(\{\w+\})", template))
    ]
    if template in _MANY_SEGMENTS:
        parts[-2] = ".*"
    return re.compile("".join(parts))


def _value(text: str) -> JsonValue:
    """The number or the truth that a parameter's text stands for, or else the text."""
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if re.fullmatch(r"-?\d+\.\d+", text):
        return float(text)
    return {"true": True, "false": False}.get(text, text)
