"""As much of GraphQL as shows how GitHub answers there: always 200, with errors in the body.

Loopwright reads by REST alone. Source: "Rate limits and query limits for the GraphQL API".
"""

from __future__ import annotations

import re

from pydantic import JsonValue

from sandbox.github.door import Call, Door, Reply, Way
from sandbox.github.shape import Json, instant

_KNOWN = re.compile(r"\s*(?:query\s*)?\{\s*(viewer\s*\{\s*login\s*\}|rateLimit\s*\{[\w\s]*\}|\s)*\}\s*")


class GraphQLRoutes:
    def __init__(self, door: Door) -> None:
        self.door = door

    def ways(self) -> list[Way]:
        return [Way("POST", "/graphql", self.query, free=True, resource="graphql")]

    def query(self, call: Call) -> Reply:
        """Knows ``viewer { login }`` and ``rateLimit``; every query costs a point."""
        window = self.door.limits_of(call).windows["graphql"]
        window.roll(self.door.state.clock.now())
        if window.used >= window.size:
            return _failed("RATE_LIMITED", "API rate limit already exceeded for user ID 1.")
        window.used += 1
        text = call.body.get("query")
        if not isinstance(text, str) or not _KNOWN.fullmatch(text):
            return _failed("undefinedField", "The sandbox knows viewer { login } and rateLimit alone")
        data: Json = {}
        if "viewer" in text:
            data["viewer"] = {"login": call.sender().login}
        if "rateLimit" in text:
            limit: dict[str, JsonValue] = {
                "limit": window.size,
                "remaining": window.size - window.used,
                "used": window.used,
                "cost": 1,
                "resetAt": instant(window.reset),
            }
            data["rateLimit"] = {
                name: value for name, value in limit.items() if re.search(rf"\b{name}\b", text)
            }
        return Reply({"data": data})


def _failed(kind: str, message: str) -> Reply:
    return Reply({"errors": [{"type": kind, "message": message}]})
