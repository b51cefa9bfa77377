"""The example rules do what their comments say."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.model import Audience, Item, Kind, Organization, Ref
from rules.evaluate import evaluate
from rules.intents import Change, Decision, Direction, Mirror, Say
from rules.load import load
from rules.snapshot import LinkedItem
from tests.rules.build import ISSUE, NOW, TICKET, changed, memory, snapshot

RULES = load([Path(__file__).parents[2] / "config" / "examples"])
REPORT = Item(
    ref=Ref(connection="github", id="99", key="northwind-soft/sdk#12"),
    system="github",
    kind=Kind.ISSUE,
    container="northwind-soft/sdk",
    url="https://github.example/northwind-soft/sdk/issues/12",
    title="Retry loses the body",
    body="It is empty the second time.",
    audience=Audience.PUBLIC,
    status="open",
    labels=("customer-report",),
    created=NOW,
    updated=NOW,
)
WISH = changed(TICKET, labels=("feature-request",), title="Dark mode", priority="low")


def decided(item: Item, before: Item | None = None, *links: LinkedItem) -> Decision:
    return evaluate(RULES, snapshot(item, before=before, links=links), memory(RULES))


def test_an_enterprise_bug_reaches_engineering() -> None:
    mirror, labelled = decided(TICKET).intents
    assert isinstance(mirror, Mirror)
    assert (mirror.to, mirror.container, mirror.type) == ("jira", "ENG", "Bug")
    assert mirror.title == "[Acme] Export fails"
    assert mirror.body.startswith("**Customer:** Acme (enterprise)\n**Ticket:** [ZD-7](https://")
    assert mirror.body.endswith("\n\nIt **stops** at 3 %.")
    assert (mirror.priority, mirror.labels) == ("Highest", ("from-zendesk",))
    assert mirror.keep.comments is not None
    assert mirror.keep.comments.audience is Audience.INTERNAL
    assert isinstance(labelled, Change)
    assert labelled.patch.add_labels == ("in-jira",)


@pytest.mark.parametrize(
    "item",
    [
        changed(TICKET, organization=Organization(id="1", name="A", plan="team")),
        changed(TICKET, organization=None),
        changed(TICKET, labels=("sso",)),
        changed(TICKET, status="closed"),
    ],
)
def test_other_tickets_do_not(item: Item) -> None:
    assert decided(item).fired == ()


def test_a_ticket_that_has_its_issue_gets_no_second_one() -> None:
    assert decided(TICKET, None, LinkedItem("mirror", ISSUE)).fired == ()


def test_a_jira_move_is_told_to_the_agent() -> None:
    moved = decided(ISSUE, changed(ISSUE, status="In Progress"), LinkedItem("mirror", TICKET))
    change, note = moved.intents
    assert isinstance(change, Change)
    assert change.target == TICKET.ref
    assert change.patch.fields == {"status": "hold", "custom.jira_status": "In Review"}
    assert isinstance(note, Say)
    assert (note.audience, note.body) == (Audience.INTERNAL, "Jira ENG-1 moved to **In Review**.")


def test_a_jira_move_touches_no_ticket_that_is_done() -> None:
    solved = LinkedItem("mirror", changed(TICKET, status="solved"))
    assert decided(ISSUE, changed(ISSUE, status="To Do"), solved).intents == ()


@pytest.mark.parametrize(("repository", "project"), [("sdk", "PLAT"), ("app", "ENG")])
def test_a_customer_report_goes_to_the_project_of_its_repository(repository: str, project: str) -> None:
    (mirror,) = decided(changed(REPORT, container=f"northwind-soft/{repository}")).intents
    assert isinstance(mirror, Mirror)
    assert (mirror.to, mirror.container, mirror.title) == ("jira", project, "Retry loses the body")
    assert "by somebody" in mirror.body
    assert mirror.keep.comments is not None
    assert mirror.keep.comments.direction is Direction.TO_MIRROR


def test_a_wish_becomes_a_row_of_the_feedback_database() -> None:
    mirror, labelled = decided(WISH).intents
    assert isinstance(mirror, Mirror)
    assert (mirror.to, mirror.container) == ("notion", "Feedback")
    assert (mirror.title, mirror.status, mirror.priority) == ("Dark mode", "New", "Low")
    assert {kept.name: kept.direction for kept in mirror.keep.fields} == {
        "title": Direction.TO_MIRROR,
        "priority": Direction.BOTH,
        "status": Direction.TO_SOURCE,
    }
    assert isinstance(labelled, Change)


def test_a_wish_of_nobody_in_particular_is_heard_too() -> None:
    mirror, _ = decided(changed(WISH, organization=None)).intents
    assert isinstance(mirror, Mirror)
    assert "a customer without an organization" in mirror.body


def test_no_rule_leaves_anything_unresolved() -> None:
    for decision in (decided(TICKET), decided(REPORT), decided(WISH)):
        assert decision.unresolved == ()
        assert decision.clashes == ()
