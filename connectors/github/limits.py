"""How much GitHub allows: see its pages "Rate limits for the REST API" and "REST API endpoints for search".

The hour's size differs by credential, and GitHub tells it with every answer. Of the others it tells nothing
before they are broken, and whoever goes on then may be shut out: they are kept by counting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from connectors.limits import Limit, Standing, one

HOURLY, SEARCH = "requests an hour", "searches a minute"

POINTS_PER_MINUTE = 900
_POINTS_OF_A_WRITE = 5.0
CREATED_PER_MINUTE, CREATED_PER_HOUR = 80, 500
SEARCHES_PER_MINUTE = 30

_RESOURCES = {"core": HOURLY, "search": SEARCH}
_CREATES = re.compile(r"/(issues|comments|releases)$|/contents/")


def limits(hourly: int) -> tuple[Limit, ...]:
    """Every documented limit of an account that may make ``hourly`` requests an hour."""
    return (
        Limit(HOURLY, hourly, 3600.0, bucket=_core),
        Limit("points a minute", POINTS_PER_MINUTE, 60.0, cost=_points),
        Limit("writes that notify a minute", CREATED_PER_MINUTE, 60.0, bucket=_created),
        Limit("writes that notify an hour", CREATED_PER_HOUR, 3600.0, bucket=_created),
        Limit(SEARCH, SEARCHES_PER_MINUTE, 60.0, bucket=_search),
    )


def _core(method: str, path: str) -> str | None:
    return None if "/search/" in path else ""


def _search(method: str, path: str) -> str | None:
    return "" if "/search/" in path else None


def _points(method: str, path: str) -> float:
    return one(method, path) if method in ("GET", "HEAD", "OPTIONS") else _POINTS_OF_A_WRITE


def _created(method: str, path: str) -> str | None:
    """Content of which people are told. What is written in GitHub's own pages counts as well."""
    return "" if method in ("POST", "PUT") and _CREATES.search(path) else None


def standing(headers: Mapping[str, str], now: datetime | None) -> Standing | None:
    """What an answer tells of the limit that it counted towards; ``now`` is by GitHub's clock."""
    name = _RESOURCES.get(headers.get("x-ratelimit-resource", ""))
    left, reset = headers.get("x-ratelimit-remaining", ""), headers.get("x-ratelimit-reset", "")
    if name is None or now is None or not (left.isdecimal() and reset.isdecimal()):
        return None
    return Standing(name, float(left), max(float(reset) - now.timestamp(), 0.0))
