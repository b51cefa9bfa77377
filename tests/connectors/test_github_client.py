"""PyGithub's traps, each avoided or covered: silent repeats, hidden calls, pauses, bodies in the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from connectors.errors import OutcomeUnknown, RateLimited, Unavailable
from connectors.github import GitHubConnector
from connectors.model import CommentDraft, Patch
from connectors.protocol import OpenGate
from sandbox.faults import Fault, FaultKind
from tests.connectors.github_rig import APP, Gate, Rig, draft, rig, settings_for

__all__ = ["rig"]


def fail(rig: Rig, kind: FaultKind, match: str, times: int = 1) -> None:
    rig.sandbox.faults["github"].active.append(Fault(kind, match, times))


def posts(rig: Rig) -> int:
    return rig.sandbox.faults["github"].calls.get("POST", 0)


def titles(rig: Rig) -> list[str]:
    repository = rig.service.state.repository(APP)
    assert repository
    return [issue.title for issue in repository.issues.values()]


# Nothing is sent twice, whatever the network does


@pytest.mark.parametrize("kind", ["lose_answer", "lose_request", "unavailable", "html"])
def test_a_create_of_unknown_outcome_is_sent_once_and_looked_up(rig: Rig, kind: FaultKind) -> None:
    rig.connector.audience(APP)
    fail(rig, kind, "POST", times=5)
    sent = datetime.now(UTC)
    with pytest.raises(OutcomeUnknown):
        rig.connector.create(draft())
    assert posts(rig) == 1
    happened = kind == "lose_answer"
    assert ("Export fails" in titles(rig)) is happened
    assert (rig.connector.find(draft(), sent) is not None) is happened


def test_a_comment_of_unknown_outcome_is_sent_once_and_found(rig: Rig) -> None:
    rig.connector.get(rig.ref(1))
    fail(rig, "lose_answer", "POST", times=5)
    said = CommentDraft(body="Once", marker="lw-c1")
    sent = datetime.now(UTC)
    with pytest.raises(OutcomeUnknown):
        rig.connector.comment(rig.ref(1), said)
    assert posts(rig) == 1
    assert rig.connector.find_comment(rig.ref(1), said, sent)


def test_a_new_issue_that_could_not_be_closed_is_no_failed_create(rig: Rig) -> None:
    fail(rig, "rate_limited", "PATCH")
    with pytest.raises(OutcomeUnknown, match="created, but not closed"):
        rig.connector.create(draft(status="closed"))
    assert "Export fails" in titles(rig)


def test_no_read_after_a_create_can_spoil_it(rig: Rig) -> None:
    rig.connector.audience(APP)
    fail(rig, "unavailable", "GET", times=9)
    assert rig.connector.create(draft()).ref.id


@pytest.mark.parametrize("kind", ["lose_answer", "lose_request", "unavailable", "html"])
def test_a_failed_read_is_unavailable_and_not_repeated(rig: Rig, kind: FaultKind) -> None:
    fail(rig, kind, "GET", times=5)
    with pytest.raises(Unavailable):
        rig.connector.changes(None)
    assert rig.received() == 1


# Calls are counted, and there are no hidden ones


def test_how_many_requests_each_act_takes(rig: Rig) -> None:
    def requests(act: Callable[[], object]) -> int:
        before = rig.received()
        act()
        return rig.received() - before

    def comment(connector: GitHubConnector, marker: str) -> object:
        return connector.comment(rig.ref(1), CommentDraft(body="c", marker=marker))

    connector = rig.connector
    assert requests(rig.open) == 0
    assert requests(lambda: connector.changes(None)) == 2, "the page, and the repository once"
    assert requests(lambda: connector.get(rig.ref(1))) == 1
    assert requests(lambda: connector.comments(rig.ref(1))) == 1
    assert requests(lambda: connector.create(draft())) == 1
    assert requests(lambda: connector.update(rig.ref(1), Patch(fields={"title": "t"}))) == 1
    assert requests(lambda: connector.update(rig.ref(1), Patch(fields={"body": "b"}))) == 2
    assert requests(lambda: connector.update(rig.ref(1), Patch(add_labels=("x", "y")))) == 2
    assert requests(lambda: connector.find(draft(), datetime.now(UTC))) == 2, "in each of the repositories"
    assert requests(lambda: comment(connector, "lw-a")) == 1
    fresh = rig.open()
    assert requests(lambda: comment(fresh, "lw-b")) == 3, "where is it, who reads it, the comment"
    assert requests(lambda: comment(fresh, "lw-c")) == 1
    fresh.close()


def test_the_gate_sees_redirects_too(rig: Rig) -> None:
    rig.sandbox.call(lambda: rig.service.person_renames(APP, "core"))
    rig.connector.get(rig.ref(1))
    repository = rig.service.state.repository(APP)
    assert repository
    assert rig.gate.calls == [
        "GET /repos/northwind/app/issues/1",
        f"GET /repositories/{repository.id}/issues/1",
        "GET /repos/northwind/core",
    ]


def test_a_gate_that_refuses_stops_the_request(rig: Rig) -> None:
    class Closed(Exception):
        pass

    def closed(method: str, path: str) -> None:
        raise Closed

    connector = GitHubConnector.open("gh", settings_for(rig.service.base_url), OpenGate(closed))
    with pytest.raises(Closed):
        connector.check()
    assert rig.received() == 0


def test_each_connector_has_a_gate_of_its_own(rig: Rig) -> None:
    other = Gate()
    connector = GitHubConnector.open("other", settings_for(rig.service.base_url), other)
    rig.connector.audience(APP)
    connector.get(rig.ref(1))
    connector.close()
    assert rig.gate.calls == ["GET /repos/northwind/app"]
    assert len(other.calls) == 2
    rig.gate.calls += other.calls


def test_the_client_never_pauses(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def pause(seconds: float) -> None:
        raise AssertionError(f"slept {seconds} s")

    monkeypatch.setattr(time, "sleep", pause)
    rig.connector.create(draft())
    rig.connector.comment(rig.ref(1), CommentDraft(body="a", marker="lw-a"))
    rig.connector.comment(rig.ref(1), CommentDraft(body="b", marker="lw-b"))
    fail(rig, "rate_limited", "POST")
    with pytest.raises(RateLimited) as raised:
        rig.connector.comment(rig.ref(1), CommentDraft(body="c", marker="lw-c"))
    assert raised.value.retry_after == 1


def test_nothing_that_is_sent_or_received_is_logged(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="github")
    rig.connector.create(draft(body="a customer's text"))
    rig.connector.changes(None)
    assert "customer" not in caplog.text
    assert "It fails." not in caplog.text
    assert "sandbox-token" not in caplog.text
