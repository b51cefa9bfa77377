"""A small company's Zendesk, running, with a client that is signed in as the bot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.company import Agent, Company, Customer, Post, Ticket
from sandbox.credentials import EMAIL, TOKEN
from sandbox.server import Sandbox
from sandbox.service import Conditions
from sandbox.trouble import Fault, Kind
from sandbox.zendesk import ZendeskService

CREATED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
COMPANY = Company(
    name="Northwind",
    customers=(Customer("Acme", "enterprise", 120_000, "acme.example", ("Ann Ames", "Al Ames")),),
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
            status="pending",
            priority="high",
            type="incident",
            assignee="Sue Port",
            product_area="Data export",
            labels=("Export",),
            posts=(
                Post("Sue Port", CREATED + timedelta(hours=1), "We look into it"),
                Post("Sue Port", CREATED + timedelta(hours=2), "Seen before", internal=True),
                Post("Ann Ames", CREATED + timedelta(hours=3), "<p>Any <b>news</b>?</p>", html=True),
            ),
        ),
        Ticket(
            title="Old one",
            body="Long ago",
            customer="Acme",
            contact="Al Ames",
            created=CREATED - timedelta(days=30),
            status="closed",
            priority=None,
            type=None,
            assignee=None,
            product_area="",
        ),
    ),
)


class Receiver:
    """Somebody's webhook endpoint; answers with each of ``statuses`` once, then with 204."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.app = Starlette(routes=[Route("/hook", self.take, methods=["POST"])])

    async def take(self, request: Request) -> Response:
        self.requests.append((dict(request.headers), await request.body()))
        return Response(status_code=self.statuses.pop(0) if self.statuses else 204)


class Account:
    """A running sandbox and a client signed in as the bot."""

    def __init__(self, sandbox: Sandbox, client: httpx.Client, receiver: Receiver, hook_url: str) -> None:
        self.sandbox = sandbox
        self.service = sandbox.service(ZendeskService)
        self.client = client
        self.receiver = receiver
        self.hook_url = hook_url

    def get(self, path: str, **query: str | int) -> httpx.Response:
        return self.client.get(f"/api/v2/{path}", params=query)

    def ticket(self, **ticket: object) -> httpx.Response:
        return self.client.post("/api/v2/tickets.json", json={"ticket": ticket})

    def change(self, number: int, **ticket: object) -> httpx.Response:
        return self.client.put(f"/api/v2/tickets/{number}.json", json={"ticket": ticket})

    def put(self, path: str, **body: object) -> httpx.Response:
        return self.client.put(f"/api/v2/{path}", json=body)

    def post(self, path: str, **body: object) -> httpx.Response:
        return self.client.post(f"/api/v2/{path}", json=body)

    def breaks(self, kind: Kind, match: str = ".*", times: int = 1, seconds: float | None = None) -> None:
        """Let the next matching requests or webhooks go wrong."""
        self.sandbox.faults["zendesk"].active.append(Fault(kind, match, times, seconds))

    def pass_time(self, seconds: float) -> None:
        self.sandbox.call(lambda: self.sandbox.clock.advance(seconds))

    def on_the_minute(self, minutes: int = 1) -> None:
        """Let the windows of the limits begin just now."""
        length = 60 * minutes
        self.pass_time(length - self.sandbox.clock.now().timestamp() % length)

    def as_user(self, email: str) -> httpx.Client:
        return httpx.Client(base_url=self.service.base_url, auth=(f"{email}/token", TOKEN))


def zendesk_account(limits: bool) -> Iterator[Account]:
    sandbox = Sandbox([ZendeskService], conditions=Conditions(limits=limits))
    receiver = Receiver()
    port = sandbox.mount(receiver.app)
    service = sandbox.service(ZendeskService)
    service.seed(COMPANY)
    auth = (f"{EMAIL}/token", TOKEN)
    with sandbox.running(), httpx.Client(base_url=service.base_url, auth=auth) as client:
        yield Account(sandbox, client, receiver, f"http://127.0.0.1:{port}/hook")
