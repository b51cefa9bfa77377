"""Two people edit one text in two tools: both edits count, unless they are about the same place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.text import reading, writing
from connectors.text.merging import carried, merged, same
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


def test_where_one_side_wins_its_paragraph_counts_and_the_others_stay() -> None:
    one = BASE.replace("fails", "hangs")
    other = BASE.replace("fails", "stops").replace("The end.", "The very end.")
    assert merged(BASE, one, other, wins="one") == one.replace("The end.", "The very end.")
    assert merged(BASE, one, other, wins="other") == other


@given(soups, soups)
@steady
def test_an_edit_is_carried_whole_where_both_were_the_same(before: str, after: str) -> None:
    assert carried(before, after, before) == _canonical(after)


@given(soups, soups)
@steady
def test_without_an_edit_nothing_is_carried(before: str, there: str) -> None:
    assert carried(before, before, there) == _canonical(there)


def test_an_edit_leaves_the_words_around_the_text_in_the_other_tool() -> None:
    there = f"> From ticket 12\n\n{BASE}\n\nSee the ticket."
    after = (
        BASE.replace("fails", "hangs").replace("- two\n", "- two\n- two and a half\n").replace("The end.", "")
    )
    assert carried(BASE, after, there) == there.replace("fails", "hangs").replace(
        "- two\n", "- two\n- two and a half\n"
    ).replace("The end.\n\n", "")


def test_an_edit_leaves_the_look_that_the_other_tool_gave_the_rest() -> None:
    before, there = "#### Steps\n\nOne.\n\nTwo.", "### Steps\n\nOne.\n\nTwo."
    assert carried(before, before.replace("Two", "Three"), there) == there.replace("Two", "Three")
    assert carried(before, before.replace("Steps", "Steps now"), there) == "#### Steps now\n\nOne.\n\nTwo."


def test_new_items_become_part_of_the_list_that_they_were_put_into() -> None:
    there = "Intro.\n\n- one\n- two"
    assert carried("- one\n- two", "- zero\n- one\n- two\n- three", there) == (
        "Intro.\n\n- zero\n- one\n- two\n- three"
    )


@given(st.lists(_WORDS, min_size=1, max_size=6), st.data())
@steady
def test_an_edit_comes_back_as_the_same_edit(words: list[str], data: st.DataObject) -> None:
    before = [f"{number} {text}" for number, text in enumerate(words)]
    place = data.draw(st.integers(0, len(before) - 1))
    edit = data.draw(st.sampled_from(["change", "delete", "insert"]))
    frame = ("Above.", "Below.")
    for texts in (after := list(before), there := [frame[0], *before, frame[1]]):
        at = place if texts is after else place + 1
        texts[at : at + (edit != "insert")] = [] if edit == "delete" else ["edited"]
    framed = [frame[0], *before, frame[1]]
    joined = ["\n\n".join(text) for text in (before, after, framed, there)]
    assert carried(joined[0], joined[1], joined[2]) == joined[3]
    assert carried(joined[2], joined[3], joined[0]) == joined[1]


@given(soups, soups)
@steady
def test_texts_are_the_same_if_they_read_the_same(one: str, other: str) -> None:
    assert same(one, _canonical(one))
    assert same(one, other) is (reading.read(one) == reading.read(other))
