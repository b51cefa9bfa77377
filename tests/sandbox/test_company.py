"""The made-up company: big enough, the same every time, and true to itself."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest

from sandbox import credentials
from sandbox.company import Company, Page, Post, RepositoryIssue, Ticket, TrackerIssue, northwind
from sandbox.company.calendar import BEGIN, END
from sandbox.company.writing import families

SLOT = re.compile(r"(?<![{/$:])\{[a-z_]+\}")


@pytest.fixture(scope="module")
def company() -> Company:
    return northwind()


def items(company: Company) -> Iterator[Ticket | TrackerIssue | RepositoryIssue | Page]:
    yield from company.tickets
    yield from company.tracker_issues
    yield from company.repository_issues
    yield from company.pages


def posts(company: Company) -> Iterator[Post]:
    for item in items(company):
        yield from item.posts


def test_size(company: Company) -> None:
    assert len(company.customers) == 60
    assert Counter(agent.role for agent in company.agents) == {
        "support": 6,
        "engineer": 10,
        "product": 4,
        "bot": 1,
    }
    assert len(company.tickets) >= 400
    assert sum(len(ticket.posts) for ticket in company.tickets) >= 1500
    assert sum(post.internal for ticket in company.tickets for post in ticket.posts) >= 200
    assert len(company.tracker_issues) == 300
    assert len(company.repository_issues) == 250
    assert len(company.pages) == 80


def test_long_threads_of_html_mail(company: Company) -> None:
    threads = [[post for post in ticket.posts if post.html] for ticket in company.tickets]
    long = [thread for thread in threads if len(thread) >= 2 and len(thread[-1].text) > 1500]
    assert len(long) >= 30
    everything = "".join(post.text for thread in long for post in thread)
    assert all(mark in everything for mark in ("gmail_quote", "MsoNormal", 'type="cite"'))
    for thread in long:
        for post in thread:
            for tag in ("div", "blockquote", "p"):
                assert post.text.count(f"<{tag} ") + post.text.count(f"<{tag}>") == post.text.count(
                    f"</{tag}>"
                )


def test_same_seed_same_company(company: Company) -> None:
    assert northwind() == company
    assert northwind(8).tickets != company.tickets


def test_is_made_in_a_moment() -> None:
    northwind()
    began = time.process_time()
    northwind(9)
    assert time.process_time() - began < 1


def test_plans_and_money(company: Company) -> None:
    assert {customer.plan for customer in company.customers} == {"free", "team", "business", "enterprise"}
    for customer in company.customers:
        assert customer.domain.endswith(".example")
        assert (customer.arr == 0) == (customer.plan == "free")
        assert customer.contacts
    assert len({customer.domain for customer in company.customers}) == 60
    contacts = [name for customer in company.customers for name in customer.contacts]
    assert len(set(contacts)) == len(contacts)
    assert all(re.fullmatch(r"[A-Za-z]+ [A-Za-z]+", name) for name in contacts)


def test_the_bot_owns_the_credential(company: Company) -> None:
    bots = [agent for agent in company.agents if agent.role == "bot"]
    assert [(bot.name, bot.email) for bot in bots] == [("Loopwright", credentials.EMAIL)]
    assert "Loopwright" not in {post.author for post in posts(company)}


def test_times_are_in_order_and_within_the_span(company: Company) -> None:
    for item in items(company):
        times = [item.created, *(post.created for post in item.posts)]
        assert times == sorted(times)
        assert BEGIN <= times[0] <= times[-1] < END, item.title


def test_everybody_who_speaks_exists(company: Company) -> None:
    agents = {agent.name for agent in company.agents}
    contacts = {customer.name: set(customer.contacts) for customer in company.customers}
    for ticket in company.tickets:
        assert ticket.contact in contacts[ticket.customer]
        for post in ticket.posts:
            assert post.author in agents | {ticket.contact}
            assert not (post.internal and post.author == ticket.contact), "a customer writes no internal note"
    for issue in company.tracker_issues:
        assert {issue.reporter, *(post.author for post in issue.posts)} <= agents
        assert issue.assignee is None or issue.assignee in agents


def test_references_lead_somewhere(company: Company) -> None:
    projects = {project.key for project in company.projects}
    repositories = {f"{repository.owner}/{repository.name}" for repository in company.repositories}
    databases = {database.name: database for database in company.databases}
    assert {issue.project for issue in company.tracker_issues} == projects == {"ENG", "PLAT", "MOB"}
    assert {issue.repository for issue in company.repository_issues} == repositories
    assert {page.database for page in company.pages} == set(databases)
    for page in company.pages:
        assert page.status in databases[page.database].statuses
    born = {}
    numbers: Counter[str] = Counter()
    for issue in company.tracker_issues:
        numbers[issue.project] += 1
        born[f"{issue.project}-{numbers[issue.project]}"] = issue.created
    mentions = 0
    for post in posts(company):
        for key in re.findall(r"\b(?:ENG|PLAT|MOB)-\d+", post.text):
            assert born[key] <= post.created, "nobody mentions an issue before it exists"
            mentions += 1
    assert mentions > 100


def test_status_fits_the_last_word(company: Company) -> None:
    for ticket in company.tickets:
        spoken = [post for post in ticket.posts if not post.internal]
        if ticket.status == "new":
            assert not spoken
            assert ticket.assignee is None
        if ticket.status == "pending":
            assert spoken[-1].author != ticket.contact
        if ticket.status == "closed":
            assert (END - ticket.posts[-1].created).days >= 28
        if ticket.status == "solved":
            assert (END - ticket.posts[-1].created).days <= 28
    assert {ticket.status for ticket in company.tickets} == {
        "new",
        "open",
        "pending",
        "hold",
        "solved",
        "closed",
    }


def test_no_slot_is_left_empty(company: Company) -> None:
    for item in items(company):
        assert not SLOT.search(item.title), item.title
        assert not SLOT.search(item.body), item.body
    for post in posts(company):
        assert not SLOT.search(post.text), post.text


def test_families_have_several_tellers(company: Company) -> None:
    tellers = defaultdict(set)
    bodies = defaultdict(list)
    for ticket in company.tickets:
        tellers[ticket.family].add(ticket.customer)
        bodies[ticket.family].append(ticket.body)
    for family in families():
        assert len(tellers[family.key]) >= min(family.size, 3), family.key
        assert len(set(bodies[family.key])) == len(bodies[family.key]), "no letter is sent twice"
        if family.kind != "bug":
            assert len(family.titles) == len(family.told), f"{family.key}: the nth title is the nth story's"
    engineering = {issue.family for issue in company.tracker_issues}
    assert {family.key for family in families() if family.engineering} <= engineering


def test_text_is_varied(company: Company) -> None:
    assert len({ticket.title for ticket in company.tickets}) > 250
    openings = Counter(ticket.body[:60] for ticket in company.tickets)
    assert openings.most_common(1)[0][1] <= 6
    assert sum("```" in ticket.body for ticket in company.tickets) > 20
    assert sum("\n> " in ticket.body for ticket in company.tickets) > 20
    assert sum("\n1. " in ticket.body for ticket in company.tickets) > 15
