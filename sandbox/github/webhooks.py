"""Webhooks as GitHub sends them: signed with the hook's own secret, once, and never again by themselves."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from itertools import count
from urllib.parse import urlencode
from uuid import uuid4

from pydantic import JsonValue

from sandbox.clock import Clock
from sandbox.github import hook_shape, publishing_shape
from sandbox.github.apps import Apps, Installation
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

    def __init__(self, hooks: Hooks, shape: Shape, clock: Clock, apps: Apps) -> None:
        self.hooks = hooks
        self.apps = apps
        self.shape = shape
        self._clock = clock
        self._ids = count(12_345_001)

    def emit(self, event: Event) -> None:
        for hook in event.repository.hooks.values():
            if _hears(hook, event):
                self._send(hook, event.repository, event.name, self.payload(event))
        for installation in self.apps.installations.values():
            if installation.hook and _hears(installation.hook, event):
                here: Json = {"id": installation.id, "node_id": f"IN_{installation.id}"}
                payload = {**self.payload(event), "installation": here}
                self._send(installation.hook, event.repository, event.name, payload, installation)

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

    def _send(
        self,
        hook: Hook,
        repository: Repository,
        event: str,
        payload: Json,
        installation: Installation | None = None,
    ) -> None:
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
            "X-GitHub-Hook-Installation-Target-ID": str(
                installation.app.id if installation else repository.id
            ),
            "X-GitHub-Hook-Installation-Target-Type": "integration" if installation else "repository",
        }
        action = payload.get("action")
        told = str(action) if action else None
        where = installation.id if installation else None
        now = self._clock.now()
        self._ship(
            hook, Shipment(next(self._ids), guid, event, told, headers, body, now, repository.id, where)
        )

    def _ship(self, hook: Hook, shipment: Shipment) -> None:
        """Sign with the secret of now, send, and keep a record of how it went."""
        body, signed = shipment.body, dict(shipment.headers)
        if hook.secret:
            signed["X-Hub-Signature"] = f"sha1={_sign(hook.secret, body, 'sha1')}"
            signed["X-Hub-Signature-256"] = f"sha256={_sign(hook.secret, body, 'sha256')}"
        shipment.headers = signed
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
        again = replace(
            shipped,
            id=next(self._ids),
            headers=headers,
            delivered=self._clock.now(),
            redelivery=True,
            status_code=0,
        )
        self._ship(hook, again)


def _hears(hook: Hook, event: Event) -> bool:
    return hook.active and ("*" in hook.events or event.name in hook.events)


def _sign(secret: str, body: bytes, algorithm: str) -> str:
    return hmac.new(secret.encode(), body, getattr(hashlib, algorithm)).hexdigest()
