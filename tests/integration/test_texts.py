"""A text with a mention goes from GitHub to Jira, and edits of it come and go in parts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from sandbox.app import SERVICES
from sandbox.github import GitHubService
from sandbox.github.records import Issue as GitHubIssue
from sandbox.jira import JiraService
from sandbox.jira.records import Issue as JiraIssue
from sandbox.jira.writing import prepare
from sandbox.server import Sandbox
from sandbox.service import Conditions
from tests.integration.installation import Installation
from tests.integration.small import company

RULES = r"""
version: 1
rules:
  - id: issues-to-jira
    backfill: true
    when: {system: github, labels: {has: bug}}
    then:
      - mirror:
          to: jira
          project: ENG
          type: Bug
          fields: {body: "From {{ item.key }}:\n\n{{ item.body }}"}
          keep_in_sync:
            body: {direction: both, publish: true}
            comments: {direction: both, audience: internal, publish: true}
"""
BODY = "It stops at *10,000* rows.\nAsk @{kai} first, not @nobody; see #3.\n\n* one\n* two\n\n<!-- hidden -->"


class Tools:
    """The two tools with one issue in each, and an installation between them."""

    def __init__(self, sandbox: Sandbox, installation: Installation) -> None:
        self.sandbox = sandbox
        self.installation = installation
        github, jira = sandbox.services["github"], sandbox.services["jira"]
        assert isinstance(github, GitHubService)
        assert isinstance(jira, JiraService)
        self.github, self.jira = github, jira
        self.kai = next(user.login for user in github.state.users.values() if "kai" in user.login.lower())
        self.account = next(one.id for one in jira.site.accounts.values() if "Kai" in one.name)

    def sync(self) -> None:
        self.installation.run("sync", "--once")
        self.installation.run("sync", "--once")

    @property
    def issue(self) -> GitHubIssue:
        return next(one for one in self.github.state.issues.values() if one.title == "Export stops")

    @property
    def mirror(self) -> JiraIssue:
        (issue,) = self.jira.site.issues.values()
        return issue


@pytest.fixture
def tools(tmp_path: Path) -> Iterator[Tools]:
    sandbox = Sandbox(SERVICES, conditions=Conditions(limits=False))
    for service in sandbox.services.values():
        service.seed(company())
    installation = Installation(tmp_path, sandbox, RULES)
    tools = Tools(sandbox, installation)
    people = f"version: 1\npeople:\n  - github: {{login: {tools.kai}}}\n    jira: {{id: '{tools.account}'}}\n"
    (tmp_path / "people.yaml").write_text(people, encoding="utf-8")
    with sandbox.running():
        settings = json.loads(installation.settings.read_text(encoding="utf-8"))
        installation.settings.write_text(json.dumps({**settings, "people": "people.yaml"}), encoding="utf-8")
        yield tools


def test_a_mention_is_one_there_and_edits_of_both_ends_are_in_both(tools: Tools) -> None:
    body = BODY.format(kai=tools.kai)
    create = partial(tools.github.person_creates, title="Export stops", body=body, labels=["bug"])
    tools.sandbox.call(create)
    tools.sync()
    described = json.dumps(tools.mirror.description)
    assert described.count('"mention"') == 1
    assert tools.account in described
    assert "@\\u2060nobody" in described
    assert "#\\u20603" in described
    assert "From northwind-soft/app#\\u20601:" in described
    edited = body.replace("* two", "* two\n* three")
    tools.sandbox.call(
        lambda: tools.github.state.edit_text(tools.issue, tools.github._person(), title=None, body=edited)
    )
    there = json.loads(described.replace("It stops at ", "It ends at "))
    tools.sandbox.call(
        lambda: tools.jira.site.edit(
            tools.mirror, prepare(tools.jira.site, {"description": there}, {}), tools.jira._person()
        )
    )
    tools.sync()
    now = json.dumps(tools.mirror.description)
    assert ('"three"' in now, "It ends at " in now, tools.account in now) == (True, True, True)
    assert tools.issue.body == edited.replace("It stops at", "It ends at")
