"""SIGKILL at each step of each kind of write: afterwards there is exactly one of everything."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.content import Content
from sandbox.jira import JiraService, document
from sandbox.server import Sandbox
from sandbox.service import Card, Conditions
from sandbox.zendesk import ZendeskService
from sync.store.effects import Kind
from tests.crash.victim import Step, run
from tests.integration.installation import Installation
from tests.integration.small import RULES, company, ticket

COMMENTS = "comments: {direction: both, audience: internal}"
FILES_TOO = RULES.replace(COMMENTS, f"{COMMENTS}\n            attachments: {{direction: both}}")

# Its children start from a clean process that has the engine already loaded: quick, and no thread is forked.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.crash.victim", "connectors.zendesk", "connectors.jira"])


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    sandbox = Sandbox([ZendeskService, JiraService], conditions=Conditions(limits=False))
    for service in sandbox.services.values():
        service.seed(company(ticket("Export stops", "first note", "second note")))
    attach(sandbox, "export.log", b"Out of memory\n" * 9000)
    with sandbox.running():
        at_once = {name: {"settle_seconds": 0} for name in ("zendesk", "jira")}
        yield Installation(tmp_path, sandbox, FILES_TOO, overrides=at_once)


def attach(sandbox: Sandbox, name: str, content: bytes) -> None:
    """A file hangs on the first internal note of the ticket."""
    zendesk = sandbox.services["zendesk"]
    assert isinstance(zendesk, ZendeskService)
    (filed,) = zendesk.uploads.add(name, "text/plain", Content.of(content), None).files
    (seeded,) = zendesk.state.tickets.values()
    seeded.comments[1].attachments.append(filed)


def go(installation: Installation, step: Step, kind: Kind = Kind.CREATE) -> int | None:
    """Run once in a process of its own; its exit code, negative for a signal."""
    process = PROCESSES.Process(target=run, args=(installation.settings, step, kind))
    process.start()
    process.join(60)
    assert process.exitcode is not None, "the run does not end"
    return process.exitcode


def check_all_is_there_once(installation: Installation) -> None:
    jira = installation.sandbox.services["jira"]
    assert isinstance(jira, JiraService)
    issues, tickets = (cards(installation, name) for name in ("jira", "zendesk"))
    assert [issue.title for issue in issues] == ["Export stops"]
    texts = [comment.text for comment in issues[0].comments]
    assert len(texts) == 2, texts
    assert "first note" in texts[0]
    assert "second note" in texts[1]
    assert "in-jira" in tickets[0].labels
    assert len(tickets[0].comments) == 2
    files = [
        (file.name, file.content.size) for issue in jira.site.issues.values() for file in issue.attachments
    ]
    assert files == [("export.log", 14 * 9000)]


def cards(installation: Installation, name: str) -> list[Card]:
    service = installation.sandbox.services[name]

    def look() -> list[Card]:
        listed = service.cards(limit=100)
        return [card for one in listed if (card := service.card(one.id))]

    return installation.sandbox.call(look)


STEPS = [step for step in Step if step is not Step.SURVIVE]


@pytest.mark.parametrize(
    "kind", [kind for kind in Kind if kind not in (Kind.EDIT, Kind.WITHDRAW, Kind.RETIRE)]
)
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_and_run_again(installation: Installation, step: Step, kind: Kind) -> None:
    assert go(installation, step, kind) == -signal.SIGKILL
    assert go(installation, Step.SURVIVE) == 0
    check_all_is_there_once(installation)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_of_telling_an_edit(installation: Installation, step: Step) -> None:
    """Zendesk edits no comment: there the edit is a comment of its own, which must be there once."""
    jira = installation.sandbox.services["jira"]
    assert isinstance(jira, JiraService)
    assert go(installation, Step.SURVIVE) == 0
    (issue,) = jira.site.issues.values()
    installation.sandbox.call(lambda: jira.person_comments(str(issue.id), "frist", internal=False))
    assert go(installation, Step.SURVIVE) == 0
    comment = issue.comments[-1]
    text = document.from_markdown("first")
    assert text
    installation.sandbox.call(lambda: jira.site.edit_comment(issue, comment, text, comment.author))
    assert go(installation, step, Kind.EDIT) == -signal.SIGKILL
    assert go(installation, Step.SURVIVE) == 0
    (ticket,) = cards(installation, "zendesk")
    carried = [one.text for one in ticket.comments[2:]]
    assert [text.split("\n\n")[-1] for text in carried] == ["frist", "first"], carried


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_of_telling_a_deletion(installation: Installation, step: Step) -> None:
    """Zendesk deletes no comment: there a note tells of it, which must be there once."""
    jira = installation.sandbox.services["jira"]
    assert isinstance(jira, JiraService)
    assert go(installation, Step.SURVIVE) == 0
    (issue,) = jira.site.issues.values()
    installation.sandbox.call(lambda: jira.person_comments(str(issue.id), "Oops", internal=False))
    assert go(installation, Step.SURVIVE) == 0
    comment = issue.comments[-1]
    installation.sandbox.call(lambda: jira.site.delete_comment(issue, comment, comment.author))
    assert go(installation, step, Kind.WITHDRAW) == -signal.SIGKILL
    assert go(installation, Step.SURVIVE) == 0
    (ticket,) = cards(installation, "zendesk")
    carried, told = [one.text for one in ticket.comments[2:]]
    assert carried.endswith("Oops")
    assert told.endswith("was deleted there.")


@pytest.mark.parametrize("service", ["jira", "zendesk"])
def test_killed_while_the_tool_is_answering(installation: Installation, service: str) -> None:
    process = PROCESSES.Process(target=run, args=(installation.settings, Step.SURVIVE, Kind.CREATE))

    def kill(_item: str) -> None:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)

    listeners = installation.sandbox.services[service].listeners
    listeners.append(kill)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    listeners.remove(kill)
    assert go(installation, Step.SURVIVE) == 0
    check_all_is_there_once(installation)


def test_a_second_run_writes_nothing(installation: Installation) -> None:
    assert go(installation, Step.SURVIVE) == 0
    check_all_is_there_once(installation)
    before = {name: dict(fault.calls) for name, fault in installation.sandbox.faults.items()}
    written = [cards(installation, name) for name in ("jira", "zendesk")]
    assert go(installation, Step.SURVIVE) == 0
    assert [cards(installation, name) for name in ("jira", "zendesk")] == written
    puts = {name: fault.calls.get("PUT", 0) for name, fault in installation.sandbox.faults.items()}
    assert puts == {name: calls.get("PUT", 0) for name, calls in before.items()}
