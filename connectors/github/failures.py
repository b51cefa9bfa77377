"""What GitHub's refusals and the network's failures mean: each becomes one of :mod:`connectors.errors`.

Messages carry GitHub's own words about the field that was wrong, never the value that was sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import requests
from github import GithubException
from pydantic import BaseModel, ConfigDict, ValidationError
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from connectors.errors import (
    AuthFailed,
    Conflict,
    ConnectorError,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)

SECONDARY_WAIT = 60.0
"""Seconds to wait after a secondary limit that names no time: GitHub asks for a minute at least."""

_LIMIT = re.compile(
    r"rate limit|wait a few minutes before you try again|retry your request again later", re.I
)
_OBJECTION = re.compile(r"\blocked\b|\barchived\b|\bblocked\b|\bdisabled\b|\btoo_large\b", re.I)
_GUARDED = re.compile(r"could not (?:create|update|delete) file|rule violations", re.I)
"""How GitHub says that a branch is protected, with the status of a conflict. Nobody was faster there."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as errors speak of it."""

    connection: str
    method: str
    path: str

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")

    def __str__(self) -> str:
        return f"{self.connection}: {self.method} {self.path}"


class _Error(BaseModel):
    """One entry of ``errors`` in a 422."""

    model_config = ConfigDict(extra="ignore")

    resource: str = ""
    field: str = ""
    code: str = ""
    message: str = ""

    def __str__(self) -> str:
        place = ".".join(part for part in (self.resource, self.field) if part)
        return " ".join(part for part in (place, self.message or self.code) if part)


class _Refusal(BaseModel):
    model_config = ConfigDict(extra="ignore")

    message: str = ""
    errors: list[_Error | str] = []

    def __str__(self) -> str:
        return ": ".join(part for part in (self.message, "; ".join(map(str, self.errors))) if part)


def refused(asked: Asked, error: GithubException) -> ConnectorError:
    """What an answer with a status of 400 or more means."""
    try:
        said = str(_Refusal.model_validate(error.data))
    except ValidationError:
        said = ""  # an HTML page, or JSON that is not GitHub's
    what = f"{asked} answered {error.status}" + (f": {said}" if said else "")
    headers = error.headers or {}
    match error.status:
        case 401:
            return AuthFailed(what, advice="The token is wrong or has expired: set a new one.")
        case 403 | 429 if error.status == 429 or _limited(said, headers):
            return RateLimited(what, retry_after=wait(headers))
        case 403 if _OBJECTION.search(said):
            return Rejected(what)
        case 403:
            needed = headers.get("x-accepted-github-permissions") or "issues=write"
            return Forbidden(what, advice=f"The token lacks a right: it needs {needed}.")
        case 404 | 410:
            return NotFound(what, advice="GitHub says so too of what the token may not see.")
        case 409 if _GUARDED.search(said):
            return Rejected(
                what,
                advice="The branch is protected: let the credential's owner bypass its rules, or leave these "
                "files to people.",
            )
        case 409:
            return Conflict(what)
        case status if status >= 500:
            return OutcomeUnknown(what) if asked.writes else Unavailable(what)
        case _:
            return Rejected(what)


def _limited(said: str, headers: Mapping[str, str]) -> bool:
    return (
        headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers or bool(_LIMIT.search(said))
    )


def wait(headers: Mapping[str, str]) -> float:
    """Seconds to wait, by GitHub's clock: the local one may be wrong."""
    after = headers.get("retry-after", "")
    if after.isdecimal():
        return float(after)
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        try:
            now = parsedate_to_datetime(headers.get("date", "")).timestamp()
        except ValueError:
            return SECONDARY_WAIT
        return max(float(reset) - now, 1.0)
    return SECONDARY_WAIT


def lost(asked: Asked, error: requests.RequestException) -> ConnectorError:
    """What it means that no answer came."""
    what = f"{asked} got no answer ({type(error).__name__})"
    if _never_sent(error):
        return Unavailable(what, advice="GitHub could not be reached: is base_url right, is the network up?")
    if asked.writes:
        return OutcomeUnknown(what)
    return Unavailable(what)


def _never_sent(error: requests.RequestException) -> bool:
    """Whether the connection failed before the request went out."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def misunderstood(asked: Asked, why: str) -> ConnectorError:
    """An answer that says success and makes no sense: a proxy's page, or a body cut short."""
    what = f"{asked} was answered with something else than GitHub's JSON ({why})"
    return OutcomeUnknown(what) if asked.writes else Unavailable(what, advice="Is base_url right?")
