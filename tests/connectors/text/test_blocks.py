"""Notion's blocks and rich text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from connectors.text import blocks
from connectors.text.reading import read
from connectors.text.writing import write
from tests.connectors.text.soup import RICH, soups, steady

Node = dict[str, JsonValue]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _arrays(value: JsonValue) -> Iterator[list[JsonValue]]:
    if isinstance(value, list):
        yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _arrays(child)


def _contents(value: JsonValue) -> Iterator[str]:
    for array in _arrays(value):
        for run in array:
            text = run.get("text") if isinstance(run, dict) else None
            if isinstance(text, dict):
                yield str(text["content"])


def _levels(block: JsonValue) -> int:
    assert isinstance(block, dict)
    content = block[str(block["type"])]
    assert isinstance(content, dict)
    children = content.get("children", [])
    assert isinstance(children, list)
    return max((1 + _levels(child) for child in children), default=0)


def _hold_limits(written: list[Node], *, top: bool = False) -> None:
    assert all(0 < _units(content) <= 2000 for content in _contents([*written]))
    inner = [*_arrays([*written])][0 if top else 1 :]
    assert all(len(array) <= 100 for array in inner)


@given(soups)
@steady
def test_a_second_crossing_changes_nothing(text: str) -> None:
    once = blocks.to_markdown(blocks.from_markdown(text))
    assert blocks.to_markdown(blocks.from_markdown(once)) == once


@given(soups)
@steady
def test_rich_text_settles(text: str) -> None:
    for _ in range(3):
        text = blocks.plain(blocks.rich_text(text))
    assert blocks.plain(blocks.rich_text(text)) == text


@given(st.lists(soups, max_size=6).map("\n\n".join), st.integers(1, 150))
@settings(steady, max_examples=60)
def test_limits_hold(text: str, times: int) -> None:
    written = blocks.from_markdown(text * times)
    _hold_limits(written)
    assert all(_levels(block) <= 2 for block in written)


def test_long_text_is_split_between_characters() -> None:
    written = blocks.from_markdown("a" * 1999 + "🚀" * 3000)
    _hold_limits(written)
    assert "".join(_contents([*written])) == "a" * 1999 + "🚀" * 3000
    assert len(list(_contents([*written]))) == 4
    assert blocks.to_markdown(written) == "a" * 1999 + "🚀" * 3000


def test_long_code_is_split_and_whole() -> None:
    code = "\n".join(f"line {number} 🚀" for number in range(2000))
    written = blocks.from_markdown(f"```\n{code}\n```")
    _hold_limits(written)
    assert blocks.to_markdown(written) == f"```\n{code}\n```"


def test_long_tables_are_split_with_their_header() -> None:
    rows = "\n".join(f"| {number} | x |" for number in range(250))
    written = blocks.from_markdown(f"| n | v |\n| --- | --- |\n{rows}")
    _hold_limits(written)
    assert [block["type"] for block in written] == ["table"] * 3
    assert sum(len(array) for array in _arrays([*written])) > 0
    assert blocks.to_markdown(written).count("| n | v |") == 3
    assert "| 249 | x |" in blocks.to_markdown(written)


def test_deep_lists_keep_every_word() -> None:
    text = "\n".join("  " * depth + f"- level {depth}" for depth in range(12))
    written = blocks.from_markdown(text)
    assert all(_levels(block) <= 2 for block in written)
    assert all(f"level {depth}" in list(_contents([*written])) for depth in range(12))


def test_a_list_of_many_children_keeps_them_all() -> None:
    text = "- top\n" + "\n".join(f"  - child {number}" for number in range(250))
    written = blocks.from_markdown(text)
    _hold_limits(written, top=False)
    assert sum(content.startswith("child") for content in _contents([*written])) == 250


def test_a_paragraph_of_many_looks_keeps_its_words() -> None:
    written = blocks.from_markdown(" ".join(f"**b{number}** n{number}" for number in range(200)))
    _hold_limits(written)
    assert "b199" in blocks.to_markdown(written)


def test_rich_text_crosses_unchanged() -> None:
    canonical = write(read(RICH)).replace("--:", "---").replace("3. three\n4. four", "1. three\n2. four")
    assert blocks.to_markdown(blocks.from_markdown(RICH)) == canonical


def _text(content: str, **annotations: JsonValue) -> Node:
    return {
        "type": "text",
        "text": {"content": content},
        "plain_text": content,
        "annotations": {**annotations},
    }


def _block(kind: str, **content: JsonValue) -> Node:
    return {"type": kind, kind: {**content}}


@pytest.mark.parametrize(
    ("block", "markdown"),
    [
        (_block("paragraph", rich_text=[_text("a "), _text("b", bold=True)]), "a **b**"),
        (_block("heading_2", rich_text=[_text("H")]), "## H"),
        (_block("to_do", rich_text=[_text("t")], checked=True), "- [x] t"),
        (_block("quote", rich_text=[_text("q")]), "> q"),
        (_block("callout", rich_text=[_text("c")], icon={"emoji": "💡"}), "> c"),
        (_block("code", rich_text=[_text("x = 1")], language="python"), "```python\nx = 1\n```"),
        (_block("code", rich_text=[_text("x")], language="plain text"), "```\nx\n```"),
        (_block("divider"), "***"),
        (
            _block("toggle", rich_text=[_text("t")], children=[_block("paragraph", rich_text=[_text("in")])]),
            "t\n\nin",
        ),
        (
            _block("image", type="external", external={"url": "https://e.example/p.png"}),
            "![](https://e.example/p.png)",
        ),
        (
            _block("image", type="file", file={"url": "https://s3.example/x?sig=1"}),
            "[image omitted: without a caption]",
        ),
        (
            _block("file", type="file", name="a.log", file={"url": "https://s3.example"}),
            "[attachment omitted: a.log]",
        ),
        (_block("bookmark", url="https://e.example/b"), "<https://e.example/b>"),
        (_block("bookmark", url="javascript:x"), "javascript:x"),
        (_block("equation", expression="a^2"), "```latex\na^2\n```"),
        (_block("child_page", title="Spec"), "**Spec**"),
        (_block("unsupported"), "[omitted: unsupported]"),
        (_block("table_of_contents"), ""),
        (_block("column_list", children=[_block("column", children=[_block("divider")])]), "***"),
    ],
)
def test_what_notion_writes_is_readable(block: Node, markdown: str) -> None:
    assert blocks.to_markdown([block]) == markdown


def test_neighbours_are_one_list() -> None:
    items = [_block("numbered_list_item", rich_text=[_text(word)]) for word in ("a", "b")]
    assert (
        blocks.to_markdown([*items, _block("bulleted_list_item", rich_text=[_text("c")])])
        == "1. a\n2. b\n\n- c"
    )


def test_children_are_found_beside_the_content_too() -> None:
    block = _block("bulleted_list_item", rich_text=[_text("a")])
    block["children"] = [_block("bulleted_list_item", rich_text=[_text("b")])]
    assert blocks.to_markdown([block]) == "- a\n  - b"


def test_a_mention_is_its_name() -> None:
    mention: Node = {"type": "mention", "mention": {"type": "user"}, "plain_text": "@Ann", "href": None}
    assert blocks.plain([_text("ask "), mention]) == "ask @Ann"


@pytest.mark.parametrize(
    "text",
    [
        "plain *light* **bold** `code` <https://example.com/a_b>",
        "one\n\ntwo\nlines",
        "- a\n- b\n  - c",
        "1. a\n2. b",
        "> quoted",
        "before\n\n```\nx = a_b * 2 < 3\n\ny\n```\n\nafter",
        "# Title\n\ntext",
        "- [x] done",
    ],
)
def test_comments_keep_their_structure(text: str) -> None:
    assert blocks.plain(blocks.rich_text(text)) == text


def test_rich_text_holds_limits() -> None:
    written = blocks.rich_text("word " * 2000 + " ".join(f"**b{number}** x" for number in range(300)))
    assert len(written) <= 100
    assert all(_units(content) <= 2000 for content in _contents([*written]))
    assert "b299" in blocks.plain(written)


def test_relative_and_overlong_links_show_their_address() -> None:
    assert blocks.plain(blocks.rich_text("[a](/b)")) == "a (/b)"
    (run,) = blocks.rich_text("[x](https://e.example/" + "y" * 1500 + ")")
    assert run["text"] == {"content": f"x (https://e.example/{'y' * 1500})", "link": None}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.builds(
                lambda kind, name, value: {"type": kind, kind: {name: value}, "text": value},
                st.sampled_from(["paragraph", "table", "table_row", "to_do", "image", "code", "x"]),
                st.sampled_from(["rich_text", "children", "cells", "caption", "external"]),
                inner,
            )
        ),
        max_leaves=12,
    )
)
@steady
def test_any_json_is_readable(value: JsonValue) -> None:
    found: list[Node] = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    blocks.to_markdown(found)
    blocks.plain(found)
