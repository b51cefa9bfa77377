"""zenpy, tamed: one request per call, never repeated and never waited for, each past the gate.

zenpy builds the requests; what comes back is read from the raw answer, because zenpy's objects lose what was
side-loaded once its cache is off, and then fetch it one call at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import BytesIO
from typing import TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

import requests
from pydantic import BaseModel, ValidationError
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from zenpy import Zenpy
from zenpy.lib.api_objects import Ticket

from connectors.model import JsonValue
from connectors.protocol import Gate
from connectors.zendesk.failures import Asked, lost, misunderstood, refused
from connectors.zendesk.rows import (
    BrandRow,
    BrandsPage,
    CommentsPage,
    ExportPage,
    FieldRow,
    FieldsPage,
    OrganizationRow,
    OrganizationsAnswer,
    Page,
    TicketAnswer,
    TicketsAnswer,
    UserAnswer,
    UserRow,
    UsersAnswer,
    WriteAnswer,
)

M = TypeVar("M", bound=BaseModel)
P = TypeVar("P", bound=Page)

_DOMAIN, _SUBDOMAIN = "invalid", "zendesk"
_ASKED = f"https://{_SUBDOMAIN}.{_DOMAIN}"
"""Where zenpy believes it is: it knows no base URL of its own, so its requests are sent on to ours."""
_BESIDE = ("users", "organizations")
_MANY = 100

# below that, zenpy writes whole bodies into the log, customers' words included
logging.getLogger("zenpy").setLevel(logging.INFO)


class Bearer(AuthBase):
    """An OAuth token, set where no ``.netrc`` can take its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def token_auth(email: str, api_token: str) -> AuthBase:
    """Zendesk's API token: it acts as the user whose address stands before it."""
    return HTTPBasicAuth(f"{email}/token", api_token)


class _Adapter(HTTPAdapter):
    """The one door to the network: passes the gate, sends once, turns every failure into our errors.

    zenpy never sees an answer, only that there was one. So it cannot sleep on a 429 and send again, follow
    a redirect, trip over an HTML page, or make objects that fetch their parts one by one.
    """

    def __init__(self, connection: str, gate: Gate) -> None:
        super().__init__(max_retries=0)
        self._connection = connection
        self._gate = gate
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
        self.asked = Asked(self._connection, request.method or "GET", path)
        self._gate(self.asked.method, path)
        try:
            response = super().send(request, stream, timeout, verify, cert, proxies)
            self.answer = response.content
        except requests.RequestException as error:
            raise lost(self.asked, error) from error
        if not 200 <= response.status_code < 300:
            raise refused(self.asked, response)
        done = requests.Response()
        done.status_code = 200
        done.raw = BytesIO(b"{}")
        done.request = request
        done.url = request.url or ""
        return done


class _Session(requests.Session):
    """Sends zenpy's requests to the connection's own address."""

    def __init__(self, base_url: str, auth: AuthBase, adapter: _Adapter) -> None:
        super().__init__()
        self._base_url = base_url
        self.idempotency_key: str | None = None
        self.auth = auth
        self.headers["User-Agent"] = "Loopwright"
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        asked = urlsplit(str(request.url))
        request.url = self._base_url + urlunsplit(("", "", asked.path, asked.query, ""))
        prepared = super().prepare_request(request)
        if self.idempotency_key is not None:
            prepared.headers["Idempotency-Key"] = self.idempotency_key
        return prepared


