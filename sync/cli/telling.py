"""``status``, ``why``, ``retry`` and ``skip``: what people ask of a running installation."""

from __future__ import annotations

import time
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from config.settings import Settings
from rules.load import load
from sync import status as standing
from sync import unpark
from sync import why as reasons
from sync.app import open_store
from sync.cli.wording import ago, as_json


def status(config: Path | None, *, json: bool, health: bool) -> None:
    settings = Settings.load(config)
    store = open_store(settings)
    try:
        found = standing.status(store, list(settings.connections), time.time())
    finally:
        store.close()
    if health:
        raise typer.Exit(0 if found.healthy else 1)
    if json:
        typer.echo(as_json(found.as_json()))
    else:
        _print_status(found)


def _print_status(found: standing.Status) -> None:
    console = Console(highlight=False)
    console.print(f"daemon   {escape(found.daemon or 'not running')}")
    console.print(f"database {escape(found.database)}")
    console.print(f"mirrors  {found.mirrors}, {found.claimed} more decided")
    table = Table(box=None, pad_edge=False)
    for title in ("connection", "items", "read to the end", "to read", "to write", "written", "calls"):
        table.add_column(title, justify="left" if title == "connection" else "right")
    for one in found.connections:
        waiting = sum(one.effects.get(state, 0) for state in ("pending", "sending", "unsure"))
        table.add_row(
            one.name,
            str(one.items),
            ago(one.caught_up_seconds_ago),
            str(one.to_read),
            str(waiting),
            str(one.effects.get("done", 0)),
            str(one.calls),
        )
    console.print(table)
    for one in found.connections:
        if one.halted:
            console.print(f"\n[bold]{one.name} is halted[/bold]: {escape(one.halted)}")
    for parked in found.parked:
        console.print(
            f"\n[bold]effect {parked.id} is parked[/bold] (rule {parked.rule}, {escape(parked.item)}):\n"
            f"  {escape(parked.error)}\n  loopwright retry {parked.id}, or loopwright skip {parked.id}"
        )
    for concern in found.concerns:
        if concern.matter != "parked":
            times = f" ({concern.times} times)" if concern.times > 1 else ""
            console.print(
                f"\n[bold]{concern.matter}[/bold] {escape(concern.item)}{times}: {escape(concern.text)}"
            )


def why(config: Path | None, item: str, rule: str | None, *, json: bool) -> None:
    settings = Settings.load(config)
    rules = load(settings.rules)
    store = open_store(settings)
    try:
        account = reasons.why(store, rules, item, rule=rule, now=time.time())
    finally:
        store.close()
    if json:
        typer.echo(as_json(account.as_json()))
        return
    about = account.item
    typer.echo(f"{about.ref} {about.title}\n  {about.system}, {about.status}, {about.url}")
    for type, other in account.links:
        typer.echo(f"  {type}: {other.ref} {other.title} ({other.status})")
    for event in account.events:
        typer.echo(f"{event.at:%Y-%m-%d %H:%M:%S} {event.what}")
    for explanation in account.rules:
        typer.echo(f"\n{explanation}")


def retry(config: Path | None, effect: int) -> None:
    store = open_store(Settings.load(config))
    try:
        unpark.retry(store, effect, time.time())
    finally:
        store.close()
    typer.echo(f"effect {effect} will be tried again")


def skip(config: Path | None, effect: int) -> None:
    store = open_store(Settings.load(config))
    try:
        unpark.skip(store, effect, time.time())
    finally:
        store.close()
    typer.echo(f"effect {effect} is given up; the later writes to its item go on")
