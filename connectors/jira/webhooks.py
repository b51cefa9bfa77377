"""Jira's admin webhooks: signed with HMAC-SHA256 over the raw body.

Source: developer.atlassian.com/cloud/jira/platform/webhooks. No window is enforced on the time of a delivery:
Jira repeats one for over an hour, unchanged, and all that a replayed one can bring about is one more reading.
"""

from __future__ import annotations

import hashlib
import hmac

from pydantic import BaseModel, Field, SecretStr, ValidationError

from connectors.errors import BadSignature
from connectors.model import Ref
from connectors.protocol import Delivery, WebhookRequest

SIGNATURE = "x-hub-signature"
IDENTIFIER = "x-atlassian-webhook-identifier"


class _Issue(BaseModel):
    id: str
    key: str = ""


class _Link(BaseModel):
    sourceIssueId: int | None = None
    destinationIssueId: int | None = None


class _Payload(BaseModel):
    issue: _Issue | None = None
    issueLink: _Link = Field(default=_Link())


def receive(connection: str, secret: SecretStr | None, request: WebhookRequest) -> Delivery:
    """Which issues a delivery is about: none, where it is about something else. Raises BadSignature."""
    if secret is None:
        raise BadSignature(
            f"{connection}: a webhook came, but there is no webhook_secret to check it with",
            advice="Give the webhook a secret in Jira's settings, and set webhook_secret to it.",
        )
    wanted = hmac.new(secret.get_secret_value().encode(), request.body, hashlib.sha256).hexdigest()
    given = request.headers.get(SIGNATURE, "")
    if not hmac.compare_digest(f"sha256={wanted}".encode(), given.encode()):
        raise BadSignature(
            f"{connection}: a webhook that {'is not signed' if not given else 'has a wrong signature'}",
            advice="Is webhook_secret the secret of this webhook in Jira's settings?",
        )
    identifier = request.headers.get(IDENTIFIER) or hashlib.sha256(request.body).hexdigest()
    return Delivery(id=identifier, refs=_refs(connection, request.body))


def _refs(connection: str, body: bytes) -> tuple[Ref, ...]:
    try:
        payload = _Payload.model_validate_json(body)
    except ValidationError:
        return ()
    if payload.issue is not None:
        return (Ref(connection=connection, id=payload.issue.id, key=payload.issue.key),)
    ends = (payload.issueLink.sourceIssueId, payload.issueLink.destinationIssueId)
    return tuple(Ref(connection=connection, id=str(end)) for end in ends if end is not None)
