"""The Jira projects: engineering issues behind customers' problems, and the team's own work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from sandbox.company import calendar
from sandbox.company.facts import Facts, facts
from sandbox.company.model import Agent, Customer, Post, TrackerIssue, TrackerProject
from sandbox.company.writing import Family, Work, families, talk, work

PROJECTS = (
    TrackerProject("ENG", "Engineering"),
    TrackerProject("PLAT", "Platform"),
    TrackerProject("MOB", "Mobile"),
)
COUNT = 300
_PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")


def make_tracker_issues(
    random: Random, customers: Sequence[Customer], agents: Sequence[Agent]
) -> tuple[TrackerIssue, ...]:
    """All issues, oldest first, so that their numbers follow from their order."""
    writer = _Writer(random, customers, agents)
    known = [family for family in families() if family.engineering]
    issues = [writer.of_family(family) for family in known]
    issues += [writer.repetition(family) for family in known if family.kind == "bug" and family.size >= 8]
    chores = [(entry, value) for entry in work() for value in entry.each]
    issues += [writer.of_work(entry, value) for entry, value in random.sample(chores, COUNT - len(issues))]
    issues.sort(key=lambda issue: issue.created)
    return tuple(writer.discussed(issue, keys) for issue, keys in zip(issues, _earlier(issues), strict=True))


def keys_by_family(issues: Sequence[TrackerIssue]) -> dict[str, tuple[str, datetime]]:
    """The key and birth of the first issue of each family."""
    found: dict[str, tuple[str, datetime]] = {}
    for issue, key in zip(issues, _keys(issues), strict=True):
        if issue.family:
            found.setdefault(issue.family, (key, issue.created))
    return found


def _keys(issues: Sequence[TrackerIssue]) -> list[str]:
    numbers = {project.key: 0 for project in PROJECTS}
    keys = []
    for issue in issues:
        numbers[issue.project] += 1
        keys.append(f"{issue.project}-{numbers[issue.project]}")
    return keys


def _earlier(issues: Sequence[TrackerIssue]) -> list[list[str]]:
    """For each issue, the keys that exist in its project before it."""
    seen: dict[str, list[str]] = {project.key: [] for project in PROJECTS}
    earlier = []
    for issue, key in zip(issues, _keys(issues), strict=True):
        earlier.append(list(seen[issue.project]))
        seen[issue.project].append(key)
    return earlier


class _Writer:
    def __init__(self, random: Random, customers: Sequence[Customer], agents: Sequence[Agent]) -> None:
        self.random = random
        self.customers = customers
        self.families = {family.key: family for family in families()}
        self.staff: dict[str, list[str]] = {}
        for agent in agents:
            self.staff.setdefault(agent.role, []).append(agent.name)

    def one(self, role: str) -> str:
        return self.random.choice(self.staff[role])

    def facts(self, moment: datetime) -> Facts:
        customer = self.random.choice(self.customers)
        staff = {role: self.one(role).split()[0] for role in ("engineer", "product", "support")}
        return facts(self.random, moment, customer, self.random.choice(customer.contacts), staff)

    def of_family(self, family: Family) -> TrackerIssue:
        """The issue that support or an engineer files a few days after the first letters."""
        random = self.random
        created = calendar.office(random, calendar.ago(family.since - random.uniform(1, 4)))
        particulars = self.facts(created)
        parts = [
            random.choice(
                (
                    "Reported by several customers, first by {company}.",
                    "From support. First seen at {company} ({plan}).",
                )
            ),
            f"> {random.choice(family.told)}",
            _section("Steps", "\n".join(f"{n}. {step}" for n, step in enumerate(family.steps, 1))),
            _section("Expected", family.expected) if family.steps else "",
            _section("Actual", family.actual) if family.steps else "",
            _section("Log", f"```\n{family.error}\n```") if family.error else "",
        ]
        return TrackerIssue(
            project=family.project or "ENG",
            title=particulars.fill(family.engineering),
            body=particulars.fill("\n\n".join(filter(None, parts))),
            type="Bug" if family.kind == "bug" else "Story",
            status=self._status_of(family, created),
            priority=random.choices(_PRIORITIES, weights=(1, 4, 5, 1, 0))[0],
            created=created,
            reporter=self.one("support"),
            assignee=self.one("engineer"),
            labels=tuple(sorted({family.area.lower(), "customer-reported"})),
            family=family.key,
        )

    def repetition(self, family: Family) -> TrackerIssue:
        """Somebody else files the same problem again, in a customer's words."""
        random = self.random
        created = calendar.office(random, calendar.ago(max(family.since - random.uniform(9, 24), 3)))
        particulars = self.facts(created)
        body = f"{{company}} writes:\n\n> {random.choice(family.told)}\n\nIs this known?"
        return TrackerIssue(
            project=family.project or "ENG",
            title=particulars.fill(random.choice(family.titles)),
            body=particulars.fill(body),
            type="Bug",
            status="Done" if random.random() < 0.5 else "To Do",
            priority="Medium",
            created=created,
            reporter=self.one("support"),
            assignee=None,
            labels=("customer-reported",),
            family=family.key,
        )

    def of_work(self, entry: Work, value: str) -> TrackerIssue:
        random = self.random
        created = calendar.between(random, calendar.BEGIN, calendar.END)
        particulars = self.facts(created)
        particulars = particulars.also(x=particulars.fill(value))
        done = "\n".join(f"- {line}" for line in entry.done)
        body = f"{entry.body}\n\n## Done when\n\n{done}" if random.random() < 0.8 else entry.body
        return TrackerIssue(
            project=entry.project,
            title=particulars.fill(entry.title),
            body=particulars.fill(body),
            type=entry.type,
            status=self._status_by_age(created),
            priority=random.choices(_PRIORITIES, weights=(0, 2, 6, 3, 1))[0],
            created=created,
            reporter=self.one(random.choices(("engineer", "product"), weights=(3, 1))[0]),
            assignee=self.one("engineer") if random.random() < 0.75 else None,
            labels=entry.labels,
        )

    def discussed(self, issue: TrackerIssue, earlier: list[str]) -> TrackerIssue:
        """The issue with what people wrote below it; what was begun or finished shows in the words."""
        random = self.random
        family = self.families.get(issue.family)
        customer = random.choice(self.customers)
        particulars = self.facts(issue.created).also(
            key=random.choice(earlier or [f"{issue.project}-1"]),
            cause=family.cause if family else "",
            workaround=family.workaround if family else "",
            told=random.choice(family.told) if family else "",
            company=customer.name,
            plan=customer.plan,
        )
        posts: list[Post] = []
        moment = issue.created
        for author, text in self._said(issue, family):
            moment = calendar.after(random, moment, 30)
            if moment >= calendar.END:
                unfinished = "In Progress" if posts else "To Do"
                return replace(issue, posts=tuple(posts), status=unfinished)
            current = particulars.also(web=calendar.web_version(moment))
            posts.append(Post(author, moment, current.fill(text), internal=True))
        return replace(issue, posts=tuple(posts))

    def _said(self, issue: TrackerIssue, family: Family | None) -> list[tuple[str, str]]:
        """Who says what, in order; an unfinished issue lacks the end of it."""
        random, words = self.random, talk()
        begun, done = issue.status != "To Do", issue.status == "Done"
        engineer = issue.assignee or self.one("engineer")
        said: list[tuple[str, str]] = []
        if begun:
            said.append((engineer, random.choice(words.start)))
        if begun and family and family.cause:
            said.append((engineer, random.choice(words.found)))
        chatter = words.middle if issue.type == "Bug" else words.tasks
        said += [
            (self.one("engineer"), line) for line in random.sample(chatter, random.choice((0, 1, 1, 2, 3)))
        ]
        if family and family.kind == "bug" and random.random() < 0.6:
            said.append((self.one("support"), random.choice(words.sup)))
        if done:
            said.append((engineer, random.choice(words.finish if issue.type == "Bug" else words.done)))
        return said

    def _status_of(self, family: Family, created: datetime) -> str:
        if family.fixed is not None:
            return "Done"
        young = calendar.END - created < timedelta(days=25)
        return self.random.choice(
            ("To Do", "In Progress") if young else ("In Progress", "In Review", "In Progress")
        )

    def _status_by_age(self, created: datetime) -> str:
        days = (calendar.END - created).days
        weights = (6, 3, 1, 1) if days < 14 else (4, 3, 2, 6) if days < 50 else (3, 1, 1, 14)
        return self.random.choices(("To Do", "In Progress", "In Review", "Done"), weights=weights)[0]


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text}" if text else ""
