"""The real command with this connector at both ends: an issue of the team, mirrored into a public project."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from emulated_gitlab import Issue
from gitlab_world import TOKEN, GitLabWorld

RULES = """
version: 1
rules:
  - id: bugs-outside
    backfill: true
    when: {system: gitlab, labels: {has: bug}}
    then:
      - mirror:
          to: outside
          project: northwind/sdk
          keep_in_sync:
            status: {direction: both}
            comments: {direction: both, audience: internal}
"""


def sync(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sync.cli", "sync", "--once"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_an_issue_and_what_is_said_of_it_go_both_ways(private: GitLabWorld, tmp_path: Path) -> None:
    forge = {"system": "gitlab", "url": private.url, "token": TOKEN, "settle_seconds": 0}
    settings = {
        "rules": ["rules.yaml"],
        "connections": {
            "inside": {**forge, "projects": ["northwind/app"]},
            "outside": {**forge, "projects": ["northwind/sdk"], "confidential": True},
        },
    }
    (tmp_path / "loopwright.yaml").write_text(json.dumps(settings), encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    item_id = private.person_creates("Export fails", "It stops.\n\n\\/close", ["bug"])
    private.person_comments(item_id, "We look at it.", internal=True)
    sync(tmp_path)
    (mirror,) = issues(private, "northwind/sdk")
    assert (mirror.title, mirror.state, mirror.confidential) == ("Export fails", "opened", True)
    assert [("We look at it." in note.body, note.internal) for note in mirror.notes] == [(True, True)]
    private.sandbox.call(lambda: private.state.set_state(mirror, "closed", private.state.ada))
    private.sandbox.call(lambda: private.state.changed(mirror))
    private.person_comments(f"{mirror.project.id}-{mirror.iid}", "Repaired.", internal=True)
    sync(tmp_path)
    issue = private.state.issue(item_id)
    assert issue.state == "closed"
    assert sum("Repaired." in note.body for note in issue.notes) == 1
    assert [len(issues(private, path)) for path in ("northwind/app", "northwind/sdk")] == [1, 1]


def issues(world: GitLabWorld, path: str) -> list[Issue]:
    return [issue for issue in world.state.issues.values() if issue.project.path == path]
