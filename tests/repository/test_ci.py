"""The script that CI runs calls the three commands, and its exit code and last line tell the truth."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.repository.dockerfile import ROOT


def run_with(tmp_path: Path, make: str) -> tuple[int, list[str]]:
    """The exit code and lines of .ci/run, with a make that is this shell script."""
    for name, script in {"make": make, "chromium": "exit 0", "npm": "exit 0", "apt-get": "exit 9"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["bash", str(ROOT / ".ci/run")],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout.splitlines()


def test_all_commands_run_at_the_root_of_the_project(tmp_path: Path) -> None:
    code, lines = run_with(tmp_path, 'echo "make $* in $PWD"')
    assert code == 0
    assert lines == [
        f"make test in {ROOT}",
        f"make judges in {ROOT}",
        f"make demo ARGS=--once in {ROOT}",
        "CI passed: make test, make judges and make demo ARGS=--once",
    ]


@pytest.mark.parametrize("command", ["test", "judges", "demo"])
def test_a_failure_is_a_failure(tmp_path: Path, command: str) -> None:
    code, lines = run_with(tmp_path, f'test "$1" != {command}')
    assert code != 0
    assert lines[-1].startswith(f"CI failed with exit code {code}, at: make {command}")
