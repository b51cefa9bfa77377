"""The routes by which a GitHub App knows itself and gets the tokens of its installations."""

from __future__ import annotations

from sandbox.github.apps import Installation
from sandbox.github.door import Call, Door, Reply, Way
from sandbox.github.problems import not_found
from sandbox.github.shape import instant


class AppRoutes:
    def __init__(self, door: Door) -> None:
        self.door = door

    def ways(self) -> list[Way]:
        tokens = "/app/installations/{installation}/access_tokens"
        return [
            Way("GET", "/app", self.app, by_app=True, free=True, needs=""),
            Way("POST", tokens, self.grant, by_app=True, free=True, needs=""),
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

    def _signer(self, call: Call) -> Installation:
        assert call.installation  # noqa: S101 - the door lets nobody else in
        return call.installation
