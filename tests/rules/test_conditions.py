"""What each test of the language means: one line a case."""

from __future__ import annotations

import pytest

from rules.conditions import Facts
from rules.problems import RuleProblems
from rules.snapshot import LinkedItem
from tests.rules.build import ISSUE, TICKET, changed, rule, ruleset, snapshot

HOLDS = [
    "status: open",
    "status: [new, open]",
    "status: {is: open}",
    "status: {is_not: closed}",
    "status: {in: [open, new]}",
    "status: {not_in: [solved, closed]}",
    "type: {is_not: Bug}",
    "type: {not_in: [Bug]}",
    "type: {exists: false}",
    "priority: {exists: true}",
    "assignee: {exists: false}",
    "organization: {exists: true}",
    "organization.plan: enterprise",
    "organization.arr: {more_than: 100000, less_than: 200000}",
    "organization.domains: {has: acme.example}",
    "requester.email: {starts_with: BEA@}",
    "requester.staff: false",
    "system: zendesk",
    "connection: zendesk",
    "kind: [ticket, feedback]",
    "key: ZD-7",
    "audience: customer",
    "closed: false",
    "deleted: false",
    "votes: 3",
    "votes: {more_than: 2}",
    "votes: {less_than: 3.5}",
    "labels: {has: bug}",
    "labels: {has_any: [crash, bug]}",
    "labels: {has_all: [sso, bug]}",
    "labels: {exists: true}",
    "title: {contains: EXPORT}",
    "title: {contains: [import, export]}",
    "title: {starts_with: [import, exp]}",
    "title: {matches: '^Export f[a-z]+s$'}",
    "title: {matches: '(?i)EXPORT'}",
    "body: {matches: '3 ?%'}",
    "created: {newer_than: 2h}",
    "created: {older_than: 59m}",
    "created: {older_than: 3599s, newer_than: 60m}",
    "custom.product_area: Export",
    "custom.seats: 250",
    "custom.seats: {more_than: 100}",
    "custom.beta: true",
    "custom.areas: {has: a}",
    "custom.areas: {has_all: [a, b]}",
    "custom.due: {older_than: 1w}",
    "custom.nothing: {exists: false}",
    "custom.nothing: {is_not: x}",
    "all: [{status: open}, {votes: 3}]",
    "any: [{status: closed}, {votes: 3}]",
    "none: [{status: closed}, {votes: 4}]",
    "{status: open, none: [{any: [{votes: 4}, {status: closed}]}]}",
    "links: {any: {system: jira}}",
    "links: {any: {system: jira, type: mirror, status: In Review}}",
    "links: {none: {system: notion}}",
    "links: {none: {type: duplicate_of}, any: {type: mirror}}",
    "links: {any: {any: [{system: github}, {container: ENG}]}}",
]  # fmt: skip

FAILS = [
    "status: closed",
    "status: Open",
    "status: [new, closed]",
    "status: {is_not: open}",
    "status: {not_in: [open]}",
    "type: Bug",
    "type: {contains: b}",
    "type: {matches: ''}",
    "assignee.name: Ann",
    "assignee.staff: false",
    "assignee: {exists: true}",
    "priority: {exists: false}",
    "labels: {has: crash}",
    "labels: {has: bu}",
    "labels: {has_any: [crash, hang]}",
    "labels: {has_all: [bug, crash]}",
    "title: {contains: import}",
    "title: {starts_with: fails}",
    "title: {matches: '^fails'}",
    "votes: {less_than: 3}",
    "votes: {more_than: 3}",
    "created: {older_than: 1h}",
    "created: {newer_than: 59m}",
    "custom.seats: {more_than: 250}",
    "custom.seats: '250'",
    "custom.beta: 1",
    "custom.product_area: {more_than: 1}",
    "custom.product_area: {older_than: 1d}",
    "custom.product_area: {has: Export}",
    "custom.nothing: x",
    "custom.nothing: {less_than: 1}",
    "all: [{status: open}, {votes: 4}]",
    "any: [{status: closed}, {votes: 4}]",
    "none: [{status: closed}, {votes: 3}]",
    "status: {changed: true}",
    "status: {changed_to: open}",
    "status: {changed_from: new}",
    "links: {any: {system: notion}}",
    "links: {none: {system: jira}}",
    "links: {any: {system: jira, type: duplicate_of}}",
    "links: {any: {system: jira, status: Done}}",
]

MIRRORED = (LinkedItem("mirror", ISSUE),)


def holds(when: str, **seen: object) -> bool:
    condition = when if when.startswith("{") else f"{{{when}}}"
    (compiled,) = ruleset("rules:\n" + rule(condition)).rules
    return compiled.when.holds(Facts.of(snapshot(**seen)))  # type: ignore[arg-type]


@pytest.mark.parametrize("when", HOLDS)
def test_holds(when: str) -> None:
    assert holds(when, links=MIRRORED)


@pytest.mark.parametrize("when", FAILS)
def test_does_not_hold(when: str) -> None:
    assert not holds(when, links=MIRRORED)


@pytest.mark.parametrize(
    ("when", "was", "expected"),
    [
        ("status: {changed: true}", {"status": "new"}, True),
        ("status: {changed: true}", {}, False),
        ("status: {changed: false}", {}, True),
        ("status: {changed: false}", {"status": "new"}, False),
        ("status: {changed: true}", {"status": None}, True),
        ("status: {changed_to: open}", {"status": "new"}, True),
        ("status: {changed_to: [open, hold]}", {"status": "new"}, True),
        ("status: {changed_to: open}", {}, False),
        ("status: {changed_to: closed}", {"status": "new"}, False),
        ("status: {changed_from: new}", {"status": "new"}, True),
        ("status: {changed_from: new, changed_to: open}", {"status": "new"}, True),
        ("status: {changed_from: [hold, pending]}", {"status": "new"}, False),
        ("labels: {changed: true}", {"labels": ("bug",)}, True),
        ("assignee: {changed: true}", {}, False),
        ("custom.beta: {changed: true}", {"custom": {"beta": 1}}, True),
    ],
)
def test_change(when: str, was: dict[str, object], expected: bool) -> None:
    assert holds(when, before=changed(TICKET, **was)) is expected


def test_named_conditions_nest() -> None:
    rules = ruleset(
        """
        conditions:
          paying: {organization.plan: [business, enterprise]}
          open-and-paying: {meets: paying, status: open}
        rules:
          - id: it
            when: {meets: [open-and-paying, paying]}
            then: [{add_labels: [x]}]
        """
    )
    (compiled,) = rules.rules
    assert compiled.when.holds(Facts.of(snapshot()))
    assert not compiled.when.holds(Facts.of(snapshot(changed(TICKET, status="closed"))))
    assert not compiled.when.holds(Facts.of(snapshot(changed(TICKET, organization=None))))


def test_half_a_surrogate_pair_harms_no_pattern() -> None:
    assert not holds("title: {matches: 'x'}", item=changed(TICKET, title="\ud83d"))


def test_a_hostile_pattern_is_harmless() -> None:
    assert not holds("title: {matches: '(a*)*b'}", item=changed(TICKET, title="a" * 50_000))


def test_a_wrong_pattern_writes_nothing_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuleProblems):
        holds("title: {matches: '(secret'}")
    assert capfd.readouterr() == ("", "")
