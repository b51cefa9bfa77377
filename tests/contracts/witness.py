"""Stands between every sandbox of the tests and its callers, and writes down what the contracts say.

Each process writes a file of its own into the folder that :data:`JOURNAL` names: pytest's workers, and the
commands that tests start. Whoever began the session reads them all at its end.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.hooks import Hook
from sandbox.onlooker import Onlooker
from sandbox.server import Sandbox
from sandbox.service import Service
from tests.contracts.contract import Operation
from tests.contracts.judgement import Exchange, Violation, judge, judge_delivery
from tests.contracts.vendors import described

JOURNAL = "LOOPWRIGHT_CONTRACT_JOURNAL"
"""The environment variable with the folder."""


class Clerk(Protocol):
    """Takes down what was seen."""

    def operation(self, service: str, operation: Operation) -> None: ...

    def violation(self, violation: Violation) -> None: ...


@dataclass(frozen=True, slots=True)
class Journal:
    """A clerk that writes to a file, closed after each line, so that a killed process leaves what it saw."""

    folder: Path

    def operation(self, service: str, operation: Operation) -> None:
        self._write([service, operation.id])

    def violation(self, violation: Violation) -> None:
        test = os.environ.get("PYTEST_CURRENT_TEST", "a command").partition(" ")[0]
        self._write({**asdict(violation), "test": test})

    def _write(self, entry: object) -> None:
        with (self.folder / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


class Witness:
    """ASGI middleware that sees one service's exchanges."""

    def __init__(self, service: str, app: ASGIApp, clerk: Clerk) -> None:
        self.service = service
        self.app = app
        self.clerk = clerk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        asked = _Body(headers.get("content-type", "application/json"))
        answered = _Body("")
        status = 0

        async def hear() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                asked.take(message)
            return message

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name.lower(): value for name, value in message.get("headers", ())}
                answered.media = given.get(b"content-type", b"").decode("latin-1")
            else:
                answered.take(message)
            await send(message)

        await self.app(scope, hear, tell)
        self._saw(
            Exchange(
                self.service,
                scope["method"],
                scope["raw_path"].decode("ascii"),
                scope["query_string"].decode("latin-1"),
                headers,
                asked.content(),
                status,
                answered.media,
                answered.content(),
            )
        )

    def _saw(self, exchange: Exchange) -> None:
        operation, violations = judge(exchange)
        if operation is not None:
            self.clerk.operation(self.service, operation)
        for violation in violations:
            self.clerk.violation(violation)


class _Body:
    """A body that is kept if it is JSON: files pass unseen, whatever their size."""

    def __init__(self, media: str) -> None:
        self.media = media
        self._parts: list[bytes] = []
        self._whole = False

    def take(self, message: Message) -> None:
        if "json" in self.media:
            self._parts.append(message.get("body", b""))
        self._whole = not message.get("more_body", False)

    def content(self) -> bytes | None:
        """None for what was no JSON, or was not read to its end."""
        return b"".join(self._parts) if self._whole and "json" in self.media else None


class Witnesses(Onlooker):
    """Puts a witness before every service that has a contract."""

    def __init__(self, clerk: Clerk) -> None:
        self.clerk = clerk

    def around(self, service: Service, app: ASGIApp) -> ASGIApp:
        return Witness(service.name, app, self.clerk) if described(type(service)) else app

    def webhook(self, hook: Hook) -> None:
        if hook.service == "github" and "X-GitHub-Event" in hook.headers:
            for violation in judge_delivery(hook.headers, hook.body):
                self.clerk.violation(violation)


def install() -> None:
    """Have all sandboxes that this process makes be seen, if a session keeps a journal."""
    folder = os.environ.get(JOURNAL)
    if folder:
        Sandbox.onlooker = Witnesses(Journal(Path(folder)))


def read(folder: Path) -> tuple[Counter[tuple[str, str]], dict[Violation, tuple[int, str]]]:
    """What all processes wrote: how often each operation was seen, and the violations with a test of each."""
    operations: Counter[tuple[str, str]] = Counter()
    violations: dict[Violation, tuple[int, str]] = {}
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if isinstance(entry, list):
                operations[entry[0], entry[1]] += 1
            else:
                test = entry.pop("test")
                violation = Violation(**entry)
                seen, first = violations.get(violation, (0, test))
                violations[violation] = (seen + 1, first)
    return operations, violations
