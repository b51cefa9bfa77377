"""Who is mentioned in a text is mentioned in its copy if the other tool knows them, and nobody else is."""

from __future__ import annotations

import pytest

from connectors.errors import Rejected
from connectors.memory.tool import Record
from connectors.model import Audience, Person
from sync.store.database import Store
from sync.store.people import Override
from tests.sync.test_people import KAI, Company, Directory, fill
from tests.sync.world import BUGS

RULES = BUGS.replace(
    "fields: {labels: [from-desk]}", r'fields: {body: "From {{ item.key }}:\n\n{{ item.body }}"}'
)
ASKS = "Ask [@Kai](person:d-kai)."
WORDS = "Ask @\u2060Kai."
BY_NAME = Person(id="d-kai", name="Kai", email=KAI, staff=True)
CUSTOMER = Person(id="c-1", name="Ann Customer")


class Chatty(Directory):
    mentions_logins = False
    refuses = False

    def people(self, emails):  # type: ignore[no-untyped-def]
        if Chatty.refuses:
            raise Rejected(f"{self.connection}: GET /people: 403")
        return super().people(emails)


class Named(Chatty):
    mentions_logins = True


class Office(Company):
    connector = Chatty


class Forge(Company):
    connector = Named


@pytest.fixture
def office(store: Store) -> Office:
    fill()
    Chatty.refuses = False
    return Office(store, RULES)


def said(office: Company) -> str:
    """What the one comment at the mirror says, without who said it."""
    (note,) = office.mirror().notes
    return note.text.partition("\n\n")[2]


def reported(office: Company, **values: object) -> Record:
    report = office.report("It stops", assignee=BY_NAME, **values)
    office.settle()
    return report


def test_who_is_known_there_is_mentioned(office: Office) -> None:
    report = reported(office)
    office.note(office.desk, report.id, f"{ASKS} Again: {ASKS}")
    office.settle()
    assert said(office) == ("Ask [@Kai](person:t-kai). " * 2).replace(" Ask", " Again: Ask").strip()
    assert Directory.asked.count(("tracker", (KAI,))) == 1


def test_who_is_not_known_there_is_named(office: Office) -> None:
    Directory.staff["tracker"].clear()
    report = reported(office)
    office.note(office.desk, report.id, ASKS)
    office.settle()
    assert said(office) == WORDS


def test_a_customer_calls_nobody(office: Office) -> None:
    report = reported(office)
    office.desk.person(lambda: office.desk.add_note(report.id, ASKS, Audience.INTERNAL, by=CUSTOMER))
    office.settle()
    assert said(office) == WORDS
    assert Directory.asked == []


def test_what_was_said_long_ago_calls_nobody(office: Office) -> None:
    report = office.desk.person(lambda: office.desk.create("DESK", "Old", assignee=BY_NAME))
    office.note(office.desk, report.id, ASKS)
    office.clock.seconds += 2 * 86400
    office.edit(office.desk, report.id, labels=frozenset(["bug"]))
    office.settle()
    assert said(office) == WORDS


def test_a_tool_that_is_down_is_asked_again(office: Office) -> None:
    report = reported(office)
    Directory.down = True
    office.note(office.desk, report.id, ASKS)
    with pytest.raises(AssertionError, match="rest"):
        office.settle(rounds=5)
    assert office.mirror().notes == ()
    Directory.down = False
    office.settle()
    assert said(office) == "Ask [@Kai](person:t-kai)."


def test_a_tool_that_tells_nobody_gets_the_text_all_the_same(office: Office) -> None:
    report = reported(office)
    Chatty.refuses = True
    office.note(office.desk, report.id, ASKS)
    office.settle()
    assert said(office) == WORDS


def test_a_tool_that_mentions_nobody_gets_names(store: Store) -> None:
    fill()
    company = Company(store, RULES)
    report = reported(company)
    company.note(company.desk, report.id, ASKS)
    company.settle()
    assert said(company) == WORDS


def test_the_override_file_says_who_is_mentioned(store: Store) -> None:
    fill()
    office = Office(store, RULES)
    office.overrides = (Override(1, "desk", "id:d-kai"), Override(1, "tracker", "id:t-other"))
    office.start(RULES)
    report = reported(office)
    office.note(office.desk, report.id, ASKS)
    office.settle()
    assert said(office) == "Ask [@Kai](person:t-other)."


def test_where_people_are_mentioned_by_name_the_name_is_looked_up(store: Store) -> None:
    fill()
    forge = Forge(store, RULES)
    forge.overrides = (Override(1, "desk", "login:kai"), Override(1, "tracker", "login:kai-dev"))
    forge.start(RULES)
    report = reported(forge)
    forge.note(forge.desk, report.id, "Ask [@KAI](person:login:KAI).")
    forge.settle()
    assert said(forge) == "Ask [@KAI](person:login:kai-dev)."


@pytest.mark.parametrize(("requester", "body"), [(BY_NAME, "Ask [@Kai](person:t-kai)."), (CUSTOMER, WORDS)])
def test_the_body_of_a_mirror_mentions_people_if_one_of_the_team_wrote_it(
    office: Office, requester: Person, body: str
) -> None:
    reported(office, text=f"{ASKS} @all, see #12.", requester=requester)
    assert office.mirror().text == f"From DESK-1:\n\n{body} @\u2060all, see #\u206012."
