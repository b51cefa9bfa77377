"""A Zendesk account of its own for each test, for the conformance suite and for Zendesk's own tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from pydantic import JsonValue, SecretStr

from connectors.limits import Standing
from connectors.model import Audience
from connectors.protocol import Connector, Gate
from connectors.zendesk import ZendeskConnector, ZendeskSettings
from sandbox.company import Agent, Company, Customer, Post, Ticket
from sandbox.content import Content
from sandbox.credentials import EMAIL, TOKEN
from sandbox.faults import Fault, FaultKind
from sandbox.server import Sandbox
from sandbox.service import Conditions
from sandbox.zendesk import ZendeskService
from sandbox.zendesk.inputs import CommentInput, TicketInput
from tests.conformance.sandbox_world import SandboxWorld

CREATED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HIDDEN = 61
"""Seconds after which a change is in the export."""

COMPANY = Company(
    name="Northwind",
    customers=(Customer("Acme", "enterprise", 120_000, "acme.example", ("Ann Ames",)),),
    agents=(
        Agent("Loopwright", EMAIL, "bot"),
        Agent("Sue Port", "sue@northwind.example", "support"),
    ),
    tickets=(
        Ticket(
            title="Export fails",
            body="It says 500",
            customer="Acme",
            contact="Ann Ames",
            created=CREATED,
            status="open",
            priority="high",
            type="incident",
            assignee="Sue Port",
            product_area="Data export",
            labels=("export",),
            posts=(
                Post("Sue Port", CREATED + timedelta(hours=1), "Seen *before*", internal=True),
                Post(
                    "Ann Ames",
                    CREATED + timedelta(hours=2),
                    "<p>Any <b>news</b>?</p><p>On Mon, Sue Port wrote:</p><blockquote>hi</blockquote>",
                    html=True,
                ),
            ),
        ),
    ),
)


class ZendeskWorld(SandboxWorld[ZendeskService]):
    """One account. Exports go by a thousand, and leave out the last minute."""

    service_type = ZendeskService
    container = "Northwind"
    comment_audiences = (Audience.INTERNAL, Audience.CUSTOMER)
    unknown_id = "4711"
    status = "pending"
    priority = "urgent"
    custom: ClassVar[tuple[str, JsonValue] | None] = ("product_area", "Data export")
    body_changes = False
    secrets = (TOKEN, "wrong-token", "sandbox-secret")
    page_size = 1000
    idle_calls = 2

    def prepare(self) -> None:
        self.service.seed(COMPANY)

    def person_attaches(self, item_id: str, name: str, content: bytes) -> bool:
        service = self.service

        def attach() -> None:
            upload = service.uploads.add(name, "application/octet-stream", Content.of(content), None)
            said = CommentInput(body="See there", public=False, uploads=[upload.token])
            agent = service.state.users_by_email["sue@northwind.example"]
            ticket = service.state.tickets[int(item_id)]
            service.editor.update(agent, ticket, TicketInput(comment=said), channel="web")

        self.sandbox.call(attach)
        return True

    def person_deletes(self, item_id: str) -> bool:
        self.sandbox.call(lambda: self.service.person_deletes(item_id))
        return True

    def open(self, connection: str, gate: Gate, *, url: str, right: bool) -> Connector:
        settings = ZendeskSettings(
            url=url,
            email=EMAIL,
            api_token=SecretStr(TOKEN if right else "wrong-token"),
            webhook_secret=SecretStr(self.sandbox.conditions.webhook_secret),
            settle_seconds=0,
            timeout_seconds=self.patience,
        )
        return ZendeskConnector.open(connection, settings, gate)


class Requests:
    """A gate that lets everything through and remembers it."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.standings: list[Standing] = []

    def __call__(self, method: str, path: str) -> None:
        self.made.append(f"{method} {path}")

    def heard(self, standing: Standing) -> None:
        self.standings.append(standing)


class ZendeskAccount:
    """A running sandbox with one ticket, and a connector to it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.service = sandbox.service(ZendeskService)
        self.requests = Requests()
        self.connector = self.connect()

    def connect(self, gate: Gate | None = None, **settings: object) -> ZendeskConnector:
        """One more connector; it counts its requests in the same place, unless it has a gate of its own."""
        given: dict[str, object] = {
            "url": self.service.base_url,
            "email": EMAIL,
            "api_token": SecretStr(TOKEN),
            "webhook_secret": SecretStr(self.sandbox.conditions.webhook_secret),
            "settle_seconds": 0,
        }
        known = ZendeskSettings.model_validate({**given, **settings})
        return ZendeskConnector.open("zendesk", known, gate or self.requests)

    def calls(self) -> int:
        """Requests that reached the service so far."""
        return sum(self.sandbox.faults["zendesk"].calls.values())

    def breaks(self, kind: FaultKind, match: str, times: int = 1) -> None:
        """Let the next matching requests go wrong."""
        self.sandbox.faults["zendesk"].active.append(Fault(kind, match, times))

    def notes(self, many: int) -> None:
        """Somebody writes that many internal notes on the ticket."""

        def write() -> None:
            for number in range(many):
                self.service.person_comments("1", f"Note {number}", internal=True)

        self.sandbox.call(write)

    def tickets(self, many: int) -> None:
        """Customers write that many tickets."""

        def write() -> None:
            for number in range(many):
                self.service.person_creates(title=f"Ticket {number}", body="It stops")

        self.sandbox.call(write)

    def settle(self) -> None:
        """Let the last minute pass, which no export shows."""
        self.sandbox.clock.advance(HIDDEN)


@contextmanager
def zendesk_account(*, limits: bool = False) -> Iterator[ZendeskAccount]:
    sandbox = Sandbox([ZendeskService], conditions=Conditions(limits=limits))
    sandbox.service(ZendeskService).seed(COMPANY)
    with sandbox.running():
        account = ZendeskAccount(sandbox)
        try:
            yield account
        finally:
            account.connector.close()
