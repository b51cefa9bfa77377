"""The whole main job with PostgreSQL as its store: the demo's story, its rules, four tools, webhooks."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.writing import EXAMPLES
from sandbox.app import SERVICES
from sync.cli.story import Line, Story
from tests.integration.shell import Shell, daemon, installed, standing, titles
from tests.integration.small import ticket
from tests.sync.databases import database_url


@pytest.mark.postgres
def test_the_story_of_the_demo_unfolds_on_postgresql(tmp_path: Path) -> None:
    rules = (EXAMPLES / "feedback-loop.yaml").read_text(encoding="utf-8")
    url, shell = database_url("postgresql", tmp_path), Shell(tmp_path)
    old = ticket("An old bug", "that nobody is to hear of again")
    with installed(tmp_path, old, services=SERVICES, rules=rules, database_url=url) as installation:
        told: list[Line] = []
        hooks = list(installation.sandbox.services)
        with daemon(installation, shell, hooks=hooks), installation.store() as store:
            arrived = Story(installation.sandbox, store, told.append).play()
        assert arrived, [line.text for line in told if not line.arrived]
        assert standing(installation).mirrors == 3
        assert titles(installation, "jira") == [
            "Client retries forever when the token has expired",
            "[Acme] CSV export stops after 10,000 rows",
        ]
        again = shell.run("sync", "--once")
        assert (again.code, again.err) == (0, "")
        assert ", 3 mirrors, " in again.out
        shown = shell.run("status").out.splitlines()
        assert shown[1].startswith("database  postgresql+psycopg://")
        why = shell.run("why", "ENG-1").out
        assert "fired: jira-status-to-zendesk" in why
        assert "commented on ZD-2 (rule jira-status-to-zendesk, write" in shell.run("why", "ZD-2").out
