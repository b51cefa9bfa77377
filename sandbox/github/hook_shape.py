"""GitHub's JSON for webhooks and the log of their deliveries."""

from __future__ import annotations

import json

from pydantic import JsonValue

from sandbox.github.records import Hook, Repository, Shipment
from sandbox.github.shape import Json, Shape, instant


def hook(shape: Shape, repository: Repository, hook: Hook) -> Json:
    url = f"{shape.repository_url(repository)}/hooks/{hook.id}"
    config: Json = {
        "url": hook.url,
        "content_type": hook.content_type,
        "insecure_ssl": hook.insecure_ssl,
    }
    if hook.secret:
        config["secret"] = "********"  # noqa: S105 - GitHub shows it so
    return {
        "type": "Repository",
        "id": hook.id,
        "name": "web",
        "active": hook.active,
        "events": list(hook.events),
        "config": config,
        "updated_at": instant(hook.updated),
        "created_at": instant(hook.created),
        "url": url,
        "test_url": f"{url}/test",
        "ping_url": f"{url}/pings",
        "deliveries_url": f"{url}/deliveries",
        "last_response": {"code": None, "status": "unused", "message": None},
    }


def shipment(shipped: Shipment) -> Json:
    return {
        "id": shipped.id,
        "guid": shipped.guid,
        "delivered_at": instant(shipped.delivered),
        "redelivery": shipped.redelivery,
        "duration": 10.0 if shipped.status_code == 504 else 0.1,
        "status": _delivery_status(shipped),
        "status_code": shipped.status_code,
        "event": shipped.event,
        "action": shipped.action,
        "installation_id": shipped.installation,
        "repository_id": shipped.repository,
        "throttled_at": None,
    }


def full_shipment(shipped: Shipment) -> Json:
    """With what was sent and what came back."""
    headers: Json = {name: value for name, value in shipped.headers.items()}
    payload = shipped.body.decode()
    sent: JsonValue = json.loads(payload) if payload.startswith("{") else {"payload": payload}
    return {
        **shipment(shipped),
        "url": None,
        "request": {"headers": headers, "payload": sent},
        "response": {"headers": {}, "payload": ""},
    }


def _delivery_status(shipped: Shipment) -> str:
    return {0: "pending", 504: "timed out"}.get(
        shipped.status_code, "OK" if shipped.ok else "Invalid HTTP Response"
    )
