"""A text that is too long for a tool: as much of it as there is room for, and where the rest is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.text import html, reading
from connectors.text.fitting import fitting
from connectors.text.tree import Code
from tests.connectors.text.soup import soups, steady

ROOM = 150
"""Characters that the remark may take."""


@given(soups, st.integers(ROOM, 400))
@steady
def test_it_fits_and_is_used_well(text: str, longest: int) -> None:
    kept = fitting(text, longest, original="https://there.example/7")
    assert len(kept) <= longest
    assert kept == text if len(text) <= longest else "[the original](<https://there.example/7>)" in kept


@given(soups)
@steady
def test_what_counts_is_its_size_in_the_tool(text: str) -> None:
    kept = fitting(text * 5, 10_000, size=lambda said: len(html.from_markdown(said)), limit=300)
    assert len(html.from_markdown(kept)) <= 300


def test_room_is_used_and_a_line_is_not_broken() -> None:
    kept = fitting("A line of a log.\n" * 1000, 5000)
    words, _, remark = kept.rpartition("\n\n")
    assert len(words) > 4900
    assert words.endswith("A line of a log.")
    assert remark == f"Cut here: {17_000 - len(words):,} more characters are in the original."


def test_an_open_block_of_code_is_closed() -> None:
    code, remark = reading.read(fitting("```\n" + "x = 1\n" * 1000 + "```", 1000))
    assert isinstance(code, Code)
    assert "Cut here" in str(remark)


def test_an_address_that_nobody_can_open_is_no_link() -> None:
    assert fitting("x" * 1000, 300, original="memory://tool/1").endswith("are in the original.")
