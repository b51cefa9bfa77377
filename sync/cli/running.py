"""``run`` and ``sync --once``: the daemon in the foreground."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from config.settings import Settings
from sync.app import App, open_app
from sync.cli.logs import set_up_logs
from sync.cli.wording import as_json, count, tell, waiting
from sync.daemon import Daemon
from sync.status import Status, status
from sync.store import budgets
from sync.webhooks import Ear

log = logging.getLogger("loopwright")

_SHOW_CURSOR = b"\x1b[?25h\n"
"""A progress bar hides it."""
WORTH_TELLING = 2.0
"""Seconds that a pause must last to be told."""


def run(config: Path | None) -> None:
    """The daemon, until a signal ends it."""
    app = _open(config)
    try:
        daemon = Daemon(app.engine)
        ear = Ear(app.engine, app.settings.webhooks.host, app.settings.webhooks.port)
        _stop_on_signals(daemon)

        def ready() -> None:
            ear.start()
            public = app.settings.webhooks.public_url or f"http://{app.settings.webhooks.host}:{ear.port}"
            for name in app.settings.connections:
                log.info("%s: webhooks are taken at %s/hooks/%s", name, public.rstrip("/"), name)
            log.info("running; Ctrl-C stops")

        try:
            daemon.run(ready=ready, told=_announcement(daemon))
        finally:
            ear.stop()
        log.info("stopped; nothing is half done")
    finally:
        app.close()


def once(config: Path | None, *, json: bool) -> None:
    """Everything up to date, then stop; exit 1 when something needs a person."""
    app = _open(config)
    # What could not be read is told at the end, once; in between only what makes it take longer.
    log.addFilter(lambda record: record.levelno < logging.ERROR)
    try:
        daemon = Daemon(app.engine)
        _stop_on_signals(daemon)
        with _progress(app, daemon, hidden=json or not sys.stderr.isatty()) as told:
            daemon.run(until_quiet=True, told=told)
        found = status(app.store, list(app.settings.connections), app.engine.now())
        failures = {**{one.name: one.halted for one in found.connections if one.halted}, **daemon.failures}
        if json:
            typer.echo(as_json({**found.as_json(), "failures": dict(failures)}))
        else:
            for reason in failures.values():
                typer.echo(reason, err=True)
            tell(_summary(found))
        if daemon.asked_to_stop:
            typer.echo("stopped before everything was up to date; nothing is half done", err=True)
        if failures or found.parked or any(one.held for one in found.connections) or daemon.asked_to_stop:
            raise typer.Exit(1)
    finally:
        app.close()


def _open(config: Path | None) -> App:
    settings = Settings.load(config)
    set_up_logs(settings.log)
    return open_app(settings)


def _summary(found: Status) -> str:
    items = sum(one.items for one in found.connections)
    calls = sum(one.calls for one in found.connections)
    line = f"{count(items, 'item')} known, {count(found.mirrors, 'mirror')}, {count(calls, 'API call')}"
    parked = sum(one.parked for one in found.connections)
    held = sum(one.held for one in found.connections)
    paused = [one.name for one in found.connections if one.paused]
    return (
        line
        + (f"; parked: {count(parked, 'write')}, see loopwright status" if parked else "")
        + (f"; held by a cap: {count(held, 'write')}, see loopwright status" if held else "")
        + (f"; paused: {', '.join(paused)}" if paused else "")
    )


def _stop_on_signals(daemon: Daemon) -> None:
    def stop(number: int, _frame: FrameType | None) -> None:
        if daemon.asked_to_stop:
            # Whatever is under way is left as after a crash: the next run looks it up.
            if sys.stderr.isatty():
                os.write(2, _SHOW_CURSOR)
            os._exit(128 + number)
        daemon.ask_to_stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _announcement(daemon: Daemon) -> Callable[[], None]:
    """Says once that the daemon is about to stop: a signal handler itself may not write."""
    announced = False

    def announce() -> None:
        nonlocal announced
        if daemon.asked_to_stop and not announced:
            announced = True
            log.info("stopping when what is under way has its receipt; once more to stop at once")

    return announce


@contextmanager
def _progress(app: App, daemon: Daemon, *, hidden: bool) -> Iterator[Callable[[], None]]:
    """A line that says how far it is, on a terminal only."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    announce = _announcement(daemon)
    with Progress(*columns, console=console, disable=hidden, transient=True) as progress:
        task = progress.add_task("reading")

        def told() -> None:
            announce()
            if not hidden:
                progress.update(task, description=_doing(app))

        yield told


def _doing(app: App) -> str:
    """How far it is, and for whom it waits."""
    now, specs = app.engine.now(), app.engine.fleet.specs
    found = status(app.store, list(specs), now)
    with app.store.read() as view:
        waits = budgets.waits(view, {name: spec.rate for name, spec in specs.items()}, now)
    reading = sum(one.to_read for one in found.connections)
    parts = [
        f"{count(sum(one.items for one in found.connections), 'item')} read",
        f"{reading:,} to read again" if reading else "",
        f"{count(sum(one.done for one in found.connections), 'write')} done",
        f"{sum(one.waiting for one in found.connections):,} to go",
        *(f"{name} asks for a pause of {wait:.0f} s" for name, wait in waits.items() if wait > WORTH_TELLING),
        *(
            waiting(one.name, limit, wait)
            for one in found.connections
            for limit, wait in one.waits.items()
            if wait > WORTH_TELLING
        ),
    ]
    return ", ".join(part for part in parts if part)
