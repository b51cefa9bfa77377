"""Pytest's part: a session in which something was not as the vendors have it fails, and says what."""

from __future__ import annotations

import os
import shutil
import tempfile
from itertools import groupby
from pathlib import Path
from textwrap import fill

import pytest

from tests.contracts.vendors import ABSENT, available
from tests.contracts.witness import JOURNAL, install, read

_FOLDER = pytest.StashKey[Path]()


def _began(config: pytest.Config) -> bool:
    """Whether this process is the session's first, and no worker of it."""
    return not hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    if _began(config) and available():
        folder = Path(tempfile.mkdtemp(prefix="contracts-"))
        config.stash[_FOLDER] = folder
        os.environ[JOURNAL] = str(folder)
    install()


def pytest_sessionfinish(session: pytest.Session) -> None:
    folder = session.config.stash.get(_FOLDER, None)
    if (
        folder is not None
        and read(folder)[1]
        and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    folder = config.stash.get(_FOLDER, None)
    if folder is None:
        terminalreporter.write_line(f"Contracts not checked: {ABSENT}")
        return
    operations, violations = read(folder)
    for service, entries in groupby(sorted(operations.items()), key=lambda entry: entry[0][0]):
        named = [f"{name} {count}" for (_, name), count in entries]
        terminalreporter.write_line(fill(f"{service}, {len(named)} operations: {', '.join(named)}", 120))
    if violations:
        terminalreporter.section("not as the vendors have it", red=True)
    for violation, (times, test) in sorted(violations.items(), key=lambda entry: str(entry[0])):
        terminalreporter.write_line(f"{violation} ({times} times, first in {test})")


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = config.stash.get(_FOLDER, None)
    if folder is not None:
        shutil.rmtree(folder)
        del os.environ[JOURNAL]
