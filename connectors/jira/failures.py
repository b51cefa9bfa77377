"""What a failed request to Jira means for the caller."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests
from pydantic import ValidationError
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
from connectors.jira.answers import CreatedMany, ErrorsRow, FailedRow

READING_POSTS = frozenset({"search", "search/jql", "issue/bulkfetch", "comment/list"})
"""Routes that are asked by POST and change nothing."""
_API = re.compile(r"^.*/rest/api/[^/]+/")
DATA_CENTER = "/rest/api/2/"
"""What the paths of Data Center have in them."""
_LONGEST = 300
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as errors name it."""

    connection: str
    method: str
    path: str

    @property
    def writes(self) -> bool:
        return self.method != "GET" and _API.sub("", self.path) not in READING_POSTS

    def __str__(self) -> str:
        return f"{self.connection}: {self.method} {self.path}"


class _ErrorBody(ErrorsRow):
    message: str = ""


class AllRefused(Rejected):
    """A bulk create of which nothing was made; ``answer`` says why of each."""

    def __init__(self, message: str, answer: CreatedMany) -> None:
        super().__init__(message)
        self.answer = answer


def refused_one(connection: str, row: FailedRow) -> ConnectorError:
    """The meaning of one refusal in the answer to a bulk create."""
    message = f"{connection}: POST issue/bulk: {row.status} {_said(row.elementErrors)}".rstrip()
    if row.status == 429:
        return RateLimited(message)
    if row.status == 401:
        return AuthFailed(message)
    return Forbidden(message) if row.status == 403 else Rejected(message)


def lost(asked: Asked, error: requests.RequestException) -> ConnectorError:
    """The meaning of a request that got no answer, or only a part of one."""
    if _never_sent(error):
        return Unavailable(
            f"{asked}: no connection to the server", advice="Check the url in the settings and the network."
        )
    return _unclear(asked, f"{asked}: the answer was lost ({type(error).__name__})")


def refused(asked: Asked, response: requests.Response) -> ConnectorError:
    """The meaning of an answer that is not a success."""
    status = response.status_code
    message = f"{asked}: {status} {_words(response)}".rstrip()
    if status == 400 and asked.path.endswith("/issue/bulk") and (answer := _all_refused(response)):
        return AllRefused(message, answer)
    if status < 400:
        return Rejected(message, advice="The server sends us elsewhere: is the url in the settings right?")
    match status:
        case 401:
            return AuthFailed(message, advice=_advice_on_401(asked))
        case 403 if "CAPTCHA" in response.headers.get("X-Authentication-Denied-Reason", "").upper():
            advice = "Jira asks for a CAPTCHA: sign in once in a browser as this account."
            return AuthFailed(message, advice=advice)
        case 403:
            return Forbidden(message, advice="Give the account this permission in the project.")
        case 404 | 410:
            return NotFound(message, advice="It is gone, or the account may not browse its project.")
        case 409:
            return Conflict(message)
        case 429:
            reason = response.headers.get("RateLimit-Reason", "")
            return RateLimited(f"{message} {reason}".rstrip(), retry_after=_wait(response))
        case 503 if "Retry-After" in response.headers and not asked.writes:
            # A limit under another name. After a write it would promise that nothing was done.
            return RateLimited(message, retry_after=_wait(response))
        case 408:
            return _unclear(asked, message)
    return _unclear(asked, message) if status >= 500 else Rejected(message)


def misunderstood(asked: Asked, error: Exception) -> ConnectorError:
    """The meaning of a success whose body is not what the route promises, such as a page in HTML."""
    wrong = error.errors() if isinstance(error, ValidationError) else []
    places = ", ".join(sorted({".".join(map(str, entry["loc"])) for entry in wrong})[:3])
    return _unclear(asked, f"{asked}: the answer is not in Jira's form" + (f" at {places}" if places else ""))


def _unclear(asked: Asked, message: str) -> ConnectorError:
    return OutcomeUnknown(message) if asked.writes else Unavailable(message)


def _never_sent(error: requests.RequestException) -> bool:
    """Whether no connection was made at all, so that nothing can have been done."""
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _words(response: requests.Response) -> str:
    """Jira's own words, without the values that they quote: those may be a customer's text."""
    try:
        body = _ErrorBody.model_validate_json(response.content)
    except ValidationError:
        return "(no explanation)"
    return _said(body, body.message)


def _said(body: ErrorsRow, *more: str) -> str:
    fields = (f"{field}: {text}" for field, text in body.errors.items())
    words = "; ".join(filter(None, [*body.errorMessages, *fields, *more]))
    return _QUOTED.sub(_short_quote, words)[:_LONGEST]


def _all_refused(response: requests.Response) -> CreatedMany | None:
    try:
        answer = CreatedMany.model_validate_json(response.content)
    except ValidationError:
        return None
    return answer if answer.errors else None


def _short_quote(match: re.Match[str]) -> str:
    """A quoted name of a field or status may stay; what looks like prose may not."""
    quoted = match[1] if match[1] is not None else match[2]
    return match[0] if re.fullmatch(r"[\w.-]{0,40}", quoted) else "'…'"


def _advice_on_401(asked: Asked) -> str:
    if DATA_CENTER in asked.path:
        return "Check token in the settings: a personal access token that has not expired."
    return "Check email and token in the settings; API tokens expire within a year."


def _wait(response: requests.Response) -> float | None:
    """Seconds until Jira will listen again: from Retry-After, else from the time of the reset."""
    after = response.headers.get("Retry-After", "")
    if re.fullmatch(r"\d+(\.\d+)?", after):
        return float(after)
    now = server_time(response) or datetime.now(UTC)
    try:
        until = (
            parsedate_to_datetime(after)
            if after
            else datetime.fromisoformat(response.headers["X-RateLimit-Reset"])
        )
    except (KeyError, ValueError):
        return None
    return max(0.0, (until - now).total_seconds()) if until.tzinfo else None


def server_time(response: requests.Response) -> datetime | None:
    """The server's clock at the time of the answer."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None
