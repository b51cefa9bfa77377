"""``loopwright adopt`` and ``unlink`` at a terminal."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from tests.integration.shell import Shell, cards, installed, titles
from tests.integration.small import ticket


def test_pairs_are_planned_then_linked_and_taken_apart(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    with installed(tmp_path, ticket("Export stops", "a note")) as installation:
        shell.run("sync", "--once")
        (mirror,), (known,) = cards(installation, "jira"), cards(installation, "zendesk")
        told = shell.run("unlink", known.key, mirror.key).out
        assert told.startswith(f"{known.key} and {mirror.key} are no longer linked")
        (tmp_path / "pairs.csv").write_text(f"{mirror.key},{known.key}\n{known.key},ENG-99\n")
        planned = shell.run("adopt", "pairs.csv")
        assert planned.code == 1
        first, second, total, hint = planned.out.splitlines()
        assert first.startswith(f"pairs.csv:1:1: to be linked: {mirror.key} and {known.key}, by the rule ")
        assert second.startswith(f"pairs.csv:2:{len(known.key) + 2}: not linked: 'ENG-99': no item")
        assert total == "1 pair to be linked, 0 linked already, 1 not linked"
        assert "--yes" in hint
        assert "1 pair linked, 0 linked already, 1 not linked" in shell.run("adopt", "pairs.csv", "--yes").out
        again = json.loads(shell.run("adopt", "pairs.csv", "--json").out)
        assert [one["verdict"] for one in again["pairs"]] == ["linked", "cannot"]
        jira = installation.sandbox.services["jira"]
        installation.sandbox.call(partial(jira.person_comments, mirror.id, "fixed", internal=True))
        shell.run("sync", "--once")
        (ticket_now,) = cards(installation, "zendesk")
        assert ticket_now.comments[-1].text.endswith("fixed")
        assert len(titles(installation, "jira")) == 1
        assert "adopt, at a terminal" in shell.run("why", known.key).out
        lost = shell.run("adopt", "nowhere.csv")
        assert lost.code == 2
        assert "nowhere.csv cannot be read" in lost.err
