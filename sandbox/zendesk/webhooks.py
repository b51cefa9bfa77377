"""Event webhooks: who is subscribed, what an edit raises, and the signed deliveries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from uuid import uuid4

from pydantic import BaseModel
from starlette.routing import BaseRoute

from sandbox.hooks import Hook, Hooks
from sandbox.service import Conditions
from sandbox.zendesk.records import Audit, Comment, FieldEvent, Ticket
from sandbox.zendesk.shape import Body, stamp
from sandbox.zendesk.state import Invalid, State
from sandbox.zendesk.wire import Answer, Call, Front, found, needs_admin, page

ACCOUNT_ID = 21825834
PREFIX = "zen:event-type:ticket."
TICKET_EVENTS = (
    "created",
    "comment_added",
    "comment_made_private",
    "status_changed",
    "priority_changed",
    "type_changed",
    "subject_changed",
    "tags_changed",
    "custom_field_changed",
    "agent_assignment_changed",
    "requester_changed",
    "external_id_changed",
    "soft_deleted",
)
_RAISED_BY = {
    "status": "status_changed",
    "priority": "priority_changed",
    "type": "type_changed",
    "subject": "subject_changed",
    "tags": "tags_changed",
    "assignee_id": "agent_assignment_changed",
    "requester_id": "requester_changed",
    "external_id": "external_id_changed",
}


class WebhookInput(BaseModel):
    name: str = ""
    endpoint: str = ""
    http_method: str = "POST"
    request_format: str = "json"
    status: str = "active"
    subscriptions: list[str] = []


class WebhookEnvelope(BaseModel):
    webhook: WebhookInput


@dataclass(slots=True)
class Webhook:
    id: str
    wanted: WebhookInput
    created: str


class Webhooks:
    """The account's webhooks; an observer of its state."""

    def __init__(self, state: State, hooks: Hooks, conditions: Conditions) -> None:
        self._state = state
        self._hooks = hooks
        self._conditions = conditions
        self._webhooks: dict[str, Webhook] = {}

    def routes(self, front: Front) -> list[BaseRoute]:
        return [
            *front.route("webhooks", GET=self.index, POST=self.create),
            *front.route("webhooks/{id}", GET=self.show, DELETE=self.delete),
            *front.route("webhooks/{id}/signing_secret", GET=self.signing_secret),
        ]

    def subscribe(self, url: str) -> Webhook:
        """Send every ticket event to ``url``."""
        subscriptions = [PREFIX + name for name in TICKET_EVENTS]
        return self._add(WebhookInput(name="Loopwright", endpoint=url, subscriptions=subscriptions))

    def _add(self, wanted: WebhookInput) -> Webhook:
        webhook = Webhook(f"01{uuid4().hex[:24].upper()}", wanted, stamp(self._state.now()))
        self._webhooks[webhook.id] = webhook
        return webhook

    def _shape(self, webhook: Webhook) -> Body:
        return {
            "id": webhook.id,
            **webhook.wanted.model_dump(),
            "created_at": webhook.created,
            "created_by": str(self._state.now().year),
        }

    def index(self, call: Call) -> Answer:
        needs_admin(call)
        chosen, paging = page(call, list(self._webhooks.values()))
        return Answer({"webhooks": [self._shape(webhook) for webhook in chosen], **paging})

    def create(self, call: Call) -> Answer:
        needs_admin(call)
        wanted = call.model(WebhookEnvelope).webhook
        if not wanted.name or not wanted.endpoint.startswith(("http://", "https://")):
            raise Invalid("webhook", "Webhook: needs a name and an endpoint", "BlankValue")
        unknown = [name for name in wanted.subscriptions if name.removeprefix(PREFIX) not in TICKET_EVENTS]
        if unknown:
            raise Invalid("subscriptions", f"Subscriptions: {unknown[0]} is not available")
        return Answer({"webhook": self._shape(self._add(wanted))}, 201)

    def show(self, call: Call) -> Answer:
        needs_admin(call)
        return Answer({"webhook": self._shape(found(self._webhooks.get(str(call.path["id"]))))})

    def delete(self, call: Call) -> Answer:
        needs_admin(call)
        del self._webhooks[found(self._webhooks.get(str(call.path["id"]))).id]
        return Answer(None, 204)

    def signing_secret(self, call: Call) -> Answer:
        needs_admin(call)
        found(self._webhooks.get(str(call.path["id"])))
        secret = {"algorithm": "SHA256", "secret": self._conditions.webhook_secret}
        return Answer({"signing_secret": secret})

    def raise_events(self, ticket: Ticket, audit: Audit) -> None:
        """One edit raises several events, which share a sequence and arrive in any order."""
        raised = self._events(ticket, audit)
        sequence = uuid4().hex[:8].upper()
        for position, (kind, event) in enumerate(raised, 1):
            event["meta"] = {"sequence": {"id": sequence, "position": position, "total": len(raised)}}
            moment = self._state.clock.now()
            body = {
                "type": PREFIX + kind,
                "account_id": ACCOUNT_ID,
                "id": f"01{uuid4().hex[:24].upper()}",
                "time": moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z",
                "zendesk_event_version": "2022-11-06",
                "subject": f"zen:ticket:{ticket.id}",
                "detail": self._detail(ticket, audit),
                "event": event,
            }
            for webhook in self._webhooks.values():
                wanted = webhook.wanted
                if wanted.status == "active" and PREFIX + kind in wanted.subscriptions:
                    self._hooks.send(self.delivery(webhook.id, wanted.endpoint, body))

    def delivery(self, webhook_id: str, url: str, body: Body) -> Hook:
        """A signed delivery; the signature covers the time and the body with nothing in between."""
        raw = json.dumps(body, separators=(",", ":")).encode()
        moment = stamp(self._state.now())
        key = self._conditions.webhook_secret.encode()
        signature = hmac.new(key, moment.encode() + raw, hashlib.sha256).digest()
        return Hook(
            service="zendesk",
            url=url,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "User-Agent": "Zendesk Webhook",
                "X-Zendesk-Account-Id": str(ACCOUNT_ID),
                "X-Zendesk-Webhook-Id": webhook_id,
                "X-Zendesk-Webhook-Invocation-Id": f"01{uuid4().hex[:24].upper()}",
                "X-Zendesk-Webhook-Signature-Timestamp": moment,
                "X-Zendesk-Webhook-Signature": base64.b64encode(signature).decode(),
            },
            body=raw,
            retry_statuses=frozenset({409, 429, 503}),
            retries=3,
        )

    def _events(self, ticket: Ticket, audit: Audit) -> list[tuple[str, Body]]:
        if ticket.deleted:
            return [("soft_deleted", {})]
        raised: list[tuple[str, Body]] = []
        if audit.creation:
            raised.append(("created", {}))
        else:
            raised.extend(self._change(change) for change in audit.changes)
        if audit.comment is not None:
            raised.append(("comment_added", {"comment": self._comment(audit.comment)}))
        return raised

    def _change(self, change: FieldEvent) -> tuple[str, Body]:
        if change.name.isdigit():
            field = {"id": change.name, "type": self._state.fields[int(change.name)].type}
            return "custom_field_changed", {
                "current": change.value,
                "previous": change.previous,
                "field": field,
            }
        if change.name == "tags":
            now, before = _words(change.value), _words(change.previous)
            added, removed = sorted(now - before), sorted(before - now)
            return "tags_changed", {"tags_added": added, "tags_removed": removed}
        if change.name == "comment_made_private":
            return "comment_made_private", {"comment": {"id": str(change.value)}}
        shown = _loud if change.name in ("status", "priority", "type") else _as_text
        return _RAISED_BY[change.name], {
            "current": shown(change.value),
            "previous": shown(change.previous),
        }

    def _comment(self, comment: Comment) -> Body:
        author = self._state.users[comment.author_id]
        return {
            "id": str(comment.id),
            "body": comment.body,
            "html_body": comment.html,
            "is_public": comment.public,
            "author": {"id": str(author.id), "is_staff": author.staff, "name": author.name},
        }

    def _detail(self, ticket: Ticket, audit: Audit) -> Body:
        def text(number: int | None) -> str | None:
            return None if number is None else str(number)

        return {
            "actor_id": str(audit.author_id),
            "assignee_id": text(ticket.assignee_id),
            "brand_id": str(ticket.brand_id),
            "created_at": stamp(ticket.created),
            "custom_status": None,
            "description": ticket.comments[0].body if ticket.comments else "",
            "external_id": ticket.external_id,
            "form_id": None,
            "group_id": None,
            "id": str(ticket.id),
            "is_public": ticket.is_public,
            "organization_id": text(ticket.organization_id),
            "priority": _loud(ticket.priority),
            "requester_id": str(ticket.requester_id),
            "status": _loud(ticket.status),
            "subject": ticket.subject,
            "submitter_id": str(ticket.submitter_id),
            "tags": ticket.tags,
            "type": _loud(ticket.type),
            "updated_at": stamp(ticket.updated),
            "via": {"channel": audit.channel},
        }


def _loud(value: object) -> object:
    """Enumerations come in capitals in events, unlike in REST."""
    return value.upper() if isinstance(value, str) else value


def _as_text(value: object) -> object:
    """Ids are texts in events."""
    return str(value) if isinstance(value, int) else value


def _words(value: object) -> set[str]:
    return {str(each) for each in value} if isinstance(value, list) else set()
