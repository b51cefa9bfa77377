"""What GitLab's refusals and the network's failures mean: each becomes one of :mod:`connectors.errors`.

Messages carry GitLab's own words about the field that was wrong, never the value that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

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

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as errors speak of it."""

    connection: str
    method: str
    path: str

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    def __str__(self) -> str:
        return f"{self.connection}: {self.method} {self.path}"


class _Refusal(BaseModel):
    """``message`` is a text, or lists of texts by field; a wrong parameter has ``error``."""

    model_config = ConfigDict(extra="ignore")

    message: JsonValue = None
    error: JsonValue = None

    def __str__(self) -> str:
        return "; ".join(_words(self.message) + _words(self.error))


def _words(said: JsonValue) -> list[str]:
    if isinstance(said, Mapping):
        return [f"{field} {word}" for field, words in said.items() for word in _words(words)]
    if isinstance(said, list):
        return [word for each in said for word in _words(each)]
    return [said] if isinstance(said, str) and said else []


def refused(asked: Asked, answer: httpx.Response) -> ConnectorError:
    """What an answer with a status of 300 or more means."""
    try:
        said = str(_Refusal.model_validate_json(answer.content))
    except ValidationError:
        said = ""  # a page for people, or the plain words of a limit
    status = answer.status_code
    what = f"{asked} answered {status}" + (f": {said}" if said else "")
    if status >= 500:
        return OutcomeUnknown(what) if asked.writes else Unavailable(what)
    match status:
        case 401:
            return AuthFailed(what, advice="The token is wrong, revoked or has expired: set a new one.")
        case 403:
            return Forbidden(what, advice="The token needs the scope api, and its user the role Planner.")
        case 404 | 410:
            return NotFound(what, advice="GitLab says so too of what the token may not see.")
        case 409:
            return Conflict(what)
        case 429:
            return RateLimited(what, retry_after=_wait(answer.headers))
        case _ if status < 400:
            return Rejected(what, advice="GitLab leads elsewhere: set url to where it is now.")
        case _:
            return Rejected(what)


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait; of some of its limits GitLab tells none."""
    after = headers.get("retry-after", "")
    return float(after) if after.isdecimal() else None


def lost(asked: Asked, error: httpx.RequestError) -> ConnectorError:
    """What it means that no answer came, or not the whole of it."""
    what = f"{asked} got no answer ({type(error).__name__})"
    if isinstance(error, _NEVER_SENT):
        return Unavailable(what, advice="GitLab could not be reached: is url right, is the network up?")
    return OutcomeUnknown(what) if asked.writes else Unavailable(what)


def misunderstood(asked: Asked, why: str) -> ConnectorError:
    """An answer that says success and makes no sense, such as a proxy's page."""
    what = f"{asked} was answered with something else than GitLab's JSON ({why})"
    return OutcomeUnknown(what) if asked.writes else Unavailable(what, advice="Is url right?")
