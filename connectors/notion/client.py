"""notion-client, tamed: every request passes the gate, none is repeated, every failure has its meaning.

Requests name their path instead of going through the client's endpoint methods, because those drop
keyword arguments that they do not know: a misspelt filter would be no filter.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
from notion_client import Client
from notion_client.errors import HTTPResponseError, NotionClientErrorBase, RequestTimeoutError
from pydantic import JsonValue, TypeAdapter, ValidationError

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
from connectors.notion import limits
from connectors.notion.answers import Listing
from connectors.notion.settings import NotionSettings, Version
from connectors.protocol import Gate

T = TypeVar("T")

PAGE_SIZE = 100
OVERLOADED = 529
"""Notion's own status for "too busy", which notion-client 3.1 does not know; to be treated like a 429."""


class Restricted(Forbidden):
    """The token is good, but the connection lacks the capability that the request needs."""


class TooSlow(Unavailable):
    """Notion gave up on its answer: of a long list it may manage a shorter page."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A write that was saved although its answer was a 503: the id of what it made or changed.

    ``children`` are the ids of blocks that it appended.
    """

    id: str
    children: tuple[str, ...] = ()


class NotionClient:
    """Requests to one workspace."""

    def __init__(self, connection: str, settings: NotionSettings, gate: Gate) -> None:
        self.connection = connection
        self.now: datetime = datetime.now(UTC)
        """Notion's own clock, as of its last answer: its stamps are compared with nothing else."""
        self.version: Version = settings.notion_version
        self._gate = gate
        self._http = httpx.Client(event_hooks={"request": [self._pass], "response": [self._read_clock]})
        self._notion = Client(
            auth=settings.token.get_secret_value(),
            base_url=settings.base_url.rstrip("/"),
            client=self._http,
            notion_version=self.version,
            retry=False,
            timeout_ms=int(settings.timeout_seconds * 1000),
            # The client would log answers at warning level, and those quote what people wrote.
            log_level=logging.CRITICAL,
            logger=logging.getLogger("connectors.notion.http"),
        )
        self._http.headers["User-Agent"] = "Loopwright"  # over the name that the client has just given it

    def close(self) -> None:
        """Release sockets."""
        self._http.close()

    def _pass(self, request: httpx.Request) -> None:
        self._gate(request.method, request.url.path)

    def _read_clock(self, response: httpx.Response) -> None:
        dates = response.headers.get_list("date")
        if dates:
            self.now = parsedate_to_datetime(dates[-1])

    def read(
        self,
        form: type[T],
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, JsonValue] | None = None,
    ) -> T:
        """The answer to a request that changes nothing, also a POST such as a query."""
        try:
            answer = self._send(method, path, query, body)
            return TypeAdapter(form).validate_python(answer)
        except (NotionClientErrorBase, httpx.HTTPError, ValueError) as error:
            raise self._meaning(error, f"{method} {path}", write=False) from error

    def write(self, form: type[T], method: str, path: str, body: Mapping[str, JsonValue]) -> T | Saved:
        """The answer to a write, or :class:`Saved` when Notion says that it was too late with the answer."""
        try:
            answer = self._send(method, path, None, body)
            return TypeAdapter(form).validate_python(answer)
        except HTTPResponseError as error:
            saved = _saved(error)
            if saved is not None:
                return saved
            raise self._meaning(error, f"{method} {path}", write=True) from error
        except (NotionClientErrorBase, httpx.HTTPError, ValueError) as error:
            raise self._meaning(error, f"{method} {path}", write=True) from error

    def listed(
        self, form: type[Listing[T]], path: str, query: Mapping[str, str] | None = None
    ) -> Iterator[T]:
        """Everything in a list, 100 a call."""
        cursor: dict[str, str] = {}
        while True:
            page = self.read(
                form, "GET", path, query={**(query or {}), **cursor, "page_size": str(PAGE_SIZE)}
            )
            yield from page.results
            if not page.has_more or page.next_cursor is None:
                return
            cursor = {"start_cursor": page.next_cursor}

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Mapping[str, JsonValue] | None,
    ) -> JsonValue:
        query_parameters = dict(query) if query else None
        answer: JsonValue = self._notion.request(
            path, method, query=query_parameters, body=None if body is None else dict(body)
        )
        return answer

    def send_file(self, path: str, form: Mapping[str, object]) -> None:
        """Post a form with a file in it, and let through what reading the file raises.

        Nothing is attached to anything yet, so that a failure is as good as nothing done.
        """
        try:
            self._notion.request(path, "POST", form_data=dict(form))
        except (NotionClientErrorBase, httpx.HTTPError, ValueError) as error:
            raise self._meaning(error, f"POST {path}", write=False) from error

    def _meaning(self, error: Exception, request: str, *, write: bool) -> ConnectorError:
        """The error of ours that says what to do next."""
        asked = f"{self.connection}: {request}"
        if isinstance(error, HTTPResponseError):
            return self._refusal(error, asked, write=write, makes=request.startswith("POST "))
        if isinstance(error, ValidationError | ValueError) and not isinstance(error, httpx.HTTPError):
            return _unclear(f"{asked}: the answer was not in Notion's form", write=write)
        cause = error.__context__ if isinstance(error, RequestTimeoutError) else error
        if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
            return Unavailable(
                f"{asked}: no connection to the server", advice="Check base_url and the network."
            )
        if isinstance(cause, httpx.TransportError):
            return _unclear(f"{asked}: the answer was lost ({type(cause).__name__})", write=write)
        return Rejected(f"{asked}: the request could not be made ({type(error).__name__})")

    def _refusal(self, error: HTTPResponseError, asked: str, *, write: bool, makes: bool) -> ConnectorError:
        status, message = error.status, f"{asked}: {error.status} {redacted(str(error))}"
        extra = error.additional_data or {}
        if status in (429, OVERLOADED):
            if extra.get("rate_limit_reason") == limits.BLOCKED:
                return AuthFailed(message, advice="Notion blocked this connection: ask its support why.")
            wait = _seconds(error.headers.get("retry-after"))
            if standing := limits.heard(extra.get("rate_limit_reason"), wait):
                self._gate.heard(standing)
            return RateLimited(message, retry_after=wait)
        if status == 403 and "block_limit" in extra:
            return Rejected(message, advice="The workspace's plan allows no more blocks.")
        match status:
            case 401:
                return AuthFailed(message, advice="Check the token in the settings.")
            case 403:
                return Restricted(message, advice="Give the connection this capability in Notion.")
            case 404 | 410:
                return NotFound(message, advice="Is the database shared with the connection?")
            case 409 if makes or not write:
                # Two transactions met, and ours was undone: nothing that we had read was changed.
                return Unavailable(message)
            case 409:
                return Conflict(message)
            case 400 | 413 | 422:
                return Rejected(message)
            case 502 | 503 | 504 if not write:
                return TooSlow(message)
            case _:
                return _unclear(message, write=write)


@contextmanager
def already_written(what: str) -> Iterator[None]:
    """Whatever goes wrong from here on, the write itself must not be repeated without a look."""
    try:
        yield
    except ConnectorError as error:
        raise OutcomeUnknown(f"{what}, but not all that follows was done: {error.message}") from error


def _unclear(message: str, *, write: bool) -> ConnectorError:
    return OutcomeUnknown(message) if write else Unavailable(message)


def _saved(error: HTTPResponseError) -> Saved | None:
    """What a 503 says it saved (developers.notion.com/reference/request-limits)."""
    extra = error.additional_data or {}
    identity, children = extra.get("committed_resource_id"), extra.get("committed_child_ids")
    if error.status != 503 or not isinstance(identity, str):
        return None
    return Saved(identity, tuple(str(child) for child in children) if isinstance(children, list) else ())


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isdigit() else None


_QUOTED = re.compile(r"instead was `(?!(?:\d+|undefined|null|true|false)`)[^`]*`?", re.DOTALL)


def redacted(message: str) -> str:
    """Notion's words without the value that it refused, which may be a customer's text."""
    return _QUOTED.sub("instead was another value", message)
