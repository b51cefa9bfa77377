"""What is read and written for many items at once: fewer requests, and each item as if it were alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connectors.abilities import Wait
from connectors.errors import ConnectorError, OutcomeUnknown, RateLimited, Unavailable
from connectors.memory import MemoryConnector
from connectors.memory.tool import Failure
from connectors.model import Draft, Ref
from sync.apply import work
from sync.follow import follow
from sync.poll import poll
from sync.store import connections, effects, hints
from sync.store.database import Store
from sync.store.effects import Kind, State
from sync.store.notices import Matter
from tests.sync.world import BUGS, OneByOneWorld, World

ECHO = "  - {id: echo, when: {connection: tracker}, then: [{comment: {text: new here}}]}\n"


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def reports(world: World, how_many: int) -> list[str]:
    """Ids of new reports that the engine has read."""
    made = [world.report(f"Report {number}").id for number in range(how_many)]
    poll(world.engine, "desk")
    return made


def titles(world: World) -> list[str]:
    return sorted(mirror.title for mirror in world.mirrors())


def making(world: World, state: State) -> int:
    return sum(effect.kind is Kind.CREATE for effect in world.effects(state))


def test_ready_mirrors_are_made_in_one_request(world: World) -> None:
    reports(world, 5)
    before = world.tracker.requests
    assert work(world.engine, "tracker", "w") == 5
    # one asks who reads the container, for each
    assert world.tracker.requests - before == 5 + 1
    assert titles(world) == [f"Report {number}" for number in range(5)]


def test_a_single_one_goes_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryConnector, "create_many", lambda *_: 1 / 0)
    reports(world, 1)
    assert work(world.engine, "tracker", "w") == 1
    assert titles(world) == ["Report 0"]


def test_they_are_read_back_in_one_request_and_then_known(world: World) -> None:
    reports(world, 5)
    work(world.engine, "tracker", "w")
    before = world.tracker.requests
    assert follow(world.engine, "tracker") == 5
    assert world.tracker.requests - before == 1
    world.settle()
    written = world.tracker.changed_since(0, 100)
    world.start()
    world.settle()
    assert world.tracker.changed_since(0, 100) == written


def test_what_we_made_fires_no_rule_when_it_is_read_back(store: Store) -> None:
    world = World(store, BUGS + ECHO)
    reports(world, 3)
    world.settle()
    assert [mirror.notes for mirror in world.mirrors()] == [()] * 3
    world.tracker.person(lambda: world.tracker.create("ENG", "By hand"))
    world.settle()
    assert sum(len(record.notes) for record in world.tracker.changed_since(0, 100)) == 1


def test_an_edit_before_it_is_read_back_is_news(world: World) -> None:
    first, second = reports(world, 2)
    work(world.engine, "tracker", "w")
    world.clock.seconds += 10
    mirror = next(mirror for mirror in world.mirrors() if mirror.title == "Report 0")
    world.edit(world.tracker, mirror.id, title="Edited at once")
    world.settle()
    assert world.desk.read(first).title == "Edited at once"
    assert world.desk.read(second).title == "Report 1"


def test_a_label_that_somebody_adds_before_it_is_read_back_is_news(store: Store) -> None:
    kept = "priority: {direction: both, map: forth, reverse: back}"
    labels = "labels: {direction: both, publish: true}"
    world = World(store, BUGS.replace("fields: {labels: [from-desk]}", "").replace(kept, labels))
    first, _ = reports(world, 2)
    work(world.engine, "tracker", "w")
    world.clock.seconds += 10
    mirror = next(mirror for mirror in world.mirrors() if mirror.title == "Report 0")
    world.edit(world.tracker, mirror.id, labels=mirror.labels | {"seen"})
    world.settle()
    assert "seen" in world.desk.read(first).labels


def test_an_edit_of_the_source_meanwhile_is_carried(world: World) -> None:
    first, _ = reports(world, 2)
    work(world.engine, "tracker", "w")
    world.edit(world.desk, first, title="Edited at once")
    world.settle()
    assert titles(world) == ["Edited at once", "Report 1"]


@pytest.mark.parametrize("failure", ["lose_answer", "lose_request", "unavailable", "rate_limited"])
def test_whatever_the_network_says_each_is_made_once(world: World, failure: Failure) -> None:
    reports(world, 4)
    world.tracker.failures.append((failure, "write"))
    work(world.engine, "tracker", "w")
    assert making(world, State.PENDING if failure == "rate_limited" else State.UNSURE) == 4
    world.clock.seconds += 2
    world.settle(200)
    assert titles(world) == [f"Report {number}" for number in range(4)]


def test_each_result_stands_for_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is made, one must be looked up, one is limited, one has to be sent again."""
    create = MemoryConnector.create_many

    def mixed(
        connector: MemoryConnector, drafts: Sequence[Draft], wait: Wait
    ) -> tuple[Ref | ConnectorError, ...]:
        made = create(connector, drafts[:2], wait)
        return (
            made[0],
            OutcomeUnknown("tracker: lost"),
            RateLimited("tracker: slow", retry_after=1),
            Unavailable("tracker: down"),
        )

    reports(world, 4)
    with monkeypatch.context() as patched:
        patched.setattr(MemoryConnector, "create_many", mixed)
        work(world.engine, "tracker", "w")
    assert [making(world, state) for state in (State.DONE, State.UNSURE, State.PENDING)] == [1, 1, 2]
    world.clock.seconds += 2
    world.settle(200)
    assert titles(world) == [f"Report {number}" for number in range(4)]


