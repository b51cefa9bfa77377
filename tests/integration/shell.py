"""Somebody's shell: commands in processes of their own, with what they print and how they end.

The processes start from one that has everything loaded already, so that a command takes milliseconds.
"""

from __future__ import annotations

import atexit
import itertools
import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import MappingProxyType

from connectors.model import JsonValue
from sandbox.company import Ticket
from sandbox.jira import JiraService
from sandbox.server import Sandbox
from sandbox.service import Card, Conditions, Service
from sandbox.zendesk import ZendeskService
from sync import patience
from sync.cli import main
from sync.status import Status, status
from tests.contracts import witness
from tests.integration.installation import PATIENCE, Installation, eventually
from tests.integration.small import RULES, company

PROCESSES = multiprocessing.get_context("forkserver")
PRELOADED = ("demo", "doctor", "init", "running", "sandbox", "telling")
PROCESSES.set_forkserver_preload(
    [
        "tests.crash.victim",
        "tests.integration.shell",
        *(f"connectors.{system}" for system in ("zendesk", "jira", "github", "notion")),
        *(f"sync.cli.{command}" for command in PRELOADED),
    ]
)


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a command."""

    code: int
    out: str
    err: str


class Running:
    """A command under way."""

    def __init__(self, process: ForkServerProcess, out: Path, err: Path) -> None:
        self._process = process
        self._out = out
        self._err = err

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def out(self) -> str:
        return self._out.read_text(encoding="utf-8") if self._out.exists() else ""

    @property
    def err(self) -> str:
        return self._err.read_text(encoding="utf-8") if self._err.exists() else ""

    def alive(self) -> bool:
        return self._process.is_alive()

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait(self) -> Ended:
        self._process.join(4 * PATIENCE)  # the longest is the demo, which waits itself for what does not come
        code = self._process.exitcode
        if code is None:
            self._process.kill()
            self._process.join()
            raise AssertionError(f"the command does not end:\n{self.out}\n{self.err}")
        return Ended(code, self.out, self.err)


class Shell:
    """A terminal in ``folder``; what is printed there is kept in ``logs``."""

    def __init__(self, folder: Path, logs: Path | None = None) -> None:
        self.folder = folder
        self._logs = logs or folder
        self._numbers = itertools.count(1)

    def start(
        self, *arguments: str, before: Callable[[], None] | None = None, terminal: Path | None = None
    ) -> Running:
        """Begin a command, and do not wait. ``before`` is called in its process first.

        With a ``terminal`` the command reads and writes there, and nothing is kept.
        """
        stem = f"{next(self._numbers)}-{arguments[0]}"
        out, err = self._logs / f"{stem}.out", self._logs / f"{stem}.err"
        process = PROCESSES.Process(
            target=_become, args=(arguments, self.folder, out, err, before, terminal), daemon=True
        )
        process.start()
        atexit.register(process.kill)  # a test that fails leaves it running
        return Running(process, out, err)

    def run(self, *arguments: str, before: Callable[[], None] | None = None) -> Ended:
        """One command, to its end."""
        return self.start(*arguments, before=before).wait()


def _become(
    arguments: Sequence[str],
    folder: Path,
    out: Path,
    err: Path,
    before: Callable[[], None] | None,
    terminal: Path | None,
) -> None:
    """The command itself, in a fresh process."""
    os.chdir(folder)
    if terminal:
        os.setsid()
        _open(terminal, 0, 1, 2)  # the first terminal that a new session opens is its own
        sys.stdin = os.fdopen(0, closefd=False)
    else:
        _open(out, 1)
        _open(err, 2)
    warnings.simplefilter("error", ResourceWarning)
    sys.argv = ["loopwright", *arguments]
    witness.install()
    if before:
        before()
    main()


def _open(file: Path, *numbers: int) -> None:
    opened = os.open(file, os.O_RDWR | os.O_CREAT)
    for number in numbers:
        os.dup2(opened, number)
    os.close(opened)


@contextmanager
def installed(
    folder: Path,
    *tickets: Ticket,
    services: Sequence[type[Service]] = (ZendeskService, JiraService),
    rules: str = RULES,
    database_url: str = "sqlite:///loopwright.sqlite",
    overrides: Mapping[str, Mapping[str, JsonValue]] = MappingProxyType({}),
) -> Iterator[Installation]:
    """An installation beside tools that hold the tickets. ``overrides`` are settings by connection."""
    sandbox = Sandbox(services, conditions=Conditions(limits=False))
    for service in sandbox.services.values():
        service.seed(company(*tickets))
    quick: dict[str, dict[str, JsonValue]] = {
        name: {"settle_seconds": 0, "poll_seconds": 1, **overrides.get(name, {})} for name in sandbox.services
    }
    with sandbox.running():
        yield Installation(folder, sandbox, rules, database_url=database_url, overrides=quick)


@contextmanager
def daemon(installation: Installation, shell: Shell, *, hooks: Sequence[str] = ()) -> Iterator[Running]:
    """``loopwright run`` in the installation's folder, ready when the block begins, ended when it ends.

    ``hooks`` are the services that are to send it webhooks.
    """
    running = shell.start("run")
    try:
        eventually(lambda: caught_up(installation, running) or None, "the daemon to have read everything")
        subscribe(installation, *hooks)
        yield running
    finally:
        if running.alive():
            running.send(signal.SIGTERM)
            running.wait()


def subscribe(installation: Installation, *services: str) -> None:
    """Have the services send their webhooks to the installation's daemon."""
    for name in services:
        service = installation.sandbox.services[name]
        url = f"http://127.0.0.1:{installation.port}/hooks/{name}"
        installation.sandbox.call(partial(service.subscribe, url))


def caught_up(installation: Installation, running: Running) -> bool:
    """Whether every connection that can be read has been read to the end by this process."""
    assert running.alive(), running.err
    found = standing(installation)
    settled = all(
        one.halted or (one.caught_up_seconds_ago or PATIENCE) < PATIENCE for one in found.connections
    )
    return "running" in running.err and settled


def standing(installation: Installation) -> Status:
    """How things stand, looked at from outside."""
    with installation.store() as store:
        return status(store, list(installation.sandbox.services), time.time())


def cards(installation: Installation, name: str) -> list[Card]:
    """All items of a service with their comments, oldest first."""
    service = installation.sandbox.services[name]

    def look() -> list[Card]:
        found = [card for one in service.cards(limit=1000) if (card := service.card(one.id))]
        return sorted(found, key=lambda card: (card.created, len(card.key), card.key))

    return installation.sandbox.call(look)


def titles(installation: Installation, name: str) -> list[str]:
    """Of all items of a service."""
    return sorted(card.title for card in cards(installation, name))


def impatient() -> None:
    """For a process that is to wait a tenth as long as usual before it tries again."""
    patience.FIRST, patience.LONGEST = 0.05, 0.5


def untraced(text: str) -> str:
    """What was printed, which is words for a person and no trace."""
    assert "Traceback" not in text, text
    return text


Json = dict[str, JsonValue]
