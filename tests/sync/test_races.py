"""People act between our reading and our writing: nothing of theirs is lost, and nothing is said twice."""

from __future__ import annotations

import threading
from datetime import timedelta
from unittest.mock import patch

import pytest

from connectors.memory import MemoryConnector
from connectors.model import Draft, Item, Ref
from sync import apply, receipt, sending
from sync.apply import work
from sync.fleet import Pace
from sync.follow import follow
from sync.observe import target_of
from sync.poll import poll
from sync.store import budgets, connections, effects, hints
from sync.store.budgets import Rate
from sync.store.database import Store
from sync.store.effects import State
from sync.store.notices import Matter
from sync.unpark import retry, skip
from tests.sync.world import BUGS, World

LABELS = BUGS.replace(
    "            title:", "            labels: {direction: both, publish: true}\n            title:"
)


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def matters(world: World) -> list[Matter]:
    return [notice.matter for notice in world.notices()]


def test_an_edit_that_we_have_not_seen_is_not_overwritten(world: World) -> None:
    report = world.report("A")
    world.settle()
    mirror = world.mirror()
    world.edit(world.desk, report.id, title="B")
    poll(world.engine, "desk")
    world.edit(world.tracker, mirror.id, title="C")
    work(world.engine, "tracker", "w")
    world.settle()
    assert (world.desk.read(report.id).title, world.tracker.read(mirror.id).title) == ("B", "C")
    assert matters(world) == [Matter.CONFLICT]


def test_a_persons_label_that_comes_back_with_our_write_is_news(store: Store) -> None:
    world = World(
        store,
        BUGS
        + "  - {id: vip, when: {connection: tracker, labels: {has: vip}}, then: [{add_labels: [seen]}]}\n",
    )
    report = world.report()
    world.settle()
    mirror = world.mirror()
    world.edit(world.desk, report.id, priority="urgent")
    poll(world.engine, "desk")
    world.edit(world.tracker, mirror.id, labels=mirror.labels | {"vip"})
    work(world.engine, "tracker", "w")
    world.settle()
    assert "seen" in world.tracker.read(mirror.id).labels


def test_labels_added_at_both_ends_at_once_are_at_both(store: Store) -> None:
    world = World(store, LABELS)
    report = world.report()
    world.settle()
    mirror = world.mirror()
    world.edit(world.desk, report.id, labels=frozenset(["bug", "x"]))
    world.edit(world.tracker, mirror.id, labels=mirror.labels | {"y"})
    world.settle()
    assert {"x", "y"} <= world.desk.read(report.id).labels & world.tracker.read(mirror.id).labels


def test_a_write_of_the_title_does_not_settle_a_label(store: Store) -> None:
    world = World(store, LABELS)
    report = world.report()
    world.settle()
    mirror = world.mirror()
    world.edit(world.desk, report.id, title="T2")
    world.edit(world.tracker, mirror.id, labels=mirror.labels | {"y"})
    world.read()
    work(world.engine, "tracker", "w")
    world.settle()
    assert "y" in world.desk.read(report.id).labels


def test_text_for_the_team_is_not_written_back_to_where_customers_read(store: Store) -> None:
    world = World(store, BUGS.replace(", publish: true", ""))
    report = world.report("A")
    world.settle()
    world.edit(world.tracker, world.mirror().id, title="Ann broke it again")
    world.settle()
    assert world.desk.read(report.id).title == "A"
    assert matters(world) == [Matter.AUDIENCE]
    world.edit(world.tracker, world.mirror().id, title="A")
    world.settle()
    assert world.notices() == []


