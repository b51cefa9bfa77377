"""Assignees kept in sync: who is who, and what becomes of those whom nobody knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import Unavailable
from connectors.memory import MemoryConnector
from connectors.memory.tool import Record
from connectors.model import Person
from sync.enquire import KNOWN_FOR, UNKNOWN_FOR
from sync.follow import follow
from sync.store.database import Store
from sync.store.effects import State
from sync.store.notices import Matter
from sync.store.people import Override
from tests.sync.world import BUGS, World

RULES = BUGS.replace(
    "title: {direction: both, publish: true}",
    "title: {direction: both, publish: true}\n            assignee: {direction: both}",
)
KAI, SUE = "kai@northwind.example", "sue@northwind.example"


class Directory(MemoryConnector):
    """A tool in which people are found by e-mail address, and that counts how often it is asked."""

    staff: dict[str, dict[str, Person]]
    """By connection and address."""
    asked: list[tuple[str, tuple[str, ...]]]
    down = False

    def people(self, emails: Sequence[str]) -> Mapping[str, Person]:
        self.asked.append((self.connection, tuple(emails)))
        if Directory.down:
            raise Unavailable(f"{self.connection}: GET /people: 503")
        known = self.staff[self.connection]
        return {email: known[email] for email in emails if email in known}


class Company(World):
    """The desk shows e-mail addresses, the tracker hides them."""

    connector = Directory

    def assign(self, report: Record, person: Person | None) -> None:
        self.edit(self.desk, report.id, assignee=person)
        self.settle()

    def at_mirror(self) -> str | None:
        assignee = self.mirror().assignee
        return assignee.id if assignee else None

    def at_desk(self, report: Record) -> str | None:
        assignee = self.desk.read(report.id).assignee
        return assignee.id if assignee else None

    def unresolved(self) -> list[tuple[str, int]]:
        found = [notice for notice in self.notices() if notice.matter is Matter.UNRESOLVED]
        return [(notice.subject, notice.times) for notice in found]


@pytest.fixture
def company(store: Store) -> Company:
    fill()
    return Company(store, RULES)


def fill() -> None:
    Directory.staff = {
        "desk": {KAI: Person(id="d-kai", name="Kai"), SUE: Person(id="d-sue", name="Sue")},
        "tracker": {KAI: Person(id="t-kai", name="Kai E."), SUE: Person(id="t-sue", name="S.")},
    }
    Directory.asked = []
    Directory.down = False


def at_desk(name: str) -> Person:
    return Person(id=f"d-{name}", name=name, email=f"{name}@northwind.example", staff=True)


def in_tracker(name: str) -> Person:
    return Person(id=f"t-{name}", name=name, staff=True)


def test_a_new_mirror_gets_its_sources_assignee(company: Company) -> None:
    company.report(assignee=at_desk("kai"))
    company.settle()
    assert company.at_mirror() == "t-kai"
    assert company.unresolved() == []


def test_an_assignee_travels_both_ways_also_where_addresses_are_hidden(company: Company) -> None:
    report = company.report(assignee=at_desk("kai"))
    company.settle()
    company.assign(report, at_desk("sue"))
    assert company.at_mirror() == "t-sue"
    company.edit(company.tracker, company.mirror().id, assignee=in_tracker("kai"))
    company.settle()
    assert company.at_desk(report) == "d-kai"


def test_a_person_is_asked_for_once_and_many_at_once(company: Company) -> None:
    for name in ("kai", "sue", "kai"):
        company.report(f"of {name}", assignee=at_desk(name))
    company.settle()
    assert Directory.asked == [("tracker", (KAI, SUE))]
    company.clock.seconds += KNOWN_FOR
    company.report("later", assignee=at_desk("kai"))
    company.settle()
    assert Directory.asked[1:] == [("tracker", (KAI,))]


def test_somebody_unknown_leaves_the_field_alone_and_is_counted(company: Company) -> None:
    first = company.report("A", assignee=at_desk("kai"))
    company.settle()
    company.assign(first, at_desk("eve"))
    company.report("B", assignee=at_desk("eve"))
    company.settle()
    assert [record.assignee.id if record.assignee else None for record in company.mirrors()] == [
        "t-kai",
        None,
    ]
    assert company.unresolved() == [("person d-eve in tracker", 2)]
    told = " ".join(notice.text for notice in company.notices())
    assert "eve@" not in told
    assert company.effects(State.PENDING) == []


def test_somebody_unknown_who_joins_is_found_by_the_hour(company: Company) -> None:
    report = company.report(assignee=at_desk("eve"))
    company.settle()
    Directory.staff["tracker"]["eve@northwind.example"] = in_tracker("eve")
    company.settle()
    assert company.at_mirror() is None
    company.clock.seconds += UNKNOWN_FOR
    company.settle()
    assert company.at_mirror() == "t-eve"
    assert company.unresolved() == []
    assert company.at_desk(report) == "d-eve"


def test_unassigning_on_purpose_is_carried(company: Company) -> None:
    report = company.report(assignee=at_desk("kai"))
    company.settle()
    company.edit(company.tracker, company.mirror().id, assignee=None)
    company.settle()
    assert company.at_desk(report) is None


def test_unassigning_after_somebody_unknown_is_carried_too(company: Company) -> None:
    report = company.report(assignee=at_desk("kai"))
    company.settle()
    company.assign(report, at_desk("eve"))
    assert company.at_mirror() == "t-kai"
    company.assign(report, None)
    assert company.at_mirror() is None
    assert company.unresolved() == []


def test_the_same_person_at_both_ends_is_no_conflict(company: Company) -> None:
    report = company.report(assignee=at_desk("kai"))
    company.settle()
    company.edit(company.desk, report.id, assignee=at_desk("sue"))
    company.edit(company.tracker, company.mirror().id, assignee=in_tracker("sue"))
    company.settle()
    assert company.notices() == []
    company.assign(report, at_desk("kai"))
    assert company.at_mirror() == "t-kai"


def test_different_people_at_both_ends_are_a_conflict(company: Company) -> None:
    report = company.report(assignee=None)
    company.settle()
    company.edit(company.desk, report.id, assignee=at_desk("sue"))
    company.edit(company.tracker, company.mirror().id, assignee=in_tracker("kai"))
    company.settle()
    assert [notice.matter for notice in company.notices()] == [Matter.CONFLICT]
    assert (company.at_desk(report), company.at_mirror()) == ("d-sue", "t-kai")


def test_a_tool_that_cannot_answer_makes_nobody_unknown(company: Company) -> None:
    Directory.down = True
    company.report(assignee=at_desk("kai"))
    company.settle()
    assert company.unresolved() == []
    assert follow(company.engine, "tracker") == 0, "it is not asked again at once"
    Directory.down = False
    company.clock.seconds += 60
    company.settle()
    assert company.at_mirror() == "t-kai"


def override(company: Company, desk: str, tracker: str) -> None:
    company.overrides = (Override(0, "desk", desk), Override(0, "tracker", tracker))
    company.start(RULES)
    company.settle()


def test_the_override_file_goes_before_the_address_in_both_directions(company: Company) -> None:
    override(company, f"email:{KAI}", "id:t-boss")
    report = company.report(assignee=at_desk("kai"))
    company.settle()
    assert company.at_mirror() == "t-boss"
    company.assign(report, None)
    company.edit(company.tracker, company.mirror().id, assignee=in_tracker("boss"))
    company.settle()
    assert company.at_desk(report) == "d-kai"


def test_who_waited_for_an_override_goes_on_when_it_is_there(company: Company) -> None:
    company.report(assignee=at_desk("eve"))
    company.settle()
    assert company.unresolved() != []
    override(company, "id:d-eve", "id:t-eve")
    assert company.at_mirror() == "t-eve"
    assert company.unresolved() == []


def test_a_login_is_found_among_those_who_were_assigned_before(company: Company) -> None:
    company.tracker.person(
        lambda: company.tracker.create("ENG", "Other", assignee=Person(id="77", name="Eve_x"))
    )
    company.settle()
    override(company, "id:d-eve", "login:eve_x")
    company.report(assignee=at_desk("eve"))
    company.settle()
    assert company.at_mirror() == "77"


def test_a_rule_that_keeps_no_assignee_waits_for_nobody(company: Company) -> None:
    company.report(assignee=at_desk("eve"))
    company.settle()
    company.start(BUGS)
    company.settle()
    assert company.unresolved() == []
    asked = len(Directory.asked)
    company.clock.seconds += UNKNOWN_FOR
    company.settle()
    assert len(Directory.asked) == asked


def test_an_assignee_kept_towards_the_source_alone(store: Store, company: Company) -> None:
    world = Company(store, RULES.replace("assignee: {direction: both}", "assignee: {direction: to_source}"))
    report = world.report(assignee=at_desk("kai"))
    world.settle()
    assert world.at_mirror() is None
    shown = in_tracker("sue").model_copy(update={"email": SUE.title()})
    world.edit(world.tracker, world.mirror().id, assignee=shown)
    world.settle()
    assert world.at_desk(report) == "d-sue"


WHO = st.sampled_from(["kai", "sue", "eve", None])


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(first=WHO, edits=st.lists(st.tuples(st.booleans(), WHO), max_size=5))
def test_nobody_is_unassigned_because_somebody_is_unknown(
    tmp_path_factory: pytest.TempPathFactory, first: str | None, edits: list[tuple[bool, str | None]]
) -> None:
    """Whatever people do at either end: an end is empty only where somebody emptied the other one."""
    fill()
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('people') / 'store.sqlite'}")
    store.migrate()
    world = Company(store, RULES)
    report = world.report(assignee=at_desk(first) if first else None)
    world.settle()
    emptied = [first in ("eve", None), first is None]
    for at_the_desk, name in edits:
        if at_the_desk:
            world.assign(report, at_desk(name) if name else None)
        else:
            world.edit(world.tracker, world.mirror().id, assignee=in_tracker(name) if name else None)
            world.settle()
        emptied = [end or name is None for end in emptied]
        ends = [
            (world.at_mirror() or "").removeprefix("t-"),
            (world.at_desk(report) or "").removeprefix("d-"),
        ]
        assert all(end or was_emptied for end, was_emptied in zip(ends, emptied, strict=True))
        assert ends[0] == ends[1] or world.notices()
    store.close()