class Client:
    """The requests that the connector makes, and their answers as checked records."""

    def __init__(self, connection: str, base_url: str, auth: AuthBase, gate: Gate, *, timeout: float) -> None:
        self._connection = connection
        self._timeout = timeout
        self._adapter = _Adapter(connection, gate)
        self._session = _Session(base_url, auth, self._adapter)
        self._zenpy = Zenpy(
            domain=_DOMAIN,
            subdomain=_SUBDOMAIN,
            session=self._session,
            anonymous=True,
            timeout=timeout,
            disable_cache=True,
        )

    def me(self) -> UserRow:
        return self._ask(UserAnswer, self._zenpy.users.me).user

    def export(self, cursor: str | None, start: int) -> ExportPage:
        """A page of tickets in the order of their last change, with their people and organizations."""
        export = self._zenpy.tickets.incremental
        if cursor is None:
            return self._ask(ExportPage, lambda: export(start_time=start, include=_BESIDE))
        quoted = quote(cursor, safe="")
        return self._ask(ExportPage, lambda: export(cursor=quoted, include=_BESIDE))

    def ticket(self, number: int) -> TicketAnswer:
        return self._ask(TicketAnswer, lambda: self._zenpy.tickets(id=number, include=_BESIDE))

    def with_external_id(self, external_id: str) -> TicketsAnswer:
        quoted = quote(external_id, safe="")
        return self._ask(TicketsAnswer, lambda: self._zenpy.tickets(external_id=quoted, include=_BESIDE))

    def create(self, ticket: Mapping[str, JsonValue], key: str) -> WriteAnswer:
        """Create a ticket once, however often it is asked for with the same key within two hours."""
        self._session.idempotency_key = key
        try:
            return self._ask(WriteAnswer, partial(self._zenpy.tickets.create, _named(Ticket(), ticket)))
        finally:
            self._session.idempotency_key = None

    def update(self, number: int, ticket: Mapping[str, JsonValue]) -> WriteAnswer:
        changed = _named(Ticket(id=number), ticket)
        return self._ask(WriteAnswer, partial(self._zenpy.tickets.update, changed))

    def add_tags(self, number: int, tags: list[str]) -> None:
        self._zenpy.tickets.add_tags(number, tags)

    def delete_tags(self, number: int, tags: list[str]) -> None:
        self._zenpy.tickets.delete_tags(number, tags)

    def users(self, ids: list[int]) -> list[UserRow]:
        """At most a hundred."""
        return self._ask(UsersAnswer, lambda: self._zenpy.users(ids=ids)).users

    def organizations(self, ids: list[int]) -> list[OrganizationRow]:
        """At most a hundred."""
        return self._ask(OrganizationsAnswer, lambda: self._zenpy.organizations(ids=ids)).organizations

    def ticket_fields(self) -> list[FieldRow]:
        return [row for page in self._pages(FieldsPage, "ticket_fields") for row in page.ticket_fields]

    def brands(self) -> list[BrandRow]:
        return [row for page in self._pages(BrandsPage, "brands") for row in page.brands]

    def comments(self, number: int, *, newest_first: bool = False) -> Iterator[CommentsPage]:
        """A ticket's comments, the one that is its body included, with their authors."""
        query = {"include": "users", "sort": "-created_at" if newest_first else "created_at"}
        return self._pages(CommentsPage, f"tickets/{number}/comments", query)

    def close(self) -> None:
        self._session.close()

    def _pages(self, model: type[P], path: str, query: Mapping[str, str] | None = None) -> Iterator[P]:
        """The pages of a list, by cursor: zenpy lacks the side-loads and the order that we need here."""
        wanted = {**(query or {}), "page[size]": str(_MANY)}
        url = f"{_ASKED}/api/v2/{path}.json"
        while True:
            page = self._ask(model, partial(self._session.get, url, params=wanted, timeout=self._timeout))
            yield page
            if not page.meta.has_more or page.meta.after_cursor is None:
                return
            wanted = {**wanted, "page[after]": page.meta.after_cursor}

    def _ask(self, model: type[M], request: Callable[[], object]) -> M:
        """Make the one request and read its raw answer."""
        request()
        try:
            return model.model_validate_json(self._adapter.answer)
        except ValidationError as error:
            raise misunderstood(self._adapter.asked, error) from error


def _named(ticket: Ticket, values: Mapping[str, JsonValue]) -> Ticket:
    """The ticket with these values set. zenpy sends only what is set after construction once it is None."""
    for name, value in values.items():
        setattr(ticket, name, value)
    return ticket
