"""``doctor``: says what is well and what is not."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import typer
from pydantic import JsonValue

from config.people import load_people
from config.problems import SettingsProblems
from config.settings import Settings
from rules.load import load
from rules.problems import RuleProblems
from sync.app import specs
from sync.cli.wording import as_json, count, tell
from sync.doctor import Finding, Verdict, check_breakers, check_connections, check_packages, check_store
from sync.fleet import Fleet
from sync.status import status
from sync.store.database import Store, StoreError
from sync.webhooks import PortTaken, listen

SIGNS = {Verdict.GOOD: "ok  ", Verdict.WARNING: "note", Verdict.BAD: "BAD "}
TEXT_COLUMN = 16


def doctor(config: Path | None, *, json: bool) -> None:
    """Exit 1 when anything is bad."""
    found = []
    for finding in _findings(config):
        found.append(finding)
        if not json:
            _print(finding)
    if json:
        rows: list[JsonValue] = [
            {"subject": one.subject, "verdict": one.verdict.value, "text": one.text} for one in found
        ]
        typer.echo(as_json({"findings": rows}))
    if any(one.verdict is Verdict.BAD for one in found):
        raise typer.Exit(1)


def _print(finding: Finding) -> None:
    """What was found in one column, whatever the length of what it is about."""
    text = finding.text.removeprefix(f"{finding.subject}: ")
    first, *rest = text.splitlines()
    tell(f"{SIGNS[finding.verdict]} {finding.subject:<10} {first}", hang=TEXT_COLUMN)
    for line in textwrap.dedent("\n".join(rest)).splitlines():
        tell(" " * TEXT_COLUMN + line)


def _findings(config: Path | None) -> Iterator[Finding]:
    yield from check_packages()
    try:
        settings = Settings.load(config)
    except SettingsProblems as error:
        yield Finding("settings", Verdict.BAD, str(error))
        return
    yield Finding("settings", Verdict.GOOD, count(len(settings.connections), "connection"))
    try:
        rules = load(settings.rules, connections=settings.connections)
        yield Finding("rules", Verdict.GOOD, count(len(rules.rules), "rule"))
    except RuleProblems as error:
        yield Finding("rules", Verdict.BAD, str(error))
    try:
        people = load_people(settings.people, settings.connections)
        if settings.people:
            yield Finding("people", Verdict.GOOD, count(len(people), "account"))
    except SettingsProblems as error:
        yield Finding("people", Verdict.BAD, str(error))
    try:
        store = Store(settings.database_url.get_secret_value())
    except StoreError as error:
        yield Finding("database", Verdict.BAD, str(error))
        return
    store_findings = list(check_store(store))
    yield from store_findings
    if not any(one.verdict is Verdict.BAD for one in store_findings):
        names = list(settings.connections)
        yield _webhooks(settings, status(store, names, time.time()).daemon)
        fleet = Fleet(store, specs(settings))
        yield from check_connections(fleet, names)
        yield from check_breakers(store, names)
        fleet.close()
    store.close()


def _webhooks(settings: Settings, daemon: str | None) -> Finding:
    place = f"{settings.webhooks.host}:{settings.webhooks.port}"
    try:
        listen(settings.webhooks.host, settings.webhooks.port).close()
    except PortTaken as error:
        if daemon:
            return Finding("webhooks", Verdict.GOOD, f"{place} is taken, as the daemon runs: {daemon}")
        return Finding("webhooks", Verdict.BAD, str(error))
    return Finding("webhooks", Verdict.GOOD, f"{place} is free")
