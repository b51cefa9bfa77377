"""What lies in a tool's bin: nothing of that is carried, nothing is lost meanwhile, and all goes on after."""

from __future__ import annotations

import pytest

from connectors.memory.tool import MemoryTool, Record
from connectors.model import Ref
from sync.apply import work
from sync.poll import poll
from sync.store import hints
from sync.store.database import Store
from sync.store.effects import State
from sync.store.notices import Matter
from tests.sync.world import BUGS, World


@pytest.fixture
def world(store: Store) -> World:
    world = World(store)
    world.report()
    world.settle()
    return world


def report_of(world: World) -> Record:
    (report,) = world.desk.changed_since(0, 10)
    return report


def end(world: World, at: str) -> tuple[MemoryTool, str]:
    return (world.desk, report_of(world).id) if at == "desk" else (world.tracker, world.mirror().id)


@pytest.mark.parametrize(("at", "there"), [("desk", "tracker"), ("tracker", "desk")])
def test_the_link_rests_while_one_end_lies_there_and_goes_on_after_it(
    world: World, at: str, there: str
) -> None:
    (tool, deleted), (other, kept) = end(world, at), end(world, there)
    original = tool.read(deleted)
    # Some tools scrub what they delete.
    world.edit(tool, deleted, deleted=True, title="SCRUBBED", priority=None, status="done")
    world.settle()
    before = other.read(kept)
    assert (before.title, before.status) == ("It stops", "open")
    world.edit(other, kept, title="It stops at noon")
    world.note(other, kept, "said meanwhile")
    world.settle()
    assert tool.read(deleted).title == "SCRUBBED", "nothing is written to what lies in the bin"
    assert not tool.read(deleted).notes
    (told,) = world.notices()
    assert (told.matter, told.ref.id) == (Matter.GONE, deleted)
    assert "was deleted. Its links rest" in told.text
    world.edit(tool, deleted, deleted=False, title="It stops", priority=original.priority)
    world.settle()
    restored = tool.read(deleted)
    assert restored.title == "It stops at noon"
    assert sum("said meanwhile" in note.text for note in restored.notes) == 1
    assert world.notices() == []
    assert len(world.mirrors()) == 1


def test_what_is_first_seen_in_the_bin_makes_no_mirror(store: Store) -> None:
    world = World(store)
    report = world.report(deleted=True)
    world.settle()
    assert world.mirrors() == []
    assert world.notices() == [], "it concerns nobody"
    world.edit(world.desk, report.id, deleted=False)
    world.settle()
    assert len(world.mirrors()) == 1


def test_rules_that_ask_for_the_bin_fire_and_the_others_keep_their_memory(store: Store) -> None:
    rules = (
        BUGS
        + """
  - id: greet
    when: {connection: desk, labels: {has: bug}}
    then:
      - comment: {text: "Thank you", audience: customer}
  - id: closed
    when: {connection: desk, closed: true}
    then:
      - comment: {text: "Closed", audience: customer}
  - id: deleted
    when: {connection: tracker, deleted: true}
    then:
      - add_labels: [was-deleted]
"""
    )
    world = World(store, rules)
    world.settle()
    world.report()
    world.settle()
    world.edit(world.tracker, world.mirror().id, deleted=True)
    world.edit(world.desk, report_of(world).id, deleted=True, status="done")
    world.settle()
    assert "was-deleted" in world.mirror().labels
    world.edit(world.desk, report_of(world).id, deleted=False, status="open")
    world.settle()
    assert [note.text for note in report_of(world).notes] == ["Thank you"]


@pytest.mark.parametrize("told", [True, False])
def test_writes_that_do_not_find_the_item_wait_for_it(world: World, told: bool) -> None:
    """Zendesk answers 404 for what was deleted; Jira for what we may not see any more."""
    mirror = world.mirror()
    world.note(world.desk, report_of(world).id, "first")
    poll(world.engine, "desk")
    lost = world.tracker._records.pop(mirror.id)
    work(world.engine, "tracker", "worker")
    world.note(world.desk, report_of(world).id, "second")
    world.settle()
    assert len(world.effects(State.PARKED)) == 1
    assert {one.matter for one in world.notices()} == {Matter.PARKED, Matter.GONE}
    world.tracker._records[mirror.id] = lost
    if told:
        world.edit(world.tracker, mirror.id, type="Bug")
    else:
        with world.store.write() as tx:
            hints.add(tx, Ref(connection="tracker", id=mirror.id), due=world.clock())
    world.settle()
    texts = [note.text.split("\n\n")[-1] for note in world.mirror().notes]
    assert texts == ["first", "second"]
    assert world.notices() == []
