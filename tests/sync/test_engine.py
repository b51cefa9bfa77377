"""The way of a change through the engine: observe, decide, apply, and what must hold on the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from unittest.mock import patch

import pytest

from connectors.memory import tool as memory_tool
from connectors.memory.tool import Failure, Note
from connectors.model import Audience
from sync.apply import work
from sync.observe import record
from sync.poll import poll
from sync.store.database import Store
from sync.store.effects import State
from sync.store.notices import Matter
from tests.sync.world import BUGS, World


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def texts(notes: Iterable[Note]) -> list[str]:
    return [note.text for note in notes]


def test_a_report_that_a_rule_selects_gets_one_mirror_and_its_label(world: World) -> None:
    report = world.report("Export fails")
    world.settle()
    mirror = world.mirror()
    assert (mirror.title, mirror.priority, mirror.labels) == (
        "Export fails",
        "High",
        frozenset(["from-desk"]),
    )
    assert world.desk.read(report.id).labels == frozenset(["bug", "in-tracker"])


def test_a_second_run_writes_nothing(world: World) -> None:
    world.report()
    world.settle()
    before = (world.desk.changed_since(0, 100), world.tracker.changed_since(0, 100))
    world.start()
    world.settle()
    assert (world.desk.changed_since(0, 100), world.tracker.changed_since(0, 100)) == before


def test_what_was_there_before_the_rule_is_left_alone(store: Store) -> None:
    world = World(store, "version: 1\n")
    old = world.report("Old")
    world.settle()
    world.start(BUGS)
    world.settle()
    assert world.mirrors() == []
    world.edit(world.desk, old.id, labels=frozenset())
    world.settle()
    world.edit(world.desk, old.id, labels=frozenset(["bug"]))
    world.settle()
    assert world.mirror().title == "Old"


def test_backfill_mirrors_what_was_there_before(store: Store) -> None:
    world = World(store, "version: 1\n")
    world.report("Old")
    world.settle()
    world.start(BUGS.replace("id: bugs", "id: bugs\n    backfill: true"))
    world.settle()
    assert world.mirror().title == "Old"


def test_a_rule_fires_once_for_as_long_as_it_holds(store: Store) -> None:
    world = World(store, BUGS.replace("add_labels: [in-tracker]", "comment: {text: We look into it}"))
    report = world.report("A")
    world.settle()
    world.edit(world.desk, report.id, title="B")
    world.settle()
    assert [note.text for note in world.desk.read(report.id).notes] == ["We look into it"]


def test_labelling_twice_does_not_mirror_twice(world: World) -> None:
    report = world.report()
    world.settle()
    for labels in (frozenset[str](), frozenset(["bug"])):
        world.edit(world.desk, report.id, labels=labels)
        world.settle()
    assert len(world.mirrors()) == 1


def test_a_renamed_rule_does_not_mirror_again(world: World) -> None:
    world.report()
    world.settle()
    world.start(BUGS.replace("id: bugs", "id: defects\n    backfill: true"))
    world.settle()
    assert len(world.mirrors()) == 1


def test_comments_travel_both_ways_in_order_and_do_not_come_back(world: World) -> None:
    report = world.report()
    world.note(world.desk, report.id, "first")
    world.note(world.desk, report.id, "second", Audience.CUSTOMER)
    world.settle()
    mirror = world.mirror()
    assert ["first" in text for text in texts(mirror.notes)] == [True, False]
    assert "second" in mirror.notes[1].text
    world.note(world.tracker, mirror.id, "on its way")
    world.settle()
    notes = world.desk.read(report.id).notes
    assert len(notes) == 3
    assert "on its way" in notes[2].text
    assert notes[2].audience is Audience.INTERNAL
    assert len(world.tracker.read(mirror.id).notes) == 3


def test_a_carried_comment_names_its_author_and_cannot_ping(world: World) -> None:
    report = world.report()
    world.note(world.desk, report.id, "thanks @ann, see #12")
    world.settle()
    (note,) = world.mirror().notes
    assert "**Ann** (memory DESK-1" in note.text
    assert "@ann" not in note.text


def test_edits_of_different_fields_at_both_ends_both_survive(world: World) -> None:
    report = world.report("Export fails")
    world.settle()
    mirror = world.mirror()
    world.edit(world.desk, report.id, priority="urgent")
    world.edit(world.tracker, mirror.id, title="CSV export fails")
    world.settle()
    assert world.tracker.read(mirror.id).priority == "Highest"
    assert world.desk.read(report.id).title == "CSV export fails"


def test_a_conflict_is_held_and_told_and_settled_by_setting_the_field(world: World) -> None:
    report = world.report("A")
    world.settle()
    mirror = world.mirror()
    world.edit(world.desk, report.id, title="B")
    world.edit(world.tracker, mirror.id, title="C")
    world.settle()
    assert (world.desk.read(report.id).title, world.tracker.read(mirror.id).title) == ("B", "C")
    assert [notice.matter for notice in world.notices()] == [Matter.CONFLICT]
    world.edit(world.tracker, mirror.id, title="B")
    world.settle()
    assert world.notices() == []
    world.edit(world.desk, report.id, title="D")
    world.settle()
    assert world.tracker.read(mirror.id).title == "D"


def test_a_value_that_no_map_knows_leaves_the_field_alone_and_is_counted(world: World) -> None:
    report = world.report()
    world.settle()
    world.edit(world.desk, report.id, priority="whenever")
    world.settle()
    assert world.mirror().priority == "High"
    assert [notice.matter for notice in world.notices()] == [Matter.UNRESOLVED]


def test_a_persons_edit_beside_ours_is_news(world: World) -> None:
    report = world.report("A")
    world.settle()
    mirror = world.mirror()
    world.edit(world.desk, report.id, priority="urgent")
    world.read()
    world.edit(world.tracker, mirror.id, title="Z")
    world.settle()
    assert world.desk.read(report.id).title == "Z"
    assert world.tracker.read(mirror.id).priority == "Highest"


@pytest.mark.parametrize("failure", ["lose_answer", "lose_request", "unavailable", "rate_limited"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_whatever_the_network_says_everything_happens_once(world: World, failure: Failure, at: int) -> None:
    report = world.report()
    world.note(world.desk, report.id, "hello")
    tool = world.desk if at == 1 else world.tracker
    if at == 2:
        world.settle()
        world.note(world.desk, report.id, "once more")
    tool.failures.append((failure, "write"))
    world.settle(200)
    mirror = world.mirror()
    assert len(mirror.notes) == (2 if at == 2 else 1)
    assert world.desk.read(report.id).labels == frozenset(["bug", "in-tracker"])
    assert len(world.desk.read(report.id).notes) == len(mirror.notes)
    assert tool.failures == []


def test_a_refused_write_is_parked_told_and_holds_back_the_rest_of_its_item(store: Store) -> None:
    world = World(store, BUGS.replace("project: ENG", "project: NOWHERE"))
    world.report()
    world.settle()
    (parked,) = world.effects(State.PARKED)
    assert "NOWHERE" in (parked.error or "")
    assert [notice.matter for notice in world.notices()] == [Matter.PARKED]


def test_a_refused_change_is_tried_again_when_it_comes_to_say_something_else(store: Store) -> None:
    status = "status: {direction: both}"
    world = World(store, BUGS.replace("title: {direction: both, publish: true}", status))
    report = world.report()
    world.settle()
    with patch.object(memory_tool, "STATUSES", ("open", "in progress", "done", "lost")):
        world.edit(world.desk, report.id, status="lost")
        poll(world.engine, "desk")
    world.settle()
    assert [notice.matter for notice in world.notices()] == [Matter.PARKED]
    world.edit(world.desk, report.id, status="done")
    world.settle()
    assert world.mirror().status == "done"
    assert world.notices() == []


def test_text_for_customers_does_not_get_out_to_the_public(store: Store) -> None:
    world = World(store, BUGS.replace("project: ENG", "project: OPEN"))
    world.report()
    world.settle()
    assert world.mirrors() == []
    (parked,) = world.effects(State.PARKED)
    assert "read by the public audience" in (parked.error or "")
    assert "publish: true" in (parked.error or "")


def test_a_comment_of_a_rule_reaches_nobody_who_may_not_read_what_it_quotes(store: Store) -> None:
    told = """
  - id: told
    when: {connection: tracker, labels: {has: fixed}}
    then:
      - for_each_link:
          where: {connection: desk}
          do: [{comment: {audience: customer, text: "{{ source.title }} is fixed"}}]
