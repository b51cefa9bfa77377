"""The real connectors, over two of the emulated tools, with their faults and their webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar, get_args

from pydantic import JsonValue

from connectors.protocol import WebhookRequest
from connectors.registry import connector_type
from connectors.text.safety import bare
from sandbox.github import GitHubService
from sandbox.jira import JiraService, document
from sandbox.server import Sandbox
from sandbox.service import Card, Conditions
from sandbox.trouble import Fault, FaultKind, HookFaultKind
from sandbox.zendesk import ZendeskService
from sync.fleet import ConnectionSpec
from tests.integration.small import company
from tests.integration.storm import TOOLS, ZENDESK
from tests.simulation.death import Fate
from tests.simulation.memory import FREE
from tests.simulation.model import Promise, Readers, Shown, ShownComment
from tests.simulation.scene import Scene
from tests.simulation.wire import EAR, Headers, Wire

BEGIN = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
"""Later than any day on which the tests run: the sandbox's clock goes forward alone."""
PRIORITIES = {"urgent": "Highest", "high": "High", "normal": "Medium", "low": "Low"}
STARTS_WITH = {"github": "repository", "notion": "database"}
"""What a rule calls the place of a tool; a project elsewhere."""

RULES = """
version: 1
maps:
  forth: {{urgent: Highest, high: High, normal: Medium{forth}}}
  back: {{Highest: urgent, High: high, Medium: normal{back}}}
rules:
"""
TEAM = """
  - id: for-the-team{suffix}
    backfill: {backfill}
    when: {{connection: zendesk, labels: {{has: bug}}}}
    then:
      - mirror:
          to: {there}
          {kind}: {place}
          keep_in_sync:
            title: {{direction: both, publish: true}}{priority}
            comments: {{direction: both, audience: internal}}
      - add_labels: [mirrored]
"""
OPEN = """
  - id: in-the-open{suffix}
    backfill: {backfill}
    when: {{connection: zendesk, labels: {{has: known}}}}
    then:
      - mirror:
          to: {there}
          repository: northwind-soft/sdk
          publish: true
          keep_in_sync:
            title: {{direction: both, publish: true, conflict: source}}
            comments: {{direction: both, audience: public}}
"""


