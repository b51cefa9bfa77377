"""Event webhooks: who is subscribed, the signed deliveries, and what became of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from pydantic import BaseModel
from starlette.routing import BaseRoute

from sandbox.hooks import Attempt, Hook, Hooks
from sandbox.service import Conditions
from sandbox.zendesk.breaker import Breaker, again
from sandbox.zendesk.events import ARTICLE, ARTICLE_EVENTS, TICKET, TICKET_EVENTS, Events
from sandbox.zendesk.inputs import Invalid
from sandbox.zendesk.library import Article
from sandbox.zendesk.paging import page
from sandbox.zendesk.records import Audit, Ticket
from sandbox.zendesk.shape import Body, stamp
from sandbox.zendesk.state import State
from sandbox.zendesk.wire import Answer, Call, Front, found, needs_admin

ACCOUNT_ID = 21825834
TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # noqa: S105 - the vendor's own, for tests alone
_CONDITIONAL = "conditional_ticket_events"
_REMEMBERED = 1_000


class WebhookInput(BaseModel):
    name: str = ""
    endpoint: str = ""
    http_method: str = "POST"
    request_format: str = "json"
    status: str = "active"
    subscriptions: list[str] = []


class WebhookEnvelope(BaseModel):
    webhook: WebhookInput


class _TestEnvelope(BaseModel):
    request: WebhookInput


@dataclass(slots=True)
class Invocation:
    """One event on its way to one webhook, with the statuses of its tries; ``None`` is a time-out."""

    id: str
    created: str
    tries: list[int | None] = field(default_factory=list)

    @property
    def status(self) -> str:
        last = self.tries[-1] if self.tries else None
        return "delivered" if last is not None and 200 <= last < 300 else "failed"


@dataclass(slots=True)
class Webhook:
    id: str
    wanted: WebhookInput
    created: str
    secret: str
    breaker: Breaker = field(default_factory=Breaker)
    invocations: deque[Invocation] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))


class Webhooks:
    """The account's webhooks; an observer of its tickets and articles."""

    def __init__(self, state: State, events: Events, hooks: Hooks, conditions: Conditions) -> None:
        self._state = state
        self._events = events
        self._hooks = hooks
        self._conditions = conditions
        self._webhooks: dict[str, Webhook] = {}

    def routes(self, front: Front) -> list[BaseRoute]:
        one = "webhooks/{id}"
        return [
            *front.route("webhooks", GET=self.index, POST=self.create),
            *front.route("webhooks/test", POST=self.test),
            *front.route(one, GET=self.show, PUT=self.change, PATCH=self.change, DELETE=self.delete),
            *front.route(f"{one}/signing_secret", GET=self.signing_secret, POST=self.new_secret),
            *front.route(f"{one}/invocations", GET=self.invocations),
            *front.route(f"{one}/invocations/{{invocation}}/attempts", GET=self.attempts),
        ]

    def subscribe(self, url: str) -> Webhook:
        """Send every event of tickets and articles to ``url``."""
        subscriptions = [*(TICKET + name for name in TICKET_EVENTS), *(ARTICLE + n for n in ARTICLE_EVENTS)]
        wanted = WebhookInput(name="By hand", endpoint=url, subscriptions=subscriptions)
        return self._add(wanted, self._conditions.webhook_secret)

    def _add(self, wanted: WebhookInput, secret: str) -> Webhook:
        webhook = Webhook(_ulid(), wanted, stamp(self._state.now()), secret)
        self._webhooks[webhook.id] = webhook
        return webhook

    def _one(self, call: Call) -> Webhook:
        needs_admin(call)
        return found(self._webhooks.get(str(call.path["id"])))

    def index(self, call: Call) -> Answer:
        needs_admin(call)
        wanted = call.query.get("filter[name_contains]", "")
        rows = [each for each in self._webhooks.values() if wanted in each.wanted.name]
        chosen, paging = page(call, rows)
        return Answer({"webhooks": [self._shape(webhook) for webhook in chosen], **paging})

    def create(self, call: Call) -> Answer:
        needs_admin(call)
        wanted = call.model(WebhookEnvelope).webhook
        _check(wanted)
        return Answer({"webhook": self._shape(self._add(wanted, secrets.token_urlsafe(32)))}, 201)

    def show(self, call: Call) -> Answer:
        return Answer({"webhook": self._shape(self._one(call))})

    def change(self, call: Call) -> Answer:
        """PUT sets everything, PATCH what it names; neither answers with anything."""
        webhook, given = self._one(call), call.model(WebhookEnvelope).webhook
        if call.method == "PATCH":
            given = webhook.wanted.model_copy(update=given.model_dump(exclude_unset=True))
        _check(given)
        webhook.wanted = given
        return Answer(None, 204)

    def delete(self, call: Call) -> Answer:
        del self._webhooks[self._one(call).id]
        return Answer(None, 204)

    def signing_secret(self, call: Call) -> Answer:
        return Answer({"signing_secret": {"algorithm": "SHA256", "secret": self._one(call).secret}})

    def new_secret(self, call: Call) -> Answer:
        self._one(call).secret = secrets.token_urlsafe(32)
        return Answer(self.signing_secret(call).body, 201)

    def invocations(self, call: Call) -> Answer:
        chosen, paging = page(call, list(self._one(call).invocations))
        rows = [{"id": one.id, "status": one.status, "created_at": one.created} for one in chosen]
        return Answer({"invocations": rows, **paging})

    def attempts(self, call: Call) -> Answer:
        wanted = str(call.path["invocation"])
        invocation = found(next((one for one in self._one(call).invocations if one.id == wanted), None))
        rows = [
            {"id": f"{invocation.id}{number}", "response_code": status or 0, "invocation_id": invocation.id}
            for number, status in enumerate(invocation.tries, 1)
        ]
        return Answer({"attempts": rows})

    def test(self, call: Call) -> Answer:
        """Send a body of the vendor's own to an address, signed with a secret that everybody knows."""
        needs_admin(call)
        wanted = call.model(_TestEnvelope).request
        webhook = Webhook(_ulid(), wanted, stamp(self._state.now()), TEST_SECRET)
        self._deliver(webhook, {"type": "zen:event-type:test", "account_id": ACCOUNT_ID})
        return Answer({"response": {"status": 200}})

    def raise_events(self, ticket: Ticket, audit: Audit) -> None:
        """One edit raises several events, which share a sequence and come in any order."""
        raised = self._events.of_audit(ticket, audit)
        detail = self._events.detail(ticket, audit)
        self._raise(f"zen:ticket:{ticket.id}", [(TICKET + kind, event) for kind, event in raised], detail)

    def raise_article_event(self, article: Article, kind: str) -> None:
        self._raise(f"zen:article:{article.id}", [(ARTICLE + kind, {})], self._events.article(article))

    def _raise(self, subject: str, raised: Sequence[tuple[str, Body]], detail: Body) -> None:
        sequence = uuid4().hex[:8].upper()
        for position, (kind, event) in enumerate(raised, 1):
            moment = self._state.clock.now()
            meta = {"sequence": {"id": sequence, "position": position, "total": len(raised)}}
            body = {
                "type": kind,
                "account_id": ACCOUNT_ID,
                "id": _ulid(),
                "time": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z",
                "zendesk_event_version": "2022-11-06",
                "subject": subject,
                "detail": detail,
                "event": {**event, "meta": meta},
            }
            for webhook in self._webhooks.values():
                wanted = webhook.wanted
                listens = wanted.status == "active" and kind in wanted.subscriptions
                if listens and webhook.breaker.lets_through(moment):
                    self._deliver(webhook, body)

    def _deliver(self, webhook: Webhook, body: Body) -> None:
        """Sign, send, and hear what becomes of it."""
        raw = json.dumps(body, separators=(",", ":")).encode()
        moment = stamp(self._state.now())
        invocation = Invocation(_ulid(), moment)
        webhook.invocations.append(invocation)

        def heard(attempt: Attempt) -> bool:
            invocation.tries.append(attempt.status)
            webhook.breaker.heard(invocation.status == "delivered", self._state.clock.now())
            return again(attempt)

        hook = Hook(
            service="zendesk",
            url=webhook.wanted.endpoint,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "Zendesk Webhook",
                "X-Zendesk-Account-Id": str(ACCOUNT_ID),
                "X-Zendesk-Webhook-Id": webhook.id,
                "X-Zendesk-Webhook-Invocation-Id": invocation.id,
                "X-Zendesk-Webhook-Signature-Timestamp": moment,
                "X-Zendesk-Webhook-Signature": signature(webhook.secret, moment, raw),
            },
            body=raw,
            again=heard,
        )
        self._hooks.send(hook)

    def _shape(self, webhook: Webhook) -> Body:
        return {
            "id": webhook.id,
            **webhook.wanted.model_dump(),
            "created_at": webhook.created,
            "created_by": "1",
            "updated_at": webhook.created,
            "updated_by": "1",
        }


def signature(secret: str, moment: str, raw: bytes) -> str:
    """It covers the time and the body with nothing in between."""
    digest = hmac.new(secret.encode(), moment.encode() + raw, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _check(wanted: WebhookInput) -> None:
    """Raises Invalid for what the account would not take."""
    if not wanted.name or not wanted.endpoint.startswith(("http://", "https://")):
        raise Invalid("webhook", "A name and an endpoint are required", "BlankValue")
    if not wanted.subscriptions:
        raise Invalid("subscriptions", "At least one subscription is required", "BlankValue")
    if _CONDITIONAL in wanted.subscriptions and len(wanted.subscriptions) > 1:
        raise Invalid("subscriptions", "Triggers and events exclude each other on one webhook")
    known = {_CONDITIONAL, *(TICKET + n for n in TICKET_EVENTS), *(ARTICLE + n for n in ARTICLE_EVENTS)}
    if unknown := [each for each in wanted.subscriptions if each not in known]:
        raise Invalid("subscriptions", f"{unknown[0]} is not an event type")


def _ulid() -> str:
    return f"01{uuid4().hex[:24].upper()}"
