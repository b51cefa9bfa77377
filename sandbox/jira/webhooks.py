"""Admin webhooks: subscriptions made by a person or through the API, and signed deliveries.

Source: developer.atlassian.com/cloud/jira/platform/webhooks. The signature is
``X-Hub-Signature: sha256=<HMAC-SHA256 of the raw body>``; texts in the bodies are wiki markup.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import Field
from starlette.responses import JSONResponse, Response

from sandbox.hooks import Hook, Hooks
from sandbox.jira import catalogue, jql
from sandbox.jira.matching import Matcher
from sandbox.jira.problem import Problem
from sandbox.jira.records import Account, Object
from sandbox.jira.shape import Shape
from sandbox.jira.site import Event, Site
from sandbox.jira.web import Call, Payload, Table

EVENTS = (
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "comment_created",
    "comment_updated",
    "comment_deleted",
)
RETRY_STATUSES = frozenset({408, 409, 425, 429, 500, 501, 502, 503, 504})
RETRIES = 5
THIN = ("summary", "issuetype", "project", "status", "priority", "assignee")
"""All that comment events tell of the issue."""


@dataclass(slots=True)
class Subscription:
    id: int
    name: str
    url: str
    events: frozenset[str]
    secret: str | None = None
    filter: str = ""
    """JQL that the issue must match after the change."""


class SubscriptionRequest(Payload):
    name: str
    url: str
    events: list[str]
    filters: dict[str, str] = Field(default_factory=dict)
    excludeBody: bool = False
    secret: str | None = None
    description: str = ""
    enabled: bool = True


class Deliverer:
    """Turns what happens on the site into deliveries."""

    def __init__(self, site: Site, hooks: Hooks, bot: Callable[[], Account], base: Callable[[], str]) -> None:
        self.site = site
        self.hooks = hooks
        self.bot = bot
        self.base = base
        self.subscriptions: dict[int, Subscription] = {}

    def subscribe(self, request: SubscriptionRequest) -> Subscription:
        subscription = Subscription(
            len(self.subscriptions) + 1,
            request.name,
            request.url,
            frozenset(request.events),
            request.secret,
            request.filters.get("issue-related-events-section", ""),
        )
        self.subscriptions[subscription.id] = subscription
        return subscription

    def deliver(self, event: Event) -> None:
        """Send the event to everybody who asked for it."""
        for subscription in self.subscriptions.values():
            if event.name in subscription.events and self._matches(subscription, event):
                self.hooks.send(self._hook(subscription, event))

    def _matches(self, subscription: Subscription, event: Event) -> bool:
        condition = jql.parse(subscription.filter).condition
        return condition is None or Matcher(self.bot(), self.site.now()).predicate(condition)(event.issue)

    def _hook(self, subscription: Subscription, event: Event) -> Hook:
        body = json.dumps(self.payload(event), separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "User-Agent": "Atlassian Webhook HTTP Client",
            "X-Atlassian-Webhook-Identifier": str(uuid.uuid4()),
            "X-Atlassian-Webhook-Flow": "Primary",
        }
        if subscription.secret:
            digest = hmac.new(subscription.secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature"] = f"sha256={digest}"
        return Hook("jira", subscription.url, headers, body, RETRY_STATUSES, RETRIES)

    def payload(self, event: Event) -> Object:
        """The body of a delivery."""
        shape = Shape(self.base(), self.bot(), self.site.accounts, version=2)
        about_comment = event.name.startswith("comment_")
        fields = catalogue.chosen(list(THIN) if about_comment else ["*all", "-comment"])
        payload: Object = {
            "timestamp": int(self.site.now().timestamp() * 1000),
            "webhookEvent": event.name,
            "issue": shape.issue(event.issue, fields, embedded=0),
        }
        if event.comment is not None:
            payload["comment"] = shape.comment(event.issue, event.comment)
        if not about_comment:
            user = shape.user(event.actor) or {}
            user.pop("emailAddress", None)
            payload |= {"user": user, "issue_event_type_name": event.kind}
        if event.history is not None:
            payload["changelog"] = {"id": str(event.history.id), "items": shape.changes(event.history)}
        return payload


def admin_routes(deliverer: Deliverer) -> Table:
    """The routes below ``/rest/webhooks/1.0``."""

    def shaped(call: Call, subscription: Subscription) -> Object:
        return {
            "self": f"{call.shape.base}/rest/webhooks/1.0/webhook/{subscription.id}",
            "name": subscription.name,
            "url": subscription.url,
            "events": [*sorted(subscription.events)],
            "filters": {"issue-related-events-section": subscription.filter},
            "enabled": True,
            "excludeBody": False,
            "isSigned": subscription.secret is not None,
        }

    def create(call: Call) -> Response:
        request = call.body(SubscriptionRequest)
        jql.parse(request.filters.get("issue-related-events-section", ""))
        if unknown := sorted(set(request.events) - set(EVENTS)):
            raise Problem(400, f"Unknown webhook events: {', '.join(unknown)}")
        return JSONResponse(shaped(call, deliverer.subscribe(request)), 201)

    def listed(call: Call) -> Response:
        return JSONResponse([shaped(call, subscription) for subscription in deliverer.subscriptions.values()])

    def delete(call: Call) -> Response:
        number = call.path("number")
        if not number.isdecimal() or deliverer.subscriptions.pop(int(number), None) is None:
            raise Problem(404, "The webhook does not exist.")
        return Response(status_code=204)

    return (
        ("POST", "/webhook", create),
        ("GET", "/webhook", listed),
        ("DELETE", "/webhook/{number}", delete),
    )
