"""The page for connectors' authors is complete, and its words are those of the code."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from connectors import abilities, errors
from connectors.conformance import ConnectorConformance, World
from connectors.protocol import Connector

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "new-connector.md").read_text(encoding="utf-8")


def test_every_method_is_explained() -> None:
    methods = {
        name for name in vars(Connector) if not name.startswith("_") and callable(getattr(Connector, name))
    }
    assert len(methods) >= 12
    assert methods - set(re.findall(r"`(\w+)(?:\(\w*\))?`", PAGE)) == set()


def test_every_error_is_in_the_table() -> None:
    kinds = {kind.__name__ for kind in errors.ConnectorError.__subclasses__()}
    assert kinds == set(re.findall(r"^ *\| `(\w+)` \|", PAGE, re.MULTILINE))


def test_every_file_named_exists() -> None:
    named = re.findall(r"`((?:connectors|tests|examples)/[\w/.-]+)`", PAGE)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_abilities_that_are_named_are_there() -> None:
    there = {name for name, thing in vars(abilities).items() if inspect.isclass(thing)}
    assert {"StatesLimits", "EditsComments"} <= there & set(re.findall(r"`(\w+)`", PAGE))


def test_eleven_steps_and_two_lines() -> None:
    assert re.findall(r"^(\d+)\. \*\*", PAGE, re.MULTILINE) == [str(number) for number in range(1, 12)]
    assert f"class TestAcme({ConnectorConformance.__name__}):" in PAGE
    assert World.__name__ in PAGE
