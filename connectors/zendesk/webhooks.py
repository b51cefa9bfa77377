"""Zendesk's event webhooks: the signature, its age, and the ticket that an event is about."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, TypeAdapter, ValidationError

from connectors.errors import BadSignature
from connectors.model import Ref
from connectors.protocol import Delivery, WebhookRequest
from connectors.zendesk.articles import ref_of
from connectors.zendesk.shape import ref

WINDOW = timedelta(minutes=10)
"""How old or how far ahead a signed time may be. Zendesk names no bound; its retries take some minutes."""

_SIGNATURE = "x-zendesk-webhook-signature"
_TIMESTAMP = "x-zendesk-webhook-signature-timestamp"
_INVOCATION = "x-zendesk-webhook-invocation-id"
_TICKET, _ARTICLE = "zen:ticket:", "zen:article:"
_MOMENT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


class _Event(BaseModel):
    """The envelope of an event. Ids are texts here; enumerations come in other letters than in REST."""

    id: str | None = None
    subject: str = ""


def receive(
    connection: str, secret: str | None, request: WebhookRequest, *, articles: bool = False
) -> Delivery:
    """Verify a delivery and say which ticket or article to read again. Raises BadSignature.

    The signature is the base64 of HMAC-SHA256 over the signed time and the raw body, one after the other.
    Several events of one edit carry one id each; a delivery that is repeated carries the same.
    """
    if secret is None:
        advice = "Set webhook_secret to the signing secret of the webhook in Zendesk's admin centre."
        raise BadSignature(f"{connection}: a webhook came and no secret is set", advice=advice)
    moment = request.headers.get(_TIMESTAMP, "")
    digest = hmac.new(secret.encode(), moment.encode() + request.body, hashlib.sha256).digest()
    given = request.headers.get(_SIGNATURE, "")
    if not hmac.compare_digest(base64.b64encode(digest), given.encode()):
        raise BadSignature(f"{connection}: the webhook's signature does not match its body")
    try:
        age = abs(request.received - _MOMENT.validate_python(moment))
    except ValidationError as error:
        raise BadSignature(f"{connection}: the webhook's time cannot be read") from error
    if age > WINDOW:
        raise BadSignature(f"{connection}: the webhook was signed {age} away from now, which is too far")
    return _delivery(connection, request, articles)


def _delivery(connection: str, request: WebhookRequest, articles: bool) -> Delivery:
    """A signed body of another form, such as a trigger's, hints at nothing."""
    invocation = request.headers.get(_INVOCATION) or hashlib.sha256(request.body).hexdigest()
    try:
        event = _Event.model_validate_json(request.body)
    except ValidationError:
        return Delivery(invocation)
    return Delivery(event.id or invocation, tuple(_subjects(connection, event.subject, articles)))


def _subjects(connection: str, subject: str, articles: bool) -> Iterator[Ref]:
    number = subject.rpartition(":")[2]
    if not number.isdigit():
        return
    if subject.startswith(_TICKET):
        yield ref(connection, int(number))
    elif subject.startswith(_ARTICLE) and articles:
        yield ref_of(connection, int(number))
