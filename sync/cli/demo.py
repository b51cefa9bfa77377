"""``demo``: a sandbox, a daemon with the example rules, and a story, in one command and with no account."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from config.writing import EXAMPLES
from sandbox.app import WholeSandbox
from sandbox.company.northwind import northwind
from sandbox.service import Conditions
from sync.cli.sandbox import open_sandbox
from sync.cli.story import Line, Story
from sync.cli.trial import trial_settings
from sync.status import Status, status
from sync.store.database import Store

FOLDER = Path(".demo")
SETTINGS, LOG, DATABASE = FOLDER / "loopwright.yaml", FOLDER / "daemon.log", FOLDER / "loopwright.sqlite"
COLOURS = {"zendesk": "green", "jira": "blue", "github": "magenta", "notion": "yellow"}
NAMES = {"zendesk": "Zendesk", "jira": "Jira", "github": "GitHub", "notion": "Notion"}
START_PATIENCE = 60.0
"""Seconds within which the daemon must have read the company."""

console = Console(highlight=False)


def demo(*, once: bool, port: int) -> None:
    """Play the story; then stay, unless ``once``. Exit 1 when anything did not arrive."""
    # Like Ctrl-C, so that the daemon is ended in order whoever ends the demo.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        arrived = _play(once=once, port=port)
    except KeyboardInterrupt:
        console.print("\nstopped")
        raise typer.Exit(130) from None
    if not arrived:
        raise typer.Exit(1)


def _play(*, once: bool, port: int) -> bool:
    made = open_sandbox(Conditions(limits=False), first_port=0 if once else port, company=northwind())
    # Only now: where the ports are taken, the folder belongs to a demo that is running.
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    store = Store(f"sqlite:///{DATABASE}")
    store.migrate()  # before the daemon, so that asking how far it is finds tables
    hooks = _free_port()
    try:
        with made.running(), _daemon(trial_settings(made, rules=[str(EXAMPLES)], port=hooks)):
            _introduce(made)
            _wait_until_read(store)
            for service in made.services.values():
                made.call(partial(service.subscribe, f"http://127.0.0.1:{hooks}/hooks/{service.name}"))
            arrived = _tell_story(made, store)
            _summary(status(store, list(made.services), time.time()), arrived)
            if not once:
                _stay(made.page_url)
    finally:
        store.close()
    return arrived


def _introduce(made: WholeSandbox) -> None:
    _say("A made-up company with four tools, on this machine only:\n")
    _say(f"  page      [bold]{made.page_url}[/bold]")
    for name, service in made.services.items():
        _say(f"  {NAMES[name]:<9} {service.base_url}")


def _tell_story(made: WholeSandbox, store: Store) -> bool:
    _say("\nThe story (→ is what Loopwright did, with the seconds it took):\n")

    def tell(line: Line) -> None:
        sign = "  →" if line.caused else "   "
        colour = COLOURS[line.tool] if line.arrived else "red"
        took = f" [dim]{line.seconds:.1f} s[/dim]" if line.caused else ""
        _say(f"{sign} [{colour}]{NAMES[line.tool]:<8}[/{colour}] {escape(line.text)}{took}")
        refs = [{"service": tool, "id": id} for tool, id in line.refs]
        told = {"text": line.text, "kind": "sync" if line.caused else "person", "refs": refs}
        httpx.post(f"{made.page_url}/api/story", json=told).raise_for_status()

    return Story(made, store, tell).play()


def _summary(found: Status, arrived: bool) -> None:
    items = sum(one.items for one in found.connections)
    calls = ", ".join(f"{one.name} {one.calls}" for one in found.connections)
    written = sum(one.effects.get("done", 0) for one in found.connections)
    _say(
        f"\n{items} items known, {found.mirrors} mirrors, {written} writes done, {len(found.parked)} parked\n"
        f"API calls: {calls}"
    )
    _say("Everything arrived." if arrived else f"[red]Not everything arrived[/red]; see {LOG}")


def _stay(page: str) -> None:
    _say(f"\nOpen [bold]{page}[/bold]: write a comment in one tool and see it arrive in the others.")
    _say("Ctrl-C ends it.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        _say("\nstopped")


@contextmanager
def _daemon(settings: str) -> Iterator[None]:
    """The real daemon, in a process of its own, ended in order."""
    SETTINGS.write_text(settings, encoding="utf-8")
    command = [sys.executable, "-m", "sync.cli", "run", "--config", str(SETTINGS)]
    with LOG.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def _say(line: str) -> None:
    """One line, however narrow the terminal is: it wraps where it ends."""
    console.print(line, soft_wrap=True)


def _wait_until_read(store: Store) -> None:
    """Until the daemon has seen what was there before, so that the story is news."""
    with console.status("the daemon reads what is there"):
        end = time.monotonic() + START_PATIENCE
        while time.monotonic() < end:
            found = status(store, list(NAMES), time.time()) if DATABASE.exists() else None
            if (
                found
                and found.daemon
                and all(one.caught_up_seconds_ago is not None for one in found.connections)
            ):
                return
            time.sleep(0.1)
    console.print("[red]the daemon did not get ready[/red]; its log:")
    console.print(LOG.read_text(encoding="utf-8"), markup=False)
    raise typer.Exit(1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
