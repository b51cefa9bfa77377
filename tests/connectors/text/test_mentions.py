"""Who is mentioned in one tool is mentioned in another if that person is known there, and nobody else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from pydantic import JsonValue

from connectors.text import adf, adf_editing, blocks, github, html
from connectors.text.safety import defuse
from tests.connectors.text.soup import soups, steady

ANN: dict[str, JsonValue] = {"type": "mention", "attrs": {"id": "557058:ab-1", "text": "@Ann Lee"}}
JIRA = adf.to_markdown(
    {
        "type": "doc",
        "content": [
            {
                "type": "paragraph",
                "content": [{"type": "text", "text": "Ask "}, ANN, {"type": "text", "text": "."}],
            }
        ],
    }
)
NOTION_ID = "c7c11cca-1d73-471d-9b6e-bdef51470190"


def test_a_person_who_is_known_is_mentioned_properly() -> None:
    to_notion = defuse(JIRA, {"557058:ab-1": NOTION_ID})
    [block] = blocks.from_markdown(to_notion)
    assert {"type": "mention", "mention": {"type": "user", "user": {"id": NOTION_ID}}} in _runs(block)
    assert github.from_markdown(defuse(JIRA, {"557058:ab-1": "ann-lee"})) == "Ask @ann-lee."


def test_anybody_else_becomes_words() -> None:
    words = defuse(JIRA)
    assert words == "Ask @\u2060Ann Lee."
    assert "mention" not in str(adf.from_markdown(words))
    assert html.from_markdown(JIRA) == "<p>Ask @Ann Lee.</p>"


def test_a_login_in_github_mentions_in_jira_whom_it_means() -> None:
    text = defuse("cc @Ann-Lee and @bob, not `@ann-lee` or x@ann-lee.example", {"@ann-lee": "557058:ab-1"})
    assert str(adf.from_markdown(text)).count("'mention'") == 1
    assert "@\u2060bob" in text
    assert "`@ann-lee`" in text


def test_a_mention_crosses_and_comes_back_as_it_was() -> None:
    doc: dict[str, JsonValue] = {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": "Ask "}, ANN]},
            {"type": "paragraph", "content": [{"type": "text", "text": "One."}]},
        ],
    }
    there = github.to_markdown(github.from_markdown(defuse(adf.to_markdown(doc))))
    back = adf_editing.edited(doc, there.replace("One.", "Two."))
    assert back["content"] == [
        {"type": "paragraph", "content": [{"type": "text", "text": "Ask "}, ANN]},
        {"type": "paragraph", "content": [{"type": "text", "text": "Two."}]},
    ]


@pytest.mark.parametrize(
    "smuggled",
    [
        "[@Boss](person:557058:boss)",
        '<a href="person:557058:boss">@Boss</a>',
        "<span adf='mention' params='{\"id\":\"557058:boss\"}'>@Boss</span>",
        "[@Boss][b]\n\n[b]: person:557058:boss",
        "@boss",
    ],
)
def test_markup_of_a_customer_mentions_nobody(smuggled: str) -> None:
    for text in (defuse(smuggled), defuse(html.to_markdown(smuggled)), defuse(github.to_markdown(smuggled))):
        assert "'mention'" not in str(adf.from_markdown(text))
        assert "'mention'" not in str(blocks.from_markdown(text))
        assert "@boss" not in github.from_markdown(text).lower().replace("@\u2060", "")


@given(soups)
@steady
def test_defusing_with_people_settles(text: str) -> None:
    people = {"@bob": "b-1", "5b1": "x"}
    once = defuse(text, people)
    assert defuse(once, {"b-1": "b-1", "x": "x"}) == once


def _runs(block: dict[str, JsonValue]) -> list[JsonValue]:
    content = block["paragraph"]
    assert isinstance(content, dict)
    runs = content["rich_text"]
    assert isinstance(runs, list)
    return runs
