"""The one door to a Zendesk account: passes the gate, sends once, turns every failure into our errors.

zenpy by itself would sleep on a 429 and send again, follow redirects, trip over HTML pages, and make objects
that fetch their parts one by one. It never sees an answer, only that there was one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import BytesIO
from typing import TypeVar
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
from pydantic import BaseModel, JsonValue, ValidationError
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from zenpy import Zenpy

from connectors.errors import ConnectorError, NotFound, Unavailable
from connectors.oauth import RotatingToken
from connectors.protocol import Gate
from connectors.zendesk import limits
from connectors.zendesk.failures import Asked, lost, misunderstood, refused
from connectors.zendesk.rows import Page
from connectors.zendesk.settings import ZendeskSettings

M = TypeVar("M", bound=BaseModel)
P = TypeVar("P", bound=Page)
Query = Mapping[str, str | int | list[str]]

MANY = 100
"""Items in one request, for all that Zendesk takes or gives by the hundred."""
_DOMAIN, _SUBDOMAIN = "invalid", "zendesk"
"""Where zenpy believes it is: it knows no base URL of its own, so its requests are sent on to ours."""
_SCOPE = "read write"
"""Brands and fields of tickets have no narrower scope of their own."""
_PIECE = 1 << 16
_MOST_REDIRECTS = 5

# below that, zenpy writes whole bodies into the log, customers' words included
logging.getLogger("zenpy").setLevel(logging.INFO)


class Bearer(AuthBase):
    """An OAuth token, set where no ``.netrc`` can take its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Nobody(AuthBase):
    """No credential, not even one that a ``.netrc`` has for that host."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class _Adapter(HTTPAdapter):
    def __init__(self, connection: str, gate: Gate, token: RotatingToken | None, site: str) -> None:
        super().__init__(max_retries=0)
        self._connection = connection
        self._gate = gate
        self._token = token
        self._site = site
        self.asked = Asked(connection, "GET", "/")
        self.answer = b""
        """The body of the last answer."""

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
        try:
            response = super().send(request, stream, timeout, verify, cert, proxies)
            self.answer = b"" if stream else response.content
        except requests.RequestException as error:
            raise lost(asked, error) from error
        for standing in limits.standings(asked.method, path, response.headers):
            self._gate.heard(standing)
        if response.status_code == 401 and token and self._token and self._token.refused(token):
            raise Unavailable(f"{asked}: the access token has run out; the next request brings a new one")
        if stream:
            return response
        if not 200 <= response.status_code < 300:
            raise refused(asked, response)
        done = requests.Response()
        done.status_code = 200
        done.raw = BytesIO(b"{}")
        done.request = request
        done.url = request.url or ""
        return done

    def _sign(self, request: requests.PreparedRequest) -> str | None:
        """With the token of the moment, and for the account's own host alone."""
        if self._token is None or not _same_host(request.url or "", self._site):
            return None
        token = self._token.current()
        request.headers["Authorization"] = f"Bearer {token}"
        return token


class _Session(requests.Session):
    """Sends zenpy's requests to the connection's own address."""

    def __init__(self, site: str, auth: AuthBase, adapter: _Adapter) -> None:
        super().__init__()
        self._site = site
        self.idempotency_key: str | None = None
        self.auth = auth
        self.headers["User-Agent"] = "Loopwright"
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        asked = urlsplit(str(request.url))
        request.url = self._site + urlunsplit(("", "", asked.path, asked.query, ""))
        prepared = super().prepare_request(request)
        if self.idempotency_key is not None:
            prepared.headers["Idempotency-Key"] = self.idempotency_key
        return prepared


class _Sized:
    """Bytes to be sent piece by piece, with their number told first."""

    def __init__(self, content: Iterable[bytes], size: int) -> None:
        self._content = content
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._content)


