"""A company so small that every item of it can be followed by eye."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox.company import Agent, Company, Customer, Database, Post, Repository, Ticket, TrackerProject
from sandbox.credentials import EMAIL

CREATED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SUE, KAI = "Sue Port", "Kai Engel"


def ticket(title: str, *posts: str, labels: tuple[str, ...] = ("bug",)) -> Ticket:
    """A customer's ticket with internal notes by an agent, an hour apart."""
    return Ticket(
        title=title,
        body=f"{title}, every time.",
        customer="Acme",
        contact="Ann Ames",
        created=CREATED,
        status="open",
        priority="high",
        type="incident",
        assignee=SUE,
        product_area="Export",
        labels=labels,
        posts=tuple(
            Post(SUE, CREATED + timedelta(hours=number + 1), text, internal=True)
            for number, text in enumerate(posts)
        ),
    )


def company(*tickets: Ticket) -> Company:
    return Company(
        name="Northwind",
        customers=(Customer("Acme", "enterprise", 120_000, "acme.example", ("Ann Ames",)),),
        agents=(
            Agent("Loopwright", EMAIL, "bot"),
            Agent(SUE, "sue@northwind.example", "support"),
            Agent(KAI, "kai@northwind.example", "engineer"),
        ),
        tickets=tickets,
        projects=(
            TrackerProject("ENG", "Engineering"),
            TrackerProject("PLAT", "Platform"),
            TrackerProject("MOB", "Mobile"),
        ),
        repositories=(
            Repository("northwind-soft", "app", True),
            Repository("northwind-soft", "sdk", False),
            Repository("northwind-soft", "api", True),
        ),
        databases=(
            Database("PRDs", "prds", ("Draft",)),
            Database("Roadmap", "roadmap", ("Later",)),
            Database("Feedback", "feedback", ("New",)),
        ),
    )


RULES = """
version: 1
maps:
  forth: {urgent: Highest, high: High, normal: Medium, low: Low}
rules:
  - id: bugs-to-jira
    backfill: true
    when:
      system: zendesk
      labels: {has: bug}
    then:
      - mirror:
          to: jira
          project: ENG
          type: Bug
          keep_in_sync:
            priority: {direction: both, map: forth}
            comments: {direction: both, audience: internal}
      - add_labels: [in-jira]
"""
