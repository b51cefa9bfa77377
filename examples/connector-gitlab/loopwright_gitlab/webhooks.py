"""Deliveries of GitLab's webhooks: proved, then read for what they hint at.

A signing token proves the body, the time and the id: an HMAC in the form of Standard Webhooks. A secret token
only comes along, and proves that the sender knows it: whoever reads one delivery can write another. Nothing
but hints comes of it, for the issue is read from GitLab anyhow.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta

from pydantic import ValidationError

from connectors.errors import BadSignature
from connectors.model import Ref
from connectors.protocol import Delivery, WebhookRequest
from loopwright_gitlab.places import Address
from loopwright_gitlab.rows import Row
from loopwright_gitlab.settings import GitLabSettings

REPLAY_WINDOW = timedelta(minutes=5)
"""How far the signed time may be from ours, as Standard Webhooks advises."""
_ISSUES = ("issue", "work_item")


class _Numbered(Row):
    iid: int | None = None


class _Project(Row):
    id: int
    path_with_namespace: str = ""


class _Payload(Row):
    object_kind: str = ""
    project: _Project | None = None
    object_attributes: _Numbered | None = None
    issue: _Numbered | None = None
    """Of a note: what it stands under, if that is an issue."""

    @property
    def number(self) -> int | None:
        subject = self.object_attributes if self.object_kind in _ISSUES else self.issue
        return subject.iid if subject else None


def receive(connection: str, settings: GitLabSettings, request: WebhookRequest) -> Delivery:
    """Verify a delivery and name the issue to read again. Raises BadSignature."""
    key = settings.signing_key()
    if key is not None:
        _verify_signature(connection, key, request)
    elif settings.webhook_secret is not None:
        _verify_token(connection, settings.webhook_secret.get_secret_value(), request)
    else:
        raise BadSignature(
            f"{connection}: a webhook came, but neither webhook_signing_token nor webhook_secret is set"
        )
    try:
        payload = _Payload.model_validate_json(request.body)
    except ValidationError:
        raise BadSignature(f"{connection}: a webhook was proved, but is not GitLab's JSON") from None
    return Delivery(_id(request), _refs(connection, payload))


def _verify_signature(connection: str, key: bytes, request: WebhookRequest) -> None:
    name, stamp = (request.headers.get(f"webhook-{part}", "") for part in ("id", "timestamp"))
    signed = b".".join((name.encode(), stamp.encode(), request.body))
    expected = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    # several while a key is replaced
    given = request.headers.get("webhook-signature", "").split()
    if not any([hmac.compare_digest(expected, one.encode()) for one in given]):
        raise BadSignature(
            f"{connection}: the signature of a webhook does not match it",
            advice="Set webhook_signing_token to the signing token of the webhook in GitLab.",
        )
    if abs(request.received.timestamp() - float(stamp)) > REPLAY_WINDOW.total_seconds():
        raise BadSignature(f"{connection}: a webhook is older than {REPLAY_WINDOW}")


def _verify_token(connection: str, secret: str, request: WebhookRequest) -> None:
    given = request.headers.get("x-gitlab-token", "")
    if not hmac.compare_digest(secret.encode(), given.encode()):
        raise BadSignature(
            f"{connection}: a webhook does not bring the secret token",
            advice="Set webhook_secret to the secret token of the webhook in GitLab.",
        )


def _id(request: WebhookRequest) -> str:
    """``webhook-id`` is the idempotency key, signed. The event's UUID, of older versions, is the same for all
    events that one webhook's receiver sets off, which for us are none."""
    for name in ("webhook-id", "idempotency-key", "x-gitlab-event-uuid"):
        if request.headers.get(name):
            return request.headers[name]
    return hashlib.sha256(request.body).hexdigest()


def _refs(connection: str, payload: _Payload) -> tuple[Ref, ...]:
    project, number = payload.project, payload.number
    if project is None or number is None:
        return ()
    key = f"{project.path_with_namespace}#{number}" if project.path_with_namespace else ""
    return (Ref(connection=connection, id=Address(project.id, number).id, key=key),)
