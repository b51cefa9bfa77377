"""Edits that reach Jira's wiki markup change the paragraphs that were edited and no other."""

from __future__ import annotations

import pytest
from hypothesis import assume, given

from connectors.text import wiki, wiki_reading
from connectors.text.tree import Block
from connectors.text.wiki_editing import MOST_TRIED, edited
from tests.connectors.text.soup import soups, steady
from tests.connectors.text.test_wiki import markup

AUTHORS = """\
h2. Steps

Ask [~ann], {color:red}at once{color}, about ++this++ and --that--.

{panel:title=Log|bgColor=#eee}
first

second
{panel}
||a||b||
|1|{{2}}|


{color:blue}One thing,

and another.{color}

{code:java|title=A.java}
x = 1;

y = 2;
{code}

The end.
"""


def _crossed(markdown: str) -> str:
    return wiki.to_markdown(wiki.from_markdown(markdown))


@given(markup)
@steady
def test_the_same_text_changes_nothing(text: str) -> None:
    markdown = wiki.to_markdown(text)
    assume(_crossed(markdown) == markdown)
    assert edited(text, markdown) == text


@given(markup, soups)
@steady
def test_an_edited_text_reads_as_what_was_wanted(before: str, after: str) -> None:
    wanted = _crossed(after)
    assume("person:" not in wanted)
    assert wiki.to_markdown(edited(before, after)) == wanted


@pytest.mark.parametrize(
    ("old", "new", "old_markup", "new_markup"),
    [
        ("The end.", "The *very* end.", "The end.\n", "The _very_ end."),
        ("## Steps", "## All steps", "h2. Steps", "h2. All steps"),
        ("x = 1;", "x = 3;", "{code:java|title=A.java}\nx = 1;", "*A.java*\n\n{code:java}\nx = 3;"),
        (
            "One thing,",
            "Nothing,",
            "{color:blue}One thing,\n\nand another.{color}",
            "Nothing,\n\nand another.",
        ),
    ],
)
def test_only_what_was_edited_is_written_anew(old: str, new: str, old_markup: str, new_markup: str) -> None:
    markdown = wiki.to_markdown(AUTHORS)
    assert old in markdown
    assert edited(AUTHORS, markdown.replace(old, new)) == AUTHORS.replace(old_markup, new_markup).strip()


def test_what_is_put_between_or_taken_away_leaves_the_rest() -> None:
    markdown = wiki.to_markdown(AUTHORS)
    longer = edited(AUTHORS, f"{markdown}\n\nOne more.")
    assert longer == f"{AUTHORS}\nOne more."
    shorter = edited(AUTHORS, markdown.replace("## Steps\n\n", ""))
    assert shorter == AUTHORS.removeprefix("h2. Steps\n\n").strip()


def test_a_mention_that_became_words_elsewhere_is_still_one() -> None:
    source = "Ask [~ann] first.\n\nThen do it."
    assert edited(source, "Ask @ann first.\n\nThen leave it.") == "Ask [~ann] first.\n\nThen leave it."


def test_lines_of_another_system_are_lines() -> None:
    assert edited("{color:red}a{color}\r\n\r\nb", "a\n\nc") == "{color:red}a{color}\n\nc"


def test_much_that_cannot_be_divided_is_edited_in_reasonable_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """How often it is read tells more than a clock."""
    reads: list[int] = []
    read = wiki_reading.read

    def counted(text: str) -> tuple[Block, ...]:
        reads.append(len(text))
        return read(text)

    monkeypatch.setattr(wiki_reading, "read", counted)
    log = "{noformat}\n" + "{quote}\n\n{quote}\n\n" * 1_000 + "{noformat}\n\nThe end."
    assert edited(log, wiki.to_markdown(log).replace("The end", "The very end")).endswith("The very end.")
    assert len(reads) < 2 * MOST_TRIED
