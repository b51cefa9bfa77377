"""Two emulated tools, an engine between them that hears their webhooks, and a weather over both of them.

Everything happens in one thread, by the sandbox's clock and from a seed; only requests and webhooks travel.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import get_args

from pydantic import JsonValue

from connectors.errors import ConnectorError
from connectors.registry import connector_type
from rules.load import load_texts
from sandbox import credentials
from sandbox.github import GitHubService
from sandbox.jira import JiraDataCenterService, JiraService
from sandbox.notion import NotionService
from sandbox.server import Sandbox
from sandbox.service import Card, Conditions, Service
from sandbox.trouble import Fault, FaultKind, HookFaultKind, Kind, Weather
from sandbox.zendesk import ZendeskService
from sync.apply import work
from sync.baseline import baseline
from sync.engine import Engine
from sync.fleet import ConnectionSpec, Fleet
from sync.follow import follow
from sync.poll import poll
from sync.store import effects, files, hints, notices
from sync.store.budgets import Rate
from sync.store.database import Store
from sync.store.effects import State
from sync.store.notices import Notice
from sync.webhooks import Ear
from tests.integration.small import company

RULES = """
version: 1
rules:
  - id: there-and-back
    when: {connection: zendesk, labels: {has: bug}}
    then:
      - mirror:
          to: %(tool)s
          project: %(container)s
          keep_in_sync:
            title: {direction: both, publish: true}
            comments: {direction: both, audience: internal}
      - add_labels: [mirrored]
"""
FREE = Rate(per_second=1e6, burst=1_000_000)
HOOKS = frozenset(get_args(HookFaultKind))
KINDS: tuple[Kind, ...] = (*get_args(FaultKind), *get_args(HookFaultKind))
LATE = 90.0
"""Seconds of the sandbox's clock by which webhooks are late."""
MOST_TURNS = 100


@dataclass(frozen=True, slots=True)
class Tool:
    """One end of the loop."""

    service: type[Service]
    container: str
    settings: Mapping[str, JsonValue]
    address: str = "url"
    writes: str = r"^(POST|PUT|PATCH|DELETE) "
    """Of ``METHOD /path``: which requests change something."""
    moment: float = 0.3
    """Seconds for which an answer is waited for as long as faults strike."""


ZENDESK = Tool(ZendeskService, "", {"email": credentials.EMAIL, "api_token": credentials.TOKEN})

TOOLS = {
    "jira": Tool(
        JiraService,
        "ENG",
        {"email": credentials.EMAIL, "token": credentials.TOKEN, "projects": ["ENG"]},
        writes=r"^(PUT|DELETE) |^POST /rest/api/3/(?!search|issue/bulkfetch|comment/list)",
    ),
    "jira-data-center": Tool(
        JiraDataCenterService,
        "ENG",
        {"edition": "data_center", "token": credentials.TOKEN, "projects": ["ENG"]},
        writes=r"^(PUT|DELETE) |^POST /rest/api/2/(?!search)",
    ),
    "github": Tool(
        GitHubService,
        "northwind-soft/app",
        {"token": credentials.TOKEN, "repositories": ["northwind-soft/app"]},
        "base_url",
        moment=1,  # its client counts in whole seconds
    ),
    "notion": Tool(
        NotionService,
        "Feedback",
        {"token": credentials.TOKEN, "databases": [{"name": "Feedback", "kind": "feedback"}]},
        "base_url",
        writes=r"^(POST /v1/(pages|comments)$|(PATCH|DELETE) )",
    ),
}


