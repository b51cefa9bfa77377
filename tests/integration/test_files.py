"""Files between the emulated Zendesk and Jira: content, readers, and no echo of what carries them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from sandbox.jira import JiraService
from sandbox.jira.uploads import Content, Upload
from sandbox.zendesk import ZendeskService
from tests.integration.installation import Installation
from tests.integration.shell import Shell, cards, installed
from tests.integration.small import RULES, ticket

COMMENTS = "comments: {direction: both, audience: internal}"
FILES_TOO = RULES.replace(COMMENTS, f"{COMMENTS}\n            attachments: {{direction: both}}")
TRACE = b"at line 7\n" * 12_000


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def services(installation: Installation) -> tuple[ZendeskService, JiraService]:
    zendesk, jira = (installation.sandbox.services[name] for name in ("zendesk", "jira"))
    assert isinstance(zendesk, ZendeskService)
    assert isinstance(jira, JiraService)
    return zendesk, jira


def attach(jira: JiraService, name: str) -> None:
    """Somebody of the team attaches a file in Jira's own window."""
    content = Content()
    content.write(TRACE)
    (issue,) = jira.site.issues.values()
    author = next(account for account in jira.site.accounts.values() if account != jira.bot)
    jira.files.add(issue, Upload("file", name, "text/plain", content), author)


def test_a_file_hangs_on_an_internal_note_of_the_ticket_which_is_no_news(
    tmp_path: Path, shell: Shell
) -> None:
    with installed(tmp_path, ticket("Export stops", "a note"), rules=FILES_TOO) as installation:
        zendesk, jira = services(installation)
        assert shell.run("sync", "--once").code == 0
        installation.sandbox.call(partial(attach, jira, "trace.txt"))
        assert shell.run("sync", "--once").code == 0
        # Zendesk's exports tell of a change a minute later.
        installation.sandbox.clock.advance(120)
        assert shell.run("sync", "--once").code == 0
        (one,) = zendesk.state.tickets.values()
        carriers = [comment for comment in one.comments if comment.attachments]
        assert [comment.public for comment in carriers] == [False]
        (file,) = carriers[0].attachments
        assert b"".join(file.content.pieces()) == TRACE
        (issue,) = cards(installation, "jira")
        assert len(issue.comments) == 1, "the note that carries the file is ours, and stays where it is"
        assert [len(issue.attachments) for issue in jira.site.issues.values()] == [1]
