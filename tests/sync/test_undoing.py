"""Taking back what was written: once, with a plan first, and never over what people did since."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.memory import MemoryConnector
from connectors.memory.tool import Failure
from connectors.model import Ref
from sync import history, undoing
from sync.store import journal, runs
from sync.store.database import Store
from sync.store.effects import Effect, Kind, State
from sync.undoing import NothingToUndo, Step
from tests.sync.world import World


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def last(world: World, kind: Kind) -> Effect:
    return [effect for effect in world.effects(State.DONE) if effect.kind is kind][-1]


def undo(world: World, effect: Effect) -> Step:
    (planned,) = undoing.plan(world.engine, str(effect.id))
    (step,) = undoing.undo(world.engine, str(effect.id))
    assert step == planned
    world.settle()
    return step


def test_a_mirror_is_taken_away_and_made_by_nobody_again(world: World) -> None:
    report = world.report()
    world.settle()
    mirror = world.mirror()
    assert undo(world, last(world, Kind.CREATE)).done
    assert world.mirror().deleted
    world.edit(world.desk, report.id, labels=frozenset())
    world.settle()
    world.edit(world.desk, report.id, labels=frozenset(["bug"]), title="Another title")
    world.settle()
    assert (world.mirror().id, world.mirror().title) == (mirror.id, "It stops")
    assert not world.notices()


@pytest.mark.parametrize(
    "act",
    [
        lambda world, id: world.note(world.tracker, id, "I am on it"),
        lambda world, id: world.edit(world.tracker, id, title="Mine now"),
        lambda world, id: world.edit(world.tracker, id, text="More of it"),
    ],
    ids=["a comment", "a title", "a text"],
)
@pytest.mark.parametrize("known", [True, False], ids=["read", "not read yet"])
def test_what_people_came_to_is_not_taken_away(
    world: World, act: Callable[[World, str], object], known: bool
) -> None:
    world.report()
    world.settle()
    effect, mirror = last(world, Kind.CREATE), world.mirror()
    if known:
        act(world, mirror.id)
        world.settle()
        assert not undo(world, effect).done
    else:
        undoing.undo(world.engine, str(effect.id))
        act(world, mirror.id)
        world.settle()
        assert [one.kind for one in world.effects(State.PARKED)] == [Kind.RETIRE]
    assert not world.mirror().deleted


def test_a_change_goes_back_to_what_was_there(world: World) -> None:
    report = world.report()
    world.settle()
    world.edit(world.desk, report.id, priority="urgent")
    world.settle()
    assert world.mirror().priority == "Highest"
    assert undo(world, last(world, Kind.UPDATE)).done
    assert world.mirror().priority == "High"
    assert world.desk.read(report.id).priority == "high", "as if a person had put it back"


def test_what_was_changed_since_is_left_alone(world: World) -> None:
    report = world.report()
    world.settle()
    world.edit(world.desk, report.id, priority="urgent", title="A new title")
    world.settle()
    effect = last(world, Kind.UPDATE)
    world.edit(world.tracker, world.mirror().id, title="A newer title")
    world.settle()
    step = undo(world, effect)
    assert "left alone: title" in step.text
    assert (world.mirror().priority, world.mirror().title) == ("High", "A newer title")
    world.edit(world.tracker, world.mirror().id, priority="Highest")
    world.settle()
    assert not undo(world, effect).done, "and once is enough"


def test_a_label_comes_off_again_if_it_was_not_there_before(world: World) -> None:
    report = world.report()
    world.settle()
    assert "in-tracker" in world.desk.read(report.id).labels
    assert undo(world, last(world, Kind.UPDATE)).done
    assert world.desk.read(report.id).labels == {"bug"}
    assert len(world.mirrors()) == 1


def test_a_copied_comment_goes_and_is_not_carried_again(world: World) -> None:
    report = world.report()
    note = world.note(world.desk, report.id, "oops")
    world.settle()
    assert undo(world, last(world, Kind.COMMENT)).done
    assert world.mirror().notes == ()
    world.desk.person(lambda: world.desk.edit_note(report.id, note.id, "oops, again"))
    world.settle()
    assert world.mirror().notes == ()
    assert [one.text for one in world.desk.read(report.id).notes] == ["oops, again"]


def test_a_copied_comment_that_somebody_edited_is_left_alone(world: World) -> None:
    report = world.report()
    world.note(world.desk, report.id, "oops")
    world.settle()
    mirror = world.mirror()
    world.tracker.person(lambda: world.tracker.edit_note(mirror.id, mirror.notes[0].id, "my words now"))
    undo(world, last(world, Kind.COMMENT))
    assert [one.text for one in world.mirror().notes] == ["my words now"]
    assert [one.kind for one in world.effects(State.PARKED)] == [Kind.WITHDRAW]


@pytest.mark.parametrize("failure", ["lose_answer", "lose_request", "unavailable"])
@pytest.mark.parametrize("kind", [Kind.CREATE, Kind.COMMENT, Kind.UPDATE])
def test_whatever_strikes_it_is_undone_once(world: World, kind: Kind, failure: Failure) -> None:
    report = world.report()
    world.settle()
    if kind is Kind.COMMENT:
        world.note(world.desk, report.id, "oops")
    if kind is Kind.UPDATE:
        world.edit(world.desk, report.id, priority="urgent")
    world.settle()
    world.tracker.failures.append((failure, "write"))
    undo(world, last(world, kind))
    mirror = world.mirror()
    assert (mirror.deleted, mirror.notes, mirror.priority) == (kind is Kind.CREATE, (), "High")
    assert not world.effects(State.PARKED)


def test_it_is_asked_why(world: World) -> None:
    world.report()
    world.settle()
    effect = last(world, Kind.CREATE)
    undo(world, effect)
    with world.store.read() as view:
        ref = Ref(connection="tracker", id=world.mirror().id)
        told = [one.what for one in history.events(view, journal.of(view, ref))]
    assert any("took away" in one and f"because: write {effect.id} is undone" in one for one in told), told


def test_what_cannot_be_undone_is_told(world: World) -> None:
    report = world.report()
    note = world.note(world.desk, report.id, "one")
    world.settle()
    world.desk.person(lambda: world.desk.edit_note(report.id, note.id, "two"))
    world.settle()
    step = undo(world, last(world, Kind.EDIT))
    assert (step.done, step.text) == (False, "edit cannot be undone")
    for name in ("999", "run-9", "everything"):
        with pytest.raises(NothingToUndo, match=name):
            undoing.plan(world.engine, name)


def test_a_tool_that_takes_nothing_back_is_told(store: Store) -> None:
    class Stubborn(MemoryConnector):
        retire = edit_comment = delete_comment = None  # type: ignore[assignment]

    class Fixed(World):
        connector = Stubborn

    world = Fixed(store)
    report = world.report()
    world.note(world.desk, report.id, "one")
    world.settle()
    assert not undo(world, last(world, Kind.CREATE)).done
    assert not undo(world, last(world, Kind.COMMENT)).done


def test_a_run_is_undone_from_its_end_and_no_other(world: World) -> None:
    def begin() -> None:
        with world.store.write() as tx:
            runs.begin(tx, world.clock())

    begin()
    report = world.report()
    world.settle()
    begin()
    world.note(world.desk, report.id, "oops")
    world.edit(world.desk, report.id, priority="urgent")
    world.settle()
    begin()
    world.note(world.desk, report.id, "stays")
    world.settle()
    with world.store.read() as view:
        assert [(one.id, one.writes) for one in runs.latest(view)] == [(3, 1), (2, 2), (1, 2)]
    steps = undoing.undo(world.engine, "run-2")
    assert all(step.done for step in steps)
    world.settle()
    mirror = world.mirror()
    assert [one.text.split("\n\n")[-1] for one in mirror.notes] == ["stays"]
    assert (mirror.priority, mirror.deleted) == ("High", False)
    assert not any(step.done for step in undoing.plan(world.engine, "run-2"))
