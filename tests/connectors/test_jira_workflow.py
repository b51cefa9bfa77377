"""Finding ways through workflows of which one sees only the next step."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.errors import Conflict, Rejected
from connectors.jira.answers import CategoryRow, StatusRow
from connectors.jira.workflow import Workflow
from connectors.model import Patch, Ref
from sandbox.jira import workflow as site_workflow
from sandbox.jira.records import Status
from sandbox.jira.workflow import DONE, IN_PROGRESS, IN_REVIEW, TO_DO, Transition
from tests.conformance.jira_world import JiraSite, jira_site


def _workflow(**ways: str) -> Workflow:
    """Statuses ``a`` (to do), ``b c d`` (under way) and ``z`` (done), with the ways that were seen."""
    categories = {"a": "new", "z": "done"}
    rows = {
        name: StatusRow(name=name, statusCategory=CategoryRow(key=categories.get(name, "indeterminate")))
        for name in "abcdz"
    }
    return Workflow(
        rows, {source: {target: target for target in targets} for source, targets in ways.items()}
    )


def test_the_shortest_route_is_taken() -> None:
    workflow = _workflow(a="bc", b="d", c="z", d="z")
    assert workflow.route("a", "z") == ["c", "z"]
    assert workflow.route("a", "d") == ["b", "d"]
    assert workflow.route("z", "a") is None
    assert _workflow(a="b", b="a").route("a", "z") is None


def test_a_guess_goes_on_and_not_back() -> None:
    assert _workflow(b="ac").guess("b", "z") == ["c"]
    assert _workflow(b="a").guess("b", "z") is None
    assert _workflow(a="b", b="cd", c="a").guess("a", "z") == ["b", "d"]
    assert _workflow(z="a").guess("z", "b") is None


@pytest.fixture
def site() -> Iterator[JiraSite]:
    with jira_site() as site:
        yield site


def _set(site: JiraSite, key: str, status: str) -> str | None:
    ref = Ref(connection="jira", id=site.id(key))
    return site.connector.update(ref, Patch(fields={"status": status})).status


def _passed(site: JiraSite, key: str) -> list[str | None]:
    histories = site.issue(key).history
    return [change.new for history in histories for change in history.changes if change.field == "status"]


def test_every_status_can_be_reached_from_every_other(site: JiraSite) -> None:
    statuses = [status.name for status in site_workflow.STATUSES]
    for target in [*statuses, *reversed(statuses), "Done", "In Review", "To Do", "Done"]:
        assert _set(site, "OPS-1", target) == target


def test_other_issues_show_the_way_before_anything_is_moved(
    site: JiraSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From To Do two ways lead on, one of them into a dead end: only looking tells which is which."""
    blocked = Status("10009", "Blocked", "indeterminate")
    monkeypatch.setattr(site_workflow, "STATUSES", (*site_workflow.STATUSES, blocked))
    monkeypatch.setattr("sandbox.jira.site_routes.STATUSES", site_workflow.STATUSES)
    ways = (Transition("81", "Block", TO_DO, blocked), *site_workflow.TRANSITIONS)
    monkeypatch.setattr(site_workflow, "TRANSITIONS", ways)
    other = site.site.add_issue(
        site.site.project("OPS"),
        site.issue("OPS-1").type,
        site.service.bot,
        site.sandbox.clock.now(),
        "Under way",
    )
    other.status = IN_PROGRESS
    assert _set(site, "OPS-1", "Done") == "Done"
    assert _passed(site, "OPS-1") == ["In Progress", "Done"]


def test_no_way_is_said_before_anything_is_written(site: JiraSite, monkeypatch: pytest.MonkeyPatch) -> None:
    onward = tuple(way for way in site_workflow.TRANSITIONS if way.source != DONE)
    monkeypatch.setattr(site_workflow, "TRANSITIONS", onward)
    ref = Ref(connection="jira", id=site.id("ENG-2"))
    with pytest.raises(Rejected, match="no transition leads from 'Done' to 'To Do'") as caught:
        site.connector.update(ref, Patch(fields={"title": "New", "status": "To Do"}))
    assert "nowhere" in caught.value.advice
    assert site.issue("ENG-2").summary == "Rotate keys"


def test_a_move_of_somebody_else_in_between_is_a_conflict(
    site: JiraSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = site.issue("ENG-1")
    client = site.connector._client
    transition = client.transition

    def overtaken(id_or_key: str, transition_id: str) -> None:
        issue.status = TO_DO
        transition(id_or_key, transition_id)

    monkeypatch.setattr(client, "transition", overtaken)
    with pytest.raises(Conflict):
        _set(site, "ENG-1", "In Review")
    assert issue.status == TO_DO


def test_a_transition_that_is_refused_is_rejected(site: JiraSite, monkeypatch: pytest.MonkeyPatch) -> None:
    client = site.connector._client
    transition = client.transition
    monkeypatch.setattr(client, "transition", lambda id_or_key, transition_id: transition(id_or_key, "99"))
    with pytest.raises(Rejected, match="is not valid for this issue"):
        _set(site, "ENG-1", "In Review")


def test_two_who_pull_in_opposite_directions_do_not_go_round_for_ever(
    site: JiraSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = site.issue("OPS-1")
    client = site.connector._client
    transition = client.transition

    def pulled_back(id_or_key: str, transition_id: str) -> None:
        transition(id_or_key, transition_id)
        issue.status = TO_DO

    monkeypatch.setattr(client, "transition", pulled_back)
    with pytest.raises(Conflict, match="at the same time"):
        _set(site, "OPS-1", "In Review")
    assert issue.status is not IN_REVIEW
