"""Everything that can be checked before it hurts, each with what to do about it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import packages_distributions
from pathlib import Path

from connectors.errors import ConnectorError
from sync.breaker import told
from sync.fleet import Fleet
from sync.store import breakers, leases
from sync.store.database import Store, StoreError

OURS = ("connectors", "sync", "rules", "config", "sandbox")
SCARCE = 500 * 1024 * 1024
"""Bytes of free disk below which a warning is due."""


class Verdict(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    verdict: Verdict
    text: str


def check_packages() -> Iterator[Finding]:
    """Our packages have plain names: another distribution of the same name would shadow them."""
    owners = packages_distributions()
    for name in OURS:
        foreign = sorted({owner for owner in owners.get(name, []) if owner.lower() != "loopwright"})
        if foreign:
            text = (
                f"the package '{name}' also comes with {', '.join(foreign)}; "
                "uninstall that, or use a fresh environment"
            )
            yield Finding("python", Verdict.BAD, text)
    yield Finding("python", Verdict.GOOD, f"Python {sys.version.split()[0]}")


def check_store(store: Store) -> Iterator[Finding]:
    """The database can be written, which is tried, and has room to grow."""
    try:
        store.migrate()
        with store.write() as tx:
            leases.acquire(tx, "doctor", owner="doctor", place="", now=0.0)
            leases.release(tx, "doctor", "doctor")
    except StoreError as error:
        yield Finding("database", Verdict.BAD, str(error))
        return
    yield Finding("database", Verdict.GOOD, store.place)
    if store.file:
        free = shutil.disk_usage(Path(store.file).absolute().parent).free
        if free < SCARCE:
            text = (
                f"only {free // 1024 // 1024} MB are free where the database is; make room before it is full"
            )
            yield Finding("database", Verdict.WARNING, text)


def check_breakers(store: Store, names: Sequence[str]) -> Iterator[Finding]:
    """Which tools a daemon has found to fail again and again."""
    with store.read() as view:
        for one in breakers.opened(view):
            if one.connection in names:
                text = f"{told(one.side)}; the next one that succeeds ends that\n{one.error}"
                yield Finding(one.connection, Verdict.WARNING, text)


def check_connections(fleet: Fleet, names: Sequence[str]) -> Iterator[Finding]:
    """Each credential is asked who it belongs to."""
    for name in names:
        try:
            account = fleet.get(name).check()
        except (ConnectorError, StoreError) as error:
            yield Finding(name, Verdict.BAD, str(error))
            continue
        yield Finding(name, Verdict.GOOD, f"signed in to {account.site} as {account.name}")
        for warning in account.warnings:
            yield Finding(name, Verdict.WARNING, warning)
