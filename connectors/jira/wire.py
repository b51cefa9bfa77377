"""The one door to a Jira site: passes the gate, sends once, turns every failure into our errors.

The jira client's session and sign-in are used for everything. By itself it would send a POST up to four
times, sleep in between, and ask for the server's version first.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from jira import JIRA, JIRAError
from pydantic import JsonValue, TypeAdapter, ValidationError
from requests.adapters import HTTPAdapter

from connectors.errors import Unavailable
from connectors.jira import limits
from connectors.jira.edition import edition
from connectors.jira.failures import Asked, lost, misunderstood, refused, server_time
from connectors.jira.settings import JiraSettings
from connectors.oauth import RotatingToken
from connectors.protocol import Gate

T = TypeVar("T")
Query = Mapping[str, str | Sequence[str]]
_AUTHORIZATION = {"api.atlassian.com": "https://auth.atlassian.com"}
"""Where access tokens for a host come from; from the host itself where it is not Atlassian's."""
CHUNK = 65_536


class _Adapter(HTTPAdapter):
    """The client never sees a failure, so it has nothing to repeat, to sleep on, or to print."""

    def __init__(self, connection: str, gate: Gate, token: RotatingToken | None = None) -> None:
        super().__init__(max_retries=0)
        self._connection = connection
        self._gate = gate
        self._token = token
        self.asked = Asked(connection, "GET", "/")
        self.time = datetime.now(UTC)
        """Jira's clock when it was last asked something, as far as its answer tells."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        path = request.path_url.partition("?")[0]
        asked = self.asked = Asked(self._connection, request.method or "GET", path)
        token = self._sign(request)
        self._gate(asked.method, path)
        began = time.monotonic()
        try:
            response = super().send(request, stream, timeout, verify, cert, proxies)
            if not stream:
                # Read it here: a body that breaks off is this request's failure.
                _ = response.content
        except requests.RequestException as error:
            raise lost(asked, error) from error
        now = server_time(response)
        for standing in limits.standings(asked.method, path, response.headers, now or datetime.now(UTC)):
            self._gate.heard(standing)
        if response.status_code == 401 and token is not None and self._renews(token):
            raise Unavailable(f"{asked}: the access token has run out; the next request brings a new one")
        if not (200 <= response.status_code < 300 or (stream and response.is_redirect)):
            raise refused(asked, response)
        if now is not None:
            self.time = now - timedelta(seconds=time.monotonic() - began)
        return response

    def _sign(self, request: requests.PreparedRequest) -> str | None:
        if self._token is None:
            return None
        token = self._token.current()
        request.headers["Authorization"] = f"Bearer {token}"
        return token

    def _renews(self, token: str) -> bool:
        return self._token is not None and self._token.refused(token)


class Wire:
    """Requests to one site, and their answers in the forms that are expected."""

    def __init__(self, connection: str, settings: JiraSettings, gate: Gate) -> None:
        self._connection = connection
        self._gate = gate
        self._timeout = settings.timeout_seconds
        self._adapter = _Adapter(connection, gate, _token(connection, settings, gate))
        secret = settings.token.get_secret_value() if settings.token else ""
        self._jira = JIRA(
            server=settings.url.rstrip("/"),
            options={"rest_api_version": edition(settings.edition).api},
            basic_auth=(settings.email, secret) if settings.email and secret else None,
            token_auth=secret if secret and not settings.email else None,
            get_server_info=False,
            max_retries=0,
            timeout=settings.timeout_seconds,
            logging=False,
        )
        # Without serverInfo the client would take the site for a Data Center and answer None to Cloud calls.
        self._jira.deploymentType = "Cloud"
        self.session = self._jira._session
        self.session.headers["User-Agent"] = "Loopwright"
        self.session.mount("https://", self._adapter)
        self.session.mount("http://", self._adapter)

    @property
    def jira(self) -> JIRA:
        """The client, for those of its methods that send what the reference asks for and no more."""
        return self._jira

    @property
    def time(self) -> datetime:
        """Jira's clock when it was last asked: nothing that it answered with is later than its answer."""
        return self._adapter.time

    def close(self) -> None:
        self.session.close()

    def url(self, path: str) -> str:
        """``path`` below the API, or from the root of the site if it begins with a slash."""
        if path.startswith("/"):
            return f"{self._jira._options['server']}{path}"
        return self._jira._get_url(path)

    def get(self, form: type[T], path: str, query: Query | None = None) -> T:
        return self._read(form, self.session.get(self.url(path), params=query).content)

    def post(self, form: type[T], path: str, body: Mapping[str, JsonValue], query: Query | None = None) -> T:
        return self._read(form, self.write("POST", path, body, query))

    def put(self, form: type[T], path: str, body: Mapping[str, JsonValue], query: Query | None = None) -> T:
        return self._read(form, self.write("PUT", path, body, query))

    def write(
        self,
        method: Literal["POST", "PUT", "DELETE"],
        path: str,
        body: Mapping[str, JsonValue] | None = None,
        query: Query | None = None,
    ) -> bytes:
        """A request whose answer matters little; what it brought."""
        data = None if body is None else json.dumps(body)
        return bytes(self.session.request(method, self.url(path), data=data, params=query).content)

    def change(self, method: Literal["POST", "PUT"], path: str, body: Mapping[str, JsonValue]) -> None:
        """A request that Jira answers with nothing: what is answered with something did not reach it."""
        if self.write(method, path, body):
            raise misunderstood(self._adapter.asked, ValueError("a body where there is none"))

    def send_form(self, form: type[T], path: str, body: Iterable[bytes], headers: Mapping[str, str]) -> T:
        """Send a body piece by piece; ``body`` knows its length."""
        answer = self.session.request("POST", self.url(path), data=body, headers={**headers})
        return self._read(form, answer.content)

    def own(self, form: type[T], method: Callable[[], object]) -> T:
        """The answer to one of the client's own methods."""
        try:
            return TypeAdapter(form).validate_python(method())
        except (ValueError, JIRAError) as error:  # a ValidationError is a ValueError
            raise misunderstood(self._adapter.asked, error) from error

    @contextmanager
    def stream(self, path: str) -> Iterator[Iterator[bytes]]:
        """A body piece by piece. Where the site sends us elsewhere, we go there without our credential."""
        answer = self.session.get(self.url(path), stream=True, allow_redirects=False)
        with requests.Session() as stranger:
            if answer.is_redirect:
                answer.close()
                adapter = _Adapter(self._connection, self._gate)
                stranger.mount("https://", adapter)
                stranger.mount("http://", adapter)
                answer = stranger.get(
                    answer.headers["Location"], stream=True, auth=_nobody, timeout=self._timeout
                )
            try:
                yield self._pieces(answer)
            finally:
                answer.close()

    def _pieces(self, answer: requests.Response) -> Iterator[bytes]:
        asked = Asked(self._connection, "GET", answer.request.path_url.partition("?")[0])
        try:
            yield from answer.iter_content(CHUNK)
        except requests.RequestException as error:
            raise lost(asked, error) from error

    def _read(self, form: type[T], answer: bytes) -> T:
        try:
            return TypeAdapter(form).validate_json(answer)
        except ValidationError as error:
            raise misunderstood(self._adapter.asked, error) from error


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """In the place of what a ``.netrc`` would put there."""
    return request


def _token(connection: str, settings: JiraSettings, gate: Gate) -> RotatingToken | None:
    if settings.oauth_client_id is None:
        return None
    endpoint = urljoin(_AUTHORIZATION.get(urlsplit(settings.url).netloc, settings.url), "/oauth/token")
    return RotatingToken(connection, settings, endpoint, gate, timeout=settings.timeout_seconds)
