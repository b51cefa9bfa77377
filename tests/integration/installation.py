"""A whole installation against a whole sandbox: settings in a folder, the real command in a real process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from connectors.model import JsonValue
from sandbox.server import Sandbox
from sync.cli.trial import trial_settings
from sync.store.database import Store

T = TypeVar("T")
PATIENCE = 90.0
"""Seconds after which a test gives up waiting; nothing that works takes a tenth of it."""


class Installation:
    """``loopwright.yaml``, rules and database in one folder."""

    def __init__(
        self,
        folder: Path,
        sandbox: Sandbox,
        rules: str,
        *,
        database_url: str = "sqlite:///loopwright.sqlite",
        overrides: Mapping[str, Mapping[str, JsonValue]] | None = None,
    ) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.port = free_port()
        self.rules = folder / "rules.yaml"
        self.rules.write_text(rules, encoding="utf-8")
        self.settings = folder / "loopwright.yaml"
        text = trial_settings(
            sandbox, rules=["rules.yaml"], port=self.port, database_url=database_url, overrides=overrides
        )
        self.settings.write_text(text, encoding="utf-8")
        in_file = database_url.startswith("sqlite:///")
        self.database_url = f"sqlite:///{folder / 'loopwright.sqlite'}" if in_file else database_url

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """One command, to its end."""
        done = subprocess.run(
            [*_COMMAND, *arguments, "--config", str(self.settings)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert not check or done.returncode == 0, f"{arguments} failed:\n{done.stdout}\n{done.stderr}"
        return done

    @contextmanager
    def daemon(self, *, hooks: Sequence[str] = ()) -> Iterator[subprocess.Popen[str]]:
        """``loopwright run``, ready when the block begins, ended in order when it ends.

        ``hooks`` are the services that are to send it webhooks.
        """
        log = (self.folder / "daemon.log").open("w", encoding="utf-8")
        process = subprocess.Popen([*_COMMAND, "run", "--config", str(self.settings)], stderr=log, text=True)
        try:
            eventually(lambda: self.caught_up(process) or None, "the daemon to have read everything")
            for name in hooks:
                service = self.sandbox.services[name]
                self.sandbox.call(partial(service.subscribe, f"http://127.0.0.1:{self.port}/hooks/{name}"))
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
            log.close()
            # Shown with a test that fails.
            print((self.folder / "daemon.log").read_text(encoding="utf-8"))

    def caught_up(self, process: subprocess.Popen[str]) -> bool:
        """Whether every connection has been read to the end by this process."""
        assert process.poll() is None, (self.folder / "daemon.log").read_text(encoding="utf-8")
        if not (self.folder / "loopwright.sqlite").exists() and "sqlite" in self.database_url:
            return False
        from sync.status import status

        with self.store() as store:
            found = status(store, list(self.sandbox.services), time.time())
        fresh = all(
            one.caught_up_seconds_ago is not None and one.caught_up_seconds_ago < PATIENCE
            for one in found.connections
        )
        return fresh and found.daemon is not None and found.daemon.endswith(f"process {process.pid}")

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The database, looked at from outside."""
        store = Store(self.database_url)
        try:
            store.migrate()
            yield store
        finally:
            store.close()


_COMMAND = [sys.executable, "-W", "error::ResourceWarning", "-m", "sync.cli"]


def eventually(look: Callable[[], T | None], what: str | Callable[[], str]) -> T:
    """What ``look`` finds, as soon as it finds something. ``what`` is told when it never does."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(0.02)
    missed = what if isinstance(what, str) else what()
    raise AssertionError(f"waited {PATIENCE:.0f} s in vain for {missed}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
