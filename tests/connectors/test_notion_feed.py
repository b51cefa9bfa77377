"""Reading changes: minutes that hide edits, crowded minutes, the row limit, and what it all costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.errors import NotFound, RateLimited, Rejected, Unavailable
from connectors.model import Draft, Item
from connectors.notion import NotionConnector, feed
from connectors.protocol import ChangePage, OpenGate
from sandbox.faults import Fault
from sandbox.notion.databases import new_property
from sandbox.notion.state import minute
from tests.conformance.notion_world import NotionWorld


class Both(NotionWorld):
    databases = ("PRDs", "Feedback")


@pytest.fixture
def scene() -> Iterator[NotionWorld]:
    world = Both()
    # At the start of a minute, so that what a test does in a row is in one and the same.
    world.advance(60 - world.now().second + 0.5)
    try:
        yield world
    finally:
        world.close()


def read(notion: NotionConnector, cursor: str | None) -> tuple[list[Item], str]:
    items: list[Item] = []
    for _ in range(50):
        page = notion.changes(cursor)
        items += [seen.item for seen in page.observations]
        cursor = page.cursor
        if not page.more:
            return items, cursor
    raise AssertionError("it never ends")


def titles(items: list[Item]) -> list[str]:
    return [item.title for item in items]


def paths(scene: NotionWorld) -> list[str]:
    """The kinds of requests since the last look."""
    kinds = ["query" if path.endswith("/query") else path.split("/")[2] for _, path in scene.gated]
    scene.gated.clear()
    return kinds


def write_text(scene: NotionWorld, page: str, text: str) -> None:
    scene.sandbox.call(lambda: scene.service.person_writes(page, text))


def test_one_database_after_another(scene: NotionWorld, notion: NotionConnector) -> None:
    first = notion.changes(None)
    assert [seen.item.container for seen in first.observations] == ["PRDs"]
    assert first.more
    second = notion.changes(first.cursor)
    assert [seen.item.container for seen in second.observations] == ["Feedback"]
    assert not second.more
    scene.gated.clear()
    third = notion.changes(second.cursor)
    assert (third.observations, third.more) == ((), False)
    assert paths(scene) == ["query", "query"]


def test_databases_among_the_pages_of_a_wiki_are_no_rows(scene: NotionWorld, notion: NotionConnector) -> None:
    nested = scene.service._databases.add("Ideas", [new_property("Name", "title")])
    scene.service.source("Feedback").nested.append(nested.id)
    made = notion.create(Draft(container="Feedback", title="New", marker="lw-1"))
    items, _ = read(notion, None)
    assert made.ref in [item.ref for item in items]
    assert nested.id not in [item.ref.id for item in items]
    found = notion.find(Draft(container="Feedback", title="New", marker="lw-1"), scene.now())
    assert found is not None


def test_oldest_first(scene: NotionWorld, notion: NotionConnector) -> None:
    for number in range(4):
        scene.person_creates(f"Row {number}")
        scene.advance(60)
    items, _ = read(notion, None)
    assert titles(items)[-4:] == ["Row 0", "Row 1", "Row 2", "Row 3"]


def test_a_second_edit_in_the_same_minute_is_seen_when_the_minute_is_over(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    page = scene.person_creates("Row", "First.")
    _, cursor = read(notion, None)
    write_text(scene, page, "Second, in the same minute.")
    items, cursor = read(notion, cursor)
    assert items == []
    scene.advance(120)
    items, cursor = read(notion, cursor)
    assert [item.body for item in items] == ["Second, in the same minute."]
    assert read(notion, cursor)[0] == []


def test_an_edit_that_the_listing_shows_is_seen_at_once(scene: NotionWorld, notion: NotionConnector) -> None:
    page = scene.person_creates("Row")
    _, cursor = read(notion, None)
    scene.person_edits_title(page, "Renamed in the same minute")
    items, _ = read(notion, cursor)
    assert titles(items) == ["Renamed in the same minute"]


def test_a_row_is_read_twice_at_most(scene: NotionWorld, notion: NotionConnector) -> None:
    scene.person_creates("Row", "Text.")
    _, cursor = read(notion, None)
    scene.gated.clear()
    for _ in range(8):
        scene.advance(20)
        _, cursor = read(notion, cursor)
    assert paths(scene).count("blocks") == 1


@pytest.mark.parametrize("settled", [False, True])
def test_a_minute_with_more_rows_than_a_page(
    scene: NotionWorld, notion: NotionConnector, settled: bool
) -> None:
    early = scene.person_creates("Before")
    scene.advance(60)
    rows = [scene.person_creates(f"Row {number}") for number in range(130)]
    scene.advance(60)
    late = scene.person_creates("After")
    if settled:
        scene.advance(600)
    items, cursor = read(notion, None)
    scene.advance(600)
    items += read(notion, cursor)[0]
    assert {item.ref.id for item in items} >= {early, *rows, late}
    scene.gated.clear()
    _, cursor = read(notion, read(notion, cursor)[1])
    assert paths(scene).count("blocks") <= 132
    assert read(notion, cursor)[0] == []


def test_a_page_cursor_that_died_begins_its_minute_again(scene: NotionWorld, notion: NotionConnector) -> None:
    rows = [scene.person_creates(f"Row {number}") for number in range(130)]
    scene.advance(600)
    items: list[Item] = []
    edited = 0
    page = notion.changes(None)
    while page.more:
        items += [seen.item for seen in page.observations]
        state = feed.Cursor.parse(page.cursor)
        anchor = next((mark.start for mark in state.marks.values() if mark.start), None)
        if anchor and edited < 3:
            edited += 1
            # The very row that Notion's cursor stands on is edited, and leaves the minute.
            scene.person_edits_title(anchor, "Edited")
        page = notion.changes(page.cursor)
    items += [seen.item for seen in page.observations]
    scene.advance(600)
    items += read(notion, page.cursor)[0]
    assert edited == 3
    assert {item.ref.id for item in items} >= set(rows)


def test_more_rows_than_a_query_gives(scene: NotionWorld, notion: NotionConnector) -> None:
    scene.service.quirks.query_cap = 7
    rows = []
    for number in range(20):
        rows.append(scene.person_creates(f"Row {number}"))
        scene.advance(60)
    items, _ = read(notion, None)
    assert [item.ref.id for item in items if item.ref.id in rows] == rows


def test_a_minute_beyond_the_row_limit_is_told(scene: NotionWorld, notion: NotionConnector) -> None:
    scene.service.quirks.query_cap = 7
    for number in range(9):
        scene.person_creates(f"Row {number}")
    with pytest.raises(Rejected, match="more rows than Notion lists"):
        read(notion, None)


def test_what_was_read_before_a_limit_is_kept(scene: NotionWorld, notion: NotionConnector) -> None:
    for number in range(6):
        scene.person_creates(f"Row {number}", "Text.")
        scene.advance(60)
    scene.advance(600)
    notion.check()
    cursor = notion.changes(None).cursor
    asked = 0

    def gate(method: str, path: str) -> None:
        nonlocal asked
        asked += 1
        if asked == 8:
            fault = Fault("rate_limited", "/v1/blocks")
            scene.sandbox.call(lambda: scene.sandbox.faults["notion"].active.append(fault))

    limited = scene.connect("notion", OpenGate(gate))
    page: ChangePage = limited.changes(cursor)
    assert 0 < len(page.observations) < 7
    assert page.more
    rest = limited.changes(page.cursor)
    everything = [*page.observations, *rest.observations]
    assert [seen.item.title for seen in everything[1:]] == [f"Row {number}" for number in range(6)]
    scene.sandbox.faults["notion"].active.append(Fault("rate_limited", "/query"))
    with pytest.raises(RateLimited):
        limited.changes(rest.cursor)
    limited.close()


def test_a_query_that_takes_too_long_is_asked_for_fewer_rows_from_then_on(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    rows = {scene.person_creates(f"Row {number}") for number in range(60)}
    scene.advance(600)
    scene.service.quirks.slow_above = 30
    seen, cursor, refused = set[str](), None, 0
    for _ in range(20):
        try:
            page = notion.changes(cursor)
        except Unavailable:
            refused += 1
            continue
        seen |= {each.item.ref.id for each in page.observations}
        cursor = page.cursor
    assert seen >= rows
    assert refused == 4, "100 and 50 rows of each database"


def test_a_row_that_vanishes_while_it_is_read_is_left_out(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    gone = scene.person_creates("Gone")
    notion.check()

    def gate(method: str, path: str) -> None:
        if path.endswith(f"{gone}/children"):
            scene.service.person_unshares(gone)

    reader = scene.connect("notion", OpenGate(gate))
    items, _ = read(reader, None)
    assert "Gone" not in titles(items)
    assert len(items) == 2
    reader.close()


def test_a_database_that_is_shared_no_longer_stops_no_other(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    scene.service.source("PRDs").shared = False
    page = notion.changes(None)
    assert [seen.item.container for seen in page.observations] == ["Feedback"]
    with pytest.raises(NotFound):
        notion.changes(page.cursor)
    scene.service.source("PRDs").shared = True
    assert [item.container for item in read(notion, page.cursor)[0]] == ["PRDs"]


def test_a_cursor_of_another_form_begins_again(scene: NotionWorld, notion: NotionConnector) -> None:
    assert len(read(notion, '{"marks": 7}')[0]) == 2


def test_notions_clock_counts_not_ours(scene: NotionWorld, notion: NotionConnector) -> None:
    """The sandbox's clock is an hour ahead: by ours, its minutes would never be over."""
    scene.advance(3600)
    page = scene.person_creates("Row", "First.")
    _, cursor = read(notion, None)
    write_text(scene, page, "Second.")
    scene.advance(120)
    items, cursor = read(notion, cursor)
    assert [item.body for item in items] == ["Second."]
    stamp = minute(scene.now() - timedelta(minutes=2))
    assert stamp >= minute(items[0].updated)
    assert read(notion, cursor)[0] == []
