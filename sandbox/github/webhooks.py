"""Webhooks as GitHub sends them: signed with the hook's own secret, once, and never again by themselves."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from itertools import count
from urllib.parse import urlencode
from uuid import uuid4

from pydantic import JsonValue

from sandbox.clock import Clock
from sandbox.github import hook_shape, publishing_shape
from sandbox.github.events import Event
from sandbox.github.records import Hook, Repository, Shipment, User
from sandbox.github.shape import Json, Shape
from sandbox.hooks import Attempt, Hooks
from sandbox.hooks import Hook as Delivery

LARGEST = 25_000_000
"""Bytes of a payload; larger ones are not sent."""
KEPT = timedelta(days=3)
"""How long the log keeps a delivery."""
ZEN = "Keep it logically awesome."


class Webhooks:
    """Turns events into deliveries to the hooks that asked for them."""

    def __init__(self, hooks: Hooks, shape: Shape, clock: Clock) -> None:
        self.hooks = hooks
        self.shape = shape
        self._clock = clock
        self._ids = count(12_345_001)

    def emit(self, event: Event) -> None:
        for hook in event.repository.hooks.values():
            if hook.active and ("*" in hook.events or event.name in hook.events):
                self._send(hook, event.repository, event.name, self.payload(event))

    def ping(self, hook: Hook, repository: Repository, sender: User) -> None:
        """GitHub's first delivery to every new hook."""
        payload: Json = {
            "zen": ZEN,
            "hook_id": hook.id,
            "hook": hook_shape.hook(self.shape, repository, hook),
            "repository": self.shape.repository(repository),
            "sender": self.shape.user(sender),
        }
        self._send(hook, repository, "ping", payload)

    def payload(self, event: Event) -> Json:
        shape = self.shape
        changes: dict[str, JsonValue] = dict(event.changes)
        if event.became is not None:
            changes["new_issue"] = shape.issue(event.became)
            changes["new_repository"] = shape.repository(event.became.repository)
        if event.was is not None:
            changes["old_issue"] = shape.issue(event.was)
            changes["old_repository"] = shape.repository(event.was.repository)
        payload: Json = {"action": event.action} if event.action else {}
        if event.issue is not None:
            payload["issue"] = shape.issue(event.issue)
        if event.comment is not None:
            payload["comment"] = shape.comment(event.comment)
        if event.label is not None:
            payload["label"] = shape.label(event.repository, event.label)
        if event.assignee is not None:
            payload["assignee"] = shape.user(event.assignee)
        if event.milestone is not None:
            payload["milestone"] = shape.milestone(event.repository, event.milestone)
        if event.type is not None:
            payload["type"] = shape.issue_type(event.type)
        if event.release is not None:
            payload["release"] = publishing_shape.release(shape, event.release)
        if event.commit is not None:
            payload |= publishing_shape.push(shape, event.repository, event.commit)
        if changes:
            payload["changes"] = changes
        payload["repository"] = shape.repository(event.repository)
        if event.repository.owner.type == "Organization":
            payload["organization"] = shape.organization(event.repository.owner)
        payload["sender"] = shape.user(event.sender)
        return payload

    def _send(self, hook: Hook, repository: Repository, event: str, payload: Json) -> None:
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        form = hook.content_type == "form"
        body = (urlencode({"payload": text}) if form else text).encode()
        if len(body) > LARGEST:
            return
        guid = str(uuid4())
        headers = {
            "Accept": "*/*",
            "Content-Type": "application/x-www-form-urlencoded" if form else "application/json",
            "User-Agent": "GitHub-Hookshot/5ab0ffe",
            "X-GitHub-Delivery": guid,
            "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": str(hook.id),
            "X-GitHub-Hook-Installation-Target-ID": str(repository.id),
            "X-GitHub-Hook-Installation-Target-Type": "repository",
        }
        action = payload.get("action")
        self._ship(hook, guid, event, str(action) if action else None, headers, body)

    def _ship(
        self,
        hook: Hook,
        guid: str,
        event: str,
        action: str | None,
        headers: dict[str, str],
        body: bytes,
        *,
        redelivery: bool = False,
    ) -> None:
        """Sign with the secret of now, send, and keep a record of how it went."""
        signed = dict(headers)
        if hook.secret:
            signed["X-Hub-Signature"] = f"sha1={_sign(hook.secret, body, 'sha1')}"
            signed["X-Hub-Signature-256"] = f"sha256={_sign(hook.secret, body, 'sha256')}"
        now = self._clock.now()
        shipment = Shipment(next(self._ids), guid, event, action, signed, body, now, redelivery)
        hook.shipments.append(shipment)

        def note(attempt: Attempt) -> bool:
            """GitHub never tries again by itself; what takes longer than 10 seconds has failed."""
            shipment.status_code = attempt.status or 504
            return False

        self.hooks.send(Delivery("github", hook.url, signed, body, again=note))

    def log(self, hook: Hook) -> list[Shipment]:
        """The deliveries of the last three days, the newest first."""
        oldest = self._clock.now() - KEPT
        hook.shipments = [shipped for shipped in hook.shipments if shipped.delivered > oldest]
        return hook.shipments[::-1]

    def repeat(self, hook: Hook, shipped: Shipment) -> None:
        """Deliver once more, under the same id."""
        names = ("X-Hub-Signature", "X-Hub-Signature-256")
        headers = {name: value for name, value in shipped.headers.items() if name not in names}
        self._ship(hook, shipped.guid, shipped.event, shipped.action, headers, shipped.body, redelivery=True)


def _sign(secret: str, body: bytes, algorithm: str) -> str:
    return hmac.new(secret.encode(), body, getattr(hashlib, algorithm)).hexdigest()
