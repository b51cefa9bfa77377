"""Many issues at once: created in one request, or edited and moved by a task that goes on by itself.

Source: Atlassian's reference, Issues (bulk create) and Issue bulk operations.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import Field
from starlette.responses import JSONResponse, Response

from sandbox.jira.catalogue import PRIORITIES
from sandbox.jira.issue_routes import IssueRequest, create
from sandbox.jira.problem import Problem
from sandbox.jira.records import Issue, Object, Task
from sandbox.jira.site import Site
from sandbox.jira.web import Call, Payload, Table
from sandbox.jira.writing import prepare

MOST_CREATED = 50
MOST_EDITED = 1_000
KEPT = timedelta(days=14)
WORK = timedelta(seconds=1)
"""How long a task seems to take."""


class BulkRequest(Payload):
    issueUpdates: list[IssueRequest] = Field(default_factory=list)


class FieldsRequest(Payload):
    """Body of POST /bulk/issues/fields: the same values for all."""

    selectedIssueIdsOrKeys: list[str]
    selectedActions: list[str]
    editedFieldsInput: Object
    sendBulkNotification: bool = True


class BulkTransition(Payload):
    selectedIssueIdsOrKeys: list[str]
    transitionId: str


class TransitionsRequest(Payload):
    bulkTransitionInputs: list[BulkTransition]
    sendBulkNotification: bool = True


def _create_many(call: Call) -> Response:
    """Each issue for itself: those that cannot be made are named by their place, the others are made."""
    asked = call.body(BulkRequest).issueUpdates
    if not 1 <= len(asked) <= MOST_CREATED:
        refusal = Problem(400, f"Between 1 and {MOST_CREATED} issues can be created at once.")
        row: Object = {"status": 400, "elementErrors": refusal.body(), "failedElementNumber": MOST_CREATED}
        return JSONResponse({"issues": [], "errors": [row]}, 400)
    made: list[Object] = []
    errors: list[Object] = []
    for place, one in enumerate(asked):
        try:
            made.append(create(call, one))
        except Problem as problem:
            told: Object = {"status": problem.status, "elementErrors": problem.body()}
            errors.append({**told, "failedElementNumber": place})
    return JSONResponse({"issues": made, "errors": errors}, 201 if made else 400)


def _edit_many(call: Call) -> Response:
    asked = call.body(FieldsRequest)
    fields, update = _edits(asked)

    def edit(issue: Issue) -> None:
        assignments = prepare(call.site, fields, update)
        call.site.edit(issue, assignments, call.account, notify=asked.sendBulkNotification, bulk=True)

    return _submit(call, [(key, edit) for key in asked.selectedIssueIdsOrKeys])


def _edits(asked: FieldsRequest) -> tuple[Object, Object]:
    """The edits that are offered here, in the form of a single edit."""
    fields: Object = {}
    update: Object = {}
    given = asked.editedFieldsInput
    for action in asked.selectedActions:
        if action == "priority":
            known = {priority.id: priority.name for priority in PRIORITIES}
            fields["priority"] = {"name": known.get(str(_inner(given, "priority", "priorityId")), "")}
        elif action == "labels":
            rows = given.get("labelsFields")
            for row in rows if isinstance(rows, list) else []:
                if isinstance(row, dict) and isinstance(labels := row.get("labels"), list):
                    verb = {"ADD": "add", "REMOVE": "remove"}.get(
                        str(row.get("bulkEditMultiSelectFieldOption"))
                    )
                    names = [label.get("name") for label in labels if isinstance(label, dict)]
                    update["labels"] = [{verb: name} for name in names] if verb else [{"set": names}]
        else:
            raise Problem(400, f"The field '{action}' cannot be edited in bulk.")
    if not asked.selectedActions:
        raise Problem(400, "No fields were selected.")
    return fields, update


def _inner(given: Object, name: str, inner: str) -> object:
    value = given.get(name)
    return value.get(inner) if isinstance(value, dict) else None


def _move_many(call: Call) -> Response:
    asked = call.body(TransitionsRequest)

    def move(transition: str) -> Callable[[Issue], None]:
        def act(issue: Issue) -> None:
            notify = asked.sendBulkNotification
            call.site.transition(issue, transition, [], call.account, notify=notify, bulk=True)

        return act

    return _submit(
        call,
        [
            (key, move(group.transitionId))
            for group in asked.bulkTransitionInputs
            for key in group.selectedIssueIdsOrKeys
        ],
    )


def _submit(call: Call, acts: list[tuple[str, Callable[[Issue], None]]]) -> Response:
    if "BULK_CHANGE" not in call.site.rights:
        raise Problem(403, "You do not have permission to bulk change issues.")
    if not 1 <= len(acts) <= MOST_EDITED:
        raise Problem(400, f"Between 1 and {MOST_EDITED} issues can be changed at once.")
    task = Task(str(uuid.uuid4()), call.account, len(acts), call.site.now())
    call.site.tasks[task.id] = task
    asyncio.get_running_loop().call_soon(_work, call.site, task, acts)
    return JSONResponse({"taskId": task.id}, 201)


def _work(site: Site, task: Task, acts: list[tuple[str, Callable[[Issue], None]]]) -> None:
    for key, act in acts:
        issue = site.find(key)
        if issue is None:
            task.invisible += 1
            continue
        try:
            act(issue)
            task.processed.append(issue.id)
        except Problem as problem:
            task.failed[issue.id] = [*problem.messages, *problem.errors.values()]


def _progress(call: Call) -> Response:
    task, now = call.site.tasks.get(call.path("task")), call.site.now()
    if task is None or now - task.created > KEPT:
        raise Problem(404, f"The task '{call.path('task')}' does not exist.")
    share = min(1.0, (now - task.created) / WORK)
    shown: Object = {
        "taskId": task.id,
        "status": "COMPLETE" if share == 1.0 else "RUNNING",
        "progressPercent": int(share * 100),
        "submittedBy": {"accountId": task.submitter.id},
        "created": _epoch(task.created),
        "started": _epoch(task.created),
        "updated": _epoch(now),
        "totalIssueCount": task.total,
    }
    if share == 1.0:
        shown |= {
            "processedAccessibleIssues": [*task.processed],
            "failedAccessibleIssues": {str(number): [*said] for number, said in task.failed.items()},
            "invalidOrInaccessibleIssueCount": task.invisible,
        }
    return JSONResponse(shown)


def _epoch(time: datetime) -> int:
    return int(time.timestamp() * 1000)


ROUTES: Table = (
    ("POST", "/issue/bulk", _create_many),
    ("POST", "/bulk/issues/fields", _edit_many),
    ("POST", "/bulk/issues/transition", _move_many),
    ("GET", "/bulk/queue/{task}", _progress),
)
