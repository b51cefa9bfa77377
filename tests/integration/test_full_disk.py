"""A full disk: the daemon says so and stops; with room again it goes on, and nothing is lost or doubled."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from tests.integration.installation import Installation
from tests.integration.shell import Ended, Shell, cards, installed, titles, untraced
from tests.integration.small import ticket

TICKETS = [ticket(f"Report {number}", "first", "second") for number in range(12)]


def check_what_is_told(ended: Ended) -> None:
    assert (ended.code, ended.out) == (2, "")
    message = untraced(ended.err)[ended.err.find("loopwright: ") :]
    assert message.startswith("loopwright: sqlite:///")
    assert "disk" in message
    assert message.endswith("start again, nothing was lost\n")
    assert message.count("\n") == 2


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[Callable[[int], None]]:
    """A file system of that size, and what makes it larger."""
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no right to mount a file system")

    def enlarge(more: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={more}m", str(place)], check=True)

    try:
        yield enlarge
    finally:
        subprocess.run(["umount", str(place)], check=True)


def check_nothing_is_lost_or_doubled(installation: Installation, shell: Shell) -> None:
    assert shell.run("sync", "--once").code == 0
    made = cards(installation, "jira")
    assert sorted(card.title for card in made) == sorted(one.title for one in TICKETS)
    for card in made:
        first, second = [said.text for said in card.comments]
        assert ("first" in first, "second" in second) == (True, True)
    assert all("in-jira" in card.labels for card in cards(installation, "zendesk"))


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="only root can mount a small disk")
@pytest.mark.parametrize("command", ["sync --once", "run"])
def test_a_disk_that_fills_up_while_writes_are_under_way(tmp_path: Path, command: str) -> None:
    place = tmp_path / "disk"
    with small_disk(place, megabytes=1) as enlarge, installed(place, *TICKETS) as installation:
        shell = Shell(place, logs=tmp_path)
        check_what_is_told(shell.run(*command.split()))
        assert titles(installation, "jira")
        said = sum(len(card.comments) for card in cards(installation, "jira"))
        assert said < 2 * len(TICKETS), "it is full in the middle of it"
        told = shell.run("doctor")
        assert untraced(told.err) == ""
        assert "make room before it is full" in told.out or "free some space" in told.out
        assert shell.run("status").code == 0, "reading needs no room"
        enlarge(64)
        check_nothing_is_lost_or_doubled(installation, shell)


def test_a_database_that_may_not_grow(tmp_path: Path) -> None:
    """The same where no disk can be mounted: SQLite itself refuses more pages."""
    with installed(tmp_path, *TICKETS) as installation:
        shell = Shell(tmp_path)
        assert shell.run("status").code == 0
        with closing(sqlite3.connect(tmp_path / "loopwright.sqlite")) as database:
            (pages,) = database.execute("PRAGMA page_count").fetchone()
        check_what_is_told(shell.run("sync", "--once", before=partial(limit, pages + 12)))
        assert titles(installation, "jira")
        said = sum(len(card.comments) for card in cards(installation, "jira"))
        assert said < 2 * len(TICKETS), "it is full in the middle of it"
        check_nothing_is_lost_or_doubled(installation, shell)


def limit(pages: int) -> None:
    """Allow the databases of this process no more than so many pages."""

    @event.listens_for(Engine, "connect")
    def forbid(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")
