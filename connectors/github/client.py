"""PyGithub, tamed: one request per call, never repeated and never waited for, each past the gate.

Its ``Requester`` signs, sends and tells errors apart. Its objects are not used: they fetch what a list left
out by a hidden request for each row, hide the ``Link`` and ``ETag`` headers, and go stale on ``edit``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BufferedReader
from typing import ClassVar, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from github import Auth, GithubException
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
    RequestsResponse,
)
from pydantic import TypeAdapter, ValidationError

from connectors.errors import Conflict
from connectors.github.credentials import Credential, FixedToken, Installation
from connectors.github.failures import Asked, lost, misunderstood, refused
from connectors.github.limits import standing
from connectors.github.settings import GitHubSettings
from connectors.model import JsonValue
from connectors.protocol import Gate

T = TypeVar("T")

API_VERSION = "2022-11-28"
PER_PAGE = 100
_REDIRECTS = (301, 302, 307, 308)
_MOST_REDIRECTS = 3
_LINK = re.compile(r'<([^<>]+)>;\s*rel="(\w+)"')


class Moved(Exception):
    """A write was answered with a redirect: nothing was done, what it was meant for is elsewhere now."""


def once_more(connection: str, act: Callable[[], T]) -> T:
    """What ``act`` returns, which has just been told where to write: led on again, it has met a move."""
    try:
        return act()
    except Moved:
        raise Conflict(f"{connection}: a repository or an issue is being moved right now") from None


class _Astray(Exception):
    """A read was answered with something that cannot be followed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A GET's answer."""

    data: JsonValue
    etag: str
    next: str | None
    """The path of the following page."""
    unchanged: bool
    """Since ``etag`` was given: there are no data."""
    date: datetime | None
    """When it was given, by GitHub's clock."""
    last: str | None = None
    """The path of the last page, where GitHub tells it and it is another one."""


class _Outlet:
    """The one way out. Redirects of reads are followed here, with their query, which PyGithub drops."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.status = 0
        """Of the latest answer."""
        self.now: datetime | None = None
        """GitHub's time at the latest answer."""
        self.session = requests.Session()
        # An auth of its own keeps requests from putting a .netrc entry in the token's place.
        self.session.auth = Requester.noopAuth

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: str | BufferedReader | None,
        timeout: int | None,
    ) -> requests.Response:
        for _ in range(_MOST_REDIRECTS):
            self.gate(method, urlsplit(url).path)
            answer = self.session.request(
                method, url, headers=headers, data=body, timeout=timeout, allow_redirects=False
            )
            self.status = answer.status_code
            self._note(answer)
            if self.status not in _REDIRECTS:
                return answer
            if method != "GET":
                raise Moved
            here, url = url, urljoin(url, answer.headers.get("location", ""))
            if urlsplit(here)[:2] != urlsplit(url)[:2]:
                raise _Astray("a redirect to another host, which must not get the token")
        raise _Astray(f"more than {_MOST_REDIRECTS} redirects")

    def _note(self, answer: requests.Response) -> None:
        """Take the time from the answer, and tell the gate what it says of limits."""
        try:
            self.now = parsedate_to_datetime(answer.headers.get("date", "")).astimezone(UTC)
        except ValueError:
            self.now = None
        told = standing(answer.headers, self.now)
        if told is not None:
            self.gate.heard(told)


class _Line:
    """What both of PyGithub's connection classes become: the shared outlet, kept open."""

    outlet: ClassVar[_Outlet]
    protocol: str
    host: str
    port: int
    timeout: int | None

    def request(
        self,
        verb: str,
        url: str,
        input: str | BufferedReader | None,
        headers: dict[str, str],
        stream: bool = False,
    ) -> None:
        self.asked = (verb, f"{self.protocol}://{self.host}:{self.port}{url}", headers, input)

    def getresponse(self) -> RequestsResponse:
        answer = self.outlet.send(*self.asked, self.timeout)
        if answer.status_code == 202:
            raise _Astray("an answer that is not computed yet")  # PyGithub would sleep and ask again
        return RequestsResponse(answer)

    def close(self) -> None:
        """The session outlives the connection objects, which PyGithub makes anew for each request."""


class _Signature(Auth.Auth):
    """Signs each of PyGithub's requests with what the credential holds then."""

    token_type = "Bearer"  # noqa: S105

    def __init__(self, credential: Credential) -> None:
        self.credential = credential
        self.used = ""
        """The token of the latest request."""

    @property
    def token(self) -> str:
        self.used = self.credential.token()
        return self.used


