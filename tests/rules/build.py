"""Items, snapshots and rule sets for the tests of rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from textwrap import dedent, indent

from connectors.model import Audience, Item, Kind, Organization, Person, Ref
from rules.load import load_texts
from rules.problems import RuleProblems
from rules.ruleset import RuleSet
from rules.snapshot import LinkedItem, Memory, Snapshot

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
ACTIVATED = NOW - timedelta(days=1)

TICKET = Item(
    ref=Ref(connection="zendesk", id="7", key="ZD-7"),
    system="zendesk",
    kind=Kind.TICKET,
    container="Northwind",
    url="https://northwind.example/tickets/7",
    title="Export fails",
    body="It **stops** at 3 %.",
    audience=Audience.CUSTOMER,
    status="open",
    priority="urgent",
    labels=("bug", "sso"),
    requester=Person(id="9", name="Bea Customer", email="bea@acme.example"),
    organization=Organization(id="1", name="Acme", plan="enterprise", arr=120_000, domains=("acme.example",)),
    votes=3,
    custom={"product_area": "Export", "due": "2026-10-20", "seats": 250, "beta": True, "areas": ["a", "b"]},
    created=NOW - timedelta(hours=1),
    updated=NOW,
)

ISSUE = Item(
    ref=Ref(connection="jira", id="10042", key="ENG-1"),
    system="jira",
    kind=Kind.ISSUE,
    container="ENG",
    url="https://northwind.example/browse/ENG-1",
    title="[Acme] Export fails",
    body="See the ticket.",
    type="Bug",
    status="In Review",
    priority="Highest",
    created=NOW - timedelta(hours=1),
    updated=NOW,
)


def ruleset(text: str) -> RuleSet:
    """The rule set of one file, ``rules.yaml``, without its ``version`` line."""
    return load_texts({"rules.yaml": f"version: 1\n{dedent(text).lstrip()}"})


def rule(when: str, then: str = "- add_labels: [seen]", *, id: str = "it", **settings: str) -> str:
    """A rule as text, to stand below ``rules:``."""
    lines = "".join(f"    {key}: {value}\n" for key, value in settings.items())
    done = indent(dedent(then).strip(), "      ")
    return f"  - id: {id}\n{lines}    when: {when}\n    then:\n{done}\n"


def snapshot(
    item: Item = TICKET,
    *,
    before: Item | None = None,
    links: tuple[LinkedItem, ...] = (),
    now: datetime = NOW,
    ours: bool = False,
) -> Snapshot:
    return Snapshot(item, before, links, now, 1, ours)


def memory(
    rules: RuleSet, truths: dict[str, bool] | None = None, *, activated: datetime = ACTIVATED
) -> Memory:
    """What is remembered when all rules have been in force since ``activated``."""
    return Memory(truths or {}, {rule.key: activated for rule in rules.rules})


def changed(item: Item, **fields: object) -> Item:
    """The item with other values."""
    return item.model_copy(update=fields)


def mistakes(text: str) -> str:
    """The messages that a file gets."""
    try:
        load_texts({"rules.yaml": text})
    except RuleProblems as problems:
        return str(problems)
    return ""
