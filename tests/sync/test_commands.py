"""Which lines of a comment are commands, and what is left of a text without them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.text.reading import read
from connectors.text.writing import write
from sync.commands import USAGE, Command, Mistake, Verb, apart, commands

WORDS = st.text("abc xyz-#/.,", min_size=1, max_size=30).map(str.strip).filter(bool)
KEYS = st.sampled_from(["ENG-12", "ZD-9", "acme/app#12", "jira:10012", "https://acme.example/browse/ENG-12"])
COMMANDS = st.one_of(
    st.sampled_from([f"/loop {verb}" for verb in Verb if verb is not Verb.LINK]),
    KEYS.map(lambda key: f"/loop link {key}"),
)


@given(COMMANDS, st.lists(WORDS), st.lists(WORDS))
def test_a_line_of_its_own_is_a_command_wherever_it_stands(
    line: str, above: list[str], below: list[str]
) -> None:
    text = "\n\n".join([*(f"w {words}" for words in above), line, *(f"w {words}" for words in below)])
    (found,) = commands(text)
    assert isinstance(found, Command)
    assert line.split()[1:] == [found.verb, found.key] if found.key else [found.verb]


@given(
    COMMANDS, st.sampled_from(["> {}", "```\n{}\n```", "    {}", "- {}", "`{}`", "please {}", "# {}", "x{}"])
)
def test_quotes_code_lists_and_prose_hold_no_command(line: str, around: str) -> None:
    assert commands(around.format(line)) == []


def test_the_history_of_a_mail_holds_no_command() -> None:
    text = "Thanks.\n\nFrom: Ann <ann@acme.example>\nSent: Monday\nTo: Sue\nSubject: Export\n\n/loop unlink"
    assert commands(text) == []


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    commands(text)
    assert commands(f"/loop {text}") is not None


@given(st.lists(st.one_of(COMMANDS, WORDS, st.text(max_size=40)), max_size=6), st.booleans())
def test_what_is_carried_commands_nothing(lines: list[str], obeyed: bool) -> None:
    assert commands(apart("\n".join(lines), obeyed=obeyed)) == []


@given(st.text(max_size=100).filter(lambda text: "/loop" not in text.lower()), st.booleans())
def test_a_text_without_commands_is_carried_to_the_letter(text: str, obeyed: bool) -> None:
    assert apart(text, obeyed=obeyed) == text


@given(st.lists(WORDS, min_size=1), COMMANDS)
def test_without_its_command_a_text_says_what_it_said(words: list[str], line: str) -> None:
    paragraphs = [f"w {one}" for one in words]
    assert apart("\n\n".join([line, *paragraphs]), obeyed=True) == write(read("\n\n".join(paragraphs)))
    assert apart(line, obeyed=True) == ""


def test_case_and_looks_do_not_matter() -> None:
    assert commands("/LOOP Link eng-12.") == [Command(Verb.LINK, "eng-12")]
    assert commands("**/loop hold**") == [Command(Verb.HOLD)]
    assert commands("/loop") == [Command(Verb.HELP)]
    assert commands("/loopback is slow") == []
    assert commands("See below\n/loop why\nThanks") == [Command(Verb.WHY)]


def test_a_link_is_where_it_leads() -> None:
    address = "https://acme.example/browse/ENG-12"
    assert commands(f"/loop link [ENG-12: it stops]({address})") == [Command(Verb.LINK, address)]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("/loop unlnk", "did you mean 'unlink'"),
        ("/loop route payments", "there are: link, unlink, hold, resume, why, help"),
        ("/loop duplicate of ZD-9", "there are:"),
        ("/loop link", "/loop link ENG-12"),
        ("/loop link ENG-1 ENG-2", "one key"),
        ("/loop hold for a week", "stands alone"),
    ],
)
def test_a_mistake_is_told_with_the_right_word(line: str, hint: str) -> None:
    (found,) = commands(line)
    assert isinstance(found, Mistake)
    assert hint in found.text


def test_every_command_is_explained() -> None:
    assert list(USAGE) == list(Verb)
