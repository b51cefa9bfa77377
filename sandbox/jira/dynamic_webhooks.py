"""Webhooks that an app makes for itself: few, filtered by a part of JQL, and gone after thirty days.

Source: Atlassian's reference, Webhooks; developer.atlassian.com/cloud/jira/platform/webhooks.
"""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import Field
from starlette.responses import JSONResponse, Response

from sandbox.jira import jql
from sandbox.jira.jql import Condition
from sandbox.jira.problem import Problem
from sandbox.jira.records import Object
from sandbox.jira.web import GATEWAY, Call, Payload, Table
from sandbox.jira.webhooks import Deliverer, Subscription

LIFE = timedelta(days=30)
MOST = 5
EVENTS = frozenset(
    {
        "jira:issue_created",
        "jira:issue_updated",
        "jira:issue_deleted",
        "comment_created",
        "comment_updated",
        "comment_deleted",
        "issue_property_set",
        "issue_property_deleted",
    }
)
FIELDS = re.compile(
    r"issuekey|project|issuetype|status|priority|assignee|reporter|issue\.property.*|cf\[\d+\]"
)
OPERATORS = frozenset({"=", "!=", "in", "not in"})


class Details(Payload):
    events: list[str]
    jqlFilter: str
    fieldIdsFilter: list[str] = Field(default_factory=list)
    issuePropertyKeysFilter: list[str] = Field(default_factory=list)


class Registration(Payload):
    url: str
    webhooks: list[Details]


class Ids(Payload):
    webhookIds: list[int]


def _reason(condition: Condition) -> str | None:
    """Why a filter is refused."""
    if isinstance(condition, jql.Combination):
        return next((reason for part in condition.parts if (reason := _reason(part))), None)
    if not FIELDS.fullmatch(condition.field):
        return f"The clause {condition.field} is unsupported"
    if condition.operator not in OPERATORS:
        return f"The operator {condition.operator} is unsupported"
    return None


def app_routes(deliverer: Deliverer) -> Table:
    """The routes below the API, which answer to apps alone."""

    def mine() -> dict[int, Subscription]:
        return {n: one for n, one in deliverer.subscriptions.items() if one.expires is not None}

    def admits(call: Call) -> None:
        if not call.request.url.path.startswith(GATEWAY):
            raise Problem(403, "Only Connect and OAuth 2.0 apps can use this operation.")

    def register(call: Call) -> Response:
        admits(call)
        asked = call.body(Registration)
        kept = next(iter(mine().values()), None)
        if kept is not None and urlsplit(kept.url)[:2] != urlsplit(asked.url)[:2]:
            raise Problem(400, "Only a single URL per app is allowed.")
        return JSONResponse({"webhookRegistrationResult": [add(asked.url, one) for one in asked.webhooks]})

    def add(url: str, details: Details) -> Object:
        condition = jql.parse(details.jqlFilter).condition
        reason = "The JQL filter is empty" if condition is None else _reason(condition)
        if unknown := set(details.events) - EVENTS:
            reason = f"Unknown events: {', '.join(sorted(unknown))}"
        if len(mine()) >= MOST:
            reason = f"At most {MOST} webhooks can be registered by this app for this user"
        if reason is not None:
            return {"errors": [reason]}
        expires = deliverer.site.now() + LIFE
        number = deliverer.next_id()
        deliverer.subscriptions[number] = Subscription(
            number, "", url, frozenset(details.events), filter=details.jqlFilter, expires=expires
        )
        return {"createdWebhookId": number}

    def listed(call: Call) -> Response:
        admits(call)
        values = [
            {
                "id": one.id,
                "jqlFilter": one.filter,
                "events": sorted(one.events),
                "expirationDate": _epoch(one),
                "url": one.url,
            }
            for one in mine().values()
        ]
        page = {"startAt": 0, "maxResults": 100, "total": len(values), "isLast": True}
        return JSONResponse({**page, "values": values})

    def refresh(call: Call) -> Response:
        admits(call)
        chosen = [one for number in call.body(Ids).webhookIds if (one := mine().get(number)) is not None]
        if not chosen:
            raise Problem(400, "No webhook with one of these ids was registered by this app.")
        for one in chosen:
            one.expires = deliverer.site.now() + LIFE
        return JSONResponse({"expirationDate": _epoch(chosen[0])})

    def delete(call: Call) -> Response:
        admits(call)
        for number in call.body(Ids).webhookIds:
            if number in mine():
                del deliverer.subscriptions[number]
        return Response(status_code=202)

    def failed(call: Call) -> Response:
        raise Problem(403, "Only Connect apps can use this operation.")

    return (
        ("POST", "/webhook", register),
        ("GET", "/webhook", listed),
        ("PUT", "/webhook/refresh", refresh),
        ("DELETE", "/webhook", delete),
        ("GET", "/webhook/failed", failed),
    )


def _epoch(one: Subscription) -> int:
    assert one.expires is not None  # noqa: S101 - only an app's are shown
    return int(one.expires.timestamp() * 1000)
