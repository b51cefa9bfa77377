"""A GitLab of its own for each test, on a real socket, and the people in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import JsonValue
from starlette.applications import Starlette

from connectors.conformance import Failure, World
from connectors.conformance.world import FAILURES
from connectors.model import Audience
from connectors.protocol import Connector, Gate, WebhookRequest
from emulated_gitlab import Issue, State
from emulated_routes import Routes
from emulated_webhooks import SECRET, SIGNING_TOKEN, Webhooks
from loopwright_gitlab import GitLabConnector, GitLabSettings
from sandbox.faults import Faults
from sandbox.server import Sandbox
from sandbox.trouble import Fault, Kind, Weather

TOKEN, WRONG = "glpat-the-token", "glpat-another"
CLOSED_PORT = "http://127.0.0.1:9"
MOMENT = 0.3
"""Seconds that an impatient connector waits."""


class GitLabWorld(World):
    """A private project, in which items are created, and a public one."""

    container = "northwind/app"
    comment_audiences: ClassVar[tuple[Audience, ...]] = (Audience.INTERNAL,)
    unknown_id = "4711-12"
    status = "closed"
    custom: ClassVar[tuple[str, JsonValue] | None] = ("due_date", "2026-04-01")
    secrets = (TOKEN, WRONG, SECRET, SIGNING_TOKEN)
    page_size = 100
    idle_calls = 4
    settings: ClassVar[dict[str, JsonValue]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.sandbox = Sandbox([])
        self.state = State(self.sandbox.clock)
        self.routes = Routes(self.state, TOKEN)
        self.webhooks = Webhooks(self.state)
        self.faults = Faults(Starlette(routes=self.routes.routes()))
        self.url = f"http://127.0.0.1:{self.sandbox.mount(self.faults)}"
        self.routes.base_url = self.url
        self.state.add_project("northwind/app", "private")
        self.state.add_project("northwind/sdk", "public")
        self._stack = ExitStack()
        self._stack.enter_context(self.sandbox.running())
        self._slow = 0.01

    def close(self) -> None:
        self._stack.close()

    # Connectors

    def open(self, connection: str, gate: Gate, **settings: JsonValue) -> GitLabConnector:
        """A connector with these settings in place of what is usual, closed with the world."""
        opened = GitLabConnector.open(connection, self.given(**settings), gate)
        self._stack.callback(opened.close)
        return opened

    def given(self, **settings: JsonValue) -> GitLabSettings:
        usual: dict[str, JsonValue] = {
            "url": self.url,
            "token": TOKEN,
            "projects": ["northwind/app", "northwind/sdk"],
            "webhook_signing_token": SIGNING_TOKEN,
            "webhook_secret": SECRET,
            "settle_seconds": 0,
        }
        return GitLabSettings.model_validate({**usual, **self.settings, **settings})

    def connect(self, connection: str, gate: Gate) -> Connector:
        return self.open(connection, gate)

    def bad_credentials(self, connection: str, gate: Gate) -> Connector:
        return self.open(connection, gate, token=WRONG)

    def unreachable(self, connection: str, gate: Gate) -> Connector:
        return self.open(connection, gate, url=CLOSED_PORT)

    def impatient(self, connection: str, gate: Gate) -> Connector | None:
        self._slow = 10 * MOMENT
        return self.open(connection, gate, timeout_seconds=MOMENT)

    # People

    def person_creates(self, title: str, body: str = "", labels: Sequence[str] = ()) -> str:
        def act() -> str:
            issue = self.state.open_issue(self.state.project(self.container), self.state.ada, title, body)
            self.state.add_labels(issue, labels)
            self.state.changed(issue)
            return f"{issue.project.id}-{issue.iid}"

        return self.sandbox.call(act)

    def person_comments(self, item_id: str, text: str, *, internal: bool) -> None:
        self._act(item_id, lambda issue: self.state.add_note(issue, self.state.ada, text, internal=internal))

    def person_edits_title(self, item_id: str, title: str) -> None:
        self._change(item_id, lambda issue: setattr(issue, "title", title))

    def person_sets_status(self, item_id: str, status: str) -> None:
        self._change(item_id, lambda issue: self.state.set_state(issue, status, self.state.ada))

    def person_adds_label(self, item_id: str, label: str) -> None:
        self._change(item_id, lambda issue: self.state.add_labels(issue, [label]))

    def person_deletes(self, item_id: str) -> bool:
        self._act(item_id, lambda issue: self.state.issues.pop((issue.project.id, issue.iid)))
        return True

    def person_moves(self, item_id: str) -> bool:
        """Somebody renames the project."""

        def act(issue: Issue) -> None:
            issue.project.former.append(issue.project.path)
            issue.project.path = "northwind/renamed"

        self._act(item_id, act)
        return True

    def _act(self, item_id: str, act: Callable[[Issue], object]) -> None:
        self.sandbox.call(lambda: act(self.state.issue(item_id)))

    def _change(self, item_id: str, act: Callable[[Issue], object]) -> None:
        def changed(issue: Issue) -> None:
            act(issue)
            self.state.changed(issue)

        self._act(item_id, changed)

    # The tool

    def now(self) -> datetime:
        return self.sandbox.clock.now()

    def advance(self, seconds: float) -> None:
        self.sandbox.call(lambda: self.sandbox.clock.advance(seconds))

    def calls(self) -> int:
        return sum(self.faults.calls.values())

    def break_next(self, failure: Failure, what: Literal["read", "write"] = "write") -> None:
        match = "^GET " if what == "read" else "^(POST|PUT|DELETE) "
        self.sandbox.call(lambda: self.faults.active.append(Fault(failure, match, seconds=self._slow)))

    def bad_weather(self, seed: int) -> bool:
        odds: dict[Kind, float] = dict.fromkeys(FAILURES, 0.02)
        self.sandbox.call(lambda: setattr(self.faults, "weather", Weather(seed, odds, seconds=0.0)))
        return True

    def good_weather(self) -> bool:
        self.sandbox.call(self.faults.calm)
        return True

    def webhooks_after(self, act: Callable[[], object]) -> list[WebhookRequest]:
        self.webhooks.sent.clear()
        act()
        return list(self.webhooks.sent)


class PublicGitLabWorld(GitLabWorld):
    """The same, with items created in public."""

    container = "northwind/sdk"
    comment_audiences: ClassVar[tuple[Audience, ...]] = (Audience.INTERNAL, Audience.PUBLIC)


class ConfidentialGitLabWorld(PublicGitLabWorld):
    """In public, but what is created is confidential."""

    comment_audiences: ClassVar[tuple[Audience, ...]] = (Audience.INTERNAL,)
    settings: ClassVar[dict[str, JsonValue]] = {"confidential": True}

    def person_creates(self, title: str, body: str = "", labels: Sequence[str] = ()) -> str:
        """As somebody does who is asked to tick the box."""
        item_id = super().person_creates(title, body, labels)
        self._act(item_id, lambda issue: setattr(issue, "confidential", True))
        return item_id


class OffsetGitLabWorld(PublicGitLabWorld):
    """A GitLab from before its issues could be paged by keyset."""

    def __init__(self) -> None:
        super().__init__()
        self.routes.keyset = False
