"""The schema for editors is the one that the loader's own models give, and takes what the loader takes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from rules.schema import rules_schema, schema_text
from rules.yaml import load_yaml
from tests.rules.test_mistakes import then, when

CONFIG = Path(__file__).parents[2] / "config"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema_text()))


def test_the_file_is_up_to_date() -> None:
    assert (CONFIG / "rules.schema.json").read_text() == schema_text(), (
        "run: python -m rules.schema > config/rules.schema.json"
    )


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(rules_schema())


@pytest.mark.parametrize("path", sorted((CONFIG / "examples").glob("*.yaml")), ids=lambda path: path.name)
def test_the_examples_are_valid(path: Path) -> None:
    VALIDATOR.validate(load_yaml(path.read_text(), path.name).data)


@pytest.mark.parametrize(
    "text",
    [
        when("prioritty: high"),
        when("status: {equals: open}"),
        when("status: "),
        when("links: {some: {system: jira}}"),
        then("ad_labels: [x]"),
        then("add_labels: x"),
        then("comment: {audience: costumer, text: hi}"),
        then("mirror: {project: ENG}"),
        then("set: {status: {template: t, of2: x}}"),
        "version: 2\n",
        "rules: []\n",
    ],
)
def test_mistakes_show_in_the_editor(text: str) -> None:
    assert not VALIDATOR.is_valid(load_yaml(text, "rules.yaml").data)


def test_every_field_is_described() -> None:
    def undescribed(schema: object, path: str) -> list[str]:
        if not isinstance(schema, dict):
            return []
        found = []
        for name, entry in schema.get("properties", {}).items():
            if "description" not in entry and "$ref" not in entry:
                found.append(f"{path}.{name}")
            found += undescribed(entry, f"{path}.{name}")
        for name, entry in schema.get("$defs", {}).items():
            found += undescribed(entry, name)
        return found

    assert undescribed(rules_schema(), "") == []
