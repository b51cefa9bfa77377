"""Commands in comments: who is obeyed, what is done, and what is answered where only the team reads it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from unittest.mock import patch

import pytest

from connectors.errors import Conflict
from connectors.memory.tool import Failure, MemoryTool, Record
from connectors.model import Audience, Person, Ref
from sync import apply
from sync.poll import poll
from sync.store import journal, links
from sync.store.database import Store
from sync.store.effects import State
from sync.store.journal import Entry
from sync.store.links import Link
from tests.sync.world import BUGS, World

CUSTOMER = Person(id="cus", name="Cus Tomer", email="cus@memory.example")


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


@dataclass
class Pair:
    """A report and its mirror, linked by the rule."""

    world: World
    report: str
    mirror: str

    def say(self, text: str, *, at: str = "desk", audience: Audience = Audience.INTERNAL) -> None:
        tool, id = (self.world.desk, self.report) if at == "desk" else (self.world.tracker, self.mirror)
        self.world.note(tool, id, text, audience)
        self.world.settle()

    def edit(self, *, desk: str | None = None, tracker: str | None = None) -> None:
        """Give the titles at the two ends new words."""
        if desk:
            self.world.edit(self.world.desk, self.report, title=desk)
        if tracker:
            self.world.edit(self.world.tracker, self.mirror, title=tracker)
        self.world.settle()

    @property
    def titles(self) -> tuple[str, str]:
        return self.world.desk.read(self.report).title, self.world.tracker.read(self.mirror).title

    def said(self, at: str = "desk") -> list[str]:
        """All comments at one end."""
        record = self.world.desk.read(self.report) if at == "desk" else self.world.tracker.read(self.mirror)
        return [note.text for note in record.notes]


@pytest.fixture
def pair(world: World) -> Pair:
    report = world.report("A")
    world.settle()
    return Pair(world, report.id, world.mirror().id)


def answers(record: Record) -> list[str]:
    notes = [note for note in record.notes if note.text.startswith("Loopwright: ")]
    assert all(note.audience is Audience.INTERNAL for note in notes)
    return [note.text for note in notes]


def known(world: World, tool: MemoryTool, id: str) -> list[Link]:
    name = "desk" if tool is world.desk else "tracker"
    with world.store.read() as view:
        return links.of(view, Ref(connection=name, id=id))


def unlinked(world: World) -> tuple[Record, Record]:
    """A report that no rule selects, and an issue that somebody wrote by hand."""
    report = world.report("Ours", labels=frozenset(), priority="urgent")
    issue = world.tracker.person(lambda: world.tracker.create("ENG", "Theirs", priority="High"))
    world.note(world.tracker, issue.id, "said long ago")
    world.settle()
    world.clock.seconds += 120
    return report, issue


# -- hold and resume -------------------------------------------------------------------------------------


def test_what_is_on_hold_stays_apart_and_nothing_of_it_is_lost(pair: Pair) -> None:
    pair.say("/loop hold")
    pair.edit(desk="B")
    pair.say("said meanwhile", at="tracker")
    assert pair.titles == ("B", "A")
    assert not any("said meanwhile" in text for text in pair.said())
    pair.say("/loop resume", at="tracker")
    assert pair.titles == ("B", "B")
    assert sum("said meanwhile" in text for text in pair.said()) == 1
    assert not any("/loop" in text for text in pair.said() if "**Ann**" in text)


def test_a_hold_is_answered_at_the_item_it_was_asked_for_and_nowhere_else(pair: Pair) -> None:
    pair.say("/loop hold", audience=Audience.CUSTOMER)
    (answer,) = answers(pair.world.desk.read(pair.report))
    assert "are on hold" in answer
    assert pair.said("tracker") == []


# -- unlink ----------------------------------------------------------------------------------------------


def test_what_was_unlinked_stays_as_it_is_and_is_not_made_again(pair: Pair) -> None:
    world = pair.world
    pair.say("/loop unlink")
    pair.edit(desk="B")
    for labels in (frozenset[str](), frozenset(["bug"])):
        world.edit(world.desk, pair.report, labels=labels)
        world.settle()
    world.start(BUGS.replace("id: bugs", "id: others\n    backfill: true"))
    world.settle()
    assert pair.titles == ("B", "A")
    assert len(world.mirrors()) == 1
    assert known(world, world.desk, pair.report) == []


def test_unlinking_gives_up_what_waits_and_settles_the_conflict(pair: Pair) -> None:
    world = pair.world
    world.edit(world.desk, pair.report, title="B")
    world.edit(world.tracker, pair.mirror, title="C")
    world.settle()
    assert world.notices() != []
    pair.say("/loop unlink")
    assert world.notices() == []


def test_what_was_unlinked_can_be_linked_again_and_goes_on_from_there(pair: Pair) -> None:
    world = pair.world
    key = world.tracker.read(pair.mirror).key
    pair.say("/loop unlink")
    pair.edit(desk="B", tracker="C")
    pair.say(f"/loop link {key}")
    assert pair.titles == ("B", "C")
    pair.edit(desk="D")
    assert pair.titles == ("D", "D")
    assert len(world.mirrors()) == 1


# -- link ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("from_mirror", [False, True])
def test_two_items_that_exist_are_linked_as_the_rule_would_have_it(world: World, from_mirror: bool) -> None:
    report, issue = unlinked(world)
    if from_mirror:
        world.note(world.tracker, issue.id, f"/loop link {report.key}")
    else:
        world.note(world.desk, report.id, f"/loop link {issue.key.lower()}")
    world.settle()
    (link,) = known(world, world.desk, report.id)
    assert (link.type, link.rule, link.source.id) == ("mirror", "bugs", report.id)
    assert world.tracker.read(issue.id).title == "Theirs"
    assert not any("said long ago" in note.text for note in world.desk.read(report.id).notes)
    world.edit(world.desk, report.id, title="Changed")
    world.note(world.tracker, issue.id, "said now")
    world.settle()
    assert world.tracker.read(issue.id).title == "Changed"
    assert sum("said now" in note.text for note in world.desk.read(report.id).notes) == 1
    assert world.mirrors() == []


def test_without_a_rule_between_them_items_are_related_and_nothing_is_synced(world: World) -> None:
    report = world.report("Ours", labels=frozenset())
    idea = world.tracker.person(lambda: world.tracker.create("OPEN", "Theirs"))
    world.settle()
    world.note(world.desk, report.id, f"/loop link {idea.key}")
    world.settle()
    (link,) = known(world, world.desk, report.id)
    assert link.type == "relates"
    world.edit(world.desk, report.id, title="Changed")
    world.settle()
    assert world.tracker.read(idea.id).title == "Theirs"
    world.start(BUGS)
    assert world.notices() == []


def test_a_claim_that_stands_for_another_mirror_is_not_taken(pair: Pair) -> None:
    world = pair.world
    issue = world.tracker.person(lambda: world.tracker.create("ENG", "Theirs"))
    world.settle()
    pair.say(f"/loop link {issue.key}")
    assert [link.mirror.id for link in known(world, world.desk, pair.report) if link.mirror] == [pair.mirror]
    assert "already" in answers(world.desk.read(pair.report))[-1]


@pytest.mark.parametrize(
    ("key", "answer"),
    [("ENG-999", "no item of this name"), ("DESK-1", "this very item"), ("1001", "no item")],
)
def test_a_key_that_leads_nowhere_is_answered(pair: Pair, key: str, answer: str) -> None:
    pair.say(f"/loop link {key}")
    assert answer in answers(pair.world.desk.read(pair.report))[-1]


# -- why, help, mistakes ---------------------------------------------------------------------------------


def test_why_tells_the_link_and_what_was_done_lately(pair: Pair) -> None:
    pair.say("/loop why")
    (answer,) = answers(pair.world.desk.read(pair.report))
    assert f"DESK-1 is linked with {pair.world.tracker.read(pair.mirror).key} (mirror)" in answer
    assert "created" in answer
    assert "rule bugs" in answer


def test_a_mistake_and_a_command_in_one_comment_have_one_answer(pair: Pair) -> None:
    pair.say("/loop hlod\n/loop help")
    (answer,) = answers(pair.world.desk.read(pair.report))
    assert "did you mean 'hold'" in answer
    assert "/loop resume" in answer
    pair.edit(desk="B")
    assert pair.titles == ("B", "B")


def test_the_rest_of_a_comment_is_carried_without_the_command(pair: Pair) -> None:
    pair.say("Please wait.\n\n/loop why")
    (carried,) = pair.said("tracker")
    assert "Please wait." in carried
    assert "/loop" not in carried


# -- who is obeyed, and when -----------------------------------------------------------------------------


def outcomes(world: World) -> list[str]:
    """What the journal says of the commands that were heard."""
    with world.store.read() as view:
        lines = [
            line
            for name, tool in (("desk", world.desk), ("tracker", world.tracker))
            for record in tool.changed_since(0, 1000)
            for line in journal.of(view, Ref(connection=name, id=record.id))
        ]
    return [str(line.detail["outcome"]) for line in lines if line.kind is Entry.COMMANDED]


def test_a_customer_commands_nothing_and_is_not_answered(pair: Pair) -> None:
    world = pair.world
    world.desk.person(
        lambda: world.desk.add_note(pair.report, "/loop unlink", Audience.CUSTOMER, by=CUSTOMER)
    )
    world.settle()
    assert len(known(world, world.desk, pair.report)) == 1
    assert answers(world.desk.read(pair.report)) == []
    assert outcomes(world) == ["not obeyed, its author is not of the team"]
    (carried,) = pair.said("tracker")
    assert "`/loop unlink`" in carried, "words of a customer arrive, and command nothing there either"


def test_an_edit_of_a_comment_that_was_obeyed_is_not_obeyed_again(pair: Pair) -> None:
    world = pair.world
    note = world.note(world.desk, pair.report, "/loop hold")
    world.settle()
    world.desk.person(lambda: world.desk.edit_note(pair.report, note.id, "/loop unlink"))
    world.settle()
    assert len(answers(world.desk.read(pair.report))) == 1
    assert len(known(world, world.desk, pair.report)) == 1


def test_a_change_that_waited_when_the_link_was_held_holds_back_nothing(pair: Pair) -> None:
    """The title was to be written to the ticket, where somebody gave it another one and held the link."""
    world = pair.world
    world.edit(world.tracker, pair.mirror, title="B")
    poll(world.engine, "tracker")
    world.edit(world.desk, pair.report, title="C")
    pair.say("/loop hold")
    for _ in range(8):
        world.clock.seconds += 60
        world.settle()
    pair.say("/loop resume")
    pair.say("Both of you, please settle this")
    pair.edit(tracker="C")
    assert pair.titles == ("C", "C")
    assert len(answers(world.desk.read(pair.report))) == 2
    assert world.notices() == []


def test_a_change_in_hand_when_the_link_was_held_holds_back_nothing(pair: Pair) -> None:
    world = pair.world
    world.edit(world.tracker, pair.mirror, title="B")
    poll(world.engine, "tracker")

    def held_meanwhile(*_: object) -> list[Conflict]:
        world.note(world.tracker, pair.mirror, "/loop hold")
        poll(world.engine, "tracker")
        return [Conflict("title was changed meanwhile")]

    with patch.object(apply, "send_together", held_meanwhile):
        apply.work(world.engine, "desk", "worker")
    assert [effect.error for effect in world.effects(State.SKIPPED)] == ["the link is on hold"]
    pair.say("/loop resume")
    assert pair.titles == ("B", "B")


def test_what_was_said_before_loopwright_came_is_not_obeyed(store: Store) -> None:
    world = World(store)
    report = world.report()
    world.note(world.desk, report.id, "/loop help")
    world.settle()
    assert answers(world.desk.read(report.id)) == []
    assert outcomes(world) == ["not obeyed, it was there before Loopwright"]


def test_where_only_minutes_are_told_what_is_said_in_the_first_one_is_obeyed(store: Store) -> None:
    world = World(store)
    world.clock.seconds = 1_800_000_030.0
    world.settle()
    report = world.report()
    note = world.note(world.desk, report.id, "/loop help")
    minute = note.created.replace(second=0, microsecond=0)
    world.edit(world.desk, report.id, notes=(replace(note, created=minute, updated=minute),))
    world.settle()
    assert len(answers(world.desk.read(report.id))) == 1


def test_what_was_said_more_than_a_day_ago_is_not_obeyed(pair: Pair) -> None:
    world = pair.world
    world.note(world.desk, pair.report, "/loop hold")
    world.clock.seconds += 90_000
    world.settle()
    assert answers(world.desk.read(pair.report)) == []
    pair.edit(desk="B")
    assert pair.titles == ("B", "B")


def test_where_everybody_reads_the_command_is_obeyed_and_not_answered(store: Store) -> None:
    world = World(store, BUGS.replace("project: ENG", "project: OPEN\n          publish: true"))
    report = world.report("A")
    world.settle()
    mirror = world.mirror()
    world.note(world.tracker, mirror.id, "/loop hold", Audience.PUBLIC)
    world.settle()
    (link,) = known(world, world.desk, report.id)
    assert link.held
    assert answers(world.tracker.read(mirror.id)) == []
    assert "are on hold" in outcomes(world)[-1]
    assert world.effects(State.PARKED) == [], "nothing is tried that the place cannot keep internal"


# -- crashes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", ["lose_answer", "lose_request", "unavailable"])
def test_a_command_is_answered_once_whatever_happens_between(pair: Pair, failure: Failure) -> None:
    world = pair.world
    world.note(world.desk, pair.report, "/loop hold")
    while poll(world.engine, "desk"):
        pass
    (waiting,) = world.effects(State.PENDING)
    world.start()
    assert [effect.id for effect in world.effects(State.PENDING)] == [waiting.id]
    world.desk.failures.append((failure, "write"))
    world.settle()
    world.start()
    world.settle()
    assert len(answers(world.desk.read(pair.report))) == 1
    assert outcomes(world)[-1].endswith("until somebody writes `/loop resume`")
