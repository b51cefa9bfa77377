"""Who is mentioned in one tool is mentioned in another if that person is known there, and nobody else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from pydantic import JsonValue

from connectors.text import adf, adf_editing, blocks, github, html
from connectors.text.mentions import keep, on_the_way, settle
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
    to_notion = across(JIRA, NOTION_ID)
    [block] = blocks.from_markdown(to_notion)
    assert {"type": "mention", "mention": {"type": "user", "user": {"id": NOTION_ID}}} in _runs(block)
    assert github.from_markdown(across(JIRA, "login:ann-lee")) == "Ask @ann-lee."


def test_anybody_else_becomes_words() -> None:
    words = defuse(JIRA)
    assert words == "Ask @\u2060Ann Lee."
    assert "mention" not in str(adf.from_markdown(words))
    assert html.from_markdown(JIRA) == "<p>Ask @Ann Lee.</p>"


def test_a_login_in_github_mentions_in_jira_whom_it_means() -> None:
    said = github.to_markdown("cc @Ann-Lee, @bob and @acme/devs, not `@ann-lee` or x@ann-lee.example")
    known = {"login:Ann-Lee": "557058:ab-1"}
    there = settle(on_the_way(said, "github"), lambda home, person: known.get(person))
    assert str(adf.from_markdown(there)).count("'mention'") == 1
    assert "@\u2060bob" in there
    assert "@\u2060acme/devs" in there
    assert "`@ann-lee`" in there


def test_where_github_mentions_nobody_the_text_is_as_its_author_wrote_it() -> None:
    body = "* one\n* two <!-- hidden -->\n\nmail x@y.example, `@code`, @acme/devs"
    assert github.to_markdown(body) == body


def test_a_login_comes_back_in_its_own_letters() -> None:
    body = "cc @Ann-Lee, *also* @bob: see @carl."
    assert github.from_markdown(github.to_markdown(body)) == body


def test_people_on_the_way_pass_through_what_is_put_around_them() -> None:
    carried = on_the_way(JIRA, "jira")
    assert keep(f"> {carried} @bob [@Boss](person:boss)") == f"> {carried} @\u2060bob @\u2060Boss"


def test_who_is_on_the_way_cannot_be_written_by_hand() -> None:
    assert on_the_way("[@Boss](person:jira/boss)", "github") == "@\u2060Boss"


def test_a_text_settles_without_a_touch_of_anything_else() -> None:
    mine = "[@Me](person:me) and @all of #12"
    there = settle(f"{mine}\n\n{on_the_way(JIRA, 'jira')}", lambda home, person: f"{home}-{person}")
    assert there == f"{mine}\n\nAsk [@Ann Lee](person:jira-557058:ab-1)."


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
def test_what_is_on_the_way_settles(text: str) -> None:
    once = on_the_way(text, "jira")
    assert keep(once) == once
    there = settle(once, lambda home, person: "5b1")
    assert settle(there, lambda home, person: "5b2") == there


def across(markdown: str, person: str) -> str:
    """The text in a tool that knows everybody by one id."""
    return settle(on_the_way(markdown, "there"), lambda home, id: person)


def _runs(block: dict[str, JsonValue]) -> list[JsonValue]:
    content = block["paragraph"]
    assert isinstance(content, dict)
    runs = content["rich_text"]
    assert isinstance(runs, list)
    return runs
