"""Jira Cloud as one service of the sandbox: its routes, and what the seed and the page ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from starlette.routing import BaseRoute

from sandbox.clock import Clock
from sandbox.company import Company, Report
from sandbox.hooks import Hooks
from sandbox.jira import (
    bulk,
    comment_routes,
    document,
    following,
    issue_routes,
    links,
    search_routes,
    site_routes,
    versions,
)
from sandbox.jira import seed as seeding
from sandbox.jira.attachments import Files
from sandbox.jira.catalogue import TYPES
from sandbox.jira.dynamic_webhooks import app_routes
from sandbox.jira.grants import Grants
from sandbox.jira.limits import Limits
from sandbox.jira.problem import Problem
from sandbox.jira.records import Account, Issue, Object
from sandbox.jira.site import Event, Site
from sandbox.jira.web import Front, Table
from sandbox.jira.webhooks import EVENTS, Deliverer, SubscriptionRequest, admin_routes
from sandbox.jira.workflow import available
from sandbox.jira.writing import prepare
from sandbox.service import Card, CardComment, Conditions, Service


class JiraService(Service):
    """One Jira Cloud site."""

    name: ClassVar[str] = "jira"
    data_center: ClassVar[bool] = False

    def __init__(self, clock: Clock, hooks: Hooks, conditions: Conditions) -> None:
        super().__init__(clock, hooks, conditions)
        self.site = Site(clock, data_center=self.data_center)
        self.bot = seeding.BOT
        self.site.accounts[self.bot.id] = self.bot
        self.limits = Limits(clock) if conditions.limits and not self.data_center else None
        self.deliverer = Deliverer(self.site, hooks, lambda: self.bot, lambda: self.base_url)
        self.files = Files(self.site)
        self.grants = Grants(clock.now, lambda: self.base_url)
        self.site.listeners.append(self._heard)

    @property
    def index_lag(self) -> timedelta:
        """How long a change stays invisible to search."""
        return self.site.index.lag

    @index_lag.setter
    def index_lag(self, lag: timedelta) -> None:
        self.site.index.lag = lag

    def _heard(self, event: Event) -> None:
        self.deliverer.deliver(event)
        if event.issue is not None:
            self.changed(str(event.issue.id))

    def routes(self) -> list[BaseRoute]:
        front = Front(self.site, self.limits, lambda: self.bot, lambda: self.base_url, self.grants)
        tables = self.tables()
        routes = [route for table in tables for route in front.routes(table)]
        return [*routes, *self.admin_webhooks(front), *self.files.routes(front), *self.grants.routes()]

    def admin_webhooks(self, front: Front) -> list[BaseRoute]:
        """The routes by which an administrator keeps webhooks."""
        return front.routes(admin_routes(self.deliverer), prefix="/rest/webhooks/1.0")

    def tables(self) -> tuple[Table, ...]:
        """The routes below the API."""
        return (
            search_routes.ROUTES,
            bulk.ROUTES,
            comment_routes.ROUTES,
            site_routes.ROUTES,
            issue_routes.ROUTES,
            links.ROUTES,
            following.ROUTES,
            versions.ROUTES,
            app_routes(self.deliverer),
        )

    def subscribe(self, url: str) -> None:
        """Somebody makes an admin webhook for ``url`` in the settings, with the conditions' secret."""
        name = f"Webhook {len(self.deliverer.subscriptions) + 1}"
        secret = self.conditions.webhook_secret
        self.deliverer.subscribe(SubscriptionRequest(name=name, url=url, events=list(EVENTS), secret=secret))

    def seed(self, company: Company) -> None:
        seeding.seed(self.site, company)

    def load(self, reports: Sequence[Report], container: str) -> list[str]:
        return seeding.load(self.site, reports, container)

    def cards(self, *, limit: int, search: str = "") -> list[Card]:
        words = search.lower().split()
        found = [
            issue
            for issue in self.site.issues.values()
            if all(word in f"{issue.key} {issue.summary} {' '.join(issue.labels)}".lower() for word in words)
        ]
        found.sort(key=lambda issue: issue.updated, reverse=True)
        return [self._card(issue) for issue in found[:limit]]

    def card(self, item_id: str) -> Card | None:
        issue = self.site.find(item_id)
        return None if issue is None else self._card(issue, comments=True)

    def _card(self, issue: Issue, *, comments: bool = False) -> Card:
        return Card(
            id=str(issue.id),
            key=issue.key,
            title=issue.summary,
            body=document.to_markdown(issue.description),
            status=issue.status.name,
            statuses=[issue.status.name, *(way.target.name for way in available(issue.status))],
            priority=issue.priority.name if issue.priority else "",
            labels=list(issue.labels),
            people=issue.assignee.name if issue.assignee else f"from {issue.reporter.name}",
            container=issue.project.key,
            created=issue.created,
            updated=issue.updated,
            comments=[
                CardComment(
                    comment.author.name,
                    document.to_markdown(comment.body),
                    comment.created,
                    internal=issue.project.type != "service_desk"
                    or comment.internal
                    or comment.visibility is not None,
                )
                for comment in (issue.comments if comments else ())
            ],
        )

    def _person(self) -> Account:
        """Somebody of the team, always the same."""
        for account in self.site.accounts.values():
            if account.id != self.bot.id and account.type == "atlassian":
                return account
        return seeding.stranger(self.site, "Sam Rivera")

    def _issue(self, item_id: str) -> Issue:
        issue = self.site.find(item_id)
        if issue is None:
            raise ValueError(f"no issue '{item_id}'")
        return issue

    def person_creates(
        self, *, title: str, body: str, container: str = "", labels: Sequence[str] = ()
    ) -> str:
        key = container or next(iter(self.site.projects))
        if key not in self.site.projects:
            raise ValueError(f"no project '{key}'; there are: {', '.join(self.site.projects)}")
        text = document.from_markdown(body)
        described = document.wiki(text) if self.data_center and text is not None else text
        fields: Object = {"summary": title, "description": described, "labels": list(labels)}
        assignments = prepare(self.site, fields, {})
        return str(self.site.create(self.site.projects[key], TYPES[1], assignments, self._person()).id)

    def person_comments(self, item_id: str, text: str, *, internal: bool) -> None:
        """``internal`` matters in service projects only: elsewhere nobody but the team reads along."""
        body = document.from_markdown(text)
        if body is None:
            raise ValueError("a comment needs a text")
        properties: Object = {"sd.public.comment": {"internal": True}} if internal else {}
        self.site.comment(self._issue(item_id), body, self._person(), properties=properties)

    def person_sets(
        self,
        item_id: str,
        *,
        title: str | None = None,
        status: str | None = None,
        priority: str | None = None,
        add_label: str | None = None,
        remove_label: str | None = None,
    ) -> None:
        issue = self._issue(item_id)
        fields: Object = {"summary": title} if title is not None else {}
        if priority is not None:
            fields["priority"] = {"name": priority}
        verbs: list[Object] = [{"add": add_label}] if add_label is not None else []
        verbs += [{"remove": remove_label}] if remove_label is not None else []
        update: Object = {"labels": list(verbs)} if verbs else {}
        try:
            assignments = prepare(self.site, fields, update)
        except Problem as problem:
            raise ValueError("; ".join(problem.errors.values())) from None
        if status is not None and status != issue.status.name:
            self._moves(issue, status)
        if assignments:
            self.site.edit(issue, assignments, self._person())

    def _moves(self, issue: Issue, status: str) -> None:
        ways = {way.target.name: way for way in available(issue.status)}
        if status not in ways:
            raise ValueError(f"{issue.status.name} leads only to: {', '.join(ways)}")
        self.site.transition(issue, ways[status].id, [], self._person())