class Client:
    """Requests to one GitHub account."""

    def __init__(self, connection: str, settings: GitHubSettings, gate: Gate) -> None:
        self.connection = connection
        self._base = settings.base_url.rstrip("/")
        self._timeout = settings.timeout_seconds
        self._outlet = _Outlet(gate)
        self.installation = self._installation(settings)
        """Where an App speaks."""
        self._signature = _Signature(self.installation or FixedToken(settings.own_token()))
        self._requester = _requester(settings, self._base, self._outlet, self._signature)

    def _installation(self, settings: GitHubSettings) -> Installation | None:
        def send(method: str, path: str, headers: Mapping[str, str]) -> requests.Response:
            return self._outlet.send(method, self._base + path, headers, None, self._timeout)

        if settings.app_id is None:
            return None
        return Installation(self.connection, settings, settings.app_id, send, lambda: self._outlet.now)

    def close(self) -> None:
        self._outlet.session.close()

    @property
    def now(self) -> datetime | None:
        """GitHub's time at its latest answer; ``None`` before the first. The local clock may be wrong."""
        return self._outlet.now

    def get(
        self, path: str, query: Mapping[str, str | int] | None = None, *, etag: str = "", media: str = ""
    ) -> Answer:
        """Read. ``path`` may carry a query of its own, as the ``next`` of an answer does.

        ``media`` is in which of GitHub's forms texts are wanted.
        """
        asked = Asked(self.connection, "GET", path.partition("?")[0])
        headers = {"If-None-Match": etag} if etag else {}
        headers |= {"Accept": media} if media else {}
        answered, data = self._send(asked, path, query=query, headers=headers)
        links = {name: url for url, name in _LINK.findall(answered.get("link", ""))}
        following, last = (self._below(asked, links[n]) if n in links else None for n in ("next", "last"))
        unchanged = self._outlet.status == 304
        return Answer(data, answered.get("etag", ""), following, unchanged, self._outlet.now, last)

    def read(
        self,
        kind: TypeAdapter[T],
        path: str,
        query: Mapping[str, str | int] | None = None,
        *,
        media: str = "",
    ) -> T:
        """Read one thing."""
        return self.parse(kind, Asked(self.connection, "GET", path), self.get(path, query, media=media).data)

    def pages(
        self, kind: TypeAdapter[T], path: str, query: Mapping[str, str | int] | None = None
    ) -> Iterator[T]:
        """Read a list page by page, as GitHub's ``Link`` leads."""
        asked = Asked(self.connection, "GET", path)
        answer = self.get(path, {"per_page": PER_PAGE, **(query or {})})
        yield self.parse(kind, asked, answer.data)
        while answer.next:
            answer = self.get(answer.next)
            yield self.parse(kind, asked, answer.data)

    def write(self, kind: TypeAdapter[T], method: str, path: str, body: Mapping[str, JsonValue]) -> T:
        """Write once. Raises :class:`Moved`, besides the connector's errors."""
        asked = Asked(self.connection, method, path)
        _, data = self._send(asked, path, body=dict(body))
        return self.parse(kind, asked, data)

    def parse(self, kind: TypeAdapter[T], asked: Asked, data: JsonValue) -> T:
        try:
            return kind.validate_python(data)
        except ValidationError as error:
            first = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
            raise misunderstood(asked, f"at {first or 'its top'}") from None

    def _send(
        self,
        asked: Asked,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        body: dict[str, JsonValue] | None = None,
    ) -> tuple[dict[str, str], JsonValue]:
        sent = {"Accept": "application/vnd.github+json", **(headers or {})}
        parameters = dict(query) if query else None
        try:
            return self._checked(asked, path, parameters, sent, body or None)
        except GithubException as error:
            raise refused(asked, error) from None
        except requests.RequestException as error:
            raise lost(asked, error) from None
        except _Astray as error:
            raise misunderstood(asked, str(error)) from None
        except (ValueError, AttributeError):
            # how PyGithub stumbles over JSON that was cut short, or is no object
            raise misunderstood(asked, "no JSON object") from None

    def _checked(
        self,
        asked: Asked,
        path: str,
        query: dict[str, str | int] | None,
        headers: dict[str, str],
        body: dict[str, JsonValue] | None,
    ) -> tuple[dict[str, str], JsonValue]:
        """Once more where the token had died: a request that is refused for it has done nothing."""
        try:
            return self._requester.requestJsonAndCheck(asked.method, path, query, dict(headers), body)
        except GithubException as error:
            if error.status != 401 or not self._signature.credential.renewed(self._signature.used):
                raise
        return self._requester.requestJsonAndCheck(asked.method, path, query, dict(headers), body)

    def _below(self, asked: Asked, url: str) -> str:
        """The path of a link. One that leads elsewhere must not get the token."""
        if not url.startswith(f"{self._base}/"):
            raise misunderstood(asked, "a link to another address than base_url")
        return url.removeprefix(self._base)


def _requester(settings: GitHubSettings, base_url: str, outlet: _Outlet, signature: _Signature) -> Requester:
    """A requester of this client alone, whose connections all lead through ``outlet``."""
    given = outlet

    class Http(_Line, HTTPRequestsConnectionClass):
        outlet = given

    class Https(_Line, HTTPSRequestsConnectionClass):
        outlet = given

    class Gated(Requester):
        """Takes the connection classes, so that PyGithub's own are left as they are."""

    Gated.injectConnectionClasses(Http, Https)
    # PyGithub logs whole bodies, which are customers' texts: into a logger that nobody hears.
    Gated.injectLogger(logging.Logger("silent", logging.CRITICAL + 1))
    return Gated(
        signature,
        base_url,
        settings.timeout_seconds,
        "loopwright",
        PER_PAGE,
        True,
        None,  # no retries: repeating is the engine's business, and a repeated POST makes a second issue
        None,
        seconds_between_requests=None,
        seconds_between_writes=None,
        lazy=True,
        api_version=API_VERSION,
    )
