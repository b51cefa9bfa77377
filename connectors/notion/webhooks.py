"""Notion's webhooks: a handshake, then thin events signed with the token of that handshake."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from datetime import timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, SecretStr, ValidationError

from connectors.abilities import WebhookSetup
from connectors.errors import BadSignature
from connectors.notion.shape import ref
from connectors.protocol import Delivery, WebhookRequest

HEADER = "x-notion-signature"
OLDEST = timedelta(hours=26)
"""Notion tries for about a day (developers.notion.com/reference/webhooks-events-delivery); what is older is
a replay. Times of the future are let through: nobody gains by them, and clocks differ."""
EVENTS = (
    "page.created, page.content_updated, page.properties_updated, page.moved, page.deleted, page.undeleted",
    "comment.created, comment.updated, comment.deleted",
)


def steps(url: str, version: str, *, anew: bool) -> WebhookSetup:
    """What a person clicks: Notion has no API for subscriptions. ``anew``: the settings have a secret."""
    again = "Take webhook_secret out of the settings and start again: beside it no new token is taken."
    return WebhookSetup(
        id=None,
        steps=(
            *((again,) if anew else ()),
            "Open https://www.notion.so/profile/integrations, choose the connection, then its tab Webhooks.",
            f"Create a subscription with the URL {url} and the API version {version}.",
            *(f"Tick the events {events}." for events in EVENTS),
            "Press Create: Notion sends a verification token to that URL; `loopwright status` shows it.",
            "Press Verify, paste the token there, and set it as webhook_secret in the settings.",
        ),
    )


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Handshake(_Part):
    """The first request to a new address. It is unsigned: its token is the key of all that follows.

    So anybody could send one, and have a person confirm a key that is not Notion's: once there is a secret,
    only a handshake that knows it is one.
    """

    verification_token: str


class Entity(_Part):
    id: str
    type: str = ""


class EventParent(_Part):
    id: str = ""
    type: str = ""
    data_source_id: str | None = None


class Details(_Part):
    parent: EventParent = EventParent()
    page_id: str | None = None
    updated_blocks: tuple[Entity, ...] = ()


class Event(_Part):
    """Which thing changed, never how."""

    id: str
    type: str
    timestamp: AwareDatetime
    entity: Entity
    data: Details = Details()


def receive(
    connection: str, request: WebhookRequest, secret: SecretStr | None, synced: Collection[str]
) -> Delivery:
    """Verify a delivery. ``synced`` are ids of data sources or databases; empty means any.

    The event's own time is signed with it: one that Notion would not try any more is refused. Within that
    window repeated deliveries are known by their id.
    """
    handshake = _handshake(request.body)
    if handshake is not None:
        _must_know(connection, handshake, secret)
        digest = hashlib.sha256(handshake.encode()).hexdigest()
        return Delivery(id=f"handshake-{digest[:16]}", verification=handshake)
    _verify(connection, request, secret)
    try:
        event = Event.model_validate_json(request.body)
    except ValidationError as error:
        raise BadSignature(f"{connection}: a signed webhook was not in Notion's form") from error
    if request.received - event.timestamp > OLDEST:
        raise BadSignature(f"{connection}: a signed webhook is older than Notion repeats any")
    return Delivery(id=event.id, refs=tuple(ref(connection, page) for page in _pages(event, synced)))


def _handshake(body: bytes) -> str | None:
    try:
        return Handshake.model_validate_json(body).verification_token
    except ValidationError:
        return None


def _must_know(connection: str, handshake: str, secret: SecretStr | None) -> None:
    if secret is not None and not hmac.compare_digest(handshake.encode(), secret.get_secret_value().encode()):
        raise BadSignature(
            f"{connection}: a handshake with another token than the webhook_secret that is set",
            advice="For a new subscription take webhook_secret out of the settings first.",
        )


def _verify(connection: str, request: WebhookRequest, secret: SecretStr | None) -> None:
    if secret is None:
        raise BadSignature(
            f"{connection}: no webhook_secret is set, so no webhook can be verified",
            advice="Set it to the verification token that Notion sent when the subscription was made.",
        )
    digest = hmac.new(secret.get_secret_value().encode(), request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"sha256={digest}".encode(), request.headers.get(HEADER, "").encode()):
        raise BadSignature(f"{connection}: the signature of a webhook does not match its body")


def _pages(event: Event, synced: Collection[str]) -> list[str]:
    """The pages to read again."""
    thing, _, what = event.type.partition(".")
    if thing == "comment":
        return [event.data.page_id] if event.data.page_id else []
    if thing == "page":
        parent = event.data.parent
        is_row = parent.data_source_id is not None or parent.type in ("database", "data_source")
        ours = is_row and (not synced or parent.id in synced or parent.data_source_id in synced)
        # One that was moved may have left a synced database: reading it says so.
        return [event.entity.id] if ours or what == "moved" else []
    rows = [entity.id for entity in event.data.updated_blocks if entity.type == "page"]
    return rows if thing == "data_source" else []
