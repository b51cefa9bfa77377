"""``loopwright pause`` and ``resume`` beside a daemon at work."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.integration.installation import eventually
from tests.integration.shell import Shell, daemon, installed, standing, titles
from tests.integration.small import ticket


def test_a_running_daemon_obeys_at_once(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    with installed(tmp_path) as installation, daemon(installation, shell, hooks=["zendesk"]):
        zendesk = installation.sandbox.services["zendesk"]
        paused = shell.run("pause")
        assert paused.out.startswith("nothing is written to any tool from now on\n")
        installation.sandbox.call(
            partial(zendesk.person_creates, title="Stops", body="Always.", labels=["bug"])
        )
        eventually(lambda: standing(installation).claimed or None, "the decision")
        shown = shell.run("status").out
        assert "nothing is written to jira: paused since " in shown
        assert "  1 to write, in their order after: loopwright resume\n" in shown
        assert titles(installation, "jira") == []
        assert shell.run("resume", "jira").out.startswith("jira still waits, because all")
        assert shell.run("resume").out == "writes to every tool go on\n"
        eventually(lambda: titles(installation, "jira") or None, "the mirror")


def test_a_single_run_ends_although_writes_wait(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    with installed(tmp_path, ticket("Export stops")) as installation:
        assert shell.run("pause", "jira").out.startswith("nothing is written to jira from now on\n")
        ended = shell.run("sync", "--once")
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.endswith("; paused: jira\n")
        assert titles(installation, "jira") == []
        unknown = shell.run("pause", "jura")
        assert (unknown.code, unknown.err) == (
            2,
            "loopwright: no connection is named jura; there are: jira, zendesk\n",
        )
