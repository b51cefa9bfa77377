"""How much GitLab allows: its pages "GitLab.com settings" (rate limits) and "User and IP rate limits".

Of the first limit GitLab tells with every answer. The others count in the application and are told of by
nobody before they are broken. Where an administrator allows more, ours only make it slower.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from connectors.limits import Bucket, Limit, Standing

REQUESTS = "requests a minute"
ISSUES_PER_MINUTE, NOTES_PER_MINUTE, PROJECT_READS_PER_MINUTE = 200, 60, 400

_THROTTLE = "throttle_authenticated_api"


def limits(requests_per_minute: float) -> tuple[Limit, ...]:
    """Every documented limit that counts what the connector asks."""
    return (
        Limit(REQUESTS, requests_per_minute, 60.0),
        _untold("new issues a minute", ISSUES_PER_MINUTE, "POST", r"/issues$"),
        _untold("new notes a minute", NOTES_PER_MINUTE, "POST", r"/notes$"),
        _untold("projects a minute", PROJECT_READS_PER_MINUTE, "GET", r"/projects/[^/]+$"),
    )


def _untold(name: str, amount: float, method: str, path: str) -> Limit:
    """A limit of these requests alone, of which no answer tells how much is left."""
    return Limit(name, amount, 60.0, bucket=_counts(method, path), told=False)


def _counts(method: str, path: str) -> Bucket:
    """The one bucket of a limit that counts these requests alone."""
    counted = re.compile(path)
    return lambda asked, where: "" if asked == method and counted.search(where) else None


def standing(headers: Mapping[str, str], now: datetime | None) -> Standing | None:
    """What an answer tells of the first limit; ``now`` is by GitLab's clock.

    A response names the strictest of its throttles, which may be none that we know.
    """
    left, reset = headers.get("ratelimit-remaining", ""), headers.get("ratelimit-reset", "")
    named = headers.get("ratelimit-name", _THROTTLE)
    if named != _THROTTLE or now is None or not (left.isdecimal() and reset.isdecimal()):
        return None
    return Standing(REQUESTS, float(left), max(float(reset) - now.timestamp(), 0.0))
