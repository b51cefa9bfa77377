"""The webhooks of an administrator of Jira Data Center, below ``/rest/jira-webhook/1.0`` since version 10.

Filters and secret stand in a map of strings; what stands elsewhere is passed over. Source: Atlassian's page
on webhooks of Jira Data Center.
"""

from __future__ import annotations

import json

from pydantic import BaseModel, Field, ValidationError
from starlette.responses import JSONResponse, Response

from sandbox.jira import jql
from sandbox.jira.problem import Problem, bad_payload
from sandbox.jira.records import Object
from sandbox.jira.web import Call, Table
from sandbox.jira.webhooks import EVENTS, SECTION, Deliverer, Subscription, SubscriptionRequest

PREFIX = "/rest/jira-webhook/1.0"


class Registration(BaseModel):
    """Members that it does not know are no mistake, so a ``secret`` of its own is lost without a word."""

    name: str
    url: str
    events: list[str]
    configuration: dict[str, str] = Field(default_factory=dict)
    active: bool = True

    def request(self) -> SubscriptionRequest:
        """The same in Cloud's words. Raises Problem (400)."""
        filters: dict[str, str] = json.loads(self.configuration.get("FILTERS") or "{}")
        jql.parse(filters.get(SECTION, ""))
        if unknown := sorted(set(self.events) - set(EVENTS)):
            raise Problem(400, f"Unknown webhook events: {', '.join(unknown)}")
        secret = self.configuration.get("SECRET")
        return SubscriptionRequest(
            name=self.name, url=self.url, events=self.events, filters=filters, secret=secret
        )


def _asked(call: Call) -> SubscriptionRequest:
    try:
        return Registration.model_validate_json(call.raw).request()
    except ValidationError:
        raise bad_payload() from None


def _shaped(subscription: Subscription) -> Object:
    return {
        "id": subscription.id,
        "name": subscription.name,
        "url": subscription.url,
        "events": [*sorted(subscription.events)],
        "configuration": {
            "FILTERS": json.dumps({SECTION: subscription.filter}),
            "EXCLUDE_BODY": "false",
        },
        "active": True,
        "scopeType": "global",
        "sslVerificationRequired": True,
    }


def _admits(call: Call) -> None:
    if "ADMINISTER" not in call.site.rights:
        raise Problem(403, "You must have Jira admin permissions to manage webhooks.")


def routes(deliverer: Deliverer) -> Table:
    """The routes below :data:`PREFIX`."""

    def named(call: Call) -> Subscription:
        number = call.path("number")
        found = deliverer.subscriptions.get(int(number)) if number.isdecimal() else None
        if found is None:
            raise Problem(404, "The webhook does not exist.")
        return found

    def create(call: Call) -> Response:
        _admits(call)
        return JSONResponse(_shaped(deliverer.subscribe(_asked(call))), 201)

    def listed(call: Call) -> Response:
        _admits(call)
        return JSONResponse([_shaped(subscription) for subscription in deliverer.subscriptions.values()])

    def change(call: Call) -> Response:
        """What a change does not name is gone, but for the secret."""
        _admits(call)
        found, asked = named(call), _asked(call)
        found.name, found.url, found.events = asked.name, asked.url, frozenset(asked.events)
        found.filter = asked.filters.get(SECTION, "")
        found.secret = asked.secret or found.secret
        return JSONResponse(_shaped(found))

    def delete(call: Call) -> Response:
        _admits(call)
        del deliverer.subscriptions[named(call).id]
        return Response(status_code=204)

    return (
        ("POST", "/webhooks", create),
        ("GET", "/webhooks", listed),
        ("PUT", "/webhooks/{number}", change),
        ("DELETE", "/webhooks/{number}", delete),
    )
