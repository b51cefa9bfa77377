"""Northwind Software, the maker of a work app for businesses: the company of the sandbox."""

from __future__ import annotations

from random import Random

from sandbox.company.model import Company
from sandbox.company.pages import DATABASES, make_pages
from sandbox.company.people import make_agents, make_customers
from sandbox.company.repositories import APP, SDK, make_repository_issues
from sandbox.company.tickets import Desk, make_tickets
from sandbox.company.tracker import PROJECTS, keys_by_family, make_tracker_issues


def northwind(seed: int = 7) -> Company:
    """The same company for the same seed, to the last comment.

    Each part draws from a stream of its own, so that a change of one leaves the others as they were.
    """

    def stream(part: str) -> Random:
        return Random(f"{seed}/{part}")  # noqa: S311 - fiction, not secrets

    customers = make_customers(stream("customers"))
    agents = make_agents(stream("agents"), customers)
    issues = make_tracker_issues(stream("tracker"), customers, agents)
    desk = Desk(customers, agents, keys_by_family(issues))
    return Company(
        name="Northwind Software",
        customers=customers,
        agents=agents,
        tickets=make_tickets(stream("tickets"), desk),
        projects=PROJECTS,
        tracker_issues=issues,
        repositories=(APP, SDK),
        repository_issues=make_repository_issues(stream("repositories"), customers, agents),
        databases=DATABASES,
        pages=make_pages(stream("pages"), customers, agents),
    )
