"""Carried text notifies nobody, refers to nothing and runs nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given

from connectors.text import adf, github, html
from connectors.text.reading import read
from connectors.text.safety import as_alive, defuse
from connectors.text.tree import Block, Heading, Inlines, List, Paragraph, Quote, Span, Table
from connectors.text.writing import write
from tests.connectors.text.soup import RICH, soups, steady

JOINER = "\u2060"


def _words(blocks: Iterable[Block]) -> Iterator[str]:
    """Every run of text that a tool could look for mentions in."""
    for block in blocks:
        match block:
            case Paragraph(content) | Heading(_, content):
                yield from _texts(content)
            case Quote(inner):
                yield from _words(inner)
            case List(items):
                for item in items:
                    yield from _words(item.content)
            case Table(rows):
                for row in rows:
                    for cell in row:
                        yield from _texts(cell)


def _texts(content: Inlines) -> Iterator[str]:
    for part in content:
        if (
            isinstance(part, Span)
            and "code" not in part.marks
            and part.href not in (part.text, f"mailto:{part.text}")
        ):
            yield part.text


@given(soups)
@steady
def test_defusing_twice_is_defusing_once(text: str) -> None:
    once = defuse(text)
    assert defuse(once) == once


@given(soups)
@steady
def test_nothing_is_left_to_defuse(text: str) -> None:
    for words in _words(read(defuse(text))):
        assert not re.search(r"(?<![A-Za-z0-9_])@\w|#\d", words)


@given(soups)
@steady
def test_only_joiners_are_added(text: str) -> None:
    assert defuse(text).replace(JOINER, "") == write(read(text)).replace(JOINER, "")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("ask @bob", "ask @|bob"),
        ("@bob, @acme/team-a (@ann)", "@|bob, @|acme/team-a (@|ann)"),
        ("**@bob** ~~@ann~~", "**@|bob** ~~@|ann~~"),
        ("# @bob", "# @|bob"),
        ("- @bob\n  - @ann", "- @|bob\n  - @|ann"),
        ("> @bob", "> @|bob"),
        ("| @bob |\n| --- |\n| #1 |", "| @|bob |\n| --- |\n| #|1 |"),
        ("fixes #123", "fixes #|123"),
        ("see GH-1 and gh-22", "see GH-|1 and gh-|22"),
        ("acme/app#7 and app#8", "acme/app#|7 and app#|8"),
        ("[@bob](https://example.com/#1)", "[@|bob](https://example.com/#1)"),
        ("![@bob](https://example.com/a.png)", "![@|bob](https://example.com/a.png)"),
        ("a&#64;b &#64;bob", "a@b @|bob"),
        ("\\@bob", "@|bob"),
        ("@<!-- -->bob", "@|bob"),
        ("<b>@</b>bob", "@|bob"),
        ("@<b>bob</b>", "@**bob**"),
    ],
)
def test_mentions_and_references_are_words(text: str, safe: str) -> None:
    assert defuse(text) == safe.replace("@|", f"@{JOINER}").replace("#|", f"#{JOINER}").replace(
        "-|", f"-{JOINER}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "mail ann@example.com or <bob@example.com>",
        "`@bob #12`",
        "```\n@bob #12 <b>\n```",
        "<https://example.com/@bob/a#12>",
        "C# and #hash and a@ b",
        "@ 12 # 12",
        "[docs](https://example.com/@x#1)",
    ],
)
def test_what_is_no_mention_is_left_alone(text: str) -> None:
    assert defuse(text) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("[x](javascript:alert(1))", "x"),
        ("[x](data:text/html,a)", "x"),
        ("[x][1]\n\n[1]: javascript:alert(1)", "x"),
        ("<javascript:alert(1)>", "javascript:alert(1)"),
        ("![x](data:image/svg+xml,a)", "x"),
        ("<script>alert(1)</script>", "\\<script>alert(1)\\</script>"),
        ("<iframe src='x'>", "\\<iframe src='x'>"),
        ("a <img src=x onerror=alert(1)> b", "a ![](x) b"),
        ("<b onclick='x'>bold</b>", "**bold**"),
        ("<!-- loopwright:lw-1 -->a", "a"),
    ],
)
def test_nothing_in_it_can_act(text: str, safe: str) -> None:
    assert defuse(text) == safe


def test_rich_text_stays_readable() -> None:
    assert defuse(RICH) == write(read(RICH))


def test_no_tool_sees_a_mention() -> None:
    safe = defuse("@bob <span adf='mention' id='5'>@ann</span> #12")
    assert not re.search(r"@\w|#\d", github.from_markdown(safe))
    assert not re.search(r"@\w|#\d", html.from_markdown(safe))
    assert '"mention"' not in str(adf.from_markdown(safe))


def test_what_was_alive_at_home_is_so_again_when_it_comes_back() -> None:
    home = "Ask @ann of #12 and GH-3, not `@bob`."
    away = defuse(home.replace("Ask", "Tell") + " And @bob of #13.")
    assert as_alive(away, home) == ("Tell @ann of #12 and GH-3, not `@bob`. And @\u2060bob of #\u206013.")


def test_a_mention_that_was_words_away_is_one_again_at_home() -> None:
    home = "Ask [@Ann Lee](person:5b1) of it."
    assert as_alive(defuse(home.replace("Ask", "Tell") + " And @Ann."), home) == (
        "Tell [@Ann Lee](person:5b1) of it. And @\u2060Ann."
    )


@given(soups, soups)
@steady
def test_nobody_is_called_by_a_text_that_comes_home_who_was_not_before(text: str, home: str) -> None:
    back = as_alive(defuse(text), defuse(home))
    assert back == defuse(text)
