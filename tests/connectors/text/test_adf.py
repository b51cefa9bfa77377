"""Jira's document format."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from connectors.text import adf
from connectors.text.reading import read
from connectors.text.writing import write
from tests.connectors.text.soup import RICH, soups, steady

Node = dict[str, JsonValue]


def _doc(*content: JsonValue) -> Node:
    return {"type": "doc", "version": 1, "content": [*content]}


def _paragraph(*content: JsonValue) -> Node:
    return {"type": "paragraph", "content": [*content]}


def _text(text: str, *marks: JsonValue) -> Node:
    return {"type": "text", "text": text, "marks": [*marks]} if marks else {"type": "text", "text": text}


def _nodes(node: JsonValue) -> Iterator[Node]:
    if isinstance(node, dict):
        yield node
        content = node.get("content")
        for child in content if isinstance(content, list) else ():
            yield from _nodes(child)


# what may stand in what, from the published schema
_INLINES = {"text", "hardBreak"}
_ALLOWED = {
    "doc": {
        *("paragraph", "heading", "bulletList", "orderedList", "taskList", "blockquote", "codeBlock", "rule"),
        *("table", "mediaSingle"),
    },
    "paragraph": _INLINES,
    "heading": _INLINES,
    "taskItem": _INLINES,
    "codeBlock": {"text"},
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "listItem": {"paragraph", "bulletList", "orderedList", "taskList", "codeBlock", "mediaSingle"},
    "taskList": {"taskItem", "taskList"},
    "blockquote": {"paragraph", "bulletList", "orderedList", "codeBlock", "mediaSingle"},
    "table": {"tableRow"},
    "tableRow": {"tableHeader", "tableCell"},
    "tableHeader": {"paragraph"},
    "tableCell": {"paragraph"},
    "mediaSingle": {"media"},
}


@given(soups)
@steady
def test_what_is_written_is_allowed(text: str) -> None:
    for node in _nodes(adf.from_markdown(text)):
        content = node.get("content", [])
        assert isinstance(content, list)
        kinds = {str(child["type"]) for child in content if isinstance(child, dict)}
        assert kinds <= _ALLOWED.get(str(node["type"]), set())
        if node["type"] in ("listItem", "blockquote", "bulletList", "orderedList", "table", "tableRow"):
            assert content, "an empty one is refused"
        if node["type"] == "text":
            assert node["text"]
            marks = node.get("marks", [])
            assert isinstance(marks, list)
            names = {str(mark["type"]) for mark in marks if isinstance(mark, dict)}
            assert not ("code" in names and names - {"code", "link"})


@given(soups)
@steady
def test_a_crossing_settles(text: str) -> None:
    once = adf.to_markdown(adf.from_markdown(text))
    twice = adf.to_markdown(adf.from_markdown(once))
    assert adf.to_markdown(adf.from_markdown(twice)) == twice


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["type", "content", "attrs", "marks", "text", "level", "order", "url"]), inner
            )
            | st.builds(
                lambda kind, content: {"type": kind, "content": content},
                st.sampled_from(
                    ["paragraph", "table", "taskList", "bulletList", "media", "panel", "text", "x"]
                ),
                inner,
            )
        ),
        max_leaves=12,
    )
)
@steady
def test_any_json_is_readable(node: JsonValue) -> None:
    adf.to_markdown(node if isinstance(node, dict) else {"content": node})


def test_rich_text_crosses_unchanged() -> None:
    canonical = write(read(RICH)).replace("---:", "---").replace("--:", "---")
    assert adf.to_markdown(adf.from_markdown(RICH)) == canonical


def test_the_same_text_gives_the_same_document() -> None:
    assert adf.from_markdown(RICH) == adf.from_markdown(RICH)


@pytest.mark.parametrize(
    ("node", "markdown"),
    [
        (_paragraph(_text("a_b https://example.com/x_y")), "a_b <https://example.com/x_y>"),
        (
            _paragraph({"type": "mention", "attrs": {"id": "5b1", "text": "@Ann Ames"}}),
            "[@Ann Ames](person:5b1)",
        ),
        (_paragraph({"type": "mention", "attrs": {"id": "5b1"}}), "[@5b1](person:5b1)"),
        (_paragraph({"type": "emoji", "attrs": {"shortName": ":fire:", "text": "🔥"}}), "🔥"),
        (_paragraph({"type": "emoji", "attrs": {"shortName": ":acme:"}}), ":acme:"),
        (_paragraph({"type": "date", "attrs": {"timestamp": "1767225600000"}}), "2026-01-01"),
        (_paragraph({"type": "date", "attrs": {"timestamp": "soon"}}), "soon"),
        (_paragraph({"type": "status", "attrs": {"text": "DONE", "color": "green"}}), "**DONE**"),
        (
            _paragraph({"type": "inlineCard", "attrs": {"url": "https://e.example/a"}}),
            "<https://e.example/a>",
        ),
        (_paragraph({"type": "inlineCard", "attrs": {"url": "javascript:x"}}), "javascript:x"),
        (
            _paragraph({"type": "mediaInline", "attrs": {"id": "1", "alt": "log.txt"}}),
            "[attachment omitted: log.txt]",
        ),
        (_paragraph({"type": "inlineExtension", "attrs": {"extensionKey": "poll"}}), "[omitted: poll]"),
        (_paragraph({"type": "hologram"}), "[omitted: hologram]"),
        (_paragraph(_text("u", {"type": "underline"}), _text("s", {"type": "strike"})), "u~~s~~"),
        (_paragraph(_text("x", {"type": "link", "attrs": {"href": "javascript:alert(1)"}})), "x"),
        (_paragraph(_text("a"), {"type": "hardBreak"}, _text("b")), "a\nb"),
        ({"type": "panel", "attrs": {"panelType": "info"}, "content": [_paragraph(_text("p"))]}, "> p"),
        (
            {"type": "expand", "attrs": {"title": "More"}, "content": [_paragraph(_text("p"))]},
            "**More**\n\np",
        ),
        (
            {"type": "codeBlock", "attrs": {"language": "java"}, "content": [_text("a*b*")]},
            "```java\na*b*\n```",
        ),
        ({"type": "codeBlock"}, "```\n\n```"),
        (
            {
                "type": "mediaSingle",
                "content": [{"type": "media", "attrs": {"type": "file", "alt": "p.png"}}],
            },
            "[attachment omitted: p.png]",
        ),
        (
            {
                "type": "mediaSingle",
                "content": [
                    {"type": "media", "attrs": {"type": "external", "url": "https://e.example/p.png"}}
                ],
            },
            "![](https://e.example/p.png)",
        ),
        ({"type": "blockCard", "attrs": {"url": "https://e.example/b"}}, "<https://e.example/b>"),
        ({"type": "extension", "attrs": {"extensionKey": "toc"}}, "[omitted: toc]"),
        (
            {
                "type": "layoutSection",
                "content": [{"type": "layoutColumn", "content": [_paragraph(_text("l"))]}],
            },
            "l",
        ),
        (
            {
                "type": "decisionList",
                "content": [
                    {"type": "decisionItem", "attrs": {"state": "DECIDED"}, "content": [_text("go")]}
                ],
            },
            "- go",
        ),
        (
            {
                "type": "taskList",
                "content": [
                    {"type": "taskItem", "attrs": {"state": "DONE"}, "content": [_text("a")]},
                    {
                        "type": "taskList",
                        "content": [
                            {"type": "taskItem", "attrs": {"state": "TODO"}, "content": [_text("b")]}
                        ],
                    },
                ],
            },
            "- [x] a\n  - [ ] b",
        ),
    ],
)
def test_what_jira_writes_is_readable(node: JsonValue, markdown: str) -> None:
    assert adf.to_markdown(_doc(node)) == markdown


def test_nothing_in_a_text_becomes_a_mention_or_a_harmful_link() -> None:
    source = '<span adf="mention" params=\'{"id":"5b1"}\'>@Ann</span> [x](javascript:alert(1)) @Bob'
    written = json.dumps(adf.from_markdown(source))
    assert '"mention"' not in written
    assert "javascript" not in written
    assert "@Ann" in written
    assert "@Bob" in written


def test_relative_links_show_their_address() -> None:
    assert adf.to_markdown(adf.from_markdown("[guide](/docs/a)")) == "guide (/docs/a)"


def test_a_document_nested_without_end_is_read() -> None:
    node: Node = _paragraph(_text("deep"))
    for _ in range(5000):
        node = {"type": "blockquote", "content": [node]}
    assert "deep" in adf.to_markdown(_doc(node))
