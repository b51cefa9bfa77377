"""How much Zendesk lets be asked of it (developer.zendesk.com, rate limits), and what its answers tell.

Its documented limits count by the minute. That of 30 updates of one ticket within ten minutes is from its
help pages, and counts what the same user edits by hand as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from connectors.limits import Bucket, Limit, Standing
from connectors.zendesk.settings import Plan, ZendeskSettings

ACCOUNT, HELP_CENTER = "account", "help-center"
REQUESTS: Mapping[Plan, float] = {
    "essential": 10,
    "team": 200,
    "growth": 400,
    "professional": 400,
    "enterprise": 700,
    "enterprise_plus": 2500,
}
"""Requests a minute; Help Center has as many of its own, and tells when they are whole in refusals alone."""
HIGH_VOLUME = 2500
MINUTE = 60.0

_HELP_CENTER = "/api/v2/help_center/"
_STATED = re.compile(r"zendesk-ratelimit-([a-z-]+)")
_FIGURE = re.compile(r"\b(remaining|resets)=(\d+)")


def stated(settings: ZendeskSettings) -> tuple[Limit, ...]:
    """The limits that our requests count towards, named as the headers name them where there are any."""
    requests = max(REQUESTS[settings.plan], HIGH_VOLUME if settings.high_volume else 0)
    return (
        Limit(ACCOUNT, requests, MINUTE, bucket=_of_the_account),
        Limit(HELP_CENTER, requests, MINUTE, bucket=_where(rf"\w+ {_HELP_CENTER}"), told=False),
        Limit(
            "incremental-exports",
            30 if settings.high_volume else 10,
            MINUTE,
            bucket=_where(r"GET /api/v2/incremental/"),
        ),
        Limit(
            "tickets-update",
            300 if settings.high_volume else 100,
            MINUTE,
            bucket=_where(r"PUT /api/v2/tickets/\d+(?:\.json)?$"),
        ),
        Limit("ticket-updates-by-user", 30, 600, bucket=_where(r"PUT /api/v2/tickets/(\d+)(?:\.json)?$")),
        Limit("files", 2500, MINUTE, bucket=_where(r"GET /attachments/")),
    )


def _of_the_account(method: str, path: str) -> str | None:
    return "" if path.startswith("/api/v2/") and not path.startswith(_HELP_CENTER) else None


def _where(pattern: str) -> Bucket:
    """Counts what matches, by the pattern's group where it has one."""
    match: Callable[[str], re.Match[str] | None] = re.compile(pattern).match

    def bucket(method: str, path: str) -> str | None:
        found = match(f"{method} {path}")
        return None if found is None else "".join(found.groups())

    return bucket


def standings(method: str, path: str, headers: Mapping[str, str]) -> Iterator[Standing]:
    """What an answer's headers tell of the limits: the account's, Help Center's, and those of endpoints."""
    pool = HELP_CENTER if path.startswith(_HELP_CENTER) else ACCOUNT
    left = headers.get("ratelimit-remaining") or headers.get("X-Rate-Limit-Remaining") or ""
    if left.isdigit():
        resets = headers.get("ratelimit-reset") or headers.get("Retry-After") or ""
        if resets.isdigit():
            yield Standing(pool, float(left), float(resets))
    number = re.search(r"/tickets/(\d+)", path)
    for name, text in headers.items():
        header = _STATED.fullmatch(name.lower())
        figures = dict(_FIGURE.findall(text)) if header else {}
        if header and figures.keys() >= {"remaining", "resets"}:
            bucket = number[1] if number and header[1] == "ticket-updates-by-user" else ""
            yield Standing(header[1], float(figures["remaining"]), float(figures["resets"]), bucket)
