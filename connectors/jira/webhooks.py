"""Jira's webhooks: those of an admin carry a signature of their body, those of an app a signed token.

Source: developer.atlassian.com/cloud/jira/platform/webhooks. The signature is HMAC-SHA256 over the raw body,
in which Jira writes the time; the token is a JWT signed with the app's client secret, and says nothing of
the body. A delivery is repeated up to five times with up to a quarter of an hour between, unchanged, and one
of a bulk change may be late by as much: the window for replays has room for all of that.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

import jwt
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from connectors.errors import BadSignature
from connectors.jira.settings import JiraSettings
from connectors.jira.shape import VERSION
from connectors.model import Ref
from connectors.protocol import Delivery, WebhookRequest

SIGNATURE = "x-hub-signature"
IDENTIFIER = "x-atlassian-webhook-identifier"
WINDOW = timedelta(hours=2)


class _Part(BaseModel):
    """Some events write ids as numbers, which others write as texts."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


class _Issue(_Part):
    id: str
    key: str = ""


class _Link(_Part):
    sourceIssueId: int | None = None
    destinationIssueId: int | None = None


class _Comment(_Part):
    """Data Center tells the issue of a comment by the comment's address alone."""

    address: str = Field("", alias="self")

    @property
    def issue(self) -> str | None:
        found = re.search(r"/issue/(\d+)/comment/", self.address)
        return found[1] if found else None


class _Version(_Part):
    id: str


class _Payload(_Part):
    timestamp: int | None = None
    issue: _Issue | None = None
    comment: _Comment = _Comment()
    issueLink: _Link = Field(default=_Link())
    version: _Version | None = None


class _Claims(BaseModel):
    exp: float | None = None


def receive(connection: str, settings: JiraSettings, request: WebhookRequest) -> Delivery:
    """Which issues a delivery is about: none, where it is about something else. Raises BadSignature."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if settings.oauth_client_secret is not None and SIGNATURE not in request.headers:
        _check_token(connection, settings.oauth_client_secret, token, request.received)
    else:
        _check_signature(connection, settings.webhook_secret, request)
    try:
        payload = _Payload.model_validate_json(request.body)
    except ValidationError:
        payload = _Payload()
    if payload.timestamp is not None:
        sent = datetime.fromtimestamp(payload.timestamp / 1000, UTC)
        _check_age(connection, sent, request.received)
    identifier = request.headers.get(IDENTIFIER) or hashlib.sha256(request.body).hexdigest()
    return Delivery(id=identifier, refs=_refs(connection, payload))


def _check_signature(connection: str, secret: SecretStr | None, request: WebhookRequest) -> None:
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


def _check_token(connection: str, secret: SecretStr, token: str, now: datetime) -> None:
    """Times are compared with that of the arrival, and are given room for repetitions."""
    try:
        known = jwt.decode(
            token,
            secret.get_secret_value(),
            algorithms=["HS256"],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False},
        )
        claims = _Claims.model_validate(known)
    except (jwt.InvalidTokenError, ValidationError):
        raise BadSignature(
            f"{connection}: a webhook that {'has a wrong token' if token else 'is not signed'}",
            advice="Is oauth_client_secret the secret of the app that made the webhook?",
        ) from None
    if claims.exp is not None:
        _check_age(connection, datetime.fromtimestamp(claims.exp, UTC), now)


def _check_age(connection: str, sent: datetime, now: datetime) -> None:
    if now - sent > WINDOW:
        raise BadSignature(
            f"{connection}: a webhook from {sent:%Y-%m-%d %H:%M} UTC, too old to be a repetition",
            advice="If Jira sent it, is this machine's clock right?",
        )


def _refs(connection: str, payload: _Payload) -> tuple[Ref, ...]:
    if payload.issue is not None:
        return (Ref(connection=connection, id=payload.issue.id, key=payload.issue.key),)
    if payload.comment.issue is not None:
        return (Ref(connection=connection, id=payload.comment.issue),)
    if payload.version is not None:
        return (Ref(connection=connection, id=f"{VERSION}{payload.version.id}"),)
    ends = (payload.issueLink.sourceIssueId, payload.issueLink.destinationIssueId)
    return tuple(Ref(connection=connection, id=str(end)) for end in ends if end is not None)
