"""The census: what polls missed and what is gone is found, within so many calls, and mended the usual way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.drift import Difference, drift
from sync.fleet import Fleet
from sync.store import connections, sweeps
from sync.store.database import Store
from sync.store.effects import State
from sync.store.notices import Matter
from sync.store.sweeps import Sweep
from sync.sweep import sweep
from tests.sync.world import World


@pytest.fixture
def world(store: Store) -> World:
    return World(store, page_size=2)


def sweep_all(world: World) -> list[float]:
    """One round over both tools, asked for by a person; the pauses between its pages."""
    with world.store.write() as tx:
        for name in ("desk", "tracker"):
            sweeps.ask(tx, name, wanted=True)
    pauses: list[float] = []
    for name in ("desk", "tracker"):
        while (pause := sweep(world.engine, name, only_if_asked=True)) is not None:
            pauses.append(pause)
    return pauses


def configure(world: World, *, every: float, calls: int) -> None:
    """What the settings of both connections say of the sweep."""
    specs = [
        replace(spec, sweep_every=every, sweep_calls=calls) for spec in world.engine.fleet.specs.values()
    ]
    world.engine = replace(world.engine, fleet=Fleet(world.store, specs, world.clock))


def last(world: World, name: str) -> Sweep:
    with world.store.read() as view:
        return sweeps.get(view, name)


def miss(world: World, name: str) -> None:
    """Everything that changed there is passed over, as if the tool had not listed it."""
    with world.store.read() as view:
        cursor = connections.get(view, name).cursor
    more = True
    while more:
        page = world.engine.fleet.get(name).changes(cursor)
        cursor, more = page.cursor, page.more
    with world.store.write() as tx:
        connections.advance(tx, name, str(cursor), caught_up=world.clock())


def differences(world: World) -> tuple[Difference, ...]:
    return drift(world.store, world.engine.rules, ["desk", "tracker"]).differences


def test_a_change_that_polls_missed_is_found_and_carried(world: World) -> None:
    report = world.report()
    world.settle()
    world.edit(world.desk, report.id, title="It stops at night")
    miss(world, "desk")
    world.clock.seconds += 3600
    world.settle()
    assert world.mirror().title == "It stops"
    sweep_all(world)
    world.settle()
    assert world.mirror().title == "It stops at night"
    assert (last(world, "desk").seen, last(world, "desk").missed) == (1, 1)
    assert last(world, "tracker").missed == 0


def test_a_new_item_that_polls_missed_is_mirrored(world: World) -> None:
    world.settle()
    world.report()
    miss(world, "desk")
    world.clock.seconds += 3600
    world.settle()
    assert world.mirrors() == []
    sweep_all(world)
    world.settle()
    assert world.mirror().title == "It stops"


def test_what_is_not_in_the_list_is_asked_for_and_only_then_told(world: World) -> None:
    reports = [world.report(f"Number {number}") for number in range(5)]
    world.settle()
    world.desk.hide(reports[2].id)
    sweep_all(world)
    assert last(world, "desk").unseen == 1
    world.clock.seconds += 3600
    world.settle()
    assert [(one.matter, one.ref.id) for one in world.notices()] == [(Matter.GONE, reports[2].id)]
    found = drift(world.store, world.engine.rules, ["desk"])
    assert len(found.gone) == 1
    assert len(world.mirrors()) == 5


def test_a_round_takes_as_many_calls_an_hour_as_the_settings_say(world: World) -> None:
    for number in range(6):
        world.report(f"Number {number}")
    world.settle()
    configure(world, every=0.0, calls=60)
    pauses = sweep_all(world)
    assert len(pauses) == 6
    assert set(pauses) == {60.0}


def test_a_round_is_due_once_in_a_while_and_goes_on_where_a_crash_ended_it(world: World) -> None:
    for number in range(5):
        world.report(f"Number {number}")
    world.settle()
    configure(world, every=3600.0, calls=300)
    assert sweep(world.engine, "desk") is None
    world.clock.seconds += 3700
    assert sweep(world.engine, "desk") is not None
    cursor = last(world, "desk").cursor
    assert cursor is not None
    world.start()
    assert last(world, "desk").began is not None
    while last(world, "desk").began is not None:
        assert sweep(world.engine, "desk") is not None
    assert (last(world, "desk").round, last(world, "desk").seen, last(world, "desk").unseen) == (1, 5, 0)
    assert sweep(world.engine, "desk") is None


def test_nothing_is_swept_before_everything_was_read_once(world: World) -> None:
    with world.store.write() as tx:
        sweeps.ask(tx, "desk", wanted=True)
    assert sweep(world.engine, "desk") is None


def test_a_sweep_of_what_is_in_step_writes_nothing(world: World) -> None:
    for number in range(5):
        world.report(f"Number {number}")
    world.settle()
    done = len(world.effects(State.DONE))
    sweep_all(world)
    world.settle()
    assert len(world.effects(State.DONE)) == done
    assert differences(world) == ()


def test_drift_says_what_differs_and_why(world: World) -> None:
    report = world.report()
    world.settle()
    world.edit(world.desk, report.id, priority="unheard of")
    world.edit(world.desk, report.id, title="One")
    world.edit(world.tracker, world.mirror().id, title="Other")
    world.settle()
    found = {one.field: one for one in differences(world)}
    assert set(found) == {"priority", "title"}
    assert "map forth has no value" in found["priority"].reason
    assert (found["title"].at_source, found["title"].at_mirror) == ("One", "Other")
    assert "set one of them to the other's value" in found["title"].reason


def test_an_item_that_got_another_id_while_polls_missed_it_makes_no_second_mirror(world: World) -> None:
    report = world.report()
    world.settle()
    world.desk.person(lambda: world.desk.transfer(report.id, "VIP"))
    miss(world, "desk")
    sweep_all(world)
    world.settle()
    assert len(world.mirrors()) == 1
    (now,) = world.desk.changed_since(0, 10)
    world.edit(world.desk, now.id, title="Still one")
    world.settle()
    assert world.mirror().title == "Still one"
