"""A ticket is deleted in the emulated Zendesk, and restored: its issue in Jira is left alone meanwhile."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from sandbox.jira import JiraService
from sandbox.zendesk import ZendeskService
from tests.integration.installation import Installation
from tests.integration.shell import Shell, cards, installed, standing
from tests.integration.small import RULES, ticket

TITLES = RULES.replace("priority: {direction: both, map: forth}", "title: {direction: both, publish: true}")


def sync(installation: Installation, shell: Shell) -> None:
    installation.sandbox.clock.advance(120)
    ended = shell.run("sync", "--once")
    assert ended.code == 0, ended.err


def test_a_ticket_in_the_bin_and_out_of_it(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    with installed(tmp_path, ticket("Stops"), rules=TITLES) as installation:
        zendesk, jira = (installation.sandbox.services[name] for name in ("zendesk", "jira"))
        assert isinstance(zendesk, ZendeskService)
        assert isinstance(jira, JiraService)
        call = installation.sandbox.call
        sync(installation, shell)
        ((report,), (issue,)) = (cards(installation, name) for name in ("zendesk", "jira"))
        call(partial(zendesk.person_deletes, report.id))
        sync(installation, shell)
        call(partial(jira.person_comments, issue.id, "Said meanwhile", internal=True))
        call(partial(jira.person_sets, issue.id, title="Stops at noon"))
        sync(installation, shell)
        (issue,) = cards(installation, "jira")
        assert issue.status == "To Do", "nothing was closed"
        (concern,) = standing(installation).concerns
        assert f"{report.key} was deleted. Its links rest" in concern.text
        thrown_away = zendesk.state.tickets[int(report.id)]
        agent = next(user for user in zendesk.state.users.values() if user.role == "agent")
        call(partial(zendesk.editor.restore, agent, thrown_away))
        sync(installation, shell)
        sync(installation, shell)
        (report,) = cards(installation, "zendesk")
        assert report.title == "Stops at noon"
        assert sum("Said meanwhile" in comment.text for comment in report.comments) == 1
        assert len(cards(installation, "jira")) == 1
        assert not [one for one in standing(installation).concerns if one.matter == "gone"]
