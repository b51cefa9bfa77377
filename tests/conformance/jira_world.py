"""A Jira site of its own for each test, for the conformance suite and for Jira's own tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from pydantic import JsonValue

from connectors.jira import CloudConnector, JiraConnector, JiraSettings
from connectors.limits import Standing
from connectors.model import Audience
from connectors.protocol import Connector, Gate
from sandbox.credentials import EMAIL, TOKEN
from sandbox.faults import Fault, FaultKind
from sandbox.jira import JiraService
from sandbox.jira.records import Issue
from sandbox.jira.site import Site
from sandbox.jira.uploads import Content, Upload
from sandbox.server import Sandbox
from sandbox.service import Conditions
from tests.conformance.sandbox_world import SandboxWorld
from tests.sandbox.jira_desk import COMPANY

READING_POSTS = "search/jql|issue/bulkfetch|comment/list"


def settings(url: object, **others: object) -> JiraSettings:
    """Settings for the sandbox at ``url``."""
    given: dict[str, object] = {
        "url": url,
        "email": EMAIL,
        "token": TOKEN,
        "projects": ["ENG", "OPS"],
        "webhook_secret": "sandbox-secret",
        "settle_seconds": 0,
        "timeout_seconds": 10,
    }
    return JiraSettings.model_validate({**given, **others})


class JiraWorld(SandboxWorld[JiraService]):
    """Two projects of a software company; items are created in ENG."""

    service_type = JiraService
    writes: ClassVar[str] = rf"^(PUT|DELETE) |^POST /rest/api/3/(?!{READING_POSTS})"
    reads: ClassVar[str] = rf"^GET |^POST /rest/api/3/({READING_POSTS})"
    container = "ENG"
    comment_audiences = (Audience.INTERNAL,)
    unknown_id = "99999999"
    status = "In Progress"
    priority = "High"
    custom: ClassVar[tuple[str, JsonValue] | None] = ("product_area", "Billing")
    secrets = (TOKEN, "wrong-token", "sandbox-secret")
    page_size = 100
    idle_calls = 1

    def prepare(self) -> None:
        self.service.seed(COMPANY)

    def open(self, connection: str, gate: Gate, *, url: str, right: bool) -> Connector:
        token = TOKEN if right else "wrong-token"
        known = settings(url, token=token, timeout_seconds=self.patience)
        return JiraConnector.open(connection, known, gate)

    def person_attaches(self, item_id: str, name: str, content: bytes) -> bool:
        def attach() -> None:
            issue = self.service.site.issue(item_id)
            stored = Content()
            stored.write(content)
            self.service.files.add(
                issue, Upload("file", name, "application/octet-stream", stored), issue.reporter
            )

        self.sandbox.call(attach)
        return True

    def person_deletes(self, item_id: str) -> bool:
        site = self.service.site
        self.sandbox.call(lambda: site.delete(site.issue(item_id), site.issue(item_id).reporter))
        return True

    def person_moves(self, item_id: str) -> bool:
        site = self.service.site
        self.sandbox.call(
            lambda: site.move(site.issue(item_id), site.project("OPS"), site.issue(item_id).reporter)
        )
        return True


class Requests:
    """A gate that lets everything through and remembers it."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def __call__(self, method: str, path: str) -> None:
        self.made.append(f"{method} {re.sub('^/rest/api/[23]', '', path)}")

    def heard(self, standing: Standing) -> None:
        """How a limit stands is nothing to these tests."""


class JiraSite:
    """A running sandbox with three issues, and a connector to it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.service = sandbox.service(JiraService)
        self.requests = Requests()
        self.connector = self.connect()

    def connect(self, **others: object) -> CloudConnector:
        """One more connector; it announces its requests in the same place."""
        known = settings(**{"url": self.service.base_url, **others})
        connector = JiraConnector.open("jira", known, self.requests)
        assert isinstance(connector, CloudConnector)
        return connector

    @property
    def site(self) -> Site:
        return self.service.site

    def issue(self, key: str) -> Issue:
        return self.site.issue(key)

    def id(self, key: str) -> str:
        return str(self.issue(key).id)

    def says(self, key: str, *texts: str) -> None:
        """Somebody of the team comments."""

        def comment() -> None:
            for text in texts:
                self.service.person_comments(self.id(key), text, internal=True)

        self.sandbox.call(comment)

    def calls(self) -> int:
        """Requests that reached the site so far."""
        return sum(self.sandbox.faults["jira"].calls.values())

    def breaks(self, kind: FaultKind, match: str, times: int = 1) -> None:
        """Let the next matching requests go wrong."""
        self.sandbox.faults["jira"].active.append(Fault(kind, match, times))


@contextmanager
def jira_site(*, limits: bool = False) -> Iterator[JiraSite]:
    sandbox = Sandbox([JiraService], conditions=Conditions(limits=limits))
    sandbox.service(JiraService).seed(COMPANY)
    with sandbox.running():
        site = JiraSite(sandbox)
        try:
            yield site
        finally:
            site.connector.close()
