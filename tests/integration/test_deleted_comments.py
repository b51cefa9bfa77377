"""People delete comments in each of the tools: what becomes of the copies, over real sockets and webhooks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.github import GitHubService
from sandbox.jira import JiraService
from sandbox.notion import NotionService
from sandbox.service import Service
from tests.integration.storm import TOOLS, Storm


@pytest.fixture(params=["jira", "jira-data-center", "github", "notion"])
def loop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storm]:
    """A ticket with its mirror, and no fault."""
    opened = Storm(TOOLS[request.param], 1, tmp_path)
    try:
        opened.stop()
        opened.start(patient=True)
        opened._report()
        opened.settle()
        yield opened
    finally:
        opened.close()


def say(loop: Storm, at: str, text: str) -> None:
    """Somebody of the team says it, and it is carried."""
    (ticket,) = loop.tickets
    item = ticket if at == "zendesk" else loop.mirror(ticket)
    assert item
    loop.sandbox.call(lambda: loop.sandbox.services[at].person_comments(item, text, internal=True))
    loop.settle()


def delete(loop: Storm, text: str) -> None:
    """Somebody deletes the comment that says it at the mirror, whoever wrote it; a webhook tells of it."""
    (ticket,) = loop.tickets
    item = loop.mirror(ticket)
    assert item
    loop.sandbox.call(_deletion(loop.sandbox.services[loop.there], item, text))
    loop.settle()


def _deletion(service: Service, item: str, text: str) -> Callable[[], None]:
    if isinstance(service, JiraService):
        issue = service.site.issues[int(item)]
        comment = next(one for one in issue.comments if text in str(one.body))
        return lambda: service.site.delete_comment(issue, comment, comment.author)
    if isinstance(service, GitHubService):
        found = next(one for one in service.state.comments.values() if text in one.body)
        author = found.user
        assert author
        return lambda: service.state.delete_comment(found, author)
    assert isinstance(service, NotionService)
    remark = next(one for one in service.workspace.remarks.values() if text in str(one.text))
    return lambda: service.acts.delete_remark(remark, service.workspace.person())


def texts(loop: Storm, at: str) -> list[str]:
    """The words of each comment, without what stands around them."""
    return [(re.findall(r"word\w+", text) or [text])[-1] for text in loop.comments(at, loop.tickets[0])]


def test_zendesk_deletes_none_so_a_note_of_the_team_tells_of_it(loop: Storm) -> None:
    say(loop, loop.there, "wordthere")
    say(loop, loop.there, "wordstays")
    assert texts(loop, "zendesk") == ["wordthere", "wordstays"]
    delete(loop, "wordthere")
    (card,) = [card for card in loop.cards("zendesk") if card.id == loop.tickets[0]]
    *copies, told = card.comments
    assert len(copies) == 2
    assert told.text.endswith("was deleted there.")
    assert told.internal
    assert texts(loop, loop.there) == ["wordstays"]
    loop.stop()
    loop.start(patient=True)
    loop.settle()
    assert len(texts(loop, "zendesk")) == 3
    assert loop.parked() == []


def test_whoever_deletes_a_copy_leaves_the_ticket_as_it_is(loop: Storm) -> None:
    say(loop, "zendesk", "wordhere")
    assert texts(loop, loop.there) == ["wordhere"]
    delete(loop, "wordhere")
    assert texts(loop, loop.there) == []
    assert texts(loop, "zendesk") == ["wordhere"]


def test_a_resolved_thread_is_not_deleted(tmp_path: Path) -> None:
    loop = Storm(TOOLS["notion"], 1, tmp_path)
    try:
        loop.stop()
        loop.start(patient=True)
        loop._report()
        loop.settle()
        say(loop, "notion", "wordopen")
        notion = loop.sandbox.services["notion"]
        assert isinstance(notion, NotionService)
        (remark,) = notion.workspace.remarks.values()
        loop.sandbox.call(lambda: notion.acts.resolve(remark.discussion))
        say(loop, "notion", "wordlater")
        assert texts(loop, "zendesk") == ["wordopen", "wordlater"]
    finally:
        loop.close()


@pytest.mark.parametrize("tool", ["jira", "github"])
def test_polling_finds_a_deletion_without_webhooks(tool: str, tmp_path: Path) -> None:
    loop = Storm(TOOLS[tool], 1, tmp_path)
    try:
        loop.stop()
        loop.start(patient=True)
        loop._report()
        loop.settle()
        say(loop, tool, "wordgone")
        say(loop, tool, "wordstays")
        loop.sandbox.services[tool].hooks.enabled = False
        delete(loop, "wordgone")
        assert len(texts(loop, "zendesk")) == 3
    finally:
        loop.close()
