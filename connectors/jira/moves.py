"""Bringing an issue to a status: Jira has no write for that, only single steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from connectors.errors import Conflict, Rejected
from connectors.jira.answers import IssueRow, StandingRow
from connectors.jira.client import JiraClient
from connectors.jira.jql import literal
from connectors.jira.workflow import Workflow

REMEMBERED = 50_000
"""Issues whose place is remembered; all are forgotten when there are more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an issue stands, and in which workflow."""

    project: str
    issue_type: str
    status: str

    @classmethod
    def of(cls, row: StandingRow) -> Self:
        return cls(row.fields.project.key, row.fields.issuetype.name, row.fields.status.name)


@dataclass(frozen=True, slots=True)
class Plan:
    """A move that seemed possible when it was planned."""

    place: Place
    """Where the issue stood."""
    workflow: Workflow
    target: str
    """The status to reach, as Jira writes it."""
    certain: bool
    """Whether ``place`` was asked for just now, or is where the issue was last seen."""


class Mover:
    """Knows the workflows and the issues that it met, for as long as the connector lives."""

    def __init__(self, connection: str, client: JiraClient) -> None:
        self._connection = connection
        self._client = client
        self._workflows: dict[tuple[str, str], Workflow] = {}
        self._places: dict[str, Place] = {}
        self._beginnings: dict[tuple[str, str], Place] = {}
        """Where new issues of a project and type stand."""

    def saw(self, row: IssueRow) -> None:
        """Remember where an issue stands, so that moving it need not begin with asking."""
        if len(self._places) > REMEMBERED:
            self._places.clear()
        fields = row.fields
        if fields.status is not None and fields.issuetype is not None:
            self._places[row.id] = Place(fields.project.key, fields.issuetype.name, fields.status.name)

    def allow(self, project: str, issue_type: str, status: str) -> None:
        """Raises Rejected when issues of this type have no such status."""
        self._named(self._workflow(project, issue_type), project, issue_type, status)

    def plan(self, id_: str, status: str) -> Plan:
        """How to bring the issue to ``status``; changes nothing.

        Raises Rejected when there is no such status, or no way to it that we could know of.
        """
        guess = self._guess(id_, status)
        if guess is not None:
            return guess
        place, workflow = self._ask(id_)
        plan = Plan(place, workflow, self._named(workflow, place.project, place.issue_type, status), True)
        if place.status != plan.target:
            self._route(plan, place.status)
        return plan

    def plan_new(self, id_: str, project: str, issue_type: str, status: str) -> Plan:
        """The same for an issue that was just made: all of its type begin in one place."""
        begin = self._beginnings.get((project, issue_type))
        if begin is not None:
            self._places[id_] = begin
        plan = self.plan(id_, status)
        self._beginnings[project, issue_type] = plan.place
        return plan

    def move(self, id_: str, plan: Plan) -> bool:
        """Step by step to the plan's end; whether there was anything to do.

        Raises Conflict when somebody else moves the issue meanwhile.
        """
        here, passed = plan.place.status, set[str]()
        moved = here != plan.target
        while here != plan.target:
            if here in passed:
                raise Conflict(f"{self._connection}: somebody else moves the issue at the same time")
            passed.add(here)
            step = self._route(plan, here)[0]
            there = self._step(id_, plan, here, step)
            plan, here = replace(plan, certain=True), there
        self._places[id_] = replace(plan.place, status=here)
        return moved

    def _step(self, id_: str, plan: Plan, here: str, step: str) -> str:
        """Where the issue stands after it."""
        try:
            self._client.transition(id_, plan.workflow.ways[here][step])
        except Rejected:
            now, _ = self._ask(id_)
            if now.status == here:
                raise
            if plan.certain:
                raise Conflict(f"{self._connection}: the issue was moved by somebody else") from None
            return now.status
        return step if step == plan.target else self._ask(id_)[0].status

    def _guess(self, id_: str, status: str) -> Plan | None:
        """A plan from where the issue was last seen, if that is somewhere else and the way is known."""
        place = self._places.get(id_)
        workflow = self._workflows.get((place.project, place.issue_type)) if place else None
        target = workflow.named(status) if workflow else None
        if place is None or workflow is None or target is None or place.status == target:
            return None
        if workflow.route(place.status, target) is None:
            return None
        return Plan(place, workflow, target, certain=False)

    def _ask(self, id_: str) -> tuple[Place, Workflow]:
        standing = self._client.standing(id_)
        place = self._places[id_] = Place.of(standing)
        workflow = self._workflow(place.project, place.issue_type)
        workflow.see(standing)
        return place, workflow

    def _workflow(self, project: str, issue_type: str) -> Workflow:
        if (project, issue_type) not in self._workflows:
            for entry in self._client.statuses(project):
                statuses = {status.name: status for status in entry.statuses}
                self._workflows[project, entry.name] = Workflow(statuses)
        return self._workflows.setdefault((project, issue_type), Workflow({}))

    def _named(self, workflow: Workflow, project: str, issue_type: str, status: str) -> str:
        name = workflow.named(status)
        if name is None:
            raise Rejected(
                f"{self._connection}: a {issue_type} of {project} has no status '{status}'",
                advice=f"It has: {', '.join(workflow.statuses)}.",
            )
        return name

    def _route(self, plan: Plan, here: str) -> list[str]:
        """The statuses to pass, as far as they are known. Raises Rejected when no way leads there."""
        workflow, target = plan.workflow, plan.target
        route = workflow.route(here, target)
        if route is None:
            self._learn(workflow, plan.place)
            route = workflow.route(here, target) or workflow.guess(here, target)
        if route is None:
            raise Rejected(
                f"{self._connection}: no transition leads from '{here}' to '{target}'",
                advice=f"From there this account may go to: "
                f"{', '.join(workflow.ways.get(here, ())) or 'nowhere'}.",
            )
        return route

    def _learn(self, workflow: Workflow, place: Place) -> None:
        """Look at other issues that stand where we never looked: nothing has to be moved to find out."""
        for status in workflow.unseen():
            seen = self._client.sample(
                f"project = {literal(place.project)} AND issuetype = {literal(place.issue_type)} "
                f"AND status = {literal(status)}"
            )
            # The index may lag: what counts is where the issue truly stands.
            if seen is not None and seen.fields.project.key == place.project:
                workflow.see(seen)
