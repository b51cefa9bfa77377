"""The company's engineering side, put into Jira without a sound."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sandbox import credentials
from sandbox.company import Agent, Company, Post, Report, TrackerIssue
from sandbox.jira import document
from sandbox.jira.catalogue import DEFAULT_PRIORITY, PRIORITIES, TYPES
from sandbox.jira.records import Account, Issue, IssueType, Priority, Project
from sandbox.jira.site import Site
from sandbox.jira.values import SUMMARY_LIMIT
from sandbox.jira.workflow import TO_DO, status_named

BOT = Account(
    id="712020:b07b07b0-7b07-4b07-8b07-b07b07b07b07",
    name="Loopwright",
    email=credentials.EMAIL,
    zone="Europe/Berlin",
)
"""Whose token it is. Its profile is not in UTC, as most are not: local times in its queries mean Berlin."""

_PRIORITIES = {priority.name.lower(): priority for priority in PRIORITIES} | {
    "blocker": PRIORITIES[0],
    "urgent": PRIORITIES[0],
    "critical": PRIORITIES[1],
    "major": PRIORITIES[1],
    "normal": PRIORITIES[2],
    "minor": PRIORITIES[3],
    "trivial": PRIORITIES[4],
}
_TYPES = {type_.name.lower(): type_ for type_ in TYPES}


def account_id(name: str) -> str:
    """An account id as Jira makes them, the same in every run."""
    return "5b" + hashlib.sha256(name.encode()).hexdigest()[:22]


def enroll(site: Site, agent: Agent) -> Account:
    """The account of somebody of the team; engineers hide their addresses."""
    account = Account(account_id(agent.name), agent.name, agent.email, shows_email=agent.role != "engineer")
    return site.accounts.setdefault(account.id, account)


def stranger(site: Site, name: str) -> Account:
    """The account of a name that is not of the team."""
    name = name or "Unknown reporter"
    found = site.accounts.get(account_id(name))
    if found is None:
        found = Account(account_id(name), name, f"{account_id(name)}@reporters.example")
        site.accounts[found.id] = found
    return found


def add_project(site: Site, key: str, name: str, type_: str = "software") -> Project:
    """The project of this key, made if there is none."""
    return site.projects.setdefault(key, Project(10_000 + len(site.projects), key, name, type_))


def seed(site: Site, company: Company) -> None:
    """Accounts, projects and issues with their comments, oldest first."""
    for agent in company.agents:
        if agent.role != "bot":
            enroll(site, agent)
    for project in company.projects:
        add_project(site, project.key, project.name)
    for record in sorted(company.tracker_issues, key=lambda record: record.created):
        _add(site, record)


def _add(site: Site, record: TrackerIssue) -> None:
    project = add_project(site, record.project, record.project)
    issue = _issue(site, project, record.title, record.body, record.type, record.created, record.reporter)
    issue.priority = priority(record.priority)
    issue.labels = _labels(record.labels)
    issue.assignee = stranger(site, record.assignee) if record.assignee else None
    issue.status = status_named(record.status)
    _post(site, issue, record.posts)
    if issue.status is not TO_DO:
        issue.status_since = issue.updated
    if issue.status.category == "done":
        issue.resolved = issue.updated


def load(site: Site, reports: Sequence[Report], container: str) -> list[str]:
    """Put reports in as issues of the project ``container``; their keys."""
    project = add_project(site, container, container)
    keys = []
    for report in reports:
        issue = _issue(site, project, report.title, report.body, report.type, report.created, report.reporter)
        issue.priority = priority(report.priority)
        issue.labels = _labels(report.labels)
        _post(site, issue, report.posts)
        keys.append(issue.key)
    return keys


def _issue(
    site: Site, project: Project, title: str, body: str, type_: str, created: datetime, reporter: str
) -> Issue:
    known: IssueType = _TYPES.get(type_.lower(), _TYPES["bug"])
    summary = " ".join(title.split())[:SUMMARY_LIMIT]
    issue = site.add_issue(project, known, stranger(site, reporter), _milliseconds(created), summary)
    issue.description = document.from_markdown(document.fitting(body))
    return issue


def _post(site: Site, issue: Issue, posts: Sequence[Post]) -> None:
    for post in sorted(posts, key=lambda post: post.created):
        body = document.from_markdown(document.fitting(post.text))
        if body is not None:
            author = stranger(site, post.author)
            site.add_comment(issue, body, author, created=_milliseconds(post.created))


def _milliseconds(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _labels(labels: Sequence[str]) -> list[str]:
    """Jira's labels hold no spaces."""
    return sorted({"-".join(label.split()) for label in labels})


def priority(name: str) -> Priority:
    """The priority that a tool's word for it comes nearest to."""
    return _PRIORITIES.get(name.lower(), DEFAULT_PRIORITY)
