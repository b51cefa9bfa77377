"""The company of the demo in each tool, for judges to read and to write in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.app import WholeSandbox, make_sandbox
from sandbox.company.northwind import northwind
from sandbox.github import GitHubService
from sandbox.jira import JiraService
from sandbox.notion import NotionService
from sandbox.service import Conditions, Service
from sandbox.zendesk import ZendeskService


def _sandbox(service_type: type[Service]) -> WholeSandbox:
    """One emulated tool."""
    return make_sandbox(
        Conditions(limits=False),
        company=northwind(),
        service_types=(service_type,),
        load_into=service_type.name,
    )


def _served(service_type: type[Service]) -> Iterator[str]:
    """The address of one emulated tool."""
    sandbox = _sandbox(service_type)
    with sandbox.running():
        yield sandbox.services[service_type.name].base_url


@pytest.fixture(scope="module")
def zendesk() -> Iterator[str]:
    """With an article in its Help Center, which the company does not have."""
    sandbox = _sandbox(ZendeskService)
    service = sandbox.service(ZendeskService)
    author = next(iter(service.state.users))
    service.library.write(service.library.section("Exports"), "How to export", "<p>Press it.</p>", author)
    with sandbox.running():
        yield service.base_url


@pytest.fixture(scope="module")
def jira() -> Iterator[str]:
    yield from _served(JiraService)


@pytest.fixture(scope="module")
def github() -> Iterator[str]:
    yield from _served(GitHubService)


@pytest.fixture(scope="module")
def notion() -> Iterator[str]:
    yield from _served(NotionService)
