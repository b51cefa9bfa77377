"""Telling Zendesk where to send webhooks, which is for admins (developer.zendesk.com, webhooks)."""

from __future__ import annotations

from pydantic import BaseModel, SecretStr

from connectors.abilities import WebhookSetup
from connectors.model import JsonValue
from connectors.zendesk.rows import Page
from connectors.zendesk.wire import Wire

TICKET_EVENTS = (
    "created",
    "comment_added",
    "comment_made_private",
    "comment_redacted",
    "attachment_linked_to_comment",
    "status_changed",
    "custom_status_changed",
    "priority_changed",
    "type_changed",
    "subject_changed",
    "description_changed",
    "tags_changed",
    "custom_field_changed",
    "agent_assignment_changed",
    "group_assignment_changed",
    "organization_changed",
    "requester_changed",
    "external_id_changed",
    "problem_link_changed",
    "merged",
    "marked_as_spam",
    "soft_deleted",
    "permanently_deleted",
    "undeleted",
)
ARTICLE_EVENTS = ("published", "unpublished")


class _WebhookRow(BaseModel):
    id: str
    name: str = ""
    endpoint: str = ""


class _WebhookAnswer(BaseModel):
    webhook: _WebhookRow


class _WebhooksPage(Page):
    webhooks: list[_WebhookRow]


class _Secret(BaseModel):
    secret: SecretStr


class _SecretAnswer(BaseModel):
    signing_secret: _Secret


def set_up(connection: str, wire: Wire, url: str, *, articles: bool) -> WebhookSetup:
    """Subscribe ``url`` to all that we listen to; the webhook that was ours before is changed."""
    kinds = [f"zen:event-type:ticket.{name}" for name in TICKET_EVENTS]
    if articles:
        kinds += [f"zen:event-type:article.{name}" for name in ARTICLE_EVENTS]
    name = f"Loopwright ({connection})"
    webhook: dict[str, JsonValue] = {
        "name": name,
        "endpoint": url,
        "http_method": "POST",
        "request_format": "json",
        "status": "active",
        "subscriptions": [*kinds],
    }
    ours = _ours(wire, name, url)
    if ours is None:
        ours = wire.write(_WebhookAnswer, "POST", "webhooks", {"webhook": webhook}).webhook.id
    else:
        wire.act("PUT", f"webhooks/{ours}", {"webhook": webhook})
    told = wire.get(_SecretAnswer, f"webhooks/{ours}/signing_secret")
    return WebhookSetup(id=ours, secret=told.signing_secret.secret)


def _ours(wire: Wire, name: str, url: str) -> str | None:
    """Known by where it leads, or by its name where that has changed."""
    rows = [row for page in wire.pages(_WebhooksPage, "webhooks") for row in page.webhooks]
    ours = [row for row in rows if row.endpoint == url] or [row for row in rows if row.name == name]
    return ours[0].id if ours else None
