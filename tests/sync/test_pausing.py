"""The kill switch: while it is on all is read and nothing written; then nothing is missing."""

from __future__ import annotations

import pytest

from connectors.errors import Unavailable
from connectors.memory.tool import MemoryTool
from connectors.model import Audience, Ref
from sync.apply import work
from sync.fleet import Fleet
from sync.pausing import UnknownConnection, heed, pause, resume, switched
from sync.status import ConnectionStatus, status
from sync.store import items
from sync.store.database import Store
from sync.store.effects import State
from sync.why import why
from tests.sync.world import BUGS, World

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


def test_what_a_pause_met_goes_at_once_after_it_however_often_it_had_failed(store: Store) -> None:
    world = World(store)
    world.report()
    world.read()
    for _ in range(4):
        world.tracker.failures.append(("unavailable", "write"))
        work(world.engine, "tracker", "worker")
        world.clock.seconds += 60
    world.tracker.failures.clear()
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        if not waits:
            hold(world)
        waits.append(seconds)
        return False

    world.engine.fleet = Fleet(store, world.engine.fleet.specs.values(), world.clock, wait)
    world.engine.fleet.block("tracker", 2)
    work(world.engine, "tracker", "worker")
    assert (waits, world.mirrors()) == ([1.0], [])
    resume(store, None, NAMES)
    world.clock.seconds += 2
    work(world.engine, "tracker", "worker")
    assert world.mirror()


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


# -- in the tools ----------------------------------------------------------------------------------------

BUG, LABELS = frozenset(["bug"]), frozenset(["bug", "Loopwright-Pause"])
FILES = """
version: 1
rules:
  - id: bugs
    when: {connection: desk, labels: {has: bug}}
    then:
      - mirror:
          to: tracker
          project: ENG
          keep_in_sync: {title: {direction: both, publish: true}, attachments: {direction: both}}
"""


@pytest.mark.parametrize("end", ["desk", "tracker"])
def test_a_label_holds_the_links_of_its_item_and_no_others(store: Store, end: str) -> None:
    world = World(store)
    reported, other = world.report("A"), world.report("Other")
    world.settle()
    mirror = next(one for one in world.mirrors() if one.title == "A")
    tool, id = (world.desk, reported.id) if end == "desk" else (world.tracker, mirror.id)
    world.edit(tool, id, labels=LABELS)
    world.settle()
    world.edit(world.desk, reported.id, title="B")
    world.edit(world.desk, other.id, title="Others go on")
    world.note(world.desk, reported.id, "said meanwhile")
    world.settle()
    assert sorted(one.title for one in world.mirrors()) == ["A", "Others go on"]
    world.edit(tool, id, labels=BUG)
    world.settle()
    mirror = world.tracker.read(mirror.id)
    assert (mirror.title, len(mirror.notes)) == ("B", 1)


def test_the_label_is_no_property_of_the_mirror(store: Store) -> None:
    rules = BUGS.replace("fields: {labels: [from-desk]}", "").replace(
        "            title:", "            labels: {direction: both, publish: true}\n            title:"
    )
    world = World(store, rules)
    reported = world.report("A", labels=LABELS)
    world.settle()
    assert world.mirror().labels == BUG
    world.edit(world.desk, reported.id, title="B", labels=BUG)
    world.settle()
    assert (world.mirror().title, world.mirror().labels) == ("B", BUG)


def test_files_that_came_meanwhile_are_carried_once_the_label_is_off(store: Store) -> None:
    world = World(store, FILES)
    reported = world.report("A")
    world.settle()
    world.edit(world.desk, reported.id, labels=LABELS)
    world.settle()
    for tool, id in ((world.desk, reported.id), (world.tracker, world.mirror().id)):
        attach(tool, id)
    world.settle()
    assert [len(world.mirror().files), len(world.desk.read(reported.id).files)] == [1, 1]
    world.edit(world.desk, reported.id, labels=BUG)
    world.settle()
    assert [len(world.mirror().files), len(world.desk.read(reported.id).files)] == [2, 2]


def attach(tool: MemoryTool, id: str) -> None:
    tool.person(lambda: tool.attach(id, f"{tool.name[:4]}.txt", b"text", Audience.INTERNAL))


