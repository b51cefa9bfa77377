"""The emulated Jira by the batch: created together, and changed by tasks that go on by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import JsonValue

from sandbox.service import Conditions
from tests.sandbox.jira_desk import Desk, at, rows


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk.open(Conditions(limits=False)) as desk:
        yield desk


def _issue(**fields: JsonValue) -> JsonValue:
    return {
        "fields": {"project": {"key": "ENG"}, "issuetype": {"name": "Bug"}, "summary": "Together", **fields}
    }


def test_bulk_create_makes_what_it_can_and_names_the_rest_by_place(desk: Desk) -> None:
    asked: JsonValue = {
        "issueUpdates": [_issue(), _issue(issuetype={"name": "Whim"}), _issue(summary="Third")]
    }
    answer = desk.call("POST", "/issue/bulk", asked, status=201)
    assert [at(row, "key") for row in rows(answer, "issues")] == ["ENG-3", "ENG-4"]
    (failed,) = rows(answer, "errors")
    assert at(failed, "failedElementNumber") == 1
    assert at(failed, "elementErrors", "errors") == {"issuetype": "Specify a valid issue type"}
    assert at(desk.call("GET", "/issue/ENG-4"), "fields", "summary") == "Third"


def test_bulk_create_takes_fifty_and_fails_only_when_all_do(desk: Desk) -> None:
    desk.call("POST", "/issue/bulk", {"issueUpdates": [_issue()] * 50}, status=201)
    desk.call("POST", "/issue/bulk", {"issueUpdates": [_issue()] * 51}, status=400)
    answer = desk.call("POST", "/issue/bulk", {"issueUpdates": [_issue(summary="")] * 2}, status=400)
    assert [at(row, "failedElementNumber") for row in rows(answer, "errors")] == [0, 1]


def _labelled(desk: Desk, *keys: str) -> str:
    asked: JsonValue = {
        "selectedIssueIdsOrKeys": [*keys],
        "selectedActions": ["labels"],
        "editedFieldsInput": {
            "labelsFields": [
                {
                    "fieldId": "labels",
                    "bulkEditMultiSelectFieldOption": "ADD",
                    "labels": [{"name": "released"}],
                }
            ]
        },
        "sendBulkNotification": False,
    }
    task = str(at(desk.call("POST", "/bulk/issues/fields", asked, status=201), "taskId"))
    desk.sandbox.call(lambda: None)  # by when the task has begun
    return task


def test_an_async_bulk_edit_runs_as_a_task_and_tells_what_it_could_not_do(desk: Desk) -> None:
    desk.service.subscribe(desk.hook_url)
    task = _labelled(desk, "ENG-1", "ENG-2", "ENG-99")
    running = desk.call("GET", f"/bulk/queue/{task}")
    assert at(running, "status") == "RUNNING"
    desk.sandbox.clock.advance(1)
    done = desk.call("GET", f"/bulk/queue/{task}")
    assert (at(done, "status"), at(done, "progressPercent")) == ("COMPLETE", 100)
    assert at(done, "invalidOrInaccessibleIssueCount") == 1
    assert rows(done, "processedAccessibleIssues") == [int(desk.id("ENG-1")), int(desk.id("ENG-2"))]
    assert "released" in desk.service.site.issue("ENG-2").labels
    assert desk.service.site.outbox == []  # sendBulkNotification was false
    desk.sandbox.drain()
    assert desk.delivered == []
    desk.sandbox.clock.advance(300)
    desk.sandbox.drain()
    assert {delivered.headers["x-atlassian-webhook-flow"] for delivered in desk.delivered} == {"Secondary"}
    desk.sandbox.clock.advance(14 * 86_400)
    desk.call("GET", f"/bulk/queue/{task}", status=404)


def test_an_async_bulk_transition_fails_for_those_that_cannot_move(desk: Desk) -> None:
    asked: JsonValue = {
        "bulkTransitionInputs": [
            {"selectedIssueIdsOrKeys": ["ENG-1", "OPS-1"], "transitionId": "41"},
        ]
    }
    task = at(desk.call("POST", "/bulk/issues/transition", asked, status=201), "taskId")
    desk.sandbox.clock.advance(1)
    done = desk.call("GET", f"/bulk/queue/{task}")
    assert rows(done, "processedAccessibleIssues") == [int(desk.id("ENG-1"))]
    failed = at(done, "failedAccessibleIssues")
    assert isinstance(failed, dict)
    assert list(failed) == [desk.id("OPS-1")]
    assert desk.service.site.issue("ENG-1").status.name == "Done"


def test_bulk_changes_need_the_right_and_reach_the_index_later_than_others(desk: Desk) -> None:
    desk.service.index_lag = timedelta(seconds=60)
    _labelled(desk, "ENG-1")
    desk.sandbox.clock.advance(61)
    assert desk.keys("labels = released") == []
    desk.sandbox.clock.advance(180)
    assert desk.keys("labels = released") == ["ENG-1"]
    desk.service.site.rights.remove("BULK_CHANGE")
    desk.call("POST", "/bulk/issues/transition", {"bulkTransitionInputs": []}, status=403)
