"""What a failed request means for the caller, in our errors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from pydantic import BaseModel, JsonValue, ValidationError
from urllib3.exceptions import MaxRetryError, NewConnectionError

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

_LONGEST_WORDS = 300
_COLLISION = "DatabaseConflict"


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that failed, as messages name it."""

    connection: str
    method: str
    path: str

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")

    def __str__(self) -> str:
        return f"{self.connection}: {self.method} {self.path}"


def lost(asked: Asked, error: requests.RequestException) -> ConnectorError:
    """No answer came. Only a connection that was never made proves that nothing was done."""
    kind = type(error).__name__
    if not asked.writes or _never_sent(error):
        advice = "Check the address in the settings and the network; it is tried again."
        return Unavailable(f"{asked} could not be made ({kind})", advice=advice)
    return OutcomeUnknown(f"{asked} was sent and no answer came ({kind})")


def _never_sent(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def misunderstood(asked: Asked, error: ValidationError) -> ConnectorError:
    """An answer came with a good status, and is not Zendesk's: a proxy's page, or half of an answer."""
    place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the whole"
    message = f"{asked} was answered with something else than Zendesk's JSON (at {place})"
    return OutcomeUnknown(message) if asked.writes else Unavailable(message)


def refused(asked: Asked, response: requests.Response) -> ConnectorError:
    """An answer with an error status."""
    status = response.status_code
    message = f"{asked} answered {status}{_words(response)}"
    if status == 429:
        return RateLimited(message, retry_after=_retry_after(response))
    if status == 401:
        advice = (
            "Check the e-mail address and the API token, and that token access is on in the admin centre."
        )
        return AuthFailed(message, advice=advice)
    if status == 403:
        advice = "The account needs the role of an admin to read exports, and that of an agent to write."
        return Forbidden(message, advice=advice)
    if status in (404, 410):
        return NotFound(message)
    if status == 409:
        # two writes met in the database and this one was rolled back, which says nothing of the item
        return Unavailable(message) if _problem(response).error == _COLLISION else Conflict(message)
    if 300 <= status < 400:
        return Rejected(message, advice="The address leads elsewhere: set url to where the account is now.")
    if status >= 500 or status == 408:
        return OutcomeUnknown(message) if asked.writes else Unavailable(message)
    return Rejected(message)


def _retry_after(response: requests.Response) -> float | None:
    """Seconds, given as such or as a date (RFC 9110)."""
    text = response.headers.get("Retry-After") or response.headers.get("ratelimit-reset") or ""
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


class _Detail(BaseModel):
    description: str = ""


class _Title(BaseModel):
    title: str = ""
    message: str = ""


class _Problem(BaseModel):
    """Zendesk's error body, whose ``error`` is a text or an object."""

    error: str | _Title = ""
    description: str = ""
    details: dict[str, list[_Detail]] | JsonValue = None


def _problem(response: requests.Response) -> _Problem:
    try:
        return _Problem.model_validate_json(response.content)
    except ValidationError:
        return _Problem()


def _words(response: requests.Response) -> str:
    """Zendesk's own words: which field is wrong, and why. Nothing of a page that is not JSON."""
    problem = _problem(response)
    if isinstance(problem.details, dict):
        found = [
            detail.description
            for details in problem.details.values()
            if isinstance(details, list)
            for detail in details
            if isinstance(detail, _Detail)
        ]
        if found:
            return _shortened("; ".join(found))
    if isinstance(problem.error, _Title):
        return _shortened(f"{problem.error.title}: {problem.error.message}".strip(": "))
    return _shortened(problem.description or problem.error)


def _shortened(words: str) -> str:
    if len(words) > _LONGEST_WORDS:
        words = words[: _LONGEST_WORDS - 1] + "…"
    return f": {words}" if words else ""
