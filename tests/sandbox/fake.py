"""Four small services for tests of what is around the services: items in a dict, and nothing of a vendor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from sandbox.app import WholeSandbox, make_sandbox
from sandbox.clock import Clock
from sandbox.company import Company, Report
from sandbox.hooks import Hooks
from sandbox.service import Card, CardComment, Conditions, Service

BOT = "Loopwright"


class FakeService(Service):
    """``POST /items/{id}/comments`` and ``PATCH /items/{id}`` stand for what a program does to it."""

    prefix = "IT-"
    statuses: tuple[str, ...] = ("open", "closed")
    containers: tuple[str, ...] = ("main",)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/items/{item}/comments", self._api_comment, methods=["POST"]),
            Route("/items/{item}", self._api_patch, methods=["PATCH"]),
        ]

    def __init__(self, clock: Clock, hooks: Hooks, conditions: Conditions) -> None:
        super().__init__(clock, hooks, conditions)
        self.items: dict[str, Card] = {}
        self.subscribed: list[str] = []

    def put(self, title: str, body: str = "", **more: object) -> str:
        """An item without anybody being told."""
        number = str(len(self.items) + 1)
        now = self.clock.now() + timedelta(milliseconds=len(self.items))
        card = Card(
            id=number,
            key=f"{self.prefix}{number}",
            title=title,
            body=body,
            status=self.statuses[0],
            statuses=self.statuses,
            priority="",
            labels=(),
            people="Ada Berglind, Plover Rail",
            container=self.containers[0],
            created=now,
            updated=now,
        )
        self.items[number] = replace(card, **more)  # type: ignore[arg-type]
        return number

    def change(self, item: str, **more: object) -> None:
        card = replace(self.items[item], updated=self.clock.now(), **more)  # type: ignore[arg-type]
        self.items[item] = card
        self.changed(item)

    def say(self, item: str, author: str, text: str, *, internal: bool) -> None:
        said = CardComment(author, text, self.clock.now(), internal)
        self.change(item, comments=(*self.items[item].comments, said))

    def remove(self, item: str) -> None:
        del self.items[item]
        self.changed(item)

    async def _api_comment(self, request: Request) -> JSONResponse:
        body = await request.json()
        self.say(request.path_params["item"], BOT, body["text"], internal=body["internal"])
        return JSONResponse({}, 201)

    async def _api_patch(self, request: Request) -> JSONResponse:
        self.change(request.path_params["item"], **await request.json())
        return JSONResponse({})

    def seed(self, company: Company) -> None:
        self.put(f"Welcome to {company.name}")

    def load(self, reports: Sequence[Report], container: str) -> list[str]:
        return [self.put(report.title, report.body, container=container) for report in reports]

    def cards(self, *, limit: int, search: str = "") -> list[Card]:
        found = [card for card in self.items.values() if search.lower() in card.title.lower()]
        return sorted(found, key=lambda card: card.updated, reverse=True)[:limit]

    def card(self, item_id: str) -> Card | None:
        return self.items.get(item_id)

    def person_creates(
        self, *, title: str, body: str, container: str = "", labels: Sequence[str] = ()
    ) -> str:
        if container and container not in self.containers:
            raise ValueError(f"container must be one of {', '.join(self.containers)}")
        item = self.put(title, body, labels=tuple(labels), container=container or self.containers[0])
        self.change(item)
        return item

    def person_comments(self, item_id: str, text: str, *, internal: bool) -> None:
        self.say(item_id, "Sam Norwick", text, internal=internal)

    def person_sets(
        self,
        item_id: str,
        *,
        title: str | None = None,
        status: str | None = None,
        priority: str | None = None,
        add_label: str | None = None,
        remove_label: str | None = None,
    ) -> None:
        if status is not None and status not in self.statuses:
            raise ValueError(f"status must be one of {', '.join(self.statuses)}")
        if add_label == "forbidden":
            raise ValueError("this label is reserved")
        if item_id not in self.items:
            raise ValueError(f"there is no item {item_id}")
        wanted = {"title": title, "status": status, "priority": priority}
        labels = [*self.items[item_id].labels, *([add_label] if add_label else [])]
        kept = tuple(label for label in labels if label != remove_label)
        self.change(item_id, labels=kept, **{name: value for name, value in wanted.items() if value})

    def subscribe(self, url: str) -> None:
        self.subscribed.append(url)


class FakeZendesk(FakeService):
    name = "zendesk"
    prefix = "ZD-"
    statuses = ("new", "open", "hold", "solved")


class FakeJira(FakeService):
    name = "jira"
    prefix = "ENG-"
    statuses = ("To Do", "In Progress", "Done")
    containers = ("ENG", "MOB")


class FakeGitHub(FakeService):
    name = "github"
    prefix = "acme/app#"
    containers = ("acme/app",)


class FakeNotion(FakeService):
    name = "notion"
    prefix = "N-0000000"
    statuses = ("New", "Planned")
    containers = ("Feedback",)

    def seed(self, company: Company) -> None:
        """An empty tool."""


FAKES: tuple[type[FakeService], ...] = (FakeZendesk, FakeJira, FakeGitHub, FakeNotion)


@contextmanager
def running_fakes() -> Iterator[WholeSandbox]:
    """A served sandbox of four fake services with two items each, one of them about another tool's."""
    sandbox = make_sandbox(service_types=FAKES)
    for service_type in FAKES:
        service = sandbox.service(service_type)
        service.put(f"First of {service.name}")
        service.put(f"Second of {service.name}", priority="high", labels=("bug", "export"))
    sandbox.service(FakeJira).put(
        "Mirror of a ticket", "**Ticket:** [ZD-1](http://127.0.0.1:1/tickets/1)", container="MOB"
    )
    with sandbox.running():
        yield sandbox
