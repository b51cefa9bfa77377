"""A GitHub issue is transferred while it is linked: at either end, told by a webhook or found by polling."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from sandbox.github import GitHubService
from sandbox.jira import JiraService
from sandbox.zendesk import ZendeskService
from tests.integration.installation import Installation, eventually
from tests.integration.shell import Json, Shell, cards, daemon, installed, standing
from tests.integration.small import RULES, ticket

# The second one is public.
APP, SDK, API = "northwind-soft/app", "northwind-soft/sdk", "northwind-soft/api"
BOTH: dict[str, Json] = {"github": {"repositories": [APP, API]}}
FROM_GITHUB = """
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
          keep_in_sync:
            title: {direction: both}
            comments: {direction: to_mirror, audience: internal}
"""
TO_GITHUB = RULES.replace("to: jira", "to: github").replace("project: ENG", f"repository: {APP}")
TO_GITHUB = TO_GITHUB.replace("          type: Bug\n", "          publish: true\n").replace(
    "priority: {direction: both, map: forth}", "title: {direction: both, publish: true}"
)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def github(installation: Installation) -> GitHubService:
    service = installation.sandbox.services["github"]
    assert isinstance(service, GitHubService)
    return service


def sync(installation: Installation, shell: Shell) -> None:
    installation.sandbox.clock.advance(120)
    ended = shell.run("sync", "--once")
    assert ended.code == 0, ended.err


def test_the_source_is_transferred_and_found_by_polling(tmp_path: Path, shell: Shell) -> None:
    services = (GitHubService, JiraService)
    with installed(tmp_path, services=services, rules=FROM_GITHUB) as installation:
        hub, call = github(installation), installation.sandbox.call
        old = call(partial(hub.person_creates, title="Stops", body="It does.", container=APP, labels=["bug"]))
        call(partial(hub.person_comments, old, "Before", internal=False))
        sync(installation, shell)
        assert len(cards(installation, "jira")) == 1
        new = call(partial(hub.person_transfers, old, SDK))
        sync(installation, shell)
        call(partial(hub.person_comments, new, "After", internal=False))
        call(partial(hub.person_sets, new, title="Stops at noon"))
        sync(installation, shell)
        (issue,) = cards(installation, "jira")
        assert issue.title == "Stops at noon"
        assert [text.text.split("\n")[-1] for text in issue.comments] == ["Before", "After"]
        told = shell.run("why", f"{APP}#1").out
        assert f"moved: {APP}#1 is {SDK}#1 now" in told
        assert standing(installation).concerns == []


def test_the_mirror_is_transferred_and_a_webhook_tells(tmp_path: Path, shell: Shell) -> None:
    services = (ZendeskService, GitHubService)
    with installed(
        tmp_path, ticket("Stops"), services=services, rules=TO_GITHUB, overrides=BOTH
    ) as installation:
        hub, call = github(installation), installation.sandbox.call
        zendesk = installation.sandbox.services["zendesk"]
        assert isinstance(zendesk, ZendeskService)
        with daemon(installation, shell, hooks=("zendesk", "github")):
            old = eventually(lambda: next(iter(cards(installation, "github")), None), "the mirror")
            new = call(partial(hub.person_transfers, old.id, API))
            (report,) = cards(installation, "zendesk")
            call(partial(zendesk.person_comments, report.id, "On its way", internal=True))

            def arrived() -> bool | None:
                (mirror,) = cards(installation, "github")
                assert mirror.id == new
                return any("On its way" in comment.text for comment in mirror.comments) or None

            eventually(arrived, "the note at the new place")
            call(partial(hub.person_comments, new, "Heard", internal=False))

            def answered() -> bool | None:
                (report,) = cards(installation, "zendesk")
                return any("Heard" in comment.text for comment in report.comments) or None

            eventually(answered, "the answer from the new place")
        (mirror,) = cards(installation, "github")
        assert sum("On its way" in comment.text for comment in mirror.comments) == 1
        assert standing(installation).concerns == []


def test_a_repository_that_is_not_watched_is_told_once_and_nothing_is_closed(
    tmp_path: Path, shell: Shell
) -> None:
    services = (GitHubService, JiraService)
    only: dict[str, Json] = {"github": {"repositories": [APP]}}
    with installed(tmp_path, services=services, rules=FROM_GITHUB, overrides=only) as installation:
        hub, call = github(installation), installation.sandbox.call
        old = call(partial(hub.person_creates, title="Stops", body="It does.", container=APP, labels=["bug"]))
        sync(installation, shell)
        with daemon(installation, shell, hooks=("github",)):
            call(partial(hub.person_transfers, old, SDK))
            told = eventually(lambda: standing(installation).concerns or None, "a word about it")
        (concern,) = told
        assert f"{APP}#1 was moved to {SDK}#1, a place that github does not watch" in concern.text
        (issue,) = cards(installation, "jira")
        assert issue.status == "To Do"
        assert standing(installation).mirrors == 1
