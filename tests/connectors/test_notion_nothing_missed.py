"""Whatever people do, whenever it is read, and whatever the clocks say: no change stays unseen."""

from __future__ import annotations

from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import Rejected
from tests.connectors.notion_in_process import SETTLES, NotionInProcess

Act: TypeAlias = tuple[str, int]
WAITS = st.tuples(st.just("wait"), st.sampled_from([1, 7, 29, 31, 45, 60, 61, 130]))
EDITS = st.tuples(st.sampled_from(["title", "text"]), st.integers(0, 9))
ACTS = st.one_of(
    WAITS,
    EDITS,
    st.tuples(st.just("create"), st.integers(1, 4)),
    st.tuples(st.just("page"), st.just(0)),
    st.tuples(st.just("read"), st.just(0)),
    st.tuples(st.just("edit while reading"), st.integers(0, 9)),
)


class Story:
    """One run: acts of people and readings, and what was last seen of each row."""

    def __init__(self, skew: int, short: int | None, empty: bool) -> None:
        self.notion = NotionInProcess(skew)
        self.notion.service.quirks.short_pages = short
        self.notion.service.quirks.empty_pages = empty
        self.rows = [self.notion.create(f"Row {number}") for number in range(4)]
        self.cursor: str | None = None
        self.seen: dict[str, tuple[str, str]] = {}
        self.edits = 0

    def edit(self, kind: str, number: int) -> None:
        self.edits += 1
        row = self.rows[number % len(self.rows)]
        if kind == "title":
            self.notion.service.person_sets(row, title=f"Title {self.edits}")
        else:
            self.notion.service.person_writes(row, f"Text {self.edits}.")

    def page(self) -> bool:
        """Read one page; whether there is more."""
        page = self.notion.polling.changes(self.cursor)
        self.cursor = page.cursor
        self.seen |= {seen.item.ref.id: (seen.item.title, seen.item.body) for seen in page.observations}
        return page.more

    def read(self) -> None:
        for _ in range(500):
            if not self.page():
                return
        raise AssertionError("it never ends")

    def act(self, kind: str, number: int) -> None:
        if kind == "wait":
            self.notion.clock.advance(number)
        elif kind == "create":
            self.rows += [self.notion.create("New") for _ in range(number)]
        elif kind == "page":
            self.page()
        elif kind == "read":
            self.read()
        elif kind == "edit while reading":
            self.notion.between = lambda: self.edit("text", number)
            self.page()
        else:
            self.edit(kind, number)

    def missed(self) -> list[str]:
        """What was never seen as it now is, once all minutes are over and all is read."""
        self.notion.clock.advance(300)
        self.read()
        return [row for row in self.rows if self.seen.get(row) != self.notion.state(row)]


@settings(max_examples=100, deadline=None)
@given(
    acts=st.lists(ACTS, max_size=25),
    skew=st.integers(-29, 29),
    short=st.sampled_from([None, 1, 2, 3]),
    empty=st.booleans(),
)
def test_no_change_is_missed(acts: list[Act], skew: int, short: int | None, empty: bool) -> None:
    assert SETTLES.total_seconds() > 29
    story = Story(skew, short, empty)
    for kind, number in acts:
        story.act(kind, number)
    assert story.missed() == []


@pytest.mark.parametrize("short", [None, 40])
def test_a_minute_with_more_rows_than_a_query_gives(short: int | None) -> None:
    """An import of weeks, touched by one bulk edit: one stamp, thousands of rows."""
    notion = NotionInProcess()
    notion.service.quirks.query_cap, notion.service.quirks.short_pages = 150, short
    rows = []
    for _ in range(6):
        rows += [notion.create("Row") for _ in range(100)]
        notion.clock.advance(60)
    for row in rows:
        notion.service.person_sets(row, title="Touched")
    notion.clock.advance(600)
    found, cursor = notion.read(None)
    assert {item.ref.id for item in found} == set(rows)
    assert notion.read(cursor)[0] == []


def test_more_rows_than_a_query_gives_in_one_minute_of_both_stamps_are_told() -> None:
    notion = NotionInProcess()
    notion.service.quirks.query_cap = 150
    for _ in range(160):
        notion.create("Row")
    notion.clock.advance(600)
    with pytest.raises(Rejected, match="more rows than Notion lists"):
        notion.read(None)


def test_the_cursor_stays_small_while_thousands_of_rows_of_one_minute_are_read() -> None:
    notion = NotionInProcess()
    for _ in range(1_000):
        notion.create("Row")
    notion.clock.advance(600)
    page = notion.polling.changes(None)
    sizes = [len(page.cursor)]
    while page.more:
        page = notion.polling.changes(page.cursor)
        sizes.append(len(page.cursor))
    assert max(sizes) < 20_000
