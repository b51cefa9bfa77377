"""The routes of a GitHub App itself: who it is, the tokens of its installations, what its webhook sent."""

from __future__ import annotations

from sandbox.github import hook_shape
from sandbox.github.apps import Installation
from sandbox.github.door import Call, Door, Reply, Way
from sandbox.github.hook_routes import deliveries, delivery, redelivered
from sandbox.github.problems import not_found
from sandbox.github.records import Hook
from sandbox.github.shape import instant
from sandbox.github.webhooks import Webhooks

_LOG = "/app/hook/deliveries"


class AppRoutes:
    def __init__(self, door: Door, webhooks: Webhooks) -> None:
        self.door = door
        self.webhooks = webhooks

    def ways(self) -> list[Way]:
        tokens = "/app/installations/{installation}/access_tokens"
        return [
            Way("GET", "/app", self.app, by_app=True, free=True, needs=""),
            Way("POST", tokens, self.grant, by_app=True, free=True, needs=""),
            Way("GET", _LOG, self.list_deliveries, by_app=True, needs=""),
            Way("GET", f"{_LOG}/{{delivery}}", self.get_delivery, by_app=True, needs=""),
            Way("POST", f"{_LOG}/{{delivery}}/attempts", self.redeliver, by_app=True, needs=""),
        ]

    def app(self, call: Call) -> Reply:
        return Reply(self.door.shape.app(self._signer(call).app))

    def grant(self, call: Call) -> Reply:
        signer = self._signer(call)
        if signer.id != call.number("installation"):
            raise not_found()
        token, dies = self.door.apps.grant(signer)
        answer = {"token": token, "expires_at": instant(dies), "repository_selection": "selected"}
        return Reply({**answer, "permissions": {**signer.permissions}}, 201)

    # What the App's own webhook delivered

    def list_deliveries(self, call: Call) -> Reply:
        return deliveries(call, self.webhooks, self._hook(call), self.door.shape.base + _LOG)

    def get_delivery(self, call: Call) -> Reply:
        return Reply(hook_shape.full_shipment(delivery(call, self.webhooks, self._hook(call))))

    def redeliver(self, call: Call) -> Reply:
        return redelivered(call, self.webhooks, self._hook(call))

    def _hook(self, call: Call) -> Hook:
        hook = self._signer(call).hook
        if hook is None:
            raise not_found()
        return hook

    def _signer(self, call: Call) -> Installation:
        assert call.installation  # noqa: S101 - the door lets nobody else in
        return call.installation
