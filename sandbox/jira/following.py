"""Watching and voting: neither moves the time at which an issue was updated."""

from __future__ import annotations

import json

from starlette.responses import JSONResponse, Response

from sandbox.jira.problem import Problem, bad_payload
from sandbox.jira.records import Account
from sandbox.jira.web import Call, Table


def _watchers(call: Call) -> Response:
    issue = call.site.issue(call.path("key"))
    people = [call.shape.user(account) for account in issue.watchers]
    return JSONResponse({**call.shape.watches(issue), "watchers": people})


def _named(call: Call) -> Account:
    """The body is a bare account id, or nothing for oneself."""
    try:
        wanted = json.loads(call.raw) if call.raw else call.account.id
    except ValueError:
        raise bad_payload() from None
    account = call.site.account(wanted) if isinstance(wanted, str) else None
    if account is None:
        raise Problem(404, f"The user '{wanted}' does not have permission to view this issue.")
    return account


def _watch(call: Call) -> Response:
    issue, account = call.site.issue(call.path("key")), _named(call)
    if account not in issue.watchers:
        issue.watchers.append(account)
    return Response(status_code=204)


def _unwatch(call: Call) -> Response:
    issue, account = call.site.issue(call.path("key")), call.site.account(call.query("accountId"))
    if account in issue.watchers:
        issue.watchers.remove(account)
    return Response(status_code=204)


def _votes(call: Call) -> Response:
    issue = call.site.issue(call.path("key"))
    people = [call.shape.user(account) for account in issue.voters]
    return JSONResponse({**call.shape.votes(issue), "voters": people})


def _vote(call: Call) -> Response:
    """For oneself alone, and not on what one reported."""
    issue = call.site.issue(call.path("key"))
    if issue.reporter == call.account:
        raise Problem(404, "You cannot vote for an issue you have reported.")
    if call.account not in issue.voters:
        issue.voters.append(call.account)
    return Response(status_code=204)


def _unvote(call: Call) -> Response:
    issue = call.site.issue(call.path("key"))
    if call.account in issue.voters:
        issue.voters.remove(call.account)
    return Response(status_code=204)


ROUTES: Table = (
    ("GET", "/issue/{key}/watchers", _watchers),
    ("POST", "/issue/{key}/watchers", _watch),
    ("DELETE", "/issue/{key}/watchers", _unwatch),
    ("GET", "/issue/{key}/votes", _votes),
    ("POST", "/issue/{key}/votes", _vote),
    ("DELETE", "/issue/{key}/votes", _unvote),
)