"""
    world = World(store, BUGS + told)
    report = world.report()
    world.settle()
    world.edit(world.tracker, world.mirror().id, labels=frozenset(["fixed"]))
    world.settle()
    assert world.desk.read(report.id).notes == ()
    assert [notice.matter for notice in world.notices()] == [Matter.AUDIENCE]


def test_a_wrong_credential_halts_that_connection_alone(world: World) -> None:
    world.tracker.token = "changed"
    world.report()
    poll(world.engine, "desk")
    work(world.engine, "tracker", "w")
    assert work(world.engine, "tracker", "w") == 0
    assert work(world.engine, "desk", "w") == 1
    assert [effect.state for effect in world.effects(State.PENDING)] == [State.PENDING]


def test_rules_that_clash_write_nothing_and_say_so(store: Store) -> None:
    world = World(
        store,
        """
version: 1
rules:
  - {id: a, when: {connection: desk}, then: [{set: {priority: high}}]}
  - {id: b, when: {connection: desk}, then: [{set: {priority: urgent}}]}
""",
    )
    report = world.report(priority=None)
    world.settle()
    assert world.desk.read(report.id).priority is None
    assert [notice.matter for notice in world.notices()] == [Matter.CLASH]


@pytest.mark.parametrize("coarse", [False, True], ids=["", "where the tool tells minutes alone"])
def test_an_old_page_read_before_our_write_does_not_undo_it(world: World, coarse: bool) -> None:
    report = world.report("A")
    world.settle()
    mirror = world.mirror()
    connector = world.engine.fleet.get("tracker")
    stale = connector.get(connector.changes(None).observations[0].item.ref)
    began = world.clock()
    world.edit(world.desk, report.id, title="B")
    world.settle()
    if coarse:
        now = connector.get(stale.item.ref).item.updated
        stale = dataclasses.replace(stale, item=stale.item.model_copy(update={"updated": now}))
    with world.engine.write() as tx:
        assert record(tx, stale, read_began=began, now=world.clock(), via="poll") is None
    world.settle()
    assert world.tracker.read(mirror.id).title == world.desk.read(report.id).title == "B"
