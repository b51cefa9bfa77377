"""Webhooks as GitLab sends them, with both of its proofs, into a mailbox."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from uuid import uuid4

from connectors.protocol import WebhookRequest
from emulated_gitlab import Issue, Json, Note, State, instant

SECRET = "the-secret-token"
KEY = b"0123456789abcdef0123456789abcdef"
SIGNING_TOKEN = f"whsec_{base64.b64encode(KEY).decode()}"


class Webhooks:
    """One webhook of every project, for issues and comments, confidential ones too."""

    def __init__(self, state: State) -> None:
        self.sent: list[WebhookRequest] = []
        self._clock = state.clock
        state.listeners.append(self._send)

    def _send(self, kind: str, issue: Issue, note: Note | None) -> None:
        hidden = issue.confidential or (note is not None and note.internal)
        name = f"{'Confidential ' if hidden else ''}{kind.title()} Hook"
        body = json.dumps(_payload(kind, issue, note)).encode()
        key, now = str(uuid4()), self._clock.now()
        headers = {
            "content-type": "application/json",
            "x-gitlab-event": name,
            "x-gitlab-event-uuid": str(uuid4()),
            "x-gitlab-webhook-uuid": str(uuid4()),
            "idempotency-key": key,
            "x-gitlab-token": SECRET,
            **signed(key, int(now.timestamp()), body),
        }
        self.sent.append(WebhookRequest(headers, body, now))


def signed(key: str, stamp: int, body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks."""
    digest = hmac.new(KEY, f"{key}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": key,
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _payload(kind: str, issue: Issue, note: Note | None) -> Json:
    attributes: Json = {
        "id": issue.id,
        "iid": issue.iid,
        "project_id": issue.project.id,
        "title": issue.title,
        "state": issue.state,
        "confidential": issue.confidential,
        "updated_at": instant(issue.updated),
    }
    payload: Json = {
        "object_kind": kind,
        "project": {"id": issue.project.id, "path_with_namespace": issue.project.path},
    }
    if note is None:
        return {**payload, "object_attributes": attributes}
    about: Json = {"id": note.id, "note": note.body, "noteable_type": "Issue", "internal": note.internal}
    return {**payload, "object_attributes": about, "issue": attributes}
