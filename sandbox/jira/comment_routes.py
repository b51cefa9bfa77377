"""Comments of an issue, and their properties."""

from __future__ import annotations

import json

from pydantic import Field, JsonValue
from starlette.responses import JSONResponse, Response

from sandbox.jira import document
from sandbox.jira.issue_routes import Property, notifies, writable
from sandbox.jira.problem import Problem, bad_payload
from sandbox.jira.records import Comment, Issue, Object
from sandbox.jira.web import Call, Payload, Table

MOST_COMMENTS = 100
MOST_LISTED = 1_000


class CommentRequest(Payload):
    body: JsonValue
    visibility: Object | None = None
    properties: list[Property] = Field(default_factory=list)


class ListRequest(Payload):
    ids: list[int]


def _comment(call: Call, issue: Issue) -> Comment:
    wanted = call.path("comment")
    for comment in issue.comments:
        if str(comment.id) == wanted:
            return comment
    raise Problem(404, f"Can not find a comment for the id: {wanted}.")


def _all(call: Call) -> Response:
    issue = call.site.issue(call.path("key"))
    start = call.number("startAt", 0, most=10**9)
    size = call.number("maxResults", MOST_COMMENTS, most=MOST_COMMENTS)
    order = call.query("orderBy", "created")
    if order not in {"created", "+created", "-created"}:
        raise Problem(400, f"The order '{order}' is not supported.")
    comments = sorted(issue.comments, key=lambda c: (c.created, c.id), reverse=order.startswith("-"))
    return JSONResponse(
        {
            "startAt": start,
            "maxResults": size,
            "total": len(comments),
            "comments": [_shaped(call, issue, c) for c in comments[start : start + size]],
        }
    )


def _add(call: Call) -> Response:
    asked = call.body(CommentRequest)
    body = document.check(asked.body, "comment", markup=call.site.data_center)
    issue = writable(call)
    properties: Object = {entry.key: entry.value for entry in asked.properties}
    comment = call.site.comment(issue, body, call.account, visibility=asked.visibility, properties=properties)
    return JSONResponse(call.shape.comment(issue, comment), 201)


def _one(call: Call) -> Response:
    issue = call.site.issue(call.path("key"))
    return JSONResponse(_shaped(call, issue, _comment(call, issue)))


def _shaped(call: Call, issue: Issue, comment: Comment) -> Object:
    """Data Center shows properties to who asks for them."""
    properties = call.site.data_center and "properties" in call.queries("expand")
    return call.shape.comment(issue, comment, properties=properties)


def _edit(call: Call) -> Response:
    asked = call.body(CommentRequest)
    body = document.check(asked.body, "comment", markup=call.site.data_center)
    issue, notify = writable(call), notifies(call)
    edited = call.site.edit_comment(
        issue, _comment(call, issue), body, call.account, visibility=asked.visibility, notify=notify
    )
    return JSONResponse(call.shape.comment(issue, edited))


def _delete(call: Call) -> Response:
    issue = writable(call)
    call.site.delete_comment(issue, _comment(call, issue), call.account)
    return Response(status_code=204)


def _listed(call: Call) -> Response:
    """Comments by id, of whatever issues; ids that are unknown are left out."""
    asked = call.body(ListRequest)
    if not 1 <= len(asked.ids) <= MOST_LISTED:
        raise Problem(400, f"Between 1 and {MOST_LISTED} comment IDs can be requested.")
    properties = "properties" in call.queries("expand")
    values = []
    for number in sorted(set(asked.ids)):
        issue = call.site.issues.get(call.site.comment_issues.get(number, 0))
        if issue is not None:
            comment = next(c for c in issue.comments if c.id == number)
            values.append(call.shape.comment(issue, comment, properties=properties))
    page = {"startAt": 0, "maxResults": MOST_LISTED, "total": len(values), "isLast": True}
    return JSONResponse({**page, "values": values})


def _owner(call: Call) -> Comment:
    """The comment of a path that does not name its issue."""
    wanted = call.path("comment")
    number = int(wanted) if wanted.isdecimal() else 0
    issue = call.site.issues.get(call.site.comment_issues.get(number, 0))
    if issue is None:
        raise Problem(404, f"Can not find a comment for the id: {wanted}.")
    return next(c for c in issue.comments if c.id == number)


def _property_keys(call: Call) -> Response:
    comment = _owner(call)
    keys = [
        {"key": key, "self": call.shape.url(f"comment/{comment.id}/properties/{key}")}
        for key in comment.properties
    ]
    return JSONResponse({"keys": keys})


def _property(call: Call) -> Response:
    comment, name = _owner(call), call.path("name")
    if name not in comment.properties:
        raise Problem(404, f"The property with key '{name}' does not exist.")
    return JSONResponse({"key": name, "value": comment.properties[name]})


def _set_property(call: Call) -> Response:
    comment, name = _owner(call), call.path("name")
    try:
        value: JsonValue = json.loads(call.raw)
    except ValueError:
        raise bad_payload() from None
    new = name not in comment.properties
    comment.properties[name] = value
    return Response(status_code=201 if new else 200)


ROUTES: Table = (
    ("POST", "/comment/list", _listed),
    ("GET", "/comment/{comment}/properties", _property_keys),
    ("GET", "/comment/{comment}/properties/{name}", _property),
    ("PUT", "/comment/{comment}/properties/{name}", _set_property),
    ("GET", "/issue/{key}/comment", _all),
    ("POST", "/issue/{key}/comment", _add),
    ("GET", "/issue/{key}/comment/{comment}", _one),
    ("PUT", "/issue/{key}/comment/{comment}", _edit),
    ("DELETE", "/issue/{key}/comment/{comment}", _delete),
)
