"""The circuit breaker: a tool that is down is spared, the others go on, and nothing is missing afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, pairwise

import pytest

from connectors.errors import Conflict, Forbidden, OutcomeUnknown, RateLimited, Unavailable
from connectors.memory.tool import Failure
from connectors.model import Ref
from sync import breaker
from sync.apply import work
from sync.doctor import check_breakers
from sync.fleet import NotSent
from sync.follow import follow
from sync.mistakes import Mistake
from sync.pausing import pause
from sync.poll import poll
from sync.status import ConnectionStatus, status
from sync.store import breakers, hints
from sync.store.breakers import Side
from sync.store.database import Store
from sync.store.effects import State
from sync.store.notices import Matter
from tests.sync.world import OneByOneWorld, World

NAMES = ("desk", "tracker")
DOWN = Unavailable("tracker: 503")


def fail(world: World, times: int, side: Side = Side.WRITES) -> None:
    for _ in range(times):
        breaker.heard(world.engine, "tracker", side, DOWN)


def is_open(world: World, side: Side = Side.WRITES) -> bool:
    with world.store.read() as view:
        return breakers.is_open(view, "tracker", side)


def standing(world: World) -> dict[str, ConnectionStatus]:
    return {one.name: one for one in status(world.store, NAMES, world.clock()).connections}


def turns(world: World, seconds: int) -> None:
    """What two writers and a poller do in so many seconds."""
    for _ in range(seconds):
        for name in NAMES:
            for _ in range(2):
                work(world.engine, name, "worker", limit=50)
            follow(world.engine, name)
        world.clock.seconds += 1


@pytest.mark.parametrize(
    ("threshold", "fewest", "most"),
    [pytest.param(10**9, 150, 10**9, id="without"), pytest.param(breaker.THRESHOLD, 5, 15, id="with")],
)
@pytest.mark.parametrize("failure", ["unavailable", "lose_answer", "lose_request"])
def test_a_tool_that_is_down_is_spared_and_afterwards_nothing_is_missing(
    store: Store, monkeypatch: pytest.MonkeyPatch, failure: Failure, threshold: int, fewest: int, most: int
) -> None:
    """Twenty writes meet two minutes of an outage."""
    monkeypatch.setattr(breaker, "THRESHOLD", threshold)
    world = OneByOneWorld(store)
    for number in range(20):
        world.report(f"Report {number}")
    while poll(world.engine, "desk"):
        pass
    world.tracker.chance = lambda: failure
    turns(world, 120)
    assert fewest <= world.tracker.requests <= most
    assert len(world.effects(State.DONE)) == 20, "the desk got its labels all the same"
    world.tracker.chance = lambda: None
    world.clock.seconds += 80
    world.settle()
    assert len(world.mirrors()) == 20


def test_it_opens_after_so_many_failures_in_a_row_and_that_is_told_once(store: Store) -> None:
    world = World(store)
    fail(world, breaker.THRESHOLD - 1)
    breaker.heard(world.engine, "tracker", Side.WRITES, None)
    fail(world, breaker.THRESHOLD - 1)
    assert not is_open(world)
    fail(world, 3)
    assert is_open(world)
    assert not is_open(world, Side.READS)
    (told,) = [one for one in world.notices() if one.matter is Matter.RESTS]
    assert (told.ref.connection, told.subject, told.times) == ("tracker", "writes", 1)
    rests = standing(world)["tracker"].rests
    assert rests["writes"].endswith("\ntracker: 503")
    assert standing(world)["desk"].rests == {}
    (finding,) = check_breakers(store, NAMES)
    assert (finding.subject, finding.text.splitlines()[-1]) == ("tracker", "tracker: 503")


def test_any_answer_closes_it_and_takes_back_what_was_told(store: Store) -> None:
    for answer in (None, Conflict("c"), Forbidden("f"), RateLimited("r")):
        world = World(store)
        fail(world, breaker.THRESHOLD)
        breaker.heard(world.engine, "tracker", Side.WRITES, answer)
        assert not is_open(world)
        assert not any(one.matter is Matter.RESTS for one in world.notices())


def test_what_says_nothing_of_the_tool_neither_opens_nor_closes_it(store: Store) -> None:
    world = World(store)
    for error in (NotSent("paused"), Mistake("ours"), RateLimited("slow")):
        for _ in range(2 * breaker.THRESHOLD):
            breaker.heard(world.engine, "tracker", Side.WRITES, error)
        assert not is_open(world)
    fail(world, breaker.THRESHOLD)
    breaker.heard(world.engine, "tracker", Side.WRITES, NotSent("paused"))
    assert is_open(world)


def test_probes_are_made_one_at_a_time_after_pauses_that_grow(store: Store) -> None:
    world = World(store)
    fail(world, breaker.THRESHOLD)
    probed: list[float] = []
    for _ in range(400):
        world.clock.seconds += 1
        if breaker.admitted(world.engine, "tracker", Side.WRITES):
            probed.append(world.clock.seconds)
            assert not breaker.admitted(world.engine, "tracker", Side.WRITES)
            fail(world, 1)
    gaps = [later - sooner for sooner, later in pairwise(probed)]
    assert gaps[0] >= 5
    assert all(later > sooner for sooner, later in pairwise(gaps[:3]))
    assert all(45 <= gap <= 76 for gap in gaps[4:])


def test_it_is_remembered_over_a_restart(store: Store) -> None:
    world = World(store)
    fail(world, breaker.THRESHOLD)
    world.start()
    assert is_open(world)
    assert not breaker.admitted(world.engine, "tracker", Side.WRITES)
    with store.write() as tx:
        breakers.probe_now(tx)
    assert breaker.admitted(world.engine, "tracker", Side.WRITES)


def test_while_reads_fail_only_polling_asks_and_hints_are_kept(store: Store) -> None:
    world = World(store)
    reported = world.report()
    world.settle()
    mirror = world.mirror()
    world.tracker.chance = lambda: "unavailable"
    for _ in range(breaker.THRESHOLD):
        with pytest.raises(Unavailable):
            poll(world.engine, "tracker")
    world.edit(world.tracker, mirror.id, title="Edited meanwhile")
    with store.write() as tx:
        hints.add(tx, Ref(connection="tracker", id=mirror.id), due=0.0)
    before = world.tracker.requests
    turns(world, 120)
    assert world.tracker.requests == before
    world.tracker.chance = lambda: None
    poll(world.engine, "tracker")
    world.settle()
    assert world.desk.read(reported.id).title == "Edited meanwhile"


def test_reads_that_fail_one_after_the_other_stop_in_the_midst(store: Store) -> None:
    world = OneByOneWorld(store)
    ids = [world.report(f"Report {number}").id for number in range(20)]
    world.settle()
    with store.write() as tx:
        for id in ids:
            hints.add(tx, Ref(connection="desk", id=id), due=0.0)
    world.desk.chance = lambda: "unavailable"
    before = world.desk.requests
    turns(world, 60)
    assert world.desk.requests - before == breaker.THRESHOLD


def test_writes_that_fail_let_reads_go_on(store: Store) -> None:
    world = World(store)
    fail(world, breaker.THRESHOLD)
    world.tracker.person(lambda: world.tracker.create("ENG", "Theirs"))
    poll(world.engine, "tracker")
    assert standing(world)["tracker"].items == 1


def test_a_probe_goes_alone_and_with_its_answer_all_others_follow(store: Store) -> None:
    world = World(store)
    for number in range(10):
        world.report(f"Report {number}")
    world.read()
    fail(world, breaker.THRESHOLD)
    world.clock.seconds += 10
    assert work(world.engine, "tracker", "worker", limit=1) == 1
    assert work(world.engine, "tracker", "worker", limit=1) == 9


def test_single_failures_among_answers_open_nothing(store: Store) -> None:
    world = World(store)
    flaky: Iterator[Failure | None] = cycle([None, None, "unavailable"])
    world.tracker.chance = lambda: next(flaky)
    for number in range(10):
        world.report(f"Report {number}")
    while poll(world.engine, "desk"):
        pass
    turns(world, 100)
    assert not is_open(world)
    assert len(world.mirrors()) == 10


def test_a_pause_and_an_open_breaker_do_not_hide_one_another(store: Store) -> None:
    world = World(store)
    world.report()
    world.read()
    fail(world, breaker.THRESHOLD)
    pause(store, None, NAMES, by="sue", now=world.clock())
    world.clock.seconds += 100
    assert work(world.engine, "tracker", "worker") == 0
    shown = standing(world)["tracker"]
    assert shown.paused
    assert shown.rests


def test_a_lost_answer_counts_as_the_tool_does_not_answer(store: Store) -> None:
    world = World(store)
    for _ in range(breaker.THRESHOLD):
        breaker.heard(world.engine, "tracker", Side.WRITES, OutcomeUnknown("timeout"))
    assert is_open(world)
