"""YAML as people expect it: nothing is turned into something else, and every part knows its place."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.model import JsonValue
from rules.problems import RuleProblems
from rules.yaml import MAX_CHARACTERS, MAX_DEPTH, load_yaml


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("12:30", "12:30"),
        ("2026-11-01", "2026-11-01"),
        ("0x1F", 31),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("12", 12),
        ("-12", -12),
        ("1.50", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        ("9" * 101, "9" * 101),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("'12'", "12"),
        ('"true"', "true"),
        ("''", ""),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_scalars(written: str, value: JsonValue) -> None:
    data = load_yaml(f"key: {written}\n", "a.yaml").data
    assert data == {"key": value}
    assert type(data["key"]) is type(value)


def test_keys_stay_as_they_are_written() -> None:
    assert load_yaml("{1: a, true: b, 12:30: c}", "a.yaml").data == {"1": "a", "true": "b", "12:30": "c"}


def test_every_part_knows_its_place() -> None:
    document = load_yaml("a:\n  - b: one\n    c: |\n      text\n", "a.yaml")
    spot = document.find(("a", 0, "b"))
    assert (spot.key.line, spot.key.column, spot.key.length) == (2, 5, 1)
    assert (spot.value.line, spot.value.column, spot.value.length) == (2, 8, 3)
    assert document.find(("a", "of no meaning", 0, "c")).data == "text\n"
    assert document.find(("a", 0)).value.place == "a.yaml:2"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &x 1", "a.yaml:1:4: anchors are not allowed — "
         "give the condition, map or template a name instead"),
        ("a: {b: &x 1}\nc: *x", "a.yaml:2:4: aliases are not allowed — write the value out"),
        ("a: !!str 1", "a.yaml:1:4: tags are not allowed"),
        ("a: 1\nb: 2\na: 3", "a.yaml:3:1: 'a' is already there, in line 1"),
        ("[a]: 1", "a.yaml:1:1: a key is a plain text"),
        ("--- 1\n--- 2", "a.yaml:2:1: a second document: a file holds one"),
        ("a: b: c", "a.yaml:1:5: not valid YAML: mapping values are not allowed in this context — "
         "quote a text that has ': ' in it"),
        ("a:\n\t- b", "a.yaml:2:1: not valid YAML: found character that cannot start any token — "
         "indent with spaces, and quote a text that starts with @, ` or %"),
        ("a: \x01", "a.yaml:1:4: a character that a text file cannot hold"),
        ("[" * 100_000, f"a.yaml:1:{MAX_DEPTH + 1}: nested more than {MAX_DEPTH} deep"),
        ("#" * (MAX_CHARACTERS + 1), "a.yaml:1:1: the file is longer than 4,000,000 characters"),
    ],
)  # fmt: skip
def test_refused(text: str, message: str) -> None:
    with pytest.raises(RuleProblems) as caught:
        load_yaml(text, "a.yaml")
    assert message in str(caught.value).splitlines()
    assert max(map(len, str(caught.value).splitlines())) < 250


def test_all_keys_that_are_there_twice_are_reported() -> None:
    with pytest.raises(RuleProblems) as caught:
        load_yaml("a: {x: 1, x: 2}\nb: {y: 1, y: 2}\n", "a.yaml")
    assert len(caught.value.problems) == 2


@given(st.text(alphabet="ab:- \n\t[]{}'\"|>#&*!%@,?~0\u2028\u0085é", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(RuleProblems):
        load_yaml(text, "a.yaml")
