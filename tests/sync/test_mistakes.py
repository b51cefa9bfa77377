"""Where Loopwright itself fails over one thing, that waits for a person, and everything else goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest
from sqlalchemy import Connection

from connectors.abilities import Wait
from connectors.errors import ConnectorError, Forbidden
from connectors.memory import MemoryConnector
from connectors.model import Comment, CommentDraft, Draft, Item, Ref
from connectors.protocol import Observation
from sync import daemon, mistakes, receipt
from sync.daemon import Daemon
from sync.engine import Engine
from sync.status import status
from sync.store import connections
from sync.store.database import Store, StoreError
from sync.store.effects import Effect, State
from sync.store.notices import Matter
from sync.unpark import retry
from tests.sync.world import World

T = TypeVar("T")

POISON = "Acme Corp cannot export"
"""What a customer wrote, and what the code is not up to."""


class Mistaken(MemoryConnector):
    """Fails over the poison, before or after it has made something of it."""

    cured = False
    too_late = False

    def create(self, draft: Draft) -> Item:
        return self._stumble(draft.title, lambda: super(Mistaken, self).create(draft))

    def create_many(self, drafts: Sequence[Draft], wait: Wait) -> tuple[Ref | ConnectorError, ...]:
        titles = " ".join(draft.title for draft in drafts)
        return self._stumble(titles, lambda: super(Mistaken, self).create_many(drafts, wait))

    def comment(self, ref: Ref, draft: CommentDraft) -> Comment:
        return self._stumble(draft.body, lambda: super(Mistaken, self).comment(ref, draft))

    def _stumble(self, text: str, act: Callable[[], T]) -> T:
        if POISON not in text or self.cured:
            return act()
        if self.too_late:
            act()
        raise KeyError(text)


class MistakenWorld(World):
    connector = Mistaken


@pytest.fixture
def world(store: Store, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(mistakes, "_told", set())
    monkeypatch.setattr(Mistaken, "cured", False)
    monkeypatch.setattr(Mistaken, "too_late", False)
    return MistakenWorld(store)


def titles(world: World) -> list[str]:
    return sorted(record.title for record in world.mirrors())


def cure(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version without the mistake, and a person who has it tried again."""
    monkeypatch.setattr(Mistaken, "cured", True)
    retry(world.store, [effect.id for effect in world.effects(State.PARKED)], world.clock())
    world.settle()


def test_the_one_effect_is_parked_and_told_by_place_alone(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for title in (POISON, "It stops"):
        world.report(title)
        world.settle()
    assert titles(world) == ["It stops"]
    (parked,) = status(world.store, ["desk", "tracker"], world.clock()).parked
    assert parked.error.startswith("tracker: Loopwright itself failed (KeyError in sync.sending.")
    (notice,) = [one for one in world.notices() if one.matter is Matter.PARKED]
    logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(logged) == 1
    assert "in _stumble" in logged[0].getMessage()
    assert not any("Acme" in text for text in (parked.error, notice.text, caplog.text))


def test_the_same_mistake_is_logged_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        world.report(POISON)
        world.settle()
    assert len(world.effects(State.PARKED)) == 2
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1


@pytest.mark.parametrize("too_late", [False, True])
def test_tried_again_by_a_better_version_it_happens_once(
    world: World, monkeypatch: pytest.MonkeyPatch, too_late: bool
) -> None:
    monkeypatch.setattr(Mistaken, "too_late", too_late)
    reported = world.report()
    world.note(world.desk, reported.id, POISON)
    world.report(POISON)
    world.settle()
    assert world.effects(State.PARKED)
    cure(world, monkeypatch)
    assert titles(world) == [POISON, "It stops"]
    assert sorted(len(record.notes) for record in world.mirrors()) == [0, 1]


def test_of_several_that_went_together_only_the_one_is_parked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for title in ("First", POISON, "Last"):
        world.report(title)
    world.settle()
    assert titles(world) == ["First", "Last"]
    assert len(world.effects(State.PARKED)) == 1
    cure(world, monkeypatch)
    assert titles(world) == [POISON, "First", "Last"]


def test_a_mistake_in_what_follows_from_a_write_does_not_repeat_the_write(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Mistaken, "cured", True)

    made = receipt.made

    def mistaken(tx: Connection, engine: Engine, effect: Effect, ref: Ref) -> None:
        made(tx, engine, effect, ref)
        if POISON in str(effect.payload):
            raise ZeroDivisionError(POISON)

    monkeypatch.setattr(receipt, "made", mistaken)
    for title in ("First", POISON, "Last"):
        world.report(title)
    world.settle()
    assert titles(world) == [POISON, "First", "Last"]
    (parked,) = world.effects(State.PARKED)
    assert "(ZeroDivisionError in sync." in str(parked.error)
    monkeypatch.setattr(receipt, "made", made)
    cure(world, monkeypatch)
    assert titles(world) == [POISON, "First", "Last"]
    assert world.effects(State.PARKED) == []


class Fenced(MemoryConnector):
    """The credential may not do anything to, or see, what is fenced."""

    def create_many(self, drafts: Sequence[Draft], wait: Wait) -> tuple[Ref | ConnectorError, ...]:
        refusal = Forbidden("tracker: POST /items: 403")
        made = [refusal if draft.title == POISON else self.create(draft).ref for draft in drafts]
        return tuple(made)

    def get(self, ref: Ref) -> Observation:
        seen = super().get(ref)
        if seen.item.title == POISON:
            raise Forbidden("desk: GET /items: 403")
        return seen


class FencedWorld(World):
    connector = Fenced


def test_what_may_not_be_done_in_one_place_halts_nothing(store: Store) -> None:
    world = FencedWorld(store)
    world.report(POISON)
    world.report("It stops")
    world.settle()
    assert titles(world) == ["It stops"]
    assert [effect.error for effect in world.effects(State.PARKED)] == ["tracker: POST /items: 403"]
    with store.read() as view:
        assert connections.get(view, "tracker").halted is None


def test_a_lane_begins_anew_after_a_mistake_and_people_are_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "delay", lambda attempt, error: 0.0)
    calls: list[int] = []

    def duty() -> None:
        calls.append(len(calls))
        if len(calls) < 3:
            raise IndexError(POISON)

    Daemon(world.engine)._endure("follow-desk", "desk", duty)
    assert len(calls) == 3
    (told,) = world.notices()
    assert (told.matter, told.ref.connection, told.subject, told.times) == (
        *(Matter.MISTAKE, "desk", "follow-desk", 2),
    )
    assert "Acme" not in told.text


def test_a_failing_database_is_no_mistake_of_a_lane(world: World) -> None:
    def duty() -> None:
        raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        Daemon(world.engine)._endure("follow-desk", "desk", duty)
