"""The demo's story: people do things in their tools, and what follows is waited for, checked and told."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from connectors.model import Ref
from sandbox.server import Sandbox
from sandbox.service import Card, Service
from sync.store import items, links
from sync.store.database import Store

T = TypeVar("T")

PATIENCE = 20.0
"""Seconds after which something that did not arrive counts as missing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story: somebody did something, or something arrived because of it."""

    tool: str
    text: str
    refs: tuple[tuple[str, str], ...]
    """The items it is about, as (tool, id), for the page to show."""
    caused: bool
    """True for what Loopwright did, false for what a person did."""
    seconds: float = 0.0
    arrived: bool = True


@dataclass(slots=True)
class Story:
    """Plays in a sandbox while a daemon watches it through ``store``."""

    sandbox: Sandbox
    store: Store
    tell: Callable[[Line], None]
    lines: list[Line] = field(default_factory=list)
    _began: float = 0.0

    def play(self) -> bool:
        """The whole story; whether everything arrived."""
        ticket = self._ticket_becomes_issue()
        if ticket:
            self._engineer_answers(*ticket)
            self._status_travels(*ticket)
            self._priority_travels(*ticket)
        self._github_issue_gets_mirror()
        self._request_becomes_row()
        return all(line.arrived for line in self.lines)

    def _ticket_becomes_issue(self) -> tuple[Card, Card] | None:
        zendesk, jira = self._service("zendesk"), self._service("jira")
        title = "CSV export stops after 10,000 rows"
        body = (
            "Hello,\n\nsince Monday our nightly export ends after exactly 10,000 rows. There is no error, "
            "the file is just short. We need it for the audit on Friday.\n\nSteps: Reports > Orders > Export."
        )
        made = self._call(lambda: zendesk.person_creates(title=title, body=body, labels=["bug"]))
        ticket = self._card(zendesk, made)
        self._did("zendesk", f"{ticket.people} writes {ticket.key}: {title}", ticket)
        issue = self._mirror("zendesk", made, jira)
        self._arrived("jira", "is filed for the engineers", "zendesk", ticket, issue)
        self._expect(
            "zendesk",
            "carries the label in-jira, so that agents see it is in hand",
            ticket,
            lambda: "in-jira" in self._card(zendesk, made).labels,
        )
        return (ticket, issue) if issue else None

    def _engineer_answers(self, ticket: Card, issue: Card) -> None:
        zendesk, jira = self._service("zendesk"), self._service("jira")
        text = "Reproduced. The export reads one page of results and forgets the cursor; fix is on its way."
        self._call(lambda: jira.person_comments(issue.id, text, internal=True))
        self._did("jira", f"an engineer comments on {issue.key}", issue)
        self._expect(
            "zendesk",
            "shows it as an internal note, not to the customer",
            ticket,
            lambda: any(
                "forgets the cursor" in comment.text and comment.internal
                for comment in self._card(zendesk, ticket.id).comments
            ),
        )

    def _status_travels(self, ticket: Card, issue: Card) -> None:
        zendesk, jira = self._service("zendesk"), self._service("jira")
        self._call(lambda: jira.person_sets(issue.id, status="In Progress"))
        self._did("jira", f"{issue.key} moves to In Progress", issue)
        self._expect(
            "zendesk", "goes on hold", ticket, lambda: self._card(zendesk, ticket.id).status == "hold"
        )
        self._expect(
            "zendesk",
            "has a note for the agent that says so",
            ticket,
            lambda: any("In Progress" in comment.text for comment in self._card(zendesk, ticket.id).comments),
        )

    def _priority_travels(self, ticket: Card, issue: Card) -> None:
        zendesk, jira = self._service("zendesk"), self._service("jira")
        self._call(lambda: zendesk.person_sets(ticket.id, priority="urgent"))
        self._did("zendesk", f"an agent makes {ticket.key} urgent", ticket)
        self._expect(
            "jira", "becomes Highest", issue, lambda: self._card(jira, issue.id).priority == "Highest"
        )

    def _github_issue_gets_mirror(self) -> None:
        github, jira = self._service("github"), self._service("jira")
        title = "Client retries forever when the token has expired"
        body = "```python\nclient = Client(token=expired)\nclient.orders()  # never returns\n```"
        made = self._call(
            lambda: github.person_creates(
                title=title, body=body, container="northwind-soft/sdk", labels=["customer-report"]
            )
        )
        issue = self._card(github, made)
        self._did("github", f"a user of the SDK opens {issue.key}: {title}", issue)
        self._arrived("jira", "is its mirror", "github", issue, self._mirror("github", made, jira))

    def _request_becomes_row(self) -> None:
        zendesk, notion = self._service("zendesk"), self._service("notion")
        title = "Please let us schedule exports"
        body = "We start the same export by hand every morning. A schedule would save us an hour a week."
        made = self._call(lambda: zendesk.person_creates(title=title, body=body, labels=["feature-request"]))
        ticket = self._card(zendesk, made)
        self._did("zendesk", f"{ticket.people} asks in {ticket.key}: {title}", ticket)
        row = self._mirror("zendesk", made, notion)
        self._arrived("notion", "is its row for the product managers", "zendesk", ticket, row)

    def _did(self, tool: str, text: str, card: Card) -> None:
        self._began = time.monotonic()
        self._say(Line(tool, text, ((tool, card.id),), caused=False))

    def _arrived(self, tool: str, what: str, origin: str, source: Card, mirror: Card | None) -> None:
        seconds = time.monotonic() - self._began
        if mirror is None:
            text = f"nothing arrived for {source.key}"
            self._say(Line(tool, text, ((origin, source.id),), True, seconds, False))
        else:
            refs = ((origin, source.id), (tool, mirror.id))
            self._say(Line(tool, f"{mirror.key} {what}", refs, caused=True, seconds=seconds))

    def _expect(self, tool: str, what: str, card: Card, holds: Callable[[], bool]) -> None:
        arrived = bool(_eventually(lambda: holds() or None))
        seconds = time.monotonic() - self._began
        text = f"{card.key} {what}" if arrived else f"{card.key}: it did not happen that it {what}"
        self._say(Line(tool, text, ((tool, card.id),), True, seconds, arrived))

    def _say(self, line: Line) -> None:
        self.lines.append(line)
        self.tell(line)

    def _mirror(self, connection: str, source: str, service: Service) -> Card | None:
        """The mirror that the daemon made of an item, as the tool itself shows it."""

        def look() -> Card | None:
            with self.store.read() as view:
                ends = [
                    items.get(view, link.mirror)
                    for link in links.of(view, Ref(connection=connection, id=source))
                    if link.mirror
                ]
            ids = [end.item.ref.id for end in ends if end and end.item.ref.connection == service.name]
            return self._call(lambda: service.card(ids[0])) if ids else None

        return _eventually(look)

    def _service(self, name: str) -> Service:
        return self.sandbox.services[name]

    def _card(self, service: Service, id: str) -> Card:
        card = self._call(lambda: service.card(id))
        assert card is not None  # noqa: S101 - nobody deletes items in the story
        return card

    def _call(self, act: Callable[[], T]) -> T:
        return self.sandbox.call(act)


def _eventually(look: Callable[[], T | None]) -> T | None:
    """What ``look`` finds, as soon as it finds it; ``None`` when patience is over."""
    end = time.monotonic() + PATIENCE
    while True:
        found = look()
        if found is not None or time.monotonic() > end:
            return found
        time.sleep(0.03)
