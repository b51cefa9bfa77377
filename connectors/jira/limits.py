"""How much Jira Cloud may be asked, and what it tells of that along with its answers.

Source: developer.atlassian.com/cloud/jira/platform/rate-limiting. Bursts are counted for each endpoint and
method, writes for each issue; the hourly points are for apps alone, not for API tokens. When a burst ends
is told in whole seconds, of which it has one: so it counts only once it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from connectors.limits import Bucket, Limit, Standing

_API = re.compile(r"/rest/(?:api/(?:2|3|latest)/)?(.+)")
_ISSUE = re.compile(r"issue/(?!bulk|createmeta)([^/]+)")
_NAMED = frozenset({"project", "properties", "createmeta"})
"""What comes after these is a name, also without a digit in it."""
_SIZED = {("POST", "search/jql"): 100, ("POST", "issue/bulkfetch"): 100, ("POST", "issue/bulk"): 50}
_LISTS = re.compile(r"issue/\*/comment|comment/list|project/\*/version|user/.*search")
_BETA = re.compile(r'"(?:global-app-quota|tenant-app-quota)";r=(\d+);t=(\d+)')

PER_SECOND = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
EXCEPTIONS = {
    ("GET", "issue/*"): 150,
    ("GET", "user"): 150,
    ("POST", "search/approximate-count"): 150,
    ("GET", "issue/*/changelog"): 200,
    ("GET", "attachment/content/*"): 300,
}
POINTS = 65_000
"""An hour, shared by all sites that use the app; Atlassian grants more after a review."""


def endpoint(path: str) -> str:
    """The route that a path belongs to: ``issue/10042/comment`` is one of ``issue/*/comment``."""
    found = _API.search(path)
    parts = (found[1] if found else path).strip("/").split("/")
    kept = [
        "*" if any(map(str.isdigit, part)) or (at and parts[at - 1] in _NAMED and part != "search") else part
        for at, part in enumerate(parts)
    ]
    return "/".join(kept)


def stated(*, app: bool) -> tuple[Limit, ...]:
    """Every documented limit; ``app`` for one that signs in by OAuth."""
    bursts = [
        Limit(_burst(method), amount, 1.0, _common(method), told=False)
        for method, amount in PER_SECOND.items()
    ]
    bursts += [
        Limit(f"{_burst(method)} {route}", amount, 1.0, _exceptional(method, route), told=False)
        for (method, route), amount in EXCEPTIONS.items()
    ]
    issues = [
        Limit(f"writes to an issue in {seconds} s", n, seconds, _issue, told=False) for seconds, n in _WRITES
    ]
    points = [Limit("points", POINTS, 3600.0, _of_the_api, points_of)] if app else []
    return (*bursts, *issues, *points)


_WRITES = ((2, 20), (30, 100))


def points_of(method: str, path: str) -> float:
    """What a request costs at most: reads one point and one for each object, writes one for each item."""
    route = endpoint(path)
    size = _SIZED.get((method, route), 1)
    if route == "issue/bulk" or (method != "GET" and size == 1):
        return float(size)
    return 101.0 if _LISTS.fullmatch(route) else 1.0 + size


def standings(method: str, path: str, headers: Mapping[str, str], now: datetime) -> Iterator[Standing]:
    """What an answer tells of the limits; ``now`` by Jira's clock."""
    beta = _BETA.search(headers.get("Beta-RateLimit", ""))
    if beta:
        yield Standing("points", float(beta[1]), float(beta[2]))
    try:
        amount, left = int(headers["X-RateLimit-Limit"]), int(headers["X-RateLimit-Remaining"])
        resets = (datetime.fromisoformat(headers["X-RateLimit-Reset"]) - now).total_seconds()
    except (KeyError, ValueError, TypeError):
        return
    reason = headers.get("RateLimit-Reason", "")
    if "quota" in reason or (not reason and amount >= POINTS):
        if not beta:
            yield Standing("points", left, max(0.0, resets))
    elif reason == "jira-per-issue-on-write":
        name = next((f"writes to an issue in {seconds} s" for seconds, n in _WRITES if n == amount), None)
        if name:
            yield Standing(name, left, max(0.0, resets), _issue(method, path) or "")
    elif (method, endpoint(path)) in EXCEPTIONS:
        yield Standing(f"{_burst(method)} {endpoint(path)}", left, max(0.0, resets))
    elif method in PER_SECOND:
        yield Standing(_burst(method), left, max(0.0, resets), endpoint(path))


def _burst(method: str) -> str:
    return f"burst of {method}"


def _of_the_api(method: str, path: str) -> str | None:
    """Contents of files and tokens come from other hosts, which do not count them."""
    return "" if _API.search(path) else None


def _common(counted: str) -> Bucket:
    def bucket(method: str, path: str) -> str | None:
        route = endpoint(path)
        counts = method == counted and _of_the_api(method, path) is not None
        return route if counts and (method, route) not in EXCEPTIONS else None

    return bucket


def _exceptional(counted: str, route: str) -> Bucket:
    return lambda method, path: "" if (method, endpoint(path)) == (counted, route) else None


def _issue(method: str, path: str) -> str | None:
    """The issue that a request writes to."""
    found = _API.search(path)
    issue = _ISSUE.match(found[1]) if found and method != "GET" else None
    return issue[1] if issue else None
