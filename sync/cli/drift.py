"""``drift`` and ``sweep``: where ends of links do not agree, and reading everything there is once more."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import typer

from config.settings import Settings
from rules.load import load
from sync.app import open_store
from sync.cli.wording import as_json, count, tell
from sync.drift import Census, Difference
from sync.drift import drift as found_drift
from sync.pausing import among
from sync.store import leases, sweeps

SHOWN = 200
"""How many differences are named one by one; --json names all."""


def drift(config: Path | None, *, json: bool) -> None:
    settings = Settings.load(config)
    rules = load(settings.rules, connections=settings.connections)
    store = open_store(settings)
    try:
        found = found_drift(store, rules, list(settings.connections))
    finally:
        store.close()
    if json:
        typer.echo(as_json(found.as_json()))
    else:
        _print_differences(found.differences)
        for line in found.gone:
            tell(f"\ncannot be read any more: {line}", hang=2)
        tell()
        for census in found.census:
            tell(_last_sweep(census), hang=2)
    if found.differences or found.gone:
        raise typer.Exit(1)


def _print_differences(differences: Sequence[Difference]) -> None:
    if not differences:
        tell("all links agree, as far as their ends are known")
    for one in differences[:SHOWN]:
        tell(f"{one.source} and {one.mirror}: {one.field} is {one.at_source!r} and {one.at_mirror!r}", hang=2)
        tell(f"  {one.reason}", hang=2)
    if len(differences) > SHOWN:
        tell(f"and {len(differences) - SHOWN:,} more: loopwright drift --json")


def _last_sweep(census: Census) -> str:
    name, seen = census.connection, count(census.seen, "item")
    if census.under_way:
        return f"{name}: a sweep is under way, {seen} read, {count(census.missed, 'missed change')}"
    if census.ended is None:
        return f"{name}: no sweep yet"
    return (
        f"{name}: last sweep {census.ended:%Y-%m-%d %H:%M} UTC, {seen} read, "
        f"{count(census.missed, 'missed change')}, {count(census.unseen, 'known item')} not met and asked for"
    )


def sweep(config: Path | None, connection: str | None) -> None:
    settings = Settings.load(config)
    names = [among(connection, settings.connections)] if connection else list(settings.connections)
    store = open_store(settings)
    try:
        with store.write() as tx:
            for name in names:
                sweeps.ask(tx, name, wanted=True)
        with store.read() as view:
            lease = leases.get(view, "daemon")
    finally:
        store.close()
    tell(f"everything in {', '.join(names)} will be read once more, within its budget of calls")
    living = lease is not None and time.time() - lease.beat < leases.DEAD_AFTER
    tell(
        "  the daemon begins within a minute"
        if living
        else "  no daemon runs: loopwright sync --once does it"
    )
    tell("  loopwright drift shows how far it is, and what it found")