def test_resume_says_that_the_label_still_holds_it(store: Store) -> None:
    world = World(store)
    reported = world.report("A")
    world.settle()
    world.edit(world.desk, reported.id, labels=LABELS)
    world.settle()
    for command in ("/loop hold", "/loop resume"):
        world.note(world.desk, reported.id, command)
        world.settle()
    answer = world.desk.read(reported.id).notes[-1].text
    assert "stay on hold as long as it has the label" in answer


def test_why_and_status_say_that_a_link_is_on_hold_and_by_what(store: Store) -> None:
    world = World(store)
    reported = world.report("A")
    world.settle()
    assert stopped(world, reported.id) is None
    world.note(world.desk, reported.id, "/loop hold")
    world.settle()
    told = str(stopped(world, reported.id))
    assert told.startswith("on hold since 2027-01-15 08:0")
    assert told.endswith("by a comment: /loop resume lets it go on")
    assert status(store, NAMES, world.clock()).on_hold == 1
    world.edit(world.desk, reported.id, labels=LABELS)
    world.settle()
    assert str(stopped(world, reported.id)).startswith("on hold, by the label loopwright-pause of ")


def stopped(world: World, id: str) -> str | None:
    (tie,) = why(world.store, world.engine.rules, f"desk:{id}", rule=None, now=world.clock()).links
    return tie.stopped


class Switched(World):
    switch = Ref(connection="tracker", id="", key="ENG-1")


@pytest.fixture
def switched_world(store: Store) -> World:
    """``ENG-1`` is the switch."""
    world = Switched(store)
    world.tracker.person(lambda: world.tracker.create("ENG", "Loopwright"))
    world.settle()
    return world


def label(world: World, labels: frozenset[str] = LABELS) -> None:
    (switch,) = [one for one in world.tracker.changed_since(0, 100) if one.key == "ENG-1"]
    world.edit(world.tracker, switch.id, labels=labels)
    world.read()


def test_a_label_on_the_switch_pauses_all_writing(switched_world: World) -> None:
    world = switched_world
    label(world)
    world.report()
    turns(world)
    assert world.mirrors() == []
    found = standing(world)["desk"]
    assert str(found.paused).endswith("by the label loopwright-pause of ENG-1 in tracker")
    assert found.switched
    label(world, BUG)
    world.settle()
    assert world.mirror()
    assert standing(world)["desk"].paused is None


@pytest.mark.parametrize(
    ("says", "audience", "heeded"),
    [
        ({"status": "Paused"}, Audience.INTERNAL, True),
        ({"status": "PAUSED"}, Audience.CUSTOMER, False),
        ({"custom": {"paused": True}}, Audience.INTERNAL, True),
        ({"custom": {"paused": True}}, Audience.PUBLIC, False),
        ({"custom": {"paused": False}}, Audience.INTERNAL, False),
        ({"labels": ("loopwright-pause",)}, Audience.CUSTOMER, True),
        ({"labels": ("loopwright-pause",)}, Audience.PUBLIC, True),
        ({"status": "open", "labels": ("pause",)}, Audience.INTERNAL, False),
    ],
)
def test_what_on_the_switch_is_heeded_and_only_the_label_where_others_read(
    switched_world: World, says: dict[str, object], audience: Audience, heeded: bool
) -> None:
    with switched_world.store.write() as tx:
        (switch,) = items.find(tx, "ENG-1")
        shown = switch.item.model_copy(update={"audience": audience, **says})
        heed(tx, shown, 0.0)
    assert (switched(switched_world.store) is not None) == heeded


def test_a_command_and_the_switch_do_not_lift_one_another(switched_world: World) -> None:
    world, store = switched_world, switched_world.store
    label(world)
    hold(world)
    assert resume(store, None, NAMES), "the switch still says so"
    assert switched(store)
    hold(world)
    label(world, BUG)
    assert standing(world)["desk"].paused == "since 2027-01-15 08:00:00 UTC by sue on a laptop"
    assert not resume(store, None, NAMES)


def test_the_switch_is_heeded_over_a_restart_and_forgotten_with_its_setting(switched_world: World) -> None:
    world, store = switched_world, switched_world.store
    label(world)
    world.start()
    assert switched(store)
    world.switch = None
    world.start()
    assert switched(store) is None
    world.switch = Switched.switch
    world.start()
    assert switched(store)


def test_any_other_item_is_no_switch(switched_world: World) -> None:
    world = switched_world
    other = world.tracker.person(lambda: world.tracker.create("ENG", "Other"))
    world.edit(world.tracker, other.id, labels=LABELS)
    world.read()
    assert switched(world.store) is None
