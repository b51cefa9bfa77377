"""Webhooks: subscriptions made by a person or through the API, and signed deliveries.

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
from datetime import datetime, timedelta

import jwt
from pydantic import Field
from starlette.responses import JSONResponse, Response

from sandbox.hooks import Hook, Hooks
from sandbox.jira import catalogue, jql
from sandbox.jira.grants import CLIENT_ID, CLIENT_SECRET
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
    "attachment_created",
    "attachment_deleted",
    "issuelink_created",
    "issuelink_deleted",
    "jira:version_created",
    "jira:version_updated",
    "jira:version_released",
    "jira:version_unreleased",
)
SECTION = "issue-related-events-section"
"""Under which a webhook has the query for its issues."""
RETRY_STATUSES = frozenset({408, 409, 425, 429, 500, 501, 502, 503, 504})
RETRIES = 5
PAUSE = 600.0
"""Seconds between tries: the vendor takes five to fifteen minutes, as chance has it."""
SECONDARY = 300.0
"""Seconds until what a bulk change did is sent; the vendor takes up to fifteen minutes."""
TOKEN_LIFE = timedelta(hours=3)
"""How long the token of a delivery to an app is good: longer than it is repeated."""
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
    expires: datetime | None = None
    """Those that an app made end by themselves, and are signed by a token instead of a signature."""


class SubscriptionRequest(Payload):
    name: str
    url: str
    events: list[str]
    filters: dict[str, str] = Field(default_factory=dict)
    excludeBody: bool = False
    secret: str | None = None
    description: str = ""
    enabled: bool = True


class SubscriptionChange(SubscriptionRequest):
    """Body of changing one: what is not named stays, also the secret."""

    name: str = ""
    url: str = ""
    events: list[str] = Field(default_factory=list)


class Deliverer:
    """Turns what happens on the site into deliveries."""

    def __init__(self, site: Site, hooks: Hooks, bot: Callable[[], Account], base: Callable[[], str]) -> None:
        self.site = site
        self.hooks = hooks
        self.bot = bot
        self.base = base
        self.subscriptions: dict[int, Subscription] = {}
        self._last = 0

    def next_id(self) -> int:
        self._last += 1
        return self._last

    def subscribe(self, request: SubscriptionRequest) -> Subscription:
        subscription = Subscription(
            self.next_id(),
            request.name,
            request.url,
            frozenset(request.events),
            request.secret,
            request.filters.get(SECTION, ""),
        )
        self.subscriptions[subscription.id] = subscription
        return subscription

    def deliver(self, event: Event) -> None:
        """Send the event to everybody who asked for it."""
        now = self.site.now()
        for subscription in self.subscriptions.values():
            if subscription.expires is not None and subscription.expires <= now:
                continue
            if event.name in subscription.events and self._matches(subscription, event):
                self.hooks.send(self._hook(subscription, event))

    def _matches(self, subscription: Subscription, event: Event) -> bool:
        condition = jql.parse(subscription.filter).condition
        if event.issue is None:
            return True
        return condition is None or Matcher(self.bot(), self.site.now()).predicate(condition)(event.issue)

    def _hook(self, subscription: Subscription, event: Event) -> Hook:
        body = json.dumps(self.payload(event), separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "User-Agent": "Atlassian Webhook HTTP Client",
        }
        if not self.site.data_center:
            headers["X-Atlassian-Webhook-Identifier"] = str(uuid.uuid4())
            headers["X-Atlassian-Webhook-Flow"] = "Secondary" if event.bulk else "Primary"
        if subscription.expires is not None:
            now = self.site.now()
            claims = {"iss": CLIENT_ID, "iat": now, "exp": now + TOKEN_LIFE}
            headers["Authorization"] = f"Bearer {jwt.encode(claims, CLIENT_SECRET, algorithm='HS256')}"
        elif subscription.secret:
            digest = hmac.new(subscription.secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature"] = f"sha256={digest}"
        return Hook(
            "jira",
            subscription.url,
            headers,
            body,
            RETRY_STATUSES,
            RETRIES,
            pause=PAUSE,
            growth=1.0,
            late=SECONDARY if event.bulk else 0.0,
            retry_header="X-Atlassian-Webhook-Retry",
        )

    def payload(self, event: Event) -> Object:
        """The body of a delivery."""
        site = self.site
        shape = Shape(
            self.base(), self.bot(), site.accounts, site.issues, version=2, data_center=site.data_center
        )
        about_comment = event.name.startswith("comment_")
        fields = catalogue.chosen(list(THIN) if about_comment else ["*all", "-comment"])
        payload: Object = {
            "timestamp": int(self.site.now().timestamp() * 1000),
            "webhookEvent": event.name,
        }
        if event.about is not None:
            payload |= event.about(shape)
        if event.issue is None:
            return payload
        if not (about_comment and site.data_center):  # there the comment's address tells of it
            payload["issue"] = shape.issue(event.issue, fields, embedded=0)
        if event.bulk:
            payload["bulkOperationMetaData"] = {"isBulkOperation": True}
        if event.comment is not None:
            payload["comment"] = shape.comment(event.issue, event.comment)
        if not about_comment:
            user = shape.user(event.actor) or {}
            if not site.data_center:
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
            "filters": {SECTION: subscription.filter},
            "enabled": True,
            "excludeBody": False,
            "isSigned": subscription.secret is not None,
        }

    def mine(call: Call) -> Subscription:
        number = call.path("number")
        found = deliverer.subscriptions.get(int(number)) if number.isdecimal() else None
        if found is None or found.expires is not None:
            raise Problem(404, "The webhook does not exist.")
        return found

    def admits(call: Call) -> None:
        if "ADMINISTER" not in call.site.rights:
            raise Problem(403, "You must have Jira admin permissions to manage webhooks.")

    def create(call: Call) -> Response:
        admits(call)
        request = call.body(SubscriptionRequest)
        jql.parse(request.filters.get(SECTION, ""))
        if unknown := sorted(set(request.events) - set(EVENTS)):
            raise Problem(400, f"Unknown webhook events: {', '.join(unknown)}")
        return JSONResponse(shaped(call, deliverer.subscribe(request)), 201)

    def listed(call: Call) -> Response:
        admits(call)
        admins = [one for one in deliverer.subscriptions.values() if one.expires is None]
        return JSONResponse([shaped(call, subscription) for subscription in admins])

    def change(call: Call) -> Response:
        admits(call)
        found, request = mine(call), call.body(SubscriptionChange)
        found.name = request.name or found.name
        found.url = request.url or found.url
        found.events = frozenset(request.events) or found.events
        found.filter = request.filters.get(SECTION, found.filter)
        found.secret = request.secret or found.secret
        return JSONResponse(shaped(call, found))

    def delete(call: Call) -> Response:
        admits(call)
        del deliverer.subscriptions[mine(call).id]
        return Response(status_code=204)

    return (
        ("POST", "/webhook", create),
        ("GET", "/webhook", listed),
        ("PUT", "/webhook/{number}", change),
        ("DELETE", "/webhook/{number}", delete),
    )
