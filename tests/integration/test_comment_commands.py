"""Commands in comments between the emulated Zendesk and Jira: the team is obeyed, customers are not."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from sandbox.jira import JiraService
from sandbox.zendesk import ZendeskService
from tests.integration.installation import Installation
from tests.integration.shell import Shell, cards, installed
from tests.integration.small import ticket


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def sync(installation: Installation, shell: Shell) -> None:
    """Everything up to date: Zendesk's exports tell of a change a minute later."""
    installation.sandbox.clock.advance(120)
    assert shell.run("sync", "--once").code == 0


def test_a_ticket_and_its_issue_are_held_resumed_and_taken_apart(tmp_path: Path, shell: Shell) -> None:
    with installed(tmp_path, ticket("Export stops")) as installation:
        zendesk, jira = (installation.sandbox.services[name] for name in ("zendesk", "jira"))
        assert isinstance(zendesk, ZendeskService)
        assert isinstance(jira, JiraService)
        sync(installation, shell)
        ((report,), (issue,)) = (cards(installation, name) for name in ("zendesk", "jira"))

        def in_zendesk(text: str) -> None:
            installation.sandbox.call(partial(zendesk.person_comments, report.id, text, internal=True))

        def in_jira(text: str) -> None:
            installation.sandbox.call(partial(jira.person_comments, issue.id, text, internal=True))

        def said(name: str) -> list[str]:
            (card,) = cards(installation, name)
            return [comment.text for comment in card.comments]

        installation.sandbox.clock.advance(5)
        in_jira("/loop hold")
        sync(installation, shell)
        assert "are on hold" in said("jira")[-1]
        installation.sandbox.call(partial(zendesk.customer_replies, report.id, "/loop resume"))
        in_zendesk("Said while it was on hold")
        sync(installation, shell)
        assert not any("Said while" in text for text in said("jira"))
        in_zendesk("/loop resume")
        sync(installation, shell)
        sync(installation, shell)
        assert sum("Said while" in text for text in said("jira")) == 1
        in_jira("/loop unlink")
        sync(installation, shell)
        in_zendesk("For agents alone")
        sync(installation, shell)
        sync(installation, shell)
        assert "no longer linked" in said("jira")[-1]
        assert not any("For agents alone" in text for text in said("jira"))
        in_zendesk(f"/loop link {issue.key}")
        sync(installation, shell)
        in_zendesk("Together again")
        sync(installation, shell)
        sync(installation, shell)
        assert "Together again" in said("jira")[-1]
        assert sum("Loopwright:" in text for text in said("zendesk")) == 2
        (card,) = cards(installation, "zendesk")
        assert all(comment.internal for comment in card.comments if "Loopwright:" in comment.text)
        assert len(cards(installation, "jira")) == 1
