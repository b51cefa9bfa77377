"""Two people edit one text in two tools: both edits count, unless they are about the same place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.text import reading, writing
from connectors.text.merging import merged
from tests.connectors.text.soup import soups, steady

BASE = "# Export\n\nIt fails.\n\n- one\n- two\n- three\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\nThe end."


def _canonical(text: str) -> str:
    return writing.write(reading.read(text))


@given(soups, soups)
@steady
def test_one_edit_is_taken_as_it_is(base: str, edit: str) -> None:
    assert merged(base, edit, base) == _canonical(edit)
    assert merged(base, base, edit) == _canonical(edit)
    assert merged(base, edit, edit) == _canonical(edit)


@given(soups, soups, soups)
@steady
def test_it_does_not_matter_which_side_is_named_first(base: str, one: str, other: str) -> None:
    assert merged(base, one, other) == merged(base, other, one)


_WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=3).map(" ".join)


@given(st.lists(_WORDS, min_size=3, max_size=9), st.data())
@steady
def test_edits_of_different_paragraphs_both_survive(words: list[str], data: st.DataObject) -> None:
    paragraphs = [f"{number} {text}" for number, text in enumerate(words)]
    mine = data.draw(st.integers(0, len(paragraphs) - 3))
    theirs = data.draw(st.integers(mine + 2, len(paragraphs) - 1))
    one, other, both = list(paragraphs), list(paragraphs), list(paragraphs)
    one[mine] = both[mine] = "mine"
    other[theirs] = both[theirs] = "theirs"
    assert merged(*("\n\n".join(text) for text in (paragraphs, one, other))) == "\n\n".join(both)


def test_items_of_one_list_are_places_of_their_own() -> None:
    one = BASE.replace("- one", "- number one")
    other = BASE.replace("- three", "- three\n- four")
    assert merged(BASE, one, other) == one.replace("- three", "- three\n- four")


def test_the_same_paragraph_changed_twice_is_a_conflict() -> None:
    assert merged(BASE, BASE.replace("fails", "hangs"), BASE.replace("fails", "stops")) is None
    assert merged(BASE, BASE.replace("\n\nIt fails.", ""), BASE.replace("fails", "stops")) is None


def test_what_one_side_deletes_and_the_other_leaves_is_gone() -> None:
    one = BASE.replace("- two\n", "")
    other = BASE.replace("The end.", "The very end.")
    assert merged(BASE, one, other) == one.replace("The end.", "The very end.")
