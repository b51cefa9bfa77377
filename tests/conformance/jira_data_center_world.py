"""A Jira Data Center of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from connectors.jira import DataCenterConnector, JiraConnector, JiraSettings
from connectors.protocol import Connector, Gate
from sandbox.credentials import TOKEN
from sandbox.jira import JiraDataCenterService, JiraService
from sandbox.jira.records import Issue
from sandbox.server import Sandbox
from tests.conformance.jira_world import JiraWorld, Requests
from tests.sandbox.jira_desk import COMPANY


def settings(url: object, **others: object) -> JiraSettings:
    """Settings for the sandbox at ``url``."""
    given: dict[str, object] = {
        "edition": "data_center",
        "url": url,
        "token": TOKEN,
        "projects": ["ENG", "OPS"],
        "webhook_secret": "sandbox-secret",
        "settle_seconds": 0,
        "timeout_seconds": 10,
    }
    return JiraSettings.model_validate({**given, **others})


class JiraDataCenterWorld(JiraWorld):
    """The same company, on a server of its own."""

    service_type: type[JiraService] = JiraDataCenterService
    writes: ClassVar[str] = r"^(PUT|DELETE) |^POST /rest/api/2/(?!search)"
    reads: ClassVar[str] = r"^GET |^POST /rest/api/2/search"

    def open(self, connection: str, gate: Gate, *, url: str, right: bool) -> Connector:
        token = TOKEN if right else "wrong-token"
        known = settings(url, token=token, timeout_seconds=self.patience)
        return JiraConnector.open(connection, known, gate)


class DataCenterSite:
    """A running sandbox with three issues, and a connector to it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.service = sandbox.service(JiraDataCenterService)
        self.site = self.service.site
        self.requests = Requests()
        self.connector = self.connect()

    def connect(self, **others: object) -> DataCenterConnector:
        """One more connector; it announces its requests in the same place."""
        known = settings(**{"url": self.service.base_url, **others})
        connector = JiraConnector.open("jira", known, self.requests)
        assert isinstance(connector, DataCenterConnector)
        return connector

    def issue(self, key: str) -> Issue:
        return self.site.issue(key)


@contextmanager
def data_center_site() -> Iterator[DataCenterSite]:
    sandbox = Sandbox([JiraDataCenterService])
    sandbox.service(JiraDataCenterService).seed(COMPANY)
    with sandbox.running():
        site = DataCenterSite(sandbox)
        try:
            yield site
        finally:
            site.connector.close()
