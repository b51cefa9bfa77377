"""``loopwright undo`` at a terminal: the runs, the plan, and what becomes of it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.integration.shell import Shell, cards, installed, titles
from tests.integration.small import ticket


def test_a_run_is_listed_planned_and_undone(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    with installed(tmp_path, ticket("Export stops", "a note")) as installation:
        assert shell.run("undo").out == "nothing has run yet\n"
        shell.run("sync", "--once")
        (mirror,) = cards(installation, "jira")
        assert re.fullmatch(r"run-1  [-0-9]{10} [:0-9]{5} UTC  3 writes\n", shell.run("undo").out)
        planned = shell.run("undo", "run-1")
        assert planned.code == 0
        assert f"(create in jira): {mirror.key} is taken away, and its link is cut\n" in planned.out
        assert "3 writes would be undone, 0 not\n" in planned.out
        assert len(titles(installation, "jira")) == 1
        assert "3 writes undone, 0 not" in shell.run("undo", "run-1", "--yes").out
        ended = shell.run("sync", "--once")
        assert (ended.code, titles(installation, "jira")) == (0, [])
        (left,) = cards(installation, "zendesk")
        assert "in-jira" not in left.labels
        assert "is undone by a person" in shell.run("why", left.key).out
        again = shell.run("undo", "run-1")
        assert again.code == 1
        assert "0 writes would be undone, 3 not\n" in again.out
        unknown = shell.run("undo", "run-9")
        assert (unknown.code, unknown.err.startswith("loopwright: nothing was written as 'run-9'")) == (
            2,
            True,
        )
