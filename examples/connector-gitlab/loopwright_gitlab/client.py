"""Requests to GitLab: one at a time, each past the gate, never repeated and never waited for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx
from pydantic import JsonValue, TypeAdapter, ValidationError

from connectors.protocol import Gate
from loopwright_gitlab.failures import Asked, lost, misunderstood, refused
from loopwright_gitlab.limits import standing
from loopwright_gitlab.settings import GitLabSettings

T = TypeVar("T")
Query = Mapping[str, str | int]

PER_PAGE = 100
"""The most that GitLab gives at once."""
_REDIRECTS = (301, 302, 307, 308)
_MOST_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What a GET was answered."""

    data: T
    next: str | None
    """The path of the following page, with its query."""
    date: datetime | None
    """When it was given, by GitLab's clock."""


class Client:
    """Requests to one GitLab with one token. Paths are those behind ``/api/v4``."""

    def __init__(self, connection: str, settings: GitLabSettings, gate: Gate) -> None:
        self.connection = connection
        self.host = urlsplit(settings.url).hostname or ""
        self._base = settings.url.rstrip("/") + "/api/v4"
        self._gate = gate
        # httpx neither retries nor follows redirects unless it is told to
        self._http = httpx.Client(
            headers={
                "Authorization": f"Bearer {settings.token.get_secret_value()}",
                "User-Agent": "loopwright",
            },
            timeout=settings.timeout_seconds,
        )

    def close(self) -> None:
        self._http.close()

    def get(self, kind: TypeAdapter[T], path: str, query: Query | None = None) -> Answer[T]:
        """Read, following GitLab to where a project went. ``path`` may have a query, as ``next`` has."""
        asked = Asked(self.connection, "GET", path.partition("?")[0])
        url = self._base + path
        answer = self._send(asked, url, query)
        for _ in range(_MOST_REDIRECTS):
            if answer.status_code not in _REDIRECTS:
                break
            url = self._here(asked, url, answer.headers.get("location", ""))
            answer = self._send(asked, url)
        data = _parsed(kind, asked, answer)
        following = answer.links.get("next", {}).get("url")
        path_on = self._here(asked, url, following).removeprefix(self._base) if following else None
        return Answer(data, path_on, _date(answer))

    def read(self, kind: TypeAdapter[T], path: str) -> T:
        """Read one thing."""
        return self.get(kind, path).data

    def pages(self, kind: TypeAdapter[T], path: str, query: Query) -> Iterator[T]:
        """Read a list page by page. Rows may be left out of a page, so only ``Link`` tells the end."""
        answer = self.get(kind, path, {"per_page": PER_PAGE, **query})
        yield answer.data
        while answer.next:
            answer = self.get(kind, answer.next)
            yield answer.data

    def write(self, kind: TypeAdapter[T], method: str, path: str, body: Mapping[str, JsonValue]) -> T:
        """Write once."""
        asked = Asked(self.connection, method, path)
        return _parsed(kind, asked, self._send(asked, self._base + path, body=body))

    def delete(self, path: str) -> None:
        asked = Asked(self.connection, "DELETE", path)
        answer = self._send(asked, self._base + path)
        if not answer.is_success:
            raise refused(asked, answer)

    def _send(
        self,
        asked: Asked,
        url: str,
        query: Query | None = None,
        *,
        body: Mapping[str, JsonValue] | None = None,
    ) -> httpx.Response:
        self._gate(asked.method, urlsplit(url).path)
        try:
            # an empty query would take away the one that the address has
            answer = self._http.request(asked.method, url, params=query or None, json=body)
        except httpx.RequestError as error:
            raise lost(asked, error) from None
        told = standing(answer.headers, _date(answer))
        if told is not None:
            self._gate.heard(told)
        return answer

    def _here(self, asked: Asked, url: str, lead: str) -> str:
        """Where a link leads, on this very host: GitLab may know itself by another name, and no other host
        must get the token."""
        there, ours = urlsplit(urljoin(url, lead)), urlsplit(self._base)
        if not there.path.startswith(f"{ours.path}/"):
            raise misunderstood(asked, "a link out of its API")
        return there._replace(scheme=ours.scheme, netloc=ours.netloc, fragment="").geturl()


def _parsed(kind: TypeAdapter[T], asked: Asked, answer: httpx.Response) -> T:
    if not answer.is_success:
        raise refused(asked, answer)
    try:
        return kind.validate_json(answer.content)
    except ValidationError as error:
        first = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise misunderstood(asked, f"at {first or 'its top'}") from None


def _date(answer: httpx.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return None
