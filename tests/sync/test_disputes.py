"""A held conflict is told to those who can settle it, at both ends and once."""

from __future__ import annotations

import pytest

from connectors.memory import MemoryConnector
from connectors.memory.tool import MemoryTool
from connectors.model import Audience, Person
from sync.store.database import Store
from sync.store.effects import State
from sync.store.notices import Matter
from tests.sync.world import BUGS, World

ZOE = Person(id="zoe", name="Zoe", staff=True)


class Mentioning(MemoryConnector):
    """A tool that notifies whom a text mentions."""

    mentions_logins = False


class MentioningWorld(World):
    connector = Mentioning


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def dispute(world: World, report: str) -> None:
    """Both ends are given another title."""
    world.edit(world.desk, report, title="This way")
    world.edit(world.tracker, world.mirror().id, title="That way")
    world.settle()


def notes(tool: MemoryTool, item: str) -> list[tuple[Audience, str]]:
    return [(note.audience, note.text) for note in tool.read(item).notes]


def test_both_ends_are_told_once_among_the_team_and_once_more_when_it_is_settled(world: World) -> None:
    report = world.report(assignee=ZOE)
    world.settle()
    mirror = world.mirror()
    dispute(world, report.id)
    world.edit(world.desk, report.id, title="Quite another way")
    world.settle()
    ((here, said),) = notes(world.desk, report.id)
    ((there, also_said),) = notes(world.tracker, mirror.id)
    assert (here, there) == (Audience.INTERNAL, Audience.INTERNAL)
    assert said.split(" ", 1)[1].startswith("Both ends changed title, and nothing was overwritten")
    assert "'This way'" in said
    assert "'That way'" in also_said
    world.edit(world.tracker, mirror.id, title="Quite another way")
    world.settle()
    for tool, item in ((world.desk, report.id), (world.tracker, mirror.id)):
        assert notes(tool, item)[1:] == [
            (Audience.INTERNAL, f"title of {report.key} and {mirror.key} is settled.")
        ]
    assert not world.notices()


def test_the_assignee_is_mentioned_where_the_tool_can(store: Store) -> None:
    world = MentioningWorld(store)
    report = world.report(assignee=ZOE)
    world.settle()
    dispute(world, report.id)
    ((_, said),) = notes(world.desk, report.id)
    ((_, also_said),) = notes(world.tracker, world.mirror().id)
    assert said.startswith("[@Zoe](person:zoe) Both ends changed title")
    assert also_said.startswith("Both ends changed title")


def test_another_conflict_is_told_again(world: World) -> None:
    report = world.report()
    world.settle()
    dispute(world, report.id)
    world.edit(world.tracker, world.mirror().id, title="This way")
    world.settle()
    world.edit(world.desk, report.id, title="Back")
    world.settle()
    dispute(world, report.id)
    assert len(notes(world.desk, report.id)) == 3


def test_one_that_is_settled_before_it_was_told_is_not_told(world: World) -> None:
    report = world.report()
    world.settle()
    mirror = world.mirror()
    world.edit(world.desk, report.id, title="This way")
    world.edit(world.tracker, mirror.id, title="That way")
    world.read()
    world.edit(world.desk, report.id, title="That way")
    world.read()
    world.settle()
    assert notes(world.desk, report.id) == notes(world.tracker, mirror.id) == []


def test_where_the_public_reads_nothing_is_written_and_nothing_is_held_back(store: Store) -> None:
    public = BUGS.replace("project: ENG", "project: OPEN\n          publish: true")
    world = World(store, public)
    world.start(public)
    report = world.report()
    world.settle()
    mirror = world.mirror()
    dispute(world, report.id)
    assert notes(world.tracker, mirror.id) == []
    assert len(notes(world.desk, report.id)) == 1
    assert not world.effects(State.PARKED)
    assert [notice.matter for notice in world.notices()] == [Matter.CONFLICT]
    world.edit(world.tracker, mirror.id, title="This way")
    world.settle()
    assert notes(world.tracker, mirror.id) == []
    assert len(notes(world.desk, report.id)) == 2
    assert not world.notices()