class Wire:
    """Requests to one account, and their answers as checked records."""

    def __init__(self, connection: str, settings: ZendeskSettings, gate: Gate) -> None:
        self._timeout = settings.timeout_seconds
        self._connection = connection
        self.site = settings.url.rstrip("/")
        token = None
        if settings.oauth_client_id is not None:
            endpoint = f"{self.site}/oauth/tokens"
            token = RotatingToken(connection, settings, endpoint, gate, scope=_SCOPE, timeout=self._timeout)
        self._adapter = _Adapter(connection, gate, token, self.site)
        self._auth = _auth(settings)
        self._session = _Session(self.site, self._auth, self._adapter)
        self._elsewhere = requests.Session()
        for scheme in ("https://", "http://"):
            self._elsewhere.mount(scheme, self._adapter)
        self.zenpy = Zenpy(
            domain=_DOMAIN,
            subdomain=_SUBDOMAIN,
            session=self._session,
            anonymous=True,
            timeout=self._timeout,
            disable_cache=True,
        )

    def ask(self, model: type[M], request: Callable[[], object]) -> M:
        """Let zenpy make its one request, and read the raw answer."""
        request()
        try:
            return model.model_validate_json(self._adapter.answer)
        except ValidationError as error:
            raise misunderstood(self._adapter.asked, error) from error

    def ask_once(self, model: type[M], request: Callable[[], object], key: str) -> M:
        """The same with an Idempotency-Key, which ``POST /tickets`` alone honours."""
        self._session.idempotency_key = key
        try:
            return self.ask(model, request)
        finally:
            self._session.idempotency_key = None

    def get(self, model: type[M], path: str, query: Query | None = None) -> M:
        """``path`` stands under ``/api/v2/``. zenpy lacks many of the side-loads and routes that we need."""
        return self.ask(model, lambda: self._send("GET", path, query))

    def pages(self, model: type[P], path: str, query: Query | None = None) -> Iterator[P]:
        """The pages of a list, by cursor; read as they are asked for."""
        wanted: dict[str, str | int | list[str]] = {**(query or {}), "page[size]": MANY}
        while True:
            page = self.get(model, path, wanted)
            yield page
            if not page.meta.has_more or page.meta.after_cursor is None:
                return
            wanted["page[after]"] = page.meta.after_cursor

    def write(self, model: type[M], method: str, path: str, body: JsonValue, query: Query | None = None) -> M:
        return self.ask(model, lambda: self._send(method, path, query, body))

    def act(self, method: str, path: str, body: JsonValue = None) -> None:
        """A request whose answer tells nothing."""
        self._send(method, path, None, body)

    def _send(self, method: str, path: str, query: Query | None, body: JsonValue = None) -> None:
        url = f"{self.site}/api/v2/{path}.json"
        self._session.request(method, url, params=query, json=body, timeout=self._timeout)

    def upload(
        self, model: type[M], path: str, query: Query, content: Iterable[bytes], size: int, media_type: str
    ) -> M:
        """Send a body piece by piece."""
        url = f"{self.site}/api/v2/{path}.json"
        headers = {"Content-Type": media_type}
        body = _Sized(content, size) if size else b""
        return self.ask(
            model,
            lambda: self._session.post(
                url,
                params=query,
                data=body,
                headers=headers,
                timeout=self._timeout,
            ),
        )

    def download(self, address: str) -> Iterator[bytes]:
        """What lies at an address, piece by piece; our credential goes to the account's own host alone."""
        url = urljoin(f"{self.site}/", address)
        for _ in range(_MOST_REDIRECTS):
            ours = _same_host(url, self.site)
            auth = self._auth if ours else _Nobody()
            with self._elsewhere.get(
                url, stream=True, auth=auth, timeout=self._timeout, allow_redirects=False
            ) as response:
                if response.is_redirect:
                    url = urljoin(url, response.headers["location"])
                    continue
                if response.status_code != 200:
                    raise self._no_file(response, ours)
                try:
                    yield from response.iter_content(_PIECE)
                except requests.RequestException as error:
                    raise lost(self._adapter.asked, error) from error
                return
        raise NotFound(f"{self._connection}: the file's address leads round in circles")

    def _no_file(self, response: requests.Response, ours: bool) -> ConnectorError:
        """Another host knows nothing of our rights: what it refuses is gone, and halts nothing."""
        if ours or response.status_code >= 500 or response.status_code == 429:
            return refused(self._adapter.asked, response)
        return NotFound(f"{self._connection}: the file's host answered {response.status_code}")

    def close(self) -> None:
        self._session.close()
        self._elsewhere.close()


def _auth(settings: ZendeskSettings) -> AuthBase:
    """An API token acts as the user whose address stands before it."""
    if settings.oauth_client_id is not None:
        return _Nobody()
    if settings.oauth_token is not None:
        return Bearer(settings.oauth_token.get_secret_value())
    token = settings.api_token.get_secret_value() if settings.api_token else ""
    return HTTPBasicAuth(f"{settings.email}/token", token)


def _same_host(url: str, site: str) -> bool:
    one, other = urlsplit(url), urlsplit(site)
    return (one.scheme, one.netloc) == (other.scheme, other.netloc)
