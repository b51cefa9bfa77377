"""Bringing an issue to a status: Jira has no write for that, only single steps."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.errors import Conflict, Rejected
from connectors.jira.answers import StandingRow
from connectors.jira.client import JiraClient
from connectors.jira.jql import literal
from connectors.jira.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Plan:
    """A move that seemed possible when it was planned."""

    standing: StandingRow
    """Where the issue stood."""
    workflow: Workflow
    target: str
    """The status to reach, as Jira writes it."""


class Mover:
    """Knows the workflows that it met, for as long as the connector lives."""

    def __init__(self, connection: str, client: JiraClient) -> None:
        self._connection = connection
        self._client = client
        self._workflows: dict[tuple[str, str], Workflow] = {}

    def allow(self, project: str, issue_type: str, status: str) -> None:
        """Raises Rejected when issues of this type have no such status."""
        self._named(self._workflow(project, issue_type), project, issue_type, status)

    def plan(self, id_or_key: str, status: str) -> Plan:
        """How to bring the issue to ``status``; changes nothing.

        Raises Rejected when there is no such status, or no way to it that we could know of.
        """
        standing = self._client.standing(id_or_key)
        project, issue_type = standing.fields.project.key, standing.fields.issuetype.name
        workflow = self._workflow(project, issue_type)
        workflow.see(standing)
        plan = Plan(standing, workflow, self._named(workflow, project, issue_type, status))
        if standing.fields.status.name != plan.target:
            self._route(plan, standing.fields.status.name)
        return plan

    def move(self, id_or_key: str, plan: Plan) -> None:
        """Step by step to the plan's end. Raises Conflict when somebody else moves the issue meanwhile."""
        here, passed = plan.standing.fields.status.name, set[str]()
        while here != plan.target:
            if here in passed:
                raise Conflict(f"{self._connection}: somebody else moves the issue at the same time")
            passed.add(here)
            step = self._route(plan, here)[0]
            self._step(id_or_key, plan.workflow, here, step)
            if step != plan.target:
                standing = self._client.standing(id_or_key)
                plan.workflow.see(standing)
                step = standing.fields.status.name
            here = step

    def _step(self, id_or_key: str, workflow: Workflow, here: str, step: str) -> None:
        try:
            self._client.transition(id_or_key, workflow.ways[here][step])
        except Rejected:
            now = self._client.standing(id_or_key)
            workflow.see(now)
            if now.fields.status.name != here:
                raise Conflict(f"{self._connection}: the issue was moved by somebody else") from None
            raise

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
            self._learn(workflow, plan.standing)
            route = workflow.route(here, target) or workflow.guess(here, target)
        if route is None:
            raise Rejected(
                f"{self._connection}: no transition leads from '{here}' to '{target}'",
                advice=f"From there this account may go to: {', '.join(workflow.ways[here]) or 'nowhere'}.",
            )
        return route

    def _learn(self, workflow: Workflow, standing: StandingRow) -> None:
        """Look at other issues that stand where we never looked: nothing has to be moved to find out."""
        fields = standing.fields
        for status in workflow.unseen():
            seen = self._client.sample(
                f"project = {literal(fields.project.key)} AND issuetype = {literal(fields.issuetype.name)} "
                f"AND status = {literal(status)}"
            )
            # The index may lag: what counts is where the issue truly stands.
            if seen is not None and seen.fields.project.key == fields.project.key:
                workflow.see(seen)
