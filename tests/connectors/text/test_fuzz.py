"""Generated texts through every converter: never an exception, never over a limit, and settled at once.

``make fuzz`` does it fifty thousand times, ``make test`` two thousand; ``LOOPWRIGHT_FUZZ_SEED`` takes others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft4Validator, Draft202012Validator
from pydantic import JsonValue

from connectors.text import adf, blocks, github, html, safety, writing
from connectors.text.fitting import fitting
from connectors.text.tree import (
    Align,
    Block,
    Code,
    Heading,
    Image,
    Inline,
    List,
    ListItem,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
)
from tests.connectors.text.soup import soups
from tests.contracts.vendors import ABSENT, FOLDER
from tests.repository.dockerfile import ROOT

EXAMPLES = int(os.environ.get("LOOPWRIGHT_FUZZ", "2000"))
SEED = int(os.environ.get("LOOPWRIGHT_FUZZ_SEED", "0"))
PARTS = 4
"""The examples are dealt to so many tests, for as many processes."""
ADF_SCHEMA = ROOT / ".judges" / "adf.schema.json"
fuzzed = settings(
    max_examples=EXAMPLES // PARTS,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)

_WORDS = st.sampled_from(
    [
        "word",
        "größer",
        "🚀",
        "a_b",
        "2 * 3",
        "@ann",
        "#12",
        "GH-3",
        "<b>",
        "&amp;",
        "x|y",
        "\\",
        "`",
        "שלום",
        "\ud800",
    ]
) | st.text(max_size=12)
_HREFS = st.sampled_from(
    [
        "https://e.example/a_b?c=1&d=(2)",
        "docs/a.md",
        "#here",
        "mailto:a@b.example",
        "javascript:x",
        "person:5b1",
    ]
)
_MARKS = st.frozensets(st.sampled_from(["strong", "em", "strike", "code"]), max_size=3)
_SPANS: st.SearchStrategy[Inline] = st.builds(Span, _WORDS, _MARKS, st.none() | _HREFS)
_IMAGES: st.SearchStrategy[Inline] = st.builds(Image, _HREFS, _WORDS, st.none() | _HREFS)
_LINES = st.lists(_SPANS | _IMAGES, min_size=1, max_size=5).map(tuple)
_CODE = st.builds(
    Code, st.text(max_size=30) | st.just("x" * 2500), st.sampled_from(["", "python", "cobol", "c++"])
)


_ALIGNS: st.SearchStrategy[Align] = st.sampled_from(["left", "center", "right", None])


@st.composite
def _tables(draw: st.DrawFn) -> Table:
    width = draw(st.integers(1, 4))
    row = st.lists(_LINES | st.just(()), min_size=width, max_size=width).map(tuple)
    rows = draw(st.lists(row, min_size=1, max_size=5))
    if draw(st.integers(0, 30)) == 30:
        rows = [*rows, *[rows[-1]] * draw(st.sampled_from([99, 101]))]
    aligns = st.lists(_ALIGNS, min_size=width, max_size=width).map(tuple)
    return Table(tuple(rows), draw(aligns))


def _nested(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    some = st.lists(inner, min_size=1, max_size=3).map(tuple)
    items = st.builds(ListItem, some, st.none() | st.booleans())
    lists = st.builds(
        List, st.lists(items, min_size=1, max_size=3).map(tuple), st.none() | st.integers(0, 12)
    )
    return st.builds(Quote, some) | lists


_BLOCKS: st.SearchStrategy[Block] = st.recursive(
    st.builds(Paragraph, _LINES)
    | st.builds(Heading, st.integers(1, 6), _LINES)
    | _CODE
    | st.builds(Rule)
    | _tables(),
    _nested,
    max_leaves=6,
)
DOCUMENTS = st.lists(_BLOCKS, max_size=4).map(writing.write) | soups


def _html(text: str) -> None:
    once = html.to_markdown(html.from_markdown(text))
    assert html.to_markdown(html.from_markdown(once)) == once


def _github(text: str) -> None:
    once = github.to_markdown(github.from_markdown(safety.defuse(text)))
    assert github.to_markdown(github.from_markdown(safety.defuse(once))) == once


def _jira(text: str) -> None:
    document = adf.from_markdown(text)
    if ADF_SCHEMA.exists():
        assert [str(error) for error in _adf().iter_errors(document)] == []
    once = adf.to_markdown(document)
    twice = adf.to_markdown(adf.from_markdown(once))
    assert adf.to_markdown(adf.from_markdown(twice)) == twice == once


def _notion(text: str) -> None:
    made = blocks.from_markdown(text)
    _within_limits([*made], level=0)
    if FOLDER.is_dir():
        for block in made:
            assert [str(error) for error in _block().iter_errors(block)] == []
    once = blocks.to_markdown(made)
    assert blocks.to_markdown(blocks.from_markdown(once)) == once


@pytest.mark.parametrize("part", range(PARTS))
def test_every_way(part: int) -> None:
    @seed(SEED + part)
    @fuzzed
    @given(DOCUMENTS, st.integers(300, 2000))
    def check(text: str, limit: int) -> None:
        for way in (_html, _github, _jira, _notion):
            way(text)
        assert len(fitting(text, limit)) <= limit

    check()


def test_there_is_something_to_hold_them_to() -> None:
    if not ADF_SCHEMA.exists():
        pytest.skip("Atlassian's schema is not here: make .judges/adf.schema.json fetches it by npm")
    if not FOLDER.is_dir():
        pytest.skip(ABSENT)
    assert not _adf().is_valid({"type": "doc", "version": 1, "content": [{"type": "nonsense"}]})
    assert not _block().is_valid({"type": "paragraph", "paragraph": {"rich_text": "nonsense"}})


@cache
def _adf() -> Draft4Validator:
    return Draft4Validator(json.loads(ADF_SCHEMA.read_text(encoding="utf-8")))


@cache
def _block() -> Draft202012Validator:
    schemas = json.loads((FOLDER / "notion.openapi.json").read_text(encoding="utf-8"))["components"]
    return Draft202012Validator({"$ref": "#/components/schemas/blockObjectRequest", "components": schemas})


def _within_limits(nodes: list[JsonValue], level: int) -> None:
    assert not nodes or level <= blocks.MAX_LEVELS
    for node in nodes:
        assert isinstance(node, dict)
        for array in _arrays(node):
            assert len(array) <= blocks.MAX_ELEMENTS
        content = node[str(node["type"])]
        assert isinstance(content, dict)
        children = content.get("children", [])
        assert isinstance(children, list)
        _within_limits(children, level + 1)


def _arrays(value: JsonValue) -> Iterator[list[JsonValue]]:
    if isinstance(value, dict):
        text = value.get("content")
        if isinstance(text, str):
            assert len(text.encode("utf-16-le", "surrogatepass")) <= 2 * blocks.MAX_UNITS
        for inner in value.values():
            yield from _arrays(inner)
    elif isinstance(value, list):
        yield value
        for inner in value:
            yield from _arrays(inner)
