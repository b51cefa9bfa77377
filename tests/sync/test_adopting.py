"""Pairs that belong together already: linked, kept in sync from then on, and nothing is made."""

from __future__ import annotations

import pytest

from connectors.memory.tool import Record
from connectors.model import Audience, Ref
from sync import adopting, tying
from sync.adopting import Judged, NoPairs, Verdict, read
from sync.naming import NotOne
from sync.store import journal
from sync.store.database import Store
from sync.tying import NotLinked
from tests.sync.world import BUGS, World

TWICE = (
    BUGS
    + """
  - id: others
    when: {connection: desk, labels: {has: other}}
    then:
      - mirror: {to: tracker, project: ENG}
"""
)


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def pair(world: World, title: str = "It stops", **values: object) -> tuple[Record, Record]:
    """A ticket and an issue that people made by hand."""
    ticket = world.report(title, **{"labels": frozenset(), "priority": "high", **values})
    issue = world.tracker.person(lambda: world.tracker.create("ENG", "It stops", priority="High"))
    world.settle()
    return ticket, issue


def adopt(world: World, text: str) -> list[Judged]:
    planned = adopting.plan(world.store, world.engine.rules, read("pairs.csv", text))
    done = adopting.adopt(world.store, world.engine.rules, read("pairs.csv", text), world.clock())
    assert [one.verdict for one in planned] == [one.verdict for one in done]
    return planned


def test_a_pair_is_kept_in_sync_from_then_on_and_nothing_is_made(world: World) -> None:
    ticket, issue = pair(world)
    world.note(world.desk, ticket.id, "before")
    world.settle()
    (judged,) = adopt(world, f"{ticket.key},{issue.key}")
    assert (judged.verdict, judged.differs) == (Verdict.LINKS, ())
    world.edit(world.desk, ticket.id, title="It stops at noon", labels=frozenset(["bug"]))
    world.edit(world.tracker, issue.id, priority="Highest")
    world.note(world.tracker, issue.id, "after")
    world.settle()
    assert world.tracker.read(issue.id).title == "It stops at noon"
    assert world.desk.read(ticket.id).priority == "urgent"
    assert [note.text.split("\n\n")[-1] for note in world.desk.read(ticket.id).notes] == ["before", "after"]
    assert [note.text for note in world.tracker.read(issue.id).notes] == ["after"], "what is older stays"
    assert world.mirrors() == [], "although the rule fires"


def test_what_differs_is_told_and_overwritten_by_nobody(world: World) -> None:
    ticket, issue = pair(world, "Another title")
    (judged,) = adopt(world, f"{issue.key};{ticket.key}")
    assert judged.differs == (f"title: 'Another title' on {ticket.key}, 'It stops' on {issue.key}",)
    world.settle()
    assert (world.desk.read(ticket.id).title, world.tracker.read(issue.id).title) == (
        "Another title",
        "It stops",
    )
    world.edit(world.tracker, issue.id, title="One title")
    world.settle()
    assert world.desk.read(ticket.id).title == "One title"


def test_planning_does_nothing(world: World) -> None:
    ticket, issue = pair(world)
    adopting.plan(world.store, world.engine.rules, read("p", f"{ticket.key},{issue.key}"))
    world.edit(world.desk, ticket.id, title="Mine alone")
    world.settle()
    assert world.tracker.read(issue.id).title == "It stops"


def test_doing_it_again_does_nothing(world: World) -> None:
    ticket, issue = pair(world)
    text = f"{ticket.key},{issue.key}\n{issue.key},{ticket.key}\n"
    assert [one.verdict for one in adopt(world, text)] == [Verdict.LINKS, Verdict.LINKED]
    assert [one.verdict for one in adopt(world, text)] == [Verdict.LINKED, Verdict.LINKED]


def test_what_cannot_be_linked_is_told_with_its_place(world: World) -> None:
    ticket, issue = pair(world)
    other, second = pair(world)
    rows = [
        "source,mirror,rule",
        f"{ticket.key},ENG-999,",
        f'"{ticket.key}",{ticket.key},',
        f"{ticket.key},{other.key},",
        f"{ticket.key},{issue.key},nobody",
        f"{ticket.key},{issue.key},bugs",
        f"{ticket.key},{second.key},",
    ]
    found = adopt(world, "\n".join(rows))
    told = [(one.verdict, one.place) for one in found]
    column = len(ticket.key) + 2
    assert told == [
        (Verdict.CANNOT, f"pairs.csv:2:{column}"),
        (Verdict.CANNOT, "pairs.csv:3:1"),
        (Verdict.CANNOT, "pairs.csv:4:1"),
        (Verdict.CANNOT, f"pairs.csv:5:{column + len(issue.key) + 1}"),
        (Verdict.LINKS, "pairs.csv:6:1"),
        (Verdict.CANNOT, "pairs.csv:7:1"),
    ]
    assert "nobody" in found[3].text
    assert "pairs.csv:6:1" in found[5].text or issue.key in found[5].text


def test_where_several_rules_go_one_is_to_be_named(store: Store) -> None:
    world = World(store, TWICE)
    ticket, issue = pair(world)
    (judged,) = adopt(world, f"{ticket.key},{issue.key}")
    assert judged.verdict is Verdict.CANNOT
    assert "bugs, others" in judged.text
    (judged,) = adopt(world, f"mirror\tsource\trule\n{issue.key}\t{ticket.key}\tbugs")
    assert judged.verdict is Verdict.LINKS


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "empty"),
        ("ZD-1", "p.csv:1:1"),
        ("ZD-1,ENG-1\n,ENG-2", "p.csv:2:1"),
        ("source,mirror,colour\nZD-1,ENG-1,red", "p.csv:1:15"),
    ],
)
def test_a_file_that_is_none_is_told_where(text: str, place: str) -> None:
    with pytest.raises(NoPairs, match=place):
        read("p.csv", text)


def test_the_place_of_a_value_is_right_behind_quotes() -> None:
    (pair,) = read("p.csv", '\ufeff"Z""D-1" , ENG-1,bugs')
    assert (pair.source.text, pair.mirror.text) == ('Z"D-1', "ENG-1")
    assert pair.rule
    assert pair.rule.place == "p.csv:1:18"


def test_unlinking_cuts_the_link_and_keeps_the_claim(world: World) -> None:
    report = world.report()
    world.settle()
    mirror = world.mirror()
    tying.unlink(world.store, world.engine.rules, mirror.key, report.key, world.clock())
    world.edit(world.desk, report.id, title="Mine alone", labels=frozenset())
    world.settle()
    world.edit(world.desk, report.id, labels=frozenset(["bug"]))
    world.settle()
    assert world.mirror().title == "It stops"
    with world.store.read() as view:
        lines = journal.of(view, Ref(connection="desk", id=report.id))
    assert "unlink" in [line.detail.get("command") for line in lines]
    with pytest.raises(NotLinked):
        tying.unlink(world.store, world.engine.rules, mirror.key, report.key, world.clock())
    with pytest.raises(NotOne):
        tying.unlink(world.store, world.engine.rules, mirror.key, "DESK-99", world.clock())


def test_a_comment_before_the_adoption_is_carried_nowhere_even_when_edited(world: World) -> None:
    ticket, issue = pair(world)
    note = world.note(world.desk, ticket.id, "before", Audience.CUSTOMER)
    world.settle()
    adopt(world, f"{ticket.key},{issue.key}")
    world.desk.person(lambda: world.desk.edit_note(ticket.id, note.id, "before, edited"))
    world.settle()
    assert world.tracker.read(issue.id).notes == ()
