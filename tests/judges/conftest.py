"""The company of the demo in each tool, for judges to read and to write in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.app import make_sandbox
from sandbox.company.northwind import northwind
from sandbox.github import GitHubService
from sandbox.jira import JiraService
from sandbox.notion import NotionService
from sandbox.service import Conditions, Service
from sandbox.zendesk import ZendeskService


def _served(service_type: type[Service]) -> Iterator[str]:
    """The address of one emulated tool."""
    sandbox = make_sandbox(
        Conditions(limits=False),
        company=northwind(),
        service_types=(service_type,),
        load_into=service_type.name,
    )
    with sandbox.running():
        yield sandbox.services[service_type.name].base_url


@pytest.fixture(scope="module")
def zendesk() -> Iterator[str]:
    yield from _served(ZendeskService)


@pytest.fixture(scope="module")
def jira() -> Iterator[str]:
    yield from _served(JiraService)


@pytest.fixture(scope="module")
def github() -> Iterator[str]:
    yield from _served(GitHubService)


@pytest.fixture(scope="module")
def notion() -> Iterator[str]:
    yield from _served(NotionService)
