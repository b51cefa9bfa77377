"""One issue: making, reading, editing, moving through the workflow, and what hangs on it."""

from __future__ import annotations

import json

from pydantic import Field, JsonValue
from starlette.responses import JSONResponse, Response

from sandbox.jira import catalogue, document
from sandbox.jira.problem import Problem, bad_field, bad_payload
from sandbox.jira.records import Issue, IssueType, Object, Project
from sandbox.jira.values import named
from sandbox.jira.web import Call, Payload, Table
from sandbox.jira.workflow import available
from sandbox.jira.writing import Assignment, prepare

EMBEDDED = 100
"""Comments that come along with a single issue, the newest."""
PROPERTY_LIMIT = 32_768
"""Characters of an issue property."""


class Property(Payload):
    key: str = Field(max_length=255)
    value: JsonValue


class TransitionChoice(Payload):
    """The vendor's schema wants a string; the service takes a number as well, as clients do send it."""

    id: str | int


class IssueRequest(Payload):
    """Body of creating, editing and moving."""

    fields: Object = Field(default_factory=dict)
    update: Object = Field(default_factory=dict)
    properties: list[Property] = Field(default_factory=list)
    transition: TransitionChoice | None = None
    historyMetadata: Object | None = None


def writable(call: Call) -> Issue:
    """The issue of the path, its write counted."""
    issue = call.site.issue(call.path("key"))
    if call.limits is not None:
        call.limits.write(issue)
    return issue


def _properties(asked: IssueRequest) -> Object:
    return {entry.key: entry.value for entry in asked.properties}


def _added_comment(call: Call, asked: IssueRequest) -> Object | None:
    """The body of ``update.comment[0].add``, where the request brings one."""
    operations = asked.update.get("comment")
    if operations is None:
        return None
    first = operations[0] if isinstance(operations, list) and operations else None
    added = first.get("add") if isinstance(first, dict) else None
    if not isinstance(added, dict):
        raise bad_field("comment", "Only one comment can be added.")
    return document.check(added.get("body"), "comment", markup=call.site.data_center)


def _assignments(call: Call, asked: IssueRequest, *besides: str) -> list[Assignment]:
    fields = {name: value for name, value in asked.fields.items() if name not in besides}
    update = {name: value for name, value in asked.update.items() if name != "comment"}
    return prepare(call.site, fields, update)


def _place(call: Call, asked: IssueRequest) -> tuple[Project, IssueType]:
    """Where a new issue goes, and of what type it is. Raises Problem naming what is wrong."""
    errors = {}
    wanted = asked.fields.get("project")
    key = (wanted.get("key") or wanted.get("id")) if isinstance(wanted, dict) else None
    try:
        project = call.site.project(str(key))
    except Problem:
        errors["project"] = "valid project is required"
    try:
        refusal = "Specify a valid issue type"
        type_ = named(asked.fields.get("issuetype"), catalogue.TYPES, "issuetype", refusal)
    except Problem as problem:
        errors |= problem.errors
    if "summary" not in asked.fields:
        errors["summary"] = "You must specify a summary of the issue."
    if errors:
        raise Problem(400, errors=errors)
    return project, type_


def create(call: Call, asked: IssueRequest) -> Object:
    """Make an issue; what Jira answers. Raises Problem."""
    project, type_ = _place(call, asked)
    assignments = _assignments(call, asked, "project", "issuetype")
    issue = call.site.create(project, type_, assignments, call.account, _properties(asked))
    return {"id": str(issue.id), "key": issue.key, "self": call.shape.url(f"issue/{issue.id}")}


def _create(call: Call) -> Response:
    return JSONResponse(create(call, call.body(IssueRequest)), 201)


def notifies(call: Call) -> bool:
    """Whether this change is mailed. Raises Problem (403) for who may not leave that out."""
    if call.query("notifyUsers", "true") != "false":
        return True
    if not call.site.rights & {"ADMINISTER", "ADMINISTER_PROJECTS"}:
        raise Problem(
            403, "To discard the user notification either admin or project admin permissions are required."
        )
    return False


def _shaped(call: Call, issue: Issue) -> Object:
    expand = call.queries("expand")
    fields = catalogue.chosen(call.queries("fields") or ["*all"])
    shaped = call.shape.issue(issue, fields, embedded=EMBEDDED, properties=call.queries("properties"))
    if "names" in expand:
        shaped["names"] = {field.id: field.name for field in fields}
    if "transitions" in expand:
        ways = available(issue.status)
        shaped["transitions"] = [
            call.shape.transition(way, call.site.screens.get(way.id, ())) for way in ways
        ]
    if "changelog" in expand:
        shaped["changelog"] = call.shape.changelog(issue, len(issue.history))
    return shaped


def _get(call: Call) -> Response:
    return JSONResponse(_shaped(call, call.site.issue(call.path("key"))))


