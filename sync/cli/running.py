"""``run`` and ``sync --once``: the daemon in the foreground."""

from __future__ import annotations

import logging
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
from sync.cli.wording import as_json
from sync.daemon import Daemon
from sync.status import Status, status
from sync.webhooks import Ear

log = logging.getLogger("loopwright")


def run(config: Path | None) -> None:
    """The daemon, until a signal ends it."""
    app = _open(config)
    try:
        daemon = Daemon(app.engine)
        ear = Ear(app.engine, app.settings.webhooks.host, app.settings.webhooks.port)
        _stop_on_signals(daemon)
        ear.start()
        public = app.settings.webhooks.public_url or f"http://{app.settings.webhooks.host}:{ear.port}"
        for name in app.settings.connections:
            log.info("%s: webhooks are taken at %s/hooks/%s", name, public.rstrip("/"), name)
        log.info("running; Ctrl-C stops")
        try:
            daemon.run()
        finally:
            ear.stop()
        log.info("stopped; nothing is half done")
    finally:
        app.close()


def once(config: Path | None, *, json: bool) -> None:
    """Everything up to date, then stop; exit 1 when a connection could not be read or a write is parked."""
    app = _open(config)
    try:
        daemon = Daemon(app.engine)
        _stop_on_signals(daemon)
        with _progress(app, hidden=json or not sys.stderr.isatty()) as told:
            daemon.run(until_quiet=True, told=told)
        found = status(app.store, list(app.settings.connections), app.engine.now())
        if json:
            typer.echo(as_json({**found.as_json(), "failures": dict(daemon.failures)}))
        else:
            for name, reason in daemon.failures.items():
                typer.echo(f"{name}: {reason}", err=True)
            typer.echo(_summary(found))
        if daemon.failures or found.parked:
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
    line = f"{items} items known, {found.mirrors} mirrors, {calls} API calls"
    return line + (f"; {len(found.parked)} writes are parked: see loopwright status" if found.parked else "")


def _stop_on_signals(daemon: Daemon) -> None:
    def stop(number: int, _frame: FrameType | None) -> None:
        if daemon.asked_to_stop:
            sys.exit(128 + number)
        typer.echo("stopping when what is under way has its receipt; once more to stop at once", err=True)
        daemon.ask_to_stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


@contextmanager
def _progress(app: App, *, hidden: bool) -> Iterator[Callable[[], None]]:
    """A line that says how far it is, on a terminal only."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=hidden, transient=True) as progress:
        task = progress.add_task("reading")

        def tell() -> None:
            if not hidden:
                found = status(app.store, list(app.settings.connections), app.engine.now())
                progress.update(task, description=_doing(found))

        yield tell


def _doing(found: Status) -> str:
    items = sum(one.items for one in found.connections)
    reading = sum(one.to_read for one in found.connections)
    writing = sum(one.effects.get("pending", 0) for one in found.connections)
    done = sum(one.effects.get("done", 0) for one in found.connections)
    return f"{items} items read, {reading} to read again, {done} writes done, {writing} to go"
