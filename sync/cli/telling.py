"""``status``, ``why``, ``retry`` and ``skip``: what people ask of a running installation."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.table import Table

from config.settings import Settings
from rules.load import load
from sync import capping, unpark
from sync import status as standing
from sync import why as reasons
from sync.app import open_store
from sync.cli.belts import Held
from sync.cli.wording import ago, as_json, console, count, tell, waiting
from sync.status import ConnectionStatus, ParkedEffect, Status

MATTERS = {
    "unread": "could not be read",
    "unresolved": "a value was left alone",
    "clash": "two rules disagree",
    "conflict": "both ends were changed",
    "audience": "a text was held back",
    "gone": "cannot be read any more",
    "confirm": "waits for you",
    "mistake": "Loopwright itself failed",
    "ignored": "the tool did not do as it was told",
}
"""What :class:`sync.store.notices.Matter` has, as people hear of it; what is shown elsewhere is left out."""
SHOWN = 8
"""How many of those that are alike are named one by one."""


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


def _print_status(found: Status) -> None:
    tell(f"daemon    {found.daemon or 'not running'}", hang=10)
    tell(f"database  {found.database}", hang=10)
    claimed = f", and {found.claimed} more to be made" if found.claimed else ""
    on_hold = f"; {found.on_hold} on hold by /loop hold" if found.on_hold else ""
    tell(f"mirrors   {found.mirrors}{claimed}{on_hold}", hang=10)
    console().print(_table(found.connections), highlight=False)
    for one in found.connections:
        for limit, wait in one.waits.items():
            if wait >= 1:
                tell("\n" + waiting(one.name, limit, wait))
        if one.paused:
            tell(f"\nnothing is written to {one.name}: paused {one.paused}")
            after = "it is taken off there" if one.switched else "loopwright resume"
            tell(f"  {one.waiting:,} to write, in their order after: {after}", hang=2)
        for side, rest in one.rests.items():
            done = "read from" if side == "reads" else "written to"
            heading, *error = rest.splitlines()
            tell(f"\n{one.name} does not answer, and nothing is {done} it {heading}")
            tell(_indented("\n".join(error)), hang=2)
        if one.halted:
            tell(f"\n{one.name} is halted until Loopwright is started again; the others go on.")
            tell(_indented(one.halted), hang=2)
    for cap in found.caps:
        tell(f"\n{cap.held:,} writes are held since {cap.since}:")
        tell(_indented(cap.text), hang=2)
    for group in _alike(found.parked):
        _print_parked(group)
    for concern in found.concerns:
        if concern.matter not in ("parked", "capped", "rests"):
            times = f" ({concern.times} times)" if concern.times > 1 else ""
            about = concern.item or concern.connection
            tell(f"\n{about}: {MATTERS.get(concern.matter, concern.matter)}{times}")
            tell(_indented(concern.text), hang=2)


def _table(connections: Sequence[ConnectionStatus]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="")
    for title in ("connection", "items", "last read", "to read", "to write", "written", "parked", "calls"):
        table.add_column(title, justify="left" if title == "connection" else "right", no_wrap=True)
    for one in connections:
        numbers = (one.to_read, one.waiting, one.done, one.parked, one.calls)
        table.add_row(one.name, str(one.items), ago(one.caught_up_seconds_ago), *map(str, numbers))
    return table


def _alike(parked: Sequence[ParkedEffect]) -> list[list[ParkedEffect]]:
    """Writes that were refused for the same reason, together."""
    groups: dict[tuple[str, str, str], list[ParkedEffect]] = {}
    for one in parked:
        reason = re.sub(r"\d+", "0", one.error)
        groups.setdefault((one.connection, one.rule, reason), []).append(one)
    return list(groups.values())


def _print_parked(group: Sequence[ParkedEffect]) -> None:
    first = group[0]
    numbers = " ".join(str(one.id) for one in group[:SHOWN])
    if len(group) == 1:
        tell(f"\nwrite {first.id} is parked: {first.item}, by rule {first.rule}")
    else:
        tell(f"\n{len(group)} writes are parked for the same reason, by rule {first.rule}:")
        shown = ", ".join(f"{one.item} ({one.id})" for one in group[:SHOWN])
        tell(f"  {shown}{f' and {len(group) - SHOWN} more' if len(group) > SHOWN else ''}", hang=2)
    tell(_indented(first.error), hang=2)
    more = " ..." if len(group) > SHOWN else ""
    tell(f"  loopwright retry {numbers}{more}", hang=2)
    tell(f"  loopwright skip {numbers}{more}", hang=2)


def _indented(text: str) -> str:
    return "\n".join(f"  {line.strip()}" for line in text.splitlines())


def why(config: Path | None, item: str, rule: str | None, *, json: bool) -> None:
    settings = Settings.load(config)
    rules = load(settings.rules, connections=settings.connections)
    store = open_store(settings)
    try:
        account = reasons.why(store, rules, item, rule=rule, now=time.time())
    finally:
        store.close()
    if json:
        typer.echo(as_json(account.as_json()))
        return
    about = account.item
    tell(f"{about.ref} {about.title}", hang=2)
    tell(f"  {about.system}, {about.status or 'without a status'}, {about.url}", hang=2)
    for tie in account.links:
        tell(f"  {tie.type}: {tie.item.ref} {tie.item.title} ({tie.item.status})", hang=2)
        if tie.stopped:
            tell(f"    {tie.stopped}", hang=4)
    tell("\nWhat happened (times are UTC):")
    for event in account.events:
        tell(f"{event.at:%Y-%m-%d %H:%M:%S}  {event.what}", hang=21)
    tell("\nWhat the rules make of it now:" if account.rules else "\nNo rule is about such items.")
    for judged in account.rules:
        heading, *lines = str(judged.explanation).splitlines()
        tell(heading)
        if judged.fired:
            tell(f"  it fired at {judged.fired:%Y-%m-%d %H:%M:%S}")
        tell("\n".join(lines), hang=4)


def retry(config: Path | None, numbers: Sequence[int]) -> None:
    store = open_store(Settings.load(config))
    try:
        unpark.retry(store, numbers, time.time())
    finally:
        store.close()
    tell(f"{count(len(numbers), 'write')} will be tried again")


def skip(config: Path | None, numbers: Sequence[int], held: Held | None) -> None:
    store = open_store(Settings.load(config))
    try:
        unpark.skip(store, numbers, time.time())
        given_up = len(numbers) + (capping.give_up(store, held.rule, time.time()) if held else 0)
    finally:
        store.close()
    tell(f"{count(given_up, 'write')} given up; the later writes to the same items go on")
