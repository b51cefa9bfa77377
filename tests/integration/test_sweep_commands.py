"""``sweep`` and ``drift`` over the emulated Zendesk and Jira: a round by a single run, and what it found."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.shell import Shell, installed
from tests.integration.small import ticket


def test_a_person_has_everything_read_once_more_and_sees_what_came_of_it(tmp_path: Path) -> None:
    with installed(tmp_path, ticket("Export stops", "we saw it too")) as installation:
        shell = Shell(tmp_path)
        installation.sandbox.clock.advance(120)
        assert shell.run("sync", "--once").code == 0
        before = shell.run("drift")
        assert (before.code, before.out) == (
            0,
            "all links agree, as far as their ends are known\n\nzendesk: no sweep yet\njira: no sweep yet\n",
        )
        asked = shell.run("sweep", "jira")
        assert asked.code == 0
        assert "everything in jira will be read once more" in asked.out
        assert "loopwright sync --once does it" in asked.out
        installation.sandbox.clock.advance(120)
        assert shell.run("sync", "--once").code == 0
        found = json.loads(shell.run("drift", "--json").out)
        census = {one["connection"]: one for one in found["census"]}
        assert census["zendesk"]["ended"] is None
        assert (census["jira"]["under_way"], census["jira"]["seen"], census["jira"]["missed"]) == (
            False,
            1,
            0,
        )
        assert found["differences"] == found["gone"] == []
        assert "jira: last sweep " in shell.run("drift").out
        unknown = shell.run("sweep", "trello")
        assert unknown.code == 2
        assert "no connection is named trello" in unknown.err