def test_a_refused_one_is_parked_and_the_others_are_made(store: Store) -> None:
    world = World(
        store,
        """
version: 1
rules:
  - {id: a, when: {connection: desk, priority: high}, then: [{mirror: {to: tracker, project: ENG}}]}
  - {id: b, when: {connection: desk, priority: low}, then: [{mirror: {to: tracker, project: NOWHERE}}]}
""",
    )
    world.report("Good")
    world.report("Bad", priority="low")
    world.report("Good as well")
    world.settle()
    assert titles(world) == ["Good", "Good as well"]
    (parked,) = world.effects(State.PARKED)
    assert "NOWHERE" in (parked.error or "")
    assert [notice.matter for notice in world.notices()] == [Matter.PARKED]


def test_none_gets_to_more_people_because_others_go_along(store: Store) -> None:
    world = World(store, BUGS.replace("project: ENG", "project: OPEN"))
    reports(world, 3)
    world.settle()
    assert world.mirrors() == []
    assert len(world.effects(State.PARKED)) == 3


def test_a_wrong_credential_halts_and_loses_nothing(world: World) -> None:
    reports(world, 3)
    token, world.tracker.token = world.tracker.token, "changed"
    work(world.engine, "tracker", "w")
    assert work(world.engine, "tracker", "w") == 0
    world.tracker.token = token
    with world.store.write() as tx:
        connections.halt(tx, "tracker", None)
    world.settle()
    assert len(titles(world)) == 3


def test_ready_changes_are_made_in_one_request_and_read_back_in_another(world: World) -> None:
    made = reports(world, 5)
    before = world.desk.requests
    assert work(world.engine, "desk", "w") == 5
    assert world.desk.requests - before == 2
    assert all("in-tracker" in world.desk.read(report).labels for report in made)
    world.settle()
    assert world.effects(State.PENDING) == []


def test_a_change_of_a_merged_field_goes_alone_and_looks_first(world: World) -> None:
    first, second = reports(world, 2)
    world.settle()
    mirror = next(mirror for mirror in world.mirrors() if mirror.title == "Report 0")
    for report in (first, second):
        world.edit(world.desk, report, title=f"From {report}")
    poll(world.engine, "desk")
    world.edit(world.tracker, mirror.id, title="Unseen")
    work(world.engine, "tracker", "w", limit=2)
    world.settle()
    assert world.tracker.read(mirror.id).title == "Unseen"
    assert [notice.matter for notice in world.notices()] == [Matter.CONFLICT]
    assert f"From {second}" in titles(world)


def test_a_worker_that_was_taken_for_dead_stores_no_receipt_of_many(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = MemoryConnector.create_many

    def succeeded(*args: object) -> tuple[Ref | ConnectorError, ...]:
        made = create(*args)  # type: ignore[arg-type]
        with world.store.write() as tx:
            effects.recover(tx, world.clock())
        return made

    reports(world, 3)
    with monkeypatch.context() as patched:
        patched.setattr(MemoryConnector, "create_many", succeeded)
        work(world.engine, "tracker", "old")
    assert len(world.effects(State.UNSURE)) == 3
    world.settle()
    assert len(titles(world)) == 3


def test_a_burst_of_hints_is_read_in_one_request(world: World) -> None:
    made = reports(world, 30)
    world.settle()
    for report in made:
        world.edit(world.desk, report, title=f"Edited {report}")
    hinted(world, made)
    before = world.desk.requests
    assert follow(world.engine, "desk") == 30
    assert world.desk.requests - before == 1
    world.settle()
    assert titles(world) == sorted(f"Edited {report}" for report in made)


def test_one_that_is_gone_is_told_and_hides_no_other(world: World) -> None:
    made = reports(world, 2)
    world.settle()
    world.edit(world.desk, made[0], title="Still there")
    hinted(world, [made[0], "999"])
    follow(world.engine, "desk")
    assert [notice.matter for notice in world.notices()] == [Matter.GONE]
    world.settle()
    assert "Still there" in titles(world)


def test_a_failed_read_of_many_is_tried_again(world: World) -> None:
    made = reports(world, 3)
    world.settle()
    for report in made:
        world.edit(world.desk, report, title=f"Edited {report}")
    hinted(world, made)
    world.desk.failures.append(("unavailable", "read"))
    assert follow(world.engine, "desk") == 3
    with world.store.read() as view:
        assert hints.waiting(view) == {"desk": 3}
    world.clock.seconds += 2
    assert follow(world.engine, "desk") == 3
    with world.store.read() as view:
        assert hints.waiting(view) == {}


def test_a_tool_that_takes_one_at_a_time_is_given_one_at_a_time(store: Store) -> None:
    world = OneByOneWorld(store)
    made = reports(world, 3)
    assert work(world.engine, "tracker", "w", limit=2) == 2
    world.settle()
    hinted(world, made)
    before = world.desk.requests
    follow(world.engine, "desk")
    assert world.desk.requests - before == 3


def hinted(world: World, ids: Sequence[str]) -> None:
    with world.store.write() as tx:
        for item in ids:
            hints.add(tx, Ref(connection="desk", id=item), due=0.0)


def test_a_copy_of_a_mirror_with_its_marker_is_somebodys_own(store: Store) -> None:
    world = World(store, BUGS + ECHO)
    reports(world, 2)
    world.settle()
    marker = world.mirrors()[0].marker
    copy = world.tracker.person(lambda: world.tracker.create("ENG", "A copy", marker=marker))
    world.settle()
    assert [note.text for note in world.tracker.read(copy.id).notes] == ["new here"]
