"""How much Notion lets be asked of it (developers.notion.com/reference/request-limits)."""

from __future__ import annotations

from connectors.limits import Limit, Standing
from connectors.notion.settings import NotionSettings, Plan

CONNECTION = "connection"
SECONDS = 60.0
REQUESTS: dict[Plan, float] = {"free": 180, "plus": 180, "business": 600, "enterprise": 600}
"""Requests that one connection may make within a minute, at any pace."""

BLOCKED = "public_api_request_blocked"
"""The one reason for a 429 that waiting does not heal."""
SHARED = frozenset({"public_api_request_rate_limit", "public_api_space_request_rate_limit"})
"""The connection's own limit, and the workspace's pool, whose size is told nowhere: when it is empty, nothing
is left for us either. Limits of single endpoints say nothing about the others."""


def stated(settings: NotionSettings) -> tuple[Limit, ...]:
    """The one limit whose size is documented."""
    return (Limit(CONNECTION, REQUESTS[settings.plan], SECONDS, bucket=_of_the_api, told=False),)


def _of_the_api(method: str, path: str) -> str | None:
    """Contents of files come from another host, which does not count them."""
    return "" if path.startswith("/v1/") else None


def heard(reason: object, wait: float | None) -> Standing | None:
    """What a 429 tells of the connection's limit, if anything."""
    return Standing(CONNECTION, 0, wait) if reason in SHARED and wait is not None else None