def _edit(call: Call) -> Response:
    asked = call.body(IssueRequest)
    issue, notify = writable(call), notifies(call)
    assignments, comment = _assignments(call, asked), _added_comment(call, asked)
    call.site.edit(issue, assignments, call.account, _properties(asked), notify=notify)
    if comment is not None:
        call.site.comment(issue, comment, call.account)
    if call.query("returnIssue") == "true" and not call.site.data_center:
        return JSONResponse(_shaped(call, issue))
    return Response(status_code=204)


def _delete(call: Call) -> Response:
    call.site.delete(writable(call), call.account)
    return Response(status_code=204)


def _assign(call: Call) -> Response:
    body = _json(call)
    issue = writable(call)
    call.site.edit(issue, prepare(call.site, {"assignee": body}, {}), call.account)
    return Response(status_code=204)


def _transitions(call: Call) -> Response:
    issue = call.site.issue(call.path("key"))
    wanted = call.query("transitionId")
    ways = [way for way in available(issue.status) if not wanted or way.id == wanted]
    fields = "transitions.fields" in call.queries("expand")
    shaped = [
        call.shape.transition(way, call.site.screens.get(way.id, ()), with_fields=fields) for way in ways
    ]
    return JSONResponse({"expand": "transitions", "transitions": shaped})


def _transition(call: Call) -> Response:
    asked = call.body(IssueRequest)
    issue = writable(call)
    if asked.transition is None:
        raise Problem(400, "Missing 'transition' identifier")
    _check_screen(call, str(asked.transition.id), asked)
    assignments, comment = _assignments(call, asked, "resolution"), _added_comment(call, asked)
    call.site.transition(issue, str(asked.transition.id), assignments, call.account)
    if comment is not None:
        call.site.comment(issue, comment, call.account)
    return Response(status_code=204)


def _check_screen(call: Call, transition: str, asked: IssueRequest) -> None:
    """A transition may have a screen with fields that must be filled in."""
    missing = set(call.site.screens.get(transition, ())) - {*asked.fields, *asked.update}
    if missing:
        errors = {field: f"{catalogue.FIELD_BY_ID[field].name} is required." for field in sorted(missing)}
        raise Problem(400, errors=errors)


def _changelog(call: Call) -> Response:
    issue = call.site.issue(call.path("key"))
    start, size = call.number("startAt", 0, most=10**9), call.number("maxResults", 100, most=100)
    values = [call.shape.history(history) for history in issue.history[start : start + size]]
    total = len(issue.history)
    page = {"startAt": start, "maxResults": size, "total": total, "isLast": start + size >= total}
    return JSONResponse({"self": call.shape.url(f"issue/{issue.key}/changelog"), **page, "values": values})


def _json(call: Call) -> JsonValue:
    try:
        value: JsonValue = json.loads(call.raw)
    except ValueError:
        raise bad_payload() from None
    return value


def _property_keys(call: Call) -> Response:
    issue = call.site.issue(call.path("key"))
    keys = [
        {"key": key, "self": call.shape.url(f"issue/{issue.key}/properties/{key}")}
        for key in issue.properties
    ]
    return JSONResponse({"keys": keys})


def _property(call: Call) -> Response:
    issue, name = call.site.issue(call.path("key")), call.path("name")
    if name not in issue.properties:
        raise Problem(404, f"The property with key '{name}' does not exist.")
    return JSONResponse({"key": name, "value": issue.properties[name]})


def _set_property(call: Call) -> Response:
    value = _json(call)
    if len(call.raw) > PROPERTY_LIMIT:
        raise Problem(400, f"The property value cannot be longer than {PROPERTY_LIMIT} characters.")
    issue, name = writable(call), call.path("name")
    new = name not in issue.properties
    issue.properties[name] = value
    return Response(status_code=201 if new else 200)


def _delete_property(call: Call) -> Response:
    issue, name = writable(call), call.path("name")
    if issue.properties.pop(name, None) is None:
        raise Problem(404, f"The property with key '{name}' does not exist.")
    return Response(status_code=204)


ROUTES: Table = (
    ("POST", "/issue", _create),
    ("GET", "/issue/{key}", _get),
    ("PUT", "/issue/{key}", _edit),
    ("DELETE", "/issue/{key}", _delete),
    ("PUT", "/issue/{key}/assignee", _assign),
    ("GET", "/issue/{key}/transitions", _transitions),
    ("POST", "/issue/{key}/transitions", _transition),
    ("GET", "/issue/{key}/changelog", _changelog),
    ("GET", "/issue/{key}/properties", _property_keys),
    ("GET", "/issue/{key}/properties/{name}", _property),
    ("PUT", "/issue/{key}/properties/{name}", _set_property),
    ("DELETE", "/issue/{key}/properties/{name}", _delete_property),
)