class EmulatedScene(Scene):
    """Tickets in Zendesk, and their mirrors in one of the others."""

    failures: ClassVar = (
        *(f"{kind} {what}" for kind in get_args(FaultKind) for what in ("read", "write")),
        *get_args(HookFaultKind),
    )
    patience = 200.0
    """Zendesk's exports tell of a change a minute later, and webhooks may be later than that."""
    quiets = 2

    def __init__(self, fate: Fate, *, tool: str) -> None:
        super().__init__(fate)
        self.tool = TOOLS[tool]
        self.there = self.tool.service.name
        self.names = ("zendesk", self.there)
        self.sandbox = Sandbox([ZendeskService, self.tool.service], conditions=Conditions(limits=False))
        self.sandbox.clock.freeze()
        self.sandbox.clock.advance((BEGIN - self.sandbox.clock.now()).total_seconds())
        self.wire = Wire(self.sandbox, fate, self._webhook)
        self._stack = ExitStack()
        self._stack.callback(self.wire.close)
        self._stack.enter_context(self.wire.instead_of_sockets())
        for name, service in self.sandbox.services.items():
            self.wire.call(partial(service.seed, company()))
            self.wire.call(partial(service.subscribe, f"http://{EAR}/hooks/{name}"))

    def close(self) -> None:
        self._stack.close()

    def _webhook(self, name: str, headers: Headers, body: bytes) -> bool:
        named = {key.lower(): value for key, value in headers}
        return self.ear(name, WebhookRequest(named, body, self.sandbox.clock.now()))

    @property
    def zendesk(self) -> ZendeskService:
        return self.sandbox.service(ZendeskService)

    def promises(self) -> list[Promise]:
        kept: dict[str, dict[str, str]] = {"title": {}}
        if self.there == "jira":
            kept["priority"] = PRIORITIES
        team = Promise(
            "bug",
            (self.there, self.tool.container),
            "internal",
            kept,
            at_times=frozenset({"low"}),
            held=frozenset(kept),
        )
        known = Promise("known", (self.there, "northwind-soft/sdk"), "public", {"title": {}})
        return [team, known] if self.there == "github" else [team]

    def rules(self, *, backfill: bool, renamed: bool, without: str = "", known: str = "") -> str:
        texts = {"bug": TEAM} | ({"known": OPEN} if self.there == "github" else {})
        priority = "\n            priority: {direction: both, map: forth, reverse: back}"
        kept = "".join(text for label, text in texts.items() if label != without)
        return (RULES + (kept or "  []")).format(
            backfill=str(backfill).lower(),
            suffix="-again" if renamed else "",
            there=self.there,
            kind=STARTS_WITH.get(self.there, "project"),
            place=self.tool.container,
            priority=priority if self.there == "jira" else "",
            forth=f", {known}: {known.capitalize()}" if known else "",
            back=f", {known.capitalize()}: {known}" if known else "",
        )

    def specs(self) -> list[ConnectionSpec]:
        found = []
        for name, tool in (("zendesk", ZENDESK), (self.there, self.tool)):
            type_ = connector_type(name)
            given: dict[str, JsonValue] = {
                **tool.settings,
                tool.address: self.sandbox.services[name].base_url,
                "webhook_secret": self.sandbox.conditions.webhook_secret,
            }
            if name == "github":
                given["repositories"] = ["northwind-soft/app", "northwind-soft/sdk"]
            found.append(ConnectionSpec(name, type_, type_.Settings.model_validate(given), FREE, 1.0))
        return found

    def now(self) -> float:
        self.sandbox.clock.advance(0.001)
        return self.sandbox.clock.now().timestamp()

    def wait(self, seconds: float) -> bool:
        self.wire.call(lambda: self.sandbox.clock.advance(seconds))
        return False

    def strike(self, tool: str, failure: str) -> None:
        kind, _, what = failure.partition(" ")
        writes = (ZENDESK if tool == "zendesk" else self.tool).writes
        match = {"": ".*", "read": f"^(?!{writes})", "write": writes}[what]
        self.sandbox.faults[tool].active.append(Fault(kind, match, seconds=90.0))  # type: ignore[arg-type]

    def calm(self) -> None:
        for faults in self.sandbox.faults.values():
            faults.calm()

    # -- people ----------------------------------------------------------------------------------------------

    def report(self, title: str, labels: Sequence[str], values: dict[str, str]) -> str:
        return self.wire.call(
            lambda: self.zendesk.person_creates(title=title, body="It stops.", labels=labels)
        )

    def say(self, tool: str, item: str, text: str, readers: Readers, *, team: bool = True) -> None:
        service = self.sandbox.services[tool]
        if team:
            self.wire.call(lambda: service.person_comments(item, text, internal=readers == "internal"))
        else:
            self.wire.call(lambda: self.zendesk.customer_replies(item, text))

    def edit(self, tool: str, item: str, word: str, text: str) -> None:
        service = self.sandbox.services[tool]
        if isinstance(service, JiraService):
            issue = service.site.issues[int(item)]
            (one,) = [
                each
                for each in issue.comments
                if word in document.to_markdown(each.body) and each.author.name != "Loopwright"
            ]
            body = document.from_markdown(text)
            assert body
            self.wire.call(lambda: service.site.edit_comment(issue, one, body, one.author))
        elif isinstance(service, GitHubService):
            (said,) = [
                each
                for each in service.state.issues[int(item)].comments
                if word in each.body and each.user and each.user.login != service.bot.login
            ]
            self.wire.call(lambda: service.state.edit_comment(said, said.user or service.bot, text))

    def give(self, tool: str, item: str, name: str, value: str) -> None:
        self._sets(tool, item, **{name: value})

    def label(self, tool: str, item: str, label: str, *, on: bool) -> None:
        self._sets(tool, item, **{"add_label" if on else "remove_label": label})

    def _sets(self, tool: str, item: str, **what: str) -> None:
        service = self.sandbox.services[tool]
        self.wire.call(partial(service.person_sets, item, **what))

    def attach(self, tool: str, item: str, name: str, readers: Readers) -> None:
        raise NotImplementedError

    def audiences(self, item: Shown) -> Sequence[Readers]:
        if item.tool == "zendesk":
            return ("internal", "customer")
        return (item.readers,)

    def may_edit(self, tool: str) -> bool:
        return tool in ("jira", "github")

    def may_attach(self, tool: str) -> bool:
        return False

    def values(self, item: Shown, name: str) -> Sequence[str]:
        if name == "priority":
            return [*PRIORITIES] if item.tool == "zendesk" else [*PRIORITIES.values()]
        return ()

    # -- what is to be seen ----------------------------------------------------------------------------------

    def show(self) -> list[Shown]:
        return [
            shown(name, card)
            for name, service in self.sandbox.services.items()
            for one in service.cards(limit=10_000)
            if (card := service.card(one.id))
        ]

    def mailed(self) -> list[str]:
        return [f"{mail.subject} {mail.body}" for mail in self.zendesk.outbox]


def shown(name: str, card: Card) -> Shown:
    wide: Readers = "public" if card.container == "northwind-soft/sdk" else "internal"
    if name == "zendesk":
        wide = "customer"
    return Shown(
        tool=name,
        id=card.id,
        key=card.key,
        container=card.container,
        readers=wide,
        ours=name != "zendesk",
        fields={"title": card.title, "priority": card.priority},
        body=card.body,
        labels=frozenset(card.labels),
        comments=tuple(
            ShownComment(
                bare(comment.text).replace("\\", ""),
                "internal" if comment.internal else wide,
                comment.author in ("Loopwright", "loopwright"),
            )
            for comment in card.comments
        ),
    )