def test_a_comment_made_just_before_our_write_is_carried(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = world.report()
    world.settle()
    mirror = world.mirror()
    update = MemoryConnector.update

    def talked_into(connector: MemoryConnector, ref: Ref, patch: object) -> Item:
        world.note(world.tracker, mirror.id, "wait, there is more")
        return update(connector, ref, patch)  # type: ignore[arg-type]

    world.edit(world.desk, report.id, priority="urgent")
    poll(world.engine, "desk")
    with monkeypatch.context() as patched:
        patched.setattr(MemoryConnector, "update", talked_into)
        work(world.engine, "tracker", "w")
    world.settle()
    assert [note.text.endswith("there is more") for note in world.desk.read(report.id).notes] == [True]


def test_what_we_wrote_fires_no_rule_although_its_receipt_is_still_to_come(store: Store) -> None:
    when = "{connection: tracker, title: {changed: true}}"
    renamed = f"  - {{id: renamed, when: {when}, then: [{{add_labels: [new]}}]}}\n"
    world = World(store, BUGS + renamed)
    report = world.report("A")
    world.settle()
    world.edit(world.desk, report.id, title="B")
    poll(world.engine, "desk")

    def no_more(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with patch.object(apply, "_store", no_more), pytest.raises(KeyboardInterrupt):
        work(world.engine, "tracker", "w")
    assert world.mirror().title == "B"
    poll(world.engine, "tracker")
    world.start(BUGS + renamed)
    world.settle()
    assert "new" not in world.mirror().labels


def test_a_comment_of_ours_that_was_given_up_unseen_is_not_carried_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = world.report()
    world.settle()
    monkeypatch.setattr(receipt, "commented", lambda *_: 1 / 0)
    world.note(world.desk, report.id, "said here")
    poll(world.engine, "desk")
    work(world.engine, "tracker", "w")
    monkeypatch.undo()
    (parked,) = world.effects(State.PARKED)
    skip(world.store, [parked.id], world.clock())
    world.settle()
    assert len(world.mirror().notes) == 1
    assert [note.text for note in world.desk.read(report.id).notes] == ["said here"]


def test_the_index_may_settle_from_when_the_outcome_was_lost(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long wait at the gate before the request is no time in which the tool's index could settle."""
    world = World(store)
    monkeypatch.setattr(MemoryConnector, "settles", timedelta(seconds=30))
    monkeypatch.setattr(MemoryConnector, "find", lambda *_: None)
    create = MemoryConnector.create

    def slow(connector: MemoryConnector, draft: Draft) -> Item:
        world.clock.seconds += 60
        return create(connector, draft)

    monkeypatch.setattr(MemoryConnector, "create", slow)
    world.tracker.failures.append(("lose_answer", "write"))
    world.report()
    poll(world.engine, "desk")
    for _ in range(4):
        work(world.engine, "tracker", "w")
        world.clock.seconds += 2
    assert len(world.mirrors()) == 1


def test_a_look_up_that_fails_is_made_again_before_anything_is_sent(world: World) -> None:
    world.tracker.failures.append(("lose_answer", "write"))
    world.report()
    poll(world.engine, "desk")
    work(world.engine, "tracker", "w")
    world.tracker.failures.append(("unavailable", "read"))
    world.clock.seconds += 5
    for _ in range(4):
        work(world.engine, "tracker", "w")
        world.clock.seconds += 5
    assert len(world.mirrors()) == 1
    assert world.tracker.failures == []


def test_a_parked_write_of_unknown_outcome_is_looked_up_when_it_is_retried(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = world.report()
    world.settle()
    world.note(world.desk, report.id, "once")
    poll(world.engine, "desk")
    world.tracker.failures.append(("lose_answer", "write"))
    work(world.engine, "tracker", "w")
    with monkeypatch.context() as patched:
        patched.setattr(world.tracker, "token", "x")
        world.clock.seconds += 5
        work(world.engine, "tracker", "w")
    with world.store.write() as tx:
        connections.halt(tx, "tracker", None)
        (unsure,) = effects.in_state(tx, State.UNSURE)
        effects.finish(tx, unsure.id, State.PARKED, error="not found for a moment")
    world.read()
    assert len(world.desk.read(report.id).notes) == 1, "our own comment, seen with its marker, is no news"
    retry(world.store, [unsure.id], world.clock())
    world.settle()
    assert len(world.mirror().notes) == 1
    assert len(world.desk.read(report.id).notes) == 1


def test_what_we_wrote_is_no_edit_of_anybody_although_its_answer_was_lost(world: World) -> None:
    report = world.report()
    world.settle()
    world.edit(world.desk, report.id, title="Second")
    world.tracker.failures.append(("lose_answer", "write"))
    poll(world.engine, "desk")
    work(world.engine, "tracker", "w")
    assert world.mirror().title == "Second"
    world.clock.seconds += 5
    work(world.engine, "tracker", "w", limit=1)
    world.edit(world.desk, report.id, title="Third")
    world.settle()
    assert world.mirror().title == "Third"
    assert world.notices() == []


def test_a_worker_that_was_taken_for_dead_stores_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.report()
    poll(world.engine, "desk")
    send = sending.send

    def succeeded(*args: object) -> sending.Outcome:
        outcome = send(*args)  # type: ignore[arg-type]
        with world.store.write() as tx:
            effects.recover(tx, world.clock())
        return outcome

    with monkeypatch.context() as patched:
        patched.setattr(sending, "send", succeeded)
        work(world.engine, "tracker", "old")
    assert [effect.state for effect in world.effects(State.UNSURE)] == [State.UNSURE]
    world.settle()
    assert len(world.mirrors()) == 1


def test_nothing_is_read_while_we_write_there(world: World) -> None:
    report = world.report()
    world.settle()
    ref = Ref(connection="desk", id=report.id)
    with world.store.write() as tx:
        effects.add(
            tx,
            key="k",
            connection="desk",
            target=target_of(ref),
            kind=effects.Kind.UPDATE,
            payload={},
            origin={},
            cause=1,
        )
        effects.take(tx, "desk", worker="w", now=world.clock(), limit=1)
        hints.add(tx, ref, due=0.0)
    before = world.desk.requests
    for _ in range(50):
        follow(world.engine, "desk")
        world.clock.seconds += 1
    assert world.desk.requests == before


def test_a_halted_connection_is_left_alone(world: World) -> None:
    report = world.report()
    world.settle()
    with world.store.write() as tx:
        hints.add(tx, Ref(connection="desk", id=report.id), due=0.0)
    world.desk.token = "another"
    follow(world.engine, "desk")
    before = world.desk.requests
    for _ in range(20):
        follow(world.engine, "desk")
        world.clock.seconds += 1
    assert world.desk.requests == before


def test_a_wait_for_the_budget_ends_without_a_request_when_we_stop(world: World) -> None:
    stopped = threading.Event()
    stopped.set()
    with world.store.write() as tx:
        budgets.block(tx, "desk", Rate(1, 1), world.clock() + 600)
    spec = world.engine.fleet.specs["desk"]
    with pytest.raises(Exception, match="was not sent: Loopwright is stopping"):
        Pace(world.store, spec, world.clock, stopped.wait)("POST", "/x")


def test_a_field_kept_from_now_on_overwrites_nothing_and_then_travels(world: World) -> None:
    report = world.report()
    world.settle()
    mirror = world.mirror()
    world.edit(world.tracker, mirror.id, status="in progress")
    world.settle()
    world.start(
        BUGS.replace("            title:", "            status: {direction: both}\n            title:")
    )
    world.note(world.tracker, mirror.id, "x")
    world.settle()
    assert world.tracker.read(mirror.id).status == "in progress"
    assert world.desk.read(report.id).status == "open"
    world.edit(world.tracker, mirror.id, status="done")
    world.settle()
    assert world.desk.read(report.id).status == "done"


def test_mirrors_of_a_rule_that_is_gone_are_told_and_can_be_adopted(world: World) -> None:
    report = world.report("A")
    world.settle()
    world.start(BUGS.replace("id: bugs", "id: defects"))
    assert matters(world) == [Matter.ORPHANED]
    world.start(BUGS.replace("id: bugs", "id: flaws\n    backfill: true"))
    world.start(BUGS.replace("id: bugs", "id: flaws\n    backfill: true"))
    world.edit(world.desk, report.id, title="B")
    world.settle()
    assert world.mirror().title == "B"
    assert world.notices() == []


def test_a_rule_that_comes_back_is_new(store: Store) -> None:
    world = World(store)
    world.settle()
    world.start("version: 1\n")
    world.report("meanwhile")
    world.settle()
    world.start()
    world.settle()
    assert world.mirrors() == []


def test_a_rule_about_a_linked_item_sees_its_change(store: Store) -> None:
    rule = """
  - id: fixed
    when: {connection: desk, links: {any: {connection: tracker, status: done}}}
    then: [{comment: {text: "it is fixed"}}]
"""
    world = World(store, BUGS + rule)
    report = world.report()
    world.settle()
    mirror = world.mirror()
    for status in ("done", "open", "done"):
        world.edit(world.tracker, mirror.id, status=status)
        world.settle()
    said = [note.text for note in world.desk.read(report.id).notes]
    assert said == ["it is fixed", "it is fixed"]


def test_a_label_taken_back_while_the_lane_is_behind_is_gone(store: Store) -> None:
    world = World(
        store,
        """
version: 1
rules:
  - {id: on, when: {connection: desk, priority: high}, then: [{add_labels: [hot]}]}
  - {id: off, when: {connection: desk, priority: low}, then: [{remove_labels: [hot]}]}
""",
    )
    report = world.report()
    poll(world.engine, "desk")
    world.edit(world.desk, report.id, priority="low")
    poll(world.engine, "desk")
    world.settle()
    assert "hot" not in world.desk.read(report.id).labels


def test_both_ends_edited_at_once_by_two_threads_is_a_conflict(store: Store) -> None:
    world = World(store)
    report = world.report("A")
    world.settle()
    mirror = world.mirror()
    world.edit(world.desk, report.id, title="B")
    world.edit(world.tracker, mirror.id, title="C")
    threads = [threading.Thread(target=poll, args=(world.engine, name)) for name in ("desk", "tracker")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.settle()
    titles = {world.desk.read(report.id).title, world.tracker.read(mirror.id).title}
    assert titles == {"B", "C"}
    assert Matter.CONFLICT in matters(world)


def test_what_is_made_in_the_very_minute_of_the_start_is_new_where_the_tool_knows_minutes_only(
    world: World,
) -> None:
    world.start()
    made = world.clock.moment().replace(second=0, microsecond=0)
    world.report("just now", created=made)
    world.settle()
    assert world.mirror().title == "just now"
