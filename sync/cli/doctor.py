"""``doctor``: says what is well and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer
from pydantic import JsonValue

from config.problems import SettingsProblems
from config.settings import Settings
from rules.load import load
from rules.problems import RuleProblems
from sync.app import specs
from sync.cli.wording import as_json
from sync.doctor import Finding, Verdict, check_connections, check_packages, check_store
from sync.fleet import Fleet
from sync.store.database import Store, StoreError
from sync.webhooks import PortTaken, listen

SIGNS = {Verdict.GOOD: "ok  ", Verdict.WARNING: "note", Verdict.BAD: "BAD "}


def doctor(config: Path | None, *, json: bool) -> None:
    """Exit 1 when anything is bad."""
    found = []
    for finding in _findings(config):
        found.append(finding)
        if not json:
            typer.echo(f"{SIGNS[finding.verdict]} {finding.subject}: {finding.text}")
    if json:
        rows: list[JsonValue] = [
            {"subject": one.subject, "verdict": one.verdict.value, "text": one.text} for one in found
        ]
        typer.echo(as_json({"findings": rows}))
    if any(one.verdict is Verdict.BAD for one in found):
        raise typer.Exit(1)


def _findings(config: Path | None) -> Iterator[Finding]:
    yield from check_packages()
    try:
        settings = Settings.load(config)
    except SettingsProblems as error:
        yield Finding("settings", Verdict.BAD, str(error))
        return
    yield Finding("settings", Verdict.GOOD, f"{len(settings.connections)} connections")
    try:
        rules = load(settings.rules)
        yield Finding("rules", Verdict.GOOD, f"{len(rules.rules)} rules")
    except RuleProblems as error:
        yield Finding("rules", Verdict.BAD, str(error))
    try:
        listen(settings.webhooks.host, settings.webhooks.port).close()
        yield Finding("webhooks", Verdict.GOOD, f"{settings.webhooks.host}:{settings.webhooks.port} is free")
    except PortTaken as error:
        yield Finding("webhooks", Verdict.WARNING, f"{error} (or it is the running daemon)")
    try:
        store = Store(settings.database_url.get_secret_value())
    except StoreError as error:
        yield Finding("database", Verdict.BAD, str(error))
        return
    store_findings = list(check_store(store))
    yield from store_findings
    if not any(one.verdict is Verdict.BAD for one in store_findings):
        fleet = Fleet(store, specs(settings))
        yield from check_connections(fleet, list(settings.connections))
        fleet.close()
    store.close()
