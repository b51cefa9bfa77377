"""Comments that a tool lists apart from their items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from connectors.memory import MemoryConnector
from connectors.model import Comment, Ref
from connectors.protocol import ChangePage, Said
from sync.apply import work
from sync.observe import hear
from sync.poll import poll
from sync.store import connections, effects, hints, items
from sync.store.database import Store
from sync.store.effects import State
from tests.sync.world import World

Changes = Callable[[MemoryConnector, str | None], ChangePage]


@pytest.fixture
def world(store: Store) -> World:
    return World(store, notes_apart=True)


def carried(world: World) -> list[str]:
    return [note.text for note in world.mirror().notes]


def test_they_are_carried_without_a_call_for_each_item(world: World) -> None:
    reports = [world.report(f"Report {number}") for number in range(5)]
    for report in reports:
        world.note(world.desk, report.id, "first")
        world.note(world.desk, report.id, "second")
    world.settle()
    before = world.desk.requests
    world.read()
    assert world.desk.requests == before + 2
    assert [len(mirror.notes) for mirror in world.mirrors()] == [2] * 5
    with world.store.read() as view:
        assert hints.waiting(view) == {}


def test_one_that_comes_before_its_item_waits_for_it(store: Store) -> None:
    world = World(store, page_size=1, notes_apart=True)
    first, second = world.report("First"), world.report("Second")
    world.note(world.desk, second.id, "early")
    world.edit(world.desk, second.id, title="Second, edited")
    poll(world.engine, "desk")
    with store.read() as view:
        assert items.get(view, Ref(connection="desk", id=first.id))
        assert items.get(view, Ref(connection="desk", id=second.id)) is None
        assert len(items.comments_of(view, Ref(connection="desk", id=second.id))) == 1
    world.start()
    world.settle()
    assert sorted(len(mirror.notes) for mirror in world.mirrors()) == [0, 1]


def test_a_crash_before_the_cursor_is_stored_carries_nothing_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = world.report()
    world.note(world.desk, report.id, "once")
    with monkeypatch.context() as patched:
        patched.setattr(connections, "advance", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            poll(world.engine, "desk")
    world.start()
    world.settle()
    assert len(carried(world)) == 1


def test_an_old_page_does_not_undo_an_edit(world: World) -> None:
    report = world.report()
    world.note(world.desk, report.id, "as it was")
    world.settle()
    ref = Ref(connection="desk", id=report.id)
    with world.store.read() as view:
        (known,) = items.comments_of(view, ref).values()
    old = Said(ref, (known.comment,))
    world.desk.person(lambda: world.desk.edit_note(report.id, known.comment.id, "as it is"))
    world.read()
    with world.store.write() as tx:
        assert hear(tx, old, now=world.clock(), via="poll") is None
        (now,) = items.comments_of(tx, ref).values()
    assert now.comment.body == "as it is"


def test_our_own_without_marker_is_no_news_while_its_receipt_is_to_come(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tool that cannot hide a marker in a comment: the id in the receipt is all there is to know it by."""
    monkeypatch.setattr(MemoryConnector, "_said", _unmarked(MemoryConnector._said))
    report = world.report()
    world.settle()
    mirror = world.mirror()
    world.note(world.desk, report.id, "carried")
    poll(world.engine, "desk")
    comment = MemoryConnector.comment

    def polled(connector: MemoryConnector, ref: Ref, draft: object) -> Comment:
        made = comment(connector, ref, draft)  # type: ignore[arg-type]
        poll(world.engine, "tracker")
        return made

    with monkeypatch.context() as patched:
        patched.setattr(MemoryConnector, "comment", polled)
        work(world.engine, "tracker", "w")
    world.settle()
    assert len(world.tracker.read(mirror.id).notes) == 1
    assert len(world.desk.read(report.id).notes) == 1
    assert not world.effects(State.PARKED)


def _unmarked(said: Callable[..., tuple[Said, ...]]) -> Callable[..., tuple[Said, ...]]:
    def without(*args: object) -> tuple[Said, ...]:
        return tuple(
            replace(one, comments=tuple(c.model_copy(update={"marker": None}) for c in one.comments))
            for one in said(*args)
        )

    return without


def test_our_own_write_asks_for_no_comments(world: World) -> None:
    report = world.report()
    world.settle()
    world.edit(world.desk, report.id, title="Another")
    world.read()
    with world.store.read() as view:
        assert effects.busy(view, "tracker")
    work(world.engine, "tracker", "w")
    with world.store.read() as view:
        assert hints.waiting(view) == {}
