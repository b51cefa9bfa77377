"""docs/rules.md names every field, test and action, and what it shows loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.fields import FIELDS
from rules.load import load_texts
from rules.operators import OPERATORS
from rules.schema import rules_schema

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
CODE = set(re.findall(r"`([^`\n]+)`", PAGE))
YAML = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
NAMES = """
templates: {jira-bug: x, released-reply: x, status-note: x}
maps:
  zendesk-to-jira-priority: {high: High}
"""


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_there(name: str) -> None:
    head, _, tail = name.partition(".")
    assert head in CODE
    assert not tail or f".{tail}" in CODE


@pytest.mark.parametrize("name", OPERATORS)
def test_every_test_is_there(name: str) -> None:
    assert name in CODE


def test_every_action_and_setting_is_there() -> None:
    definitions = rules_schema()["$defs"]
    assert isinstance(definitions, dict)
    for name, schema in definitions.items():
        if name.endswith(("Action", "Settings", "Entry", "Value")):
            assert isinstance(schema, dict)
            properties = schema.get("properties", {})
            assert isinstance(properties, dict)
            for key in properties:
                assert re.search(rf"\b{key}\b", PAGE), f"{key} of {name}"


def test_what_it_shows_loads() -> None:
    maps = next(text for text in YAML if text.startswith("maps:"))
    loaded = 0
    for text in YAML:
        if text.startswith("version:"):
            load_texts({"docs": text})
            loaded += 1
        elif text.startswith("- "):
            action = re.sub(r"^", "      ", text, flags=re.MULTILINE)
            names = NAMES + maps.removeprefix("maps:\n")
            rule = f"rules:\n  - id: it\n    when: {{system: jira}}\n    then:\n{action}"
            load_texts({"docs": f"version: 1\n{names}{rule}"})
            loaded += 1
        elif text.startswith("tests:"):
            rule = "rules: [{id: jira-status-to-zendesk, when: {system: jira}, then: [{add_labels: [x]}]}]"
            load_texts({"docs": f"version: 1\n{rule}\n{text}"})
            loaded += 1
    assert loaded == 5
