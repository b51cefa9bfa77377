"""A GitHub organization of its own for each test, for the conformance suite."""

from __future__ import annotations

from typing import ClassVar

from pydantic import JsonValue

from connectors.github import GitHubConnector, GitHubSettings
from connectors.model import Audience
from connectors.protocol import Connector, Gate
from sandbox.company import Agent, Company, Repository
from sandbox.credentials import TOKEN
from sandbox.github import GitHubService
from tests.conformance.sandbox_world import SandboxWorld

COMPANY = Company(
    name="Northwind",
    agents=(Agent("Ada Lovelace", "ada@northwind.example", "engineer"),),
    repositories=(Repository("northwind", "app", True), Repository("northwind", "sdk", False)),
)


class GitHubWorld(SandboxWorld[GitHubService]):
    """A private repository, in which items are created, and a public one."""

    service_type = GitHubService
    container = "northwind/app"
    comment_audiences = (Audience.INTERNAL,)
    unknown_id = "4711"
    status = "closed"
    priority = "high"
    custom: ClassVar[tuple[str, JsonValue] | None] = ("milestone", "1.0")
    secrets = (TOKEN, "wrong-token", "sandbox-secret")
    page_size = 100
    idle_calls = 4
    moment = 1  # its client counts in whole seconds

    def prepare(self) -> None:
        self.service.seed(COMPANY)
        for repository in self.service.state.repositories.values():
            self.service.state.add_milestone(repository, "1.0", self.service.bot)

    def open(self, connection: str, gate: Gate, *, url: str, right: bool) -> Connector:
        settings = GitHubSettings.model_validate(
            {
                "base_url": url,
                "token": TOKEN if right else "wrong-token",
                "repositories": [
                    repository.owner + "/" + repository.name for repository in COMPANY.repositories
                ],
                "priorities": {"high": "priority: high", "low": "priority: low"},
                "webhook_secret": self.sandbox.conditions.webhook_secret,
                "settle_seconds": 0,
                "timeout_seconds": int(self.patience),
            }
        )
        return GitHubConnector.open(connection, settings, gate)


class PublicGitHubWorld(GitHubWorld):
    """The same, with items created in public."""

    container = "northwind/sdk"
    comment_audiences = (Audience.PUBLIC,)

    def person_attaches(self, item_id: str, name: str, content: bytes) -> bool:
        """In a private one nobody but a browser would see it."""
        self.sandbox.call(lambda: self.service.person_attaches(item_id, name, content))
        return True
