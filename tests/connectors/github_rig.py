"""A connector, the emulated GitHub that it speaks to, and a gate that counts: what the tests here share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from connectors.github import GitHubConnector, GitHubSettings
from connectors.limits import Standing
from connectors.model import Draft, Item, Ref
from sandbox.credentials import TOKEN
from sandbox.github import GitHubService
from sandbox.server import Sandbox
from sandbox.service import Conditions
from tests.sandbox.test_github import company

APP, SDK = "northwind/app", "northwind/sdk"


def settings_for(base_url: str, **given: object) -> GitHubSettings:
    values = {"base_url": base_url, "token": TOKEN, "repositories": [APP, SDK], **given}
    return GitHubSettings.model_validate(values)


@dataclass
class Gate:
    """Counts, and remembers what it let through."""

    calls: list[str] = field(default_factory=list)

    def __call__(self, method: str, path: str) -> None:
        self.calls.append(f"{method} {path}")

    def heard(self, standing: Standing) -> None:
        """Nothing here depends on how a limit stands."""


@dataclass
class Rig:
    """A connector, and the GitHub that it speaks to."""

    sandbox: Sandbox
    service: GitHubService
    gate: Gate
    connector: GitHubConnector

    def received(self) -> int:
        """How many requests have reached GitHub so far."""
        return sum(self.sandbox.faults["github"].calls.values())

    def open(self, **given: object) -> GitHubConnector:
        return GitHubConnector.open("gh", settings_for(self.service.base_url, **given), self.gate)

    def all_changes(self, cursor: str | None = None) -> tuple[list[Item], str]:
        items: list[Item] = []
        while True:
            page = self.connector.changes(cursor)
            items += [observation.item for observation in page.observations]
            cursor = page.cursor
            if not page.more:
                return items, cursor

    def ref(self, number: int, repository: str = APP) -> Ref:
        found = self.service.state.repository(repository)
        assert found
        return Ref(connection="gh", id=str(found.issues[number].id), key=f"{repository}#{number}")


@contextmanager
def running(*, limits: bool = False) -> Iterator[Rig]:
    sandbox = Sandbox([GitHubService], conditions=Conditions(limits=limits))
    service = sandbox.service(GitHubService)
    service.seed(company(issues=8))
    gate = Gate()
    connector = GitHubConnector.open("gh", settings_for(service.base_url), gate)
    with sandbox.running():
        made = Rig(sandbox, service, gate, connector)
        yield made
        assert len(gate.calls) == made.received(), "a request went out past the gate"
    connector.close()


@pytest.fixture
def rig() -> Iterator[Rig]:
    with running() as made:
        yield made


@pytest.fixture
def limited() -> Iterator[Rig]:
    """With GitHub's rate limits in force."""
    with running(limits=True) as made:
        yield made


def draft(**given: object) -> Draft:
    values = {"container": APP, "title": "Export fails", "body": "**It** fails.", "marker": "lw-1", **given}
    return Draft.model_validate(values)
