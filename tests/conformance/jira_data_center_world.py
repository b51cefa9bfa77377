"""A Jira Data Center of its own for each test."""

from __future__ import annotations

from typing import ClassVar

from connectors.jira import JiraConnector, JiraSettings
from connectors.protocol import Connector, Gate
from sandbox.credentials import TOKEN
from sandbox.jira import JiraDataCenterService, JiraService
from tests.conformance.jira_world import JiraWorld


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