class Storm:
    """Tickets, each with its mirror in ``tool``, and people who write in both while faults strike."""

    def __init__(self, tool: Tool, seed: int, folder: Path) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - foretellable
        self.tools = {"zendesk": ZENDESK, tool.service.name: tool}
        self.there = tool.service.name
        self.sandbox = Sandbox([ZendeskService, tool.service], conditions=Conditions(limits=False))
        for service in self.sandbox.services.values():
            service.seed(company())
        self.rules = load_texts({"rules.yaml": RULES % {"tool": self.there, "container": tool.container}})
        self.store = Store(f"sqlite:///{folder / 'store.sqlite'}")
        self.store.migrate()
        self.numbers = count(1)
        self.tickets: list[str] = []
        self.named: dict[str, str] = {}
        """By ticket: the title that was given last."""
        self.said: dict[tuple[str, str], list[str]] = {}
        """By tool and ticket: what people said there, each a word that is said once."""
        self._stack = ExitStack()
        self._stack.callback(self.store.close)
        self._stack.enter_context(self.sandbox.running())
        self._port = 0
        self.start()
        for name in self.tools:
            subscribe, url = (
                self.sandbox.services[name].subscribe,
                f"http://127.0.0.1:{self._port}/hooks/{name}",
            )
            self.sandbox.call(partial(subscribe, url))

    def close(self) -> None:
        self.stop()
        self._stack.close()

    # -- the engine ------------------------------------------------------------------------------------------

    def start(self, *, patient: bool = False) -> None:
        """What a process does when it starts."""
        specs = [self._spec(name, tool, patient) for name, tool in self.tools.items()]
        self.engine = Engine(self.store, self.rules, Fleet(self.store, specs, self.now, self.wait), self.now)
        with self.store.write() as tx:
            effects.recover(tx, self.now())
        baseline(self.engine)
        self._ear = Ear(self.engine, "127.0.0.1", self._port)
        self._ear.start()
        self._port = self._ear.port

    def stop(self) -> None:
        self._ear.stop()
        self.engine.fleet.close()

    def _spec(self, name: str, tool: Tool, patient: bool) -> ConnectionSpec:
        type_ = connector_type(name)
        given: dict[str, JsonValue] = {
            **tool.settings,
            tool.address: self.sandbox.services[name].base_url,
            "webhook_secret": self.sandbox.conditions.webhook_secret,
            "timeout_seconds": 10 if patient else tool.moment,
        }
        return ConnectionSpec(name, type_, type_.Settings.model_validate(given), FREE, 1.0)

    def now(self) -> float:
        return self.sandbox.clock.now().timestamp()

    def wait(self, seconds: float) -> bool:
        self.sandbox.call(lambda: self.sandbox.clock.advance(seconds))
        self.sandbox.drain()
        return False

    def turn(self) -> None:
        """People act; then, in any order, what the threads of a daemon do at the same time."""
        self.people_act()
        self.wait(self.dice.choice([1.0, 20.0, LATE]))
        acts = [(act, name) for act in ("poll", "follow", "work") for name in self.tools]
        for act, name in self.dice.sample(acts, len(acts)):
            with suppress(ConnectorError):  # a daemon says so, and asks again
                if act == "poll":
                    poll(self.engine, name)
                elif act == "follow":
                    follow(self.engine, name)
                else:
                    work(self.engine, name, "worker", limit=5)

    def settle(self) -> None:
        """Go on until twice nothing was left to do, letting enough time pass for everything to show."""
        quiet = 0
        for _ in range(100):
            self.wait(2 * LATE)
            busy = 0
            for name in self.tools:
                while poll(self.engine, name):
                    pass
                busy += follow(self.engine, name) + work(self.engine, name, "worker", limit=50)
            quiet = 0 if busy or self._waiting() else quiet + 1
            if quiet == 2:
                return
        raise AssertionError("the loop does not come to rest")

    def _waiting(self) -> bool:
        with self.store.read() as view:
            return any(
                effects.busy(view, name) or hints.any_waiting(view, name) or files.any_waiting(view, name)
                for name in self.tools
            )

    # -- the weather -----------------------------------------------------------------------------------------

    def strike(self, kind: Kind) -> None:
        """Let one kind of fault strike both tools: any request and one that writes, or two webhooks."""
        for name, tool in self.tools.items():
            if kind in HOOKS:
                asked = [Fault(kind, times=2, seconds=LATE)]
            else:
                asked = [Fault(kind, match, seconds=2 * tool.moment) for match in (tool.writes, ".*")]
            self.sandbox.faults[name].active.extend(asked)
        for _ in range(MOST_TURNS):
            self.turn()
            if not any(faults.active for faults in self.sandbox.faults.values()):
                return
        raise AssertionError(f"{kind} does not strike: {self.sandbox.faults}")

    def strike_by_chance(self, turns: int) -> None:
        """All kinds of faults at once, by the seed."""
        for faults in self.sandbox.faults.values():
            faults.weather = Weather(self.dice.randrange(1_000_000), dict.fromkeys(KINDS, 0.02))
        for _ in range(turns):
            self.turn()
        for faults in self.sandbox.faults.values():
            faults.calm()

    # -- people ----------------------------------------------------------------------------------------------

    def people_act(self) -> None:
        """Somebody reports, or comments at either end, or gives another title at the end that is free to."""
        if not self.tickets or self.dice.random() < 0.1:
            self._report()
        at = self.dice.choice([*self.tools])
        number = self.dice.randrange(len(self.tickets))
        ticket = self.tickets[number]
        item = ticket if at == "zendesk" else self.mirror(ticket)
        if item is None:
            return
        service = self.sandbox.services[at]
        word = f"word{next(self.numbers)}z"  # no letter that any markup escapes
        self.sandbox.call(lambda: service.person_comments(item, word, internal=True))
        self.said.setdefault((at, ticket), []).append(word)
        # The title of a ticket is given at one end only: what is given at both at once would be a conflict.
        if at == [*self.tools][number % 2]:
            title = f"title-{number}-{next(self.numbers)}-"
            self.sandbox.call(lambda: service.person_sets(item, title=title))
            self.named[ticket] = title

    def _report(self) -> None:
        title = f"title-{len(self.tickets)}-"
        zendesk = self.sandbox.services["zendesk"]
        ticket = self.sandbox.call(
            lambda: zendesk.person_creates(title=title, body="Every time.", labels=["bug"])
        )
        self.tickets.append(ticket)
        self.named[ticket] = title

    def mirror(self, ticket: str) -> str | None:
        """The id of the ticket's mirror, known by the number in its title; ``None`` before it is made."""
        found = self.mirrors(ticket)
        return found[0].id if found else None

    # -- what came of it -------------------------------------------------------------------------------------

    def cards(self, name: str) -> list[Card]:
        """Everything in a tool, with its comments."""
        service = self.sandbox.services[name]

        def look() -> list[Card]:
            return [card for one in service.cards(limit=1000) if (card := service.card(one.id))]

        return sorted(self.sandbox.call(look), key=lambda card: card.id)

    def mirrors(self, ticket: str) -> list[Card]:
        beginning = f"title-{self.tickets.index(ticket)}-"
        return [card for card in self.cards(self.there) if card.title.startswith(beginning)]

    def comments(self, name: str, ticket: str) -> list[str]:
        """What is said at one end of the ticket's link, oldest first."""
        cards = [card for card in self.cards("zendesk") if card.id == ticket]
        (card,) = cards if name == "zendesk" else self.mirrors(ticket)
        return [comment.text for comment in card.comments]

    def told(self) -> list[Notice]:
        with self.store.read() as view:
            return notices.all_of(view)

    def parked(self) -> list[str]:
        with self.store.read() as view:
            return [effect.error or "" for effect in effects.in_state(view, State.PARKED)]
