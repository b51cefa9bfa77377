"""Edits that reach Jira change what was edited; macros, panels, mentions and colours stay where they are."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from connectors.text import adf
from connectors.text.adf_editing import edited
from tests.connectors.text.soup import RICH, soups, steady

Node = dict[str, JsonValue]


def _doc(*content: JsonValue) -> Node:
    return {"type": "doc", "version": 1, "content": [*content]}


def _text(text: str, *marks: Node) -> Node:
    return {"type": "text", "text": text, **({"marks": [*marks]} if marks else {})}


def _paragraph(*content: JsonValue) -> Node:
    return {"type": "paragraph", "content": [*content]}


def _macro(key: str = "toc") -> Node:
    attrs: Node = {"extensionType": "com.atlassian.macro", "extensionKey": key, "parameters": {"depth": 2}}
    return {"type": "extension", "attrs": attrs}


def _panel(*content: JsonValue) -> Node:
    return {"type": "panel", "attrs": {"panelType": "warning"}, "content": [*content]}


def _item(*content: JsonValue) -> Node:
    return {"type": "listItem", "content": [*content]}


MENTION: Node = {"type": "mention", "attrs": {"id": "5b10", "text": "@Ann Lee", "accessLevel": ""}}
STATUS: Node = {"type": "status", "attrs": {"text": "LATE", "color": "red", "localId": "s1"}}
MEDIA: Node = {
    "type": "mediaSingle",
    "attrs": {"layout": "wide"},
    "content": [
        {"type": "media", "attrs": {"type": "file", "id": "m1", "collection": "c", "alt": "shot.png"}}
    ],
}
RED: Node = {"type": "textColor", "attrs": {"color": "#ff0000"}}
NATIVE = _doc(
    {"type": "heading", "attrs": {"level": 2}, "content": [_text("Plan"), _text(" now", RED)]},
    _macro(),
    _panel(_paragraph(_text("Careful, "), MENTION, _text(" and "), _text("all", RED))),
    {
        "type": "expand",
        "attrs": {"title": "Details"},
        "content": [_paragraph(_text("Inside.")), _macro("chart"), _paragraph(_text("Below."))],
    },
    {
        "type": "bulletList",
        "content": [
            _item(_paragraph(_text("one "), STATUS)),
            _item(_paragraph(_text("two")), _macro("gallery")),
        ],
    },
    MEDIA,
    {
        "type": "table",
        "attrs": {"isNumberColumnEnabled": False, "layout": "default", "localId": "t"},
        "content": [
            {
                "type": "tableRow",
                "content": [
                    {
                        "type": "tableHeader",
                        "attrs": {"background": "#eee"},
                        "content": [_paragraph(_text("A"))],
                    },
                    {"type": "tableHeader", "attrs": {}, "content": [_paragraph(_text("B"))]},
                ],
            },
            {
                "type": "tableRow",
                "content": [
                    {"type": "tableCell", "attrs": {"colwidth": [80]}, "content": [_paragraph(_text("x"))]},
                    {
                        "type": "tableCell",
                        "attrs": {},
                        "content": [_paragraph(MENTION), _panel(_paragraph())],
                    },
                ],
            },
        ],
    },
    {
        "type": "taskList",
        "attrs": {"localId": "tl"},
        "content": [
            {
                "type": "taskItem",
                "attrs": {"localId": "i1", "state": "TODO"},
                "content": [_text("do "), MENTION],
            }
        ],
    },
    {
        "type": "decisionList",
        "attrs": {"localId": "d"},
        "content": [
            {"type": "decisionItem", "attrs": {"localId": "d1", "state": "DECIDED"}, "content": [_text("go")]}
        ],
    },
    _paragraph(),
    _paragraph(_text("The end.")),
)


def test_the_same_text_changes_nothing() -> None:
    assert edited(NATIVE, adf.to_markdown(NATIVE)) == NATIVE


@given(soups)
@steady
def test_the_same_text_changes_nothing_in_any_document(text: str) -> None:
    doc = adf.from_markdown(text)
    assert edited(doc, adf.to_markdown(doc)) == doc


@given(soups, soups)
@steady
def test_an_edited_document_reads_as_what_was_wanted(before: str, after: str) -> None:
    wanted = adf.to_markdown(adf.from_markdown(after))
    assert adf.to_markdown(edited(adf.from_markdown(before), after)) == wanted


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Plan now", "Our plan now"),
        ("Careful, ", "Take care, "),
        ("Inside.", "Inside it is dark."),
        ("- one ", "- number one "),
        ("- two", "- two and a half"),
        ("| x |", "| y |"),
        ("[ ] do ", "[x] done by "),
        ("+ go", "+ go on"),
        ("The end.", "The very end.\n\nAnd a last word."),
    ],
)
def test_one_change_changes_one_place(old: str, new: str) -> None:
    markdown = adf.to_markdown(NATIVE)
    assert old in markdown
    before = copy.deepcopy(NATIVE)
    after = edited(NATIVE, markdown.replace(old, new, 1))
    assert before == NATIVE, "the document that was given is left alone"
    assert adf.to_markdown(after) == markdown.replace(old, new, 1)
    kept = [node for node in _content(after) if node in _content(NATIVE)]
    assert len(kept) == len(_content(NATIVE)) - 1
    for native in (
        _macro(),
        _macro("chart"),
        MENTION,
        STATUS,
        MEDIA,
        RED,
        "panelType",
        "colwidth",
        "background",
    ):
        said = native if isinstance(native, str) else json.dumps(native)
        assert json.dumps(after).count(said) == json.dumps(NATIVE).count(said)


def test_a_macro_stays_though_the_other_side_dropped_the_line_that_stood_for_it() -> None:
    doc = _doc(_paragraph(_text("One.")), _macro(), _paragraph(_text("Two.")))
    after = edited(doc, "One.\n\nTwo, changed.")
    assert after == _doc(_paragraph(_text("One.")), _macro(), _paragraph(_text("Two, changed.")))


def test_a_paragraph_that_was_deleted_goes() -> None:
    doc = _doc(_paragraph(_text("One.")), _panel(_paragraph(_text("Two."))), _paragraph(_text("Three.")))
    assert edited(doc, "One.\n\nThree.") == _doc(_paragraph(_text("One.")), _paragraph(_text("Three.")))


def test_words_keep_their_colour_next_to_the_ones_that_changed() -> None:
    doc = _doc(_paragraph(_text("It is "), _text("very late", RED), _text(" today.")))
    after = edited(doc, "It is very early today.")
    assert after == _doc(_paragraph(_text("It is "), _text("very ", RED), _text("early today.")))


def test_a_mention_is_kept_whole_or_not_at_all() -> None:
    doc = _doc(_paragraph(_text("Ask "), MENTION, _text(".")))
    assert MENTION in _content(_content(edited(doc, "Do ask @Ann Lee, please."))[0])
    assert MENTION not in _content(_content(edited(doc, "Ask @Ann Smith."))[0])


def test_new_check_boxes_have_ids_of_their_own() -> None:
    doc = adf.from_markdown("- [ ] a\n- [ ] b")
    after = edited(doc, "- [ ] a\n- [ ] b\n- [x] c")
    ids = [part for part in json.dumps(after).split('"') if part.startswith("task")]
    assert len({one for one in ids if one.startswith("task-")}) == 3


def test_a_long_text_is_edited_in_time() -> None:
    before = "\n\n".join(f"Line {number}" for number in range(6000))
    after = "\n\n".join(f"Row {number}" for number in range(6000))
    assert adf.to_markdown(edited(adf.from_markdown(before), after)) == after


_NAMES = st.sampled_from(["type", "content", "attrs", "text", "marks"])
_ANY_JSON = st.recursive(
    st.none() | st.integers() | st.sampled_from(["panel", "table", "tableRow", "listItem", "text", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(_ANY_JSON, soups)
@steady
def test_no_document_is_too_strange(content: JsonValue, text: str) -> None:
    edited({"type": "doc", "content": content if isinstance(content, list) else [content]}, text)


def test_the_rich_text_takes_every_single_edit() -> None:
    doc = adf.from_markdown(RICH)
    lines = adf.to_markdown(doc).split("\n")
    for index, line in enumerate(lines):
        if "one" in line or "words" in line or "quoted" in line:
            changed = "\n".join([*lines[:index], line + " more", *lines[index + 1 :]])
            assert adf.to_markdown(edited(doc, changed)) == adf.to_markdown(adf.from_markdown(changed))


def _content(node: JsonValue) -> list[JsonValue]:
    assert isinstance(node, dict)
    content = node["content"]
    assert isinstance(content, list)
    return content
