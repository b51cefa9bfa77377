"""Comments that were carried along and are edited afterwards: the copy says what the comment says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connectors.memory import MemoryConnector
from connectors.memory.tool import Failure, MemoryTool
from connectors.model import Audience
from sync import apply
from sync.sending import Result, send_together
from sync.store.database import Store
from sync.store.effects import Kind, State
from sync.store.notices import Matter
from tests.sync.world import BUGS, World


@pytest.fixture(params=[False, True], ids=["comments with items", "comments apart"])
def world(store: Store, request: pytest.FixtureRequest) -> World:
    return World(store, notes_apart=request.param)


class NoEdits(MemoryConnector):
    """A tool in which a comment stays as it was written."""

    edit_comment = delete_comment = None  # type: ignore[assignment]


class NoEditsWorld(World):
    connector = NoEdits


def edit(tool: MemoryTool, item: str, note: str, text: str) -> None:
    tool.person(lambda: tool.edit_note(item, note, text))


def texts(tool: MemoryTool, item: str) -> list[str]:
    return [note.text for note in tool.read(item).notes]


def test_the_copy_follows_its_comment_in_both_directions(world: World) -> None:
    report = world.report()
    world.settle()
    mirror = world.mirror()
    here = world.note(world.desk, report.id, "frist")
    there = world.note(world.tracker, mirror.id, "secnod")
    world.settle()
    edit(world.desk, report.id, here.id, "first")
    edit(world.tracker, mirror.id, there.id, "second")
    world.settle()
    assert [text.split("\n\n")[-1] for text in texts(world.tracker, mirror.id)] == ["second", "first"]
    assert [text.split("\n\n")[-1] for text in texts(world.desk, report.id)] == ["first", "second"]


def test_every_edit_counts_even_one_back_to_what_was_said_before(world: World) -> None:
    report = world.report()
    note = world.note(world.desk, report.id, "one")
    world.settle()
    for text in ("two", "one", "two", "one"):
        edit(world.desk, report.id, note.id, text)
        world.settle()
        (copy,) = texts(world.tracker, world.mirror().id)
        assert copy.endswith(f":\n\n{text}")


def test_our_own_edit_is_no_news_and_a_second_run_writes_nothing(world: World) -> None:
    report = world.report()
    note = world.note(world.desk, report.id, "one")
    world.settle()
    edit(world.desk, report.id, note.id, "two")
    world.settle()
    before = [tool.changed_since(0, 100) for tool in (world.desk, world.tracker)]
    world.start()
    world.settle()
    assert [tool.changed_since(0, 100) for tool in (world.desk, world.tracker)] == before


def test_an_edit_before_the_copy_was_sent_is_in_the_copy(world: World) -> None:
    report = world.report()
    world.settle()
    note = world.note(world.desk, report.id, "draft")
    world.read()
    edit(world.desk, report.id, note.id, "final")
    world.read()
    assert [effect.kind for effect in world.effects(State.PENDING)] in ([], [Kind.COMMENT])
    world.settle()
    (copy,) = texts(world.tracker, world.mirror().id)
    assert copy.endswith("final")
    assert len([effect for effect in world.effects(State.DONE) if effect.kind is Kind.EDIT]) == 0


def test_edits_that_wait_are_one(world: World) -> None:
    report = world.report()
    note = world.note(world.desk, report.id, "one")
    world.settle()
    for text in ("two", "three", "four"):
        edit(world.desk, report.id, note.id, text)
        world.read()
    world.settle()
    (copy,) = texts(world.tracker, world.mirror().id)
    assert copy.endswith("four")
    assert len([effect for effect in world.effects(State.DONE) if effect.kind is Kind.EDIT]) == 1


@pytest.mark.parametrize("lost", ["lose_answer", "lose_request"])
@pytest.mark.parametrize("already", [False, True], ids=["while the copy is made", "while it is edited"])
def test_an_edit_while_a_write_is_on_its_way_is_carried_after_it(
    world: World, monkeypatch: pytest.MonkeyPatch, lost: Failure, already: bool
) -> None:
    report = world.report()
    world.settle()
    note = world.note(world.desk, report.id, "one")
    if already:
        world.settle()
        edit(world.desk, report.id, note.id, "two")
    world.read()
    world.tracker.failures.append((lost, "write"))

    def meanwhile(*args: Any) -> list[Result]:
        edit(world.desk, report.id, note.id, "three")
        world.read()
        return send_together(*args)

    with monkeypatch.context() as patched:
        patched.setattr(apply, "send_together", meanwhile)
        apply.work(world.engine, "tracker", "w")
    world.settle()
    (copy,) = texts(world.tracker, world.mirror().id)
    assert copy.endswith("three")


def test_what_somebody_made_of_the_copy_is_not_carried_back(world: World) -> None:
    report = world.report()
    note = world.note(world.desk, report.id, "mine")
    world.settle()
    mirror = world.mirror()
    edit(world.tracker, mirror.id, mirror.notes[0].id, "not mine")
    world.settle()
    assert texts(world.desk, report.id) == ["mine"]
    assert texts(world.tracker, mirror.id) == ["not mine"]
    edit(world.desk, report.id, note.id, "mine again")
    world.settle()
    assert texts(world.tracker, mirror.id)[0].endswith("mine again")


def test_a_copy_that_somebody_deleted_stays_deleted_and_holds_nothing_back(world: World) -> None:
    report = world.report()
    note = world.note(world.desk, report.id, "one")
    world.settle()
    mirror = world.mirror()
    world.tracker.person(lambda: world.tracker.delete_note(mirror.id, mirror.notes[0].id))
    edit(world.desk, report.id, note.id, "two")
    world.note(world.desk, report.id, "later")
    world.settle()
    assert [text.split("\n\n")[-1] for text in texts(world.tracker, mirror.id)] == ["later"]
    assert not world.effects(State.PARKED)


def test_where_comments_cannot_be_edited_each_edit_is_told_once(store: Store) -> None:
    world = NoEditsWorld(store)
    report = world.report()
    note = world.note(world.desk, report.id, "one")
    world.settle()
    edit(world.desk, report.id, note.id, "two")
    world.tracker.failures.append(("lose_answer", "write"))
    world.settle()
    edit(world.desk, report.id, note.id, "three")
    world.tracker.failures.append(("lose_request", "write"))
    world.settle()
    first, second, third = texts(world.tracker, world.mirror().id)
    time = f"{note.created:%Y-%m-%d %H:%M} UTC"
    assert first.endswith(":\n\none")
    assert second == f"**Ann** (memory {report.key}) edited the comment of {time}:\n\ntwo"
    assert third.endswith("three")
    assert texts(world.desk, report.id) == ["three"]


PUBLISHES = BUGS.replace("audience: internal}", "audience: customer}")


def test_an_edit_reaches_nobody_who_may_not_read_the_comment(store: Store) -> None:
    world = World(store, PUBLISHES)
    report = world.report()
    note = world.note(world.desk, report.id, "to the customer", Audience.CUSTOMER)
    world.settle()
    internal = replace(world.desk.read(report.id).notes[0], audience=Audience.INTERNAL)
    world.edit(world.desk, report.id, notes=(internal,))
    edit(world.desk, report.id, note.id, "a secret of ours")
    world.settle()
    (copy,) = texts(world.tracker, world.mirror().id)
    assert copy.endswith("to the customer")
    assert Matter.AUDIENCE in {notice.matter for notice in world.notices()}


def test_what_waits_to_be_shown_is_held_back_when_fewer_may_read_it(store: Store) -> None:
    world = World(store, PUBLISHES)
    report = world.report()
    world.settle()
    world.note(world.desk, report.id, "too frank", Audience.CUSTOMER)
    world.read()
    internal = replace(world.desk.read(report.id).notes[0], audience=Audience.INTERNAL)
    world.edit(world.desk, report.id, notes=(internal,))
    world.settle()
    assert texts(world.tracker, world.mirror().id) == []
    assert Matter.AUDIENCE in {notice.matter for notice in world.notices()}
