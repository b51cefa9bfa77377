"""Puts the company's repositories and issues, and bug reports from elsewhere, in. Silently: no webhooks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import timedelta

from sandbox.company import Company, Report
from sandbox.company.model import Post, RepositoryIssue
from sandbox.credentials import EMAIL
from sandbox.github.records import ISSUE_TYPES, Issue, Repository, User
from sandbox.github.state import State

BOT = "loopwright"
PULL_REQUEST_EVERY = 20
"""After so many issues of a repository comes a pull request: GitHub's issue lists hold both."""


def login_of(name: str) -> str:
    """The login of somebody whom the company knows by name: ``Ada Lovelace`` is ``ada-lovelace``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^0-9a-z]+", "-", plain.lower()).strip("-") or "ghost"


def add_bot(state: State) -> User:
    """The account that the sandbox's credential belongs to."""
    return state.add_user(BOT, name="Loopwright", email=EMAIL, member=True)


def add_company(state: State, company: Company) -> None:
    for agent in company.agents:
        if agent.role != "bot":
            state.add_user(login_of(agent.name), name=agent.name, email=agent.email, member=True)
    for described in company.repositories:
        owner = state.add_user(described.owner, kind="Organization")
        name = f"{described.owner}/{described.name}"
        issues = [issue for issue in company.repository_issues if issue.repository == name]
        issues.sort(key=lambda issue: issue.created)
        created = issues[0].created if issues else state.now()
        repository = state.add_repository(owner, described.name, private=described.private, created=created)
        for index, issue in enumerate(issues, 1):
            _add_issue(state, repository, issue)
            if index % PULL_REQUEST_EVERY == 0:
                _add_pull_request(state, repository, issue)


def add_reports(state: State, repository: Repository, reports: Sequence[Report]) -> list[Issue]:
    return [_add_report(state, repository, report) for report in reports]


def _add_issue(state: State, repository: Repository, described: RepositoryIssue) -> None:
    issue = state.put_issue(
        repository,
        title=described.title,
        body=described.body,
        user=state.add_user(login_of(described.author), name=described.author),
        created=described.created,
        labels=described.labels,
    )
    _add_posts(state, issue, described.posts)
    if described.state == "closed":
        issue.state, issue.state_reason, issue.closed = "closed", "completed", issue.updated


def _add_pull_request(state: State, repository: Repository, after: RepositoryIssue) -> None:
    state.put_issue(
        repository,
        title=f"Fix: {after.title}",
        body=f"Closes #{repository.last_number}.",
        user=next((user for user in state.users.values() if user.member), None),
        created=after.created + timedelta(hours=20),
        pull_request=True,
    )


def _add_report(state: State, repository: Repository, report: Report) -> Issue:
    labels = list(report.labels)
    if report.priority:
        labels.append(f"priority: {report.priority.lower()}")
    kind = ISSUE_TYPES.get(report.type.lower()) if repository.owner.type == "Organization" else None
    if report.type and kind is None:
        labels.append(report.type.lower())
    issue = state.put_issue(
        repository,
        title=report.title,
        body=report.body,
        user=state.add_user(login_of(report.reporter), name=report.reporter),
        created=report.created,
        labels=[label[:50] for label in labels],
    )
    issue.type = kind
    _add_posts(state, issue, report.posts)
    return issue


def _add_posts(state: State, issue: Issue, posts: Sequence[Post]) -> None:
    for post in posts:
        author = state.add_user(login_of(post.author), name=post.author)
        state.put_comment(issue, author, post.text, post.created)
