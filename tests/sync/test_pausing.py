"""The kill switch: while it is on all is read and nothing written; then nothing is missing."""

from __future__ import annotations

import pytest

from connectors.errors import Unavailable
from sync.apply import work
from sync.fleet import Fleet
from sync.pausing import UnknownConnection, pause, resume
from sync.status import ConnectionStatus, status
from sync.store.database import Store
from sync.store.effects import State
from tests.sync.world import World

NAMES = ("desk", "tracker")


def hold(world: World, connection: str | None = None) -> bool:
    return pause(world.store, connection, NAMES, by="sue on a laptop", now=1_800_000_000.0)


def standing(world: World) -> dict[str, ConnectionStatus]:
    return {one.name: one for one in status(world.store, NAMES, world.clock()).connections}


def turns(world: World) -> None:
    """A few rounds of everything that a daemon does."""
    for _ in range(5):
        world.read()
        for name in NAMES:
            work(world.engine, name, "worker", limit=5)


def test_while_all_is_paused_everything_is_read_and_nothing_is_written(store: Store) -> None:
    world = World(store)
    hold(world)
    reported = world.report()
    turns(world)
    assert world.mirrors() == []
    assert "in-tracker" not in world.desk.read(reported.id).labels
    found = standing(world)
    assert (found["desk"].items, found["tracker"].waiting, found["desk"].waiting) == (1, 1, 1)
    assert found["desk"].paused == found["tracker"].paused
    assert found["desk"].paused == "since 2027-01-15 08:00:00 UTC by sue on a laptop"


def test_after_it_all_goes_on_in_its_order(store: Store) -> None:
    world = World(store)
    reported = world.report("First")
    world.settle()
    hold(world)
    for title in ("Second", "Third"):
        world.edit(world.desk, reported.id, title=title)
        turns(world)
    world.note(world.desk, reported.id, "said meanwhile")
    turns(world)
    assert world.mirror().title == "First"
    assert not resume(store, None, NAMES)
    world.settle()
    assert world.mirror().title == "Third"
    assert len(world.mirror().notes) == 1


def test_one_connection_is_paused_and_the_other_goes_on(store: Store) -> None:
    world = World(store)
    hold(world, "tracker")
    reported = world.report()
    turns(world)
    assert world.mirrors() == []
    assert "in-tracker" in world.desk.read(reported.id).labels
    assert standing(world)["desk"].paused is None
    resume(store, "tracker", NAMES)
    world.settle()
    assert world.mirror()


def test_it_outlives_the_process(store: Store) -> None:
    world = World(store)
    hold(world)
    world.start()
    world.report()
    turns(world)
    assert world.mirrors() == []


def test_one_whose_answer_was_lost_is_looked_up_even_so(store: Store) -> None:
    world = World(store)
    world.report()
    world.read()
    world.tracker.failures.append(("lose_answer", "write"))
    work(world.engine, "tracker", "worker")
    assert world.effects(State.UNSURE)
    hold(world)
    world.clock.seconds += 60
    turns(world)
    assert world.effects(State.UNSURE) == []
    assert world.mirror()


def test_a_write_that_waits_for_its_turn_is_not_sent_any_more(store: Store) -> None:
    world = World(store)
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        if len(waited) == 2:
            hold(world)
        return False

    fleet = Fleet(store, world.engine.fleet.specs.values(), world.clock, wait)
    connector = fleet.get("tracker")
    fleet.block("tracker", 100)
    with fleet.writing("tracker"), pytest.raises(Unavailable, match="was not sent: writing is paused"):
        connector.check()
    assert waited == [1.0, 1.0]
    with fleet.writing("desk"):
        connector.check()  # what is only read for the sake of another write goes on
    assert sum(waited) > 90


def test_whoever_paused_first_stays_named_and_one_does_not_go_on_while_all_wait(store: Store) -> None:
    world = World(store)
    assert hold(world)
    assert not pause(store, None, NAMES, by="kai", now=world.clock())
    assert hold(world, "desk")
    assert str(standing(world)["desk"].paused).endswith("sue on a laptop")
    assert resume(store, "desk", NAMES)
    assert not resume(store, None, NAMES)
    assert standing(world)["desk"].paused is None


def test_a_name_that_the_settings_do_not_have(store: Store) -> None:
    with pytest.raises(UnknownConnection, match="named dusk; there are: desk, tracker"):
        hold(World(store), "dusk")
    with pytest.raises(UnknownConnection, match="named dusk"):
        resume(store, "dusk", NAMES)
