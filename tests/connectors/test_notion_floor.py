"""What reading costs in requests, beside the fewest that the API allows: a text a row, 100 rows a query."""

from __future__ import annotations

from math import ceil

import pytest

from tests.connectors.notion_in_process import NotionInProcess

FACTOR = 1.05


def filled(rows: int, a_minute: int) -> NotionInProcess:
    """A database whose rows came in so many a minute, long ago."""
    notion = NotionInProcess()
    for number in range(rows):
        notion.create(f"Row {number}")
        if number % a_minute == a_minute - 1:
            notion.clock.advance(60)
    notion.clock.advance(600)
    return notion


@pytest.mark.parametrize(
    ("rows", "a_minute"), [(1_000, 1), (1_000, 30), (1_000, 1_000), (1_000, 130), (10_000, 2_500)]
)
def test_the_first_reading(rows: int, a_minute: int) -> None:
    notion = filled(rows, a_minute)
    items, _ = notion.read(None)
    assert len({item.ref.id for item in items}) == rows
    assert notion.queries + notion.bodies <= FACTOR * (ceil(rows / 100) + rows)


@pytest.mark.parametrize("changed", [0, 1, 40, 100])
def test_picking_up_changes(changed: int) -> None:
    """One query and the texts of what changed, when its minute is over."""
    notion = filled(200, 200)
    _, cursor = notion.read(None)
    for row in list(notion.source.rows)[:changed]:
        notion.service.person_sets(row, title="Changed")
    notion.clock.advance(120)
    notion.queries = notion.bodies = 0
    items, cursor = notion.read(cursor)
    assert len(items) == changed
    assert (notion.queries, notion.bodies) == (1, changed)
    notion.queries = 0
    notion.read(cursor)
    assert notion.queries == 1


def test_a_change_of_this_minute_is_read_again_when_it_is_over_and_then_no_more() -> None:
    notion = filled(20, 1)
    _, cursor = notion.read(None)
    notion.service.person_sets(next(iter(notion.source.rows)), title="Changed")
    notion.bodies = 0
    for _ in range(12):
        _, cursor = notion.read(cursor)
        notion.clock.advance(15)
    assert notion.bodies == 2
