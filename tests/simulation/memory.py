"""Two tools of memory: quick, so that many histories can be played. One has a place for each audience."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

from connectors.memory import MemoryConnector, MemorySettings
from connectors.memory.tool import HOLDS, SOMEBODY, STATUSES, MemoryTool, Note, Record
from connectors.model import Audience, Person
from connectors.protocol import WebhookRequest
from sync.fleet import ConnectionSpec
from sync.store.budgets import Rate
from tests.simulation.death import Fate
from tests.simulation.model import Promise, Readers, Shown, ShownComment, ShownFile
from tests.simulation.scene import Scene

T = TypeVar("T")
FREE = Rate(per_second=1e6, burst=1_000_000)
CUSTOMER = Person(id="cas", name="Cas", email="cas@customer.example")
PRIORITIES = {"urgent": "Highest", "high": "High"}

RULES = """
version: 1
maps:
  forth: {{urgent: Highest, high: High{forth}}}
  back: {{Highest: urgent, High: high{back}}}
rules:
"""
BUG = """
  - id: bugs{suffix}
    backfill: {backfill}
    when: {{connection: desk, labels: {{has: bug}}}}
    then:
      - mirror:
          to: tracker
          project: ENG
          keep_in_sync:
            title: {{direction: both, publish: true}}
            priority: {{direction: both, map: forth, reverse: back}}
            status: {{direction: both, conflict: newest}}
            labels: {{direction: both, publish: true}}
            comments: {{direction: both, audience: internal}}
            attachments: {{direction: both}}
      - add_labels: [in-tracker]
"""
PORTAL = """
  - id: portal{suffix}
    backfill: {backfill}
    when: {{connection: desk, labels: {{has: portal}}}}
    then:
      - mirror:
          to: tracker
          project: PORTAL
          keep_in_sync:
            title: {{direction: both, publish: true}}
            comments: {{direction: both, audience: customer}}
"""
KNOWN = """
  - id: known{suffix}
    backfill: {backfill}
    when: {{connection: desk, labels: {{has: known}}}}
    then:
      - mirror:
          to: tracker
          project: OPEN
          publish: true
          keep_in_sync:
            title: {{direction: both, publish: true, conflict: source}}
            comments: {{direction: both, audience: public}}
"""
BY_LABEL = {"bug": BUG, "portal": PORTAL, "known": KNOWN}


class OneByOne(MemoryConnector):
    """A tool that takes one item at a time."""

    get_many = create_many = update_many = None  # type: ignore[assignment]


class MortalTool(MemoryTool):
    """Whoever writes to it may die before."""

    fate: Fate

    def request(self, token, act, *, write=False):  # type: ignore[no-untyped-def]
        if write:
            self.fate.write()
        return super().request(token, act, write=write)


class MemoryScene(Scene):
    names = ("desk", "tracker")
    failures: ClassVar = tuple(
        f"{kind} {what}"
        for kind in ("lose_answer", "lose_request", "unavailable", "rate_limited")
        for what in ("read", "write")
    )
    patience = 5.0

    def __init__(self, fate: Fate, *, page_size: int, notes_apart: bool, one_by_one: bool) -> None:
        super().__init__(fate)
        self._seconds = 1_800_000_000.0
        self._type = OneByOne if one_by_one else MemoryConnector
        self._listing = {"page_size": page_size, "notes_apart": notes_apart}
        self._mail: list[tuple[str, WebhookRequest]] = []
        self.tools = {
            "desk": self._tool("desk", {"DESK": Audience.CUSTOMER}),
            "tracker": self._tool(
                "tracker",
                {"ENG": Audience.INTERNAL, "PORTAL": Audience.CUSTOMER, "OPEN": Audience.PUBLIC},
            ),
        }

    def _tool(self, name: str, containers: dict[str, Audience]) -> MemoryTool:
        tool = MortalTool(f"{name}-{uuid.uuid4().hex}", containers=containers, now=self._moment)
        tool.fate = self.fate
        tool.subscribers.append(lambda request: self._mail.append((name, request)))
        return tool

    def close(self) -> None:
        for tool in self.tools.values():
            del MemoryTool.tools[tool.name]

    def promises(self) -> list[Promise]:
        eng: dict[str, dict[str, str]] = {"title": {}, "priority": {**PRIORITIES, "low": "Low"}, "status": {}}
        return [
            Promise(
                "bug",
                ("tracker", "ENG"),
                "internal",
                eng,
                at_times=frozenset({"low"}),
                held=frozenset({"title", "priority"}),
                labels=True,
                files=True,
            ),
            Promise("portal", ("tracker", "PORTAL"), "customer", {"title": {}}, held=frozenset({"title"})),
            Promise("known", ("tracker", "OPEN"), "public", {"title": {}}),
        ]

    def rules(self, *, backfill: bool, renamed: bool, without: str = "", known: str = "") -> str:
        texts = "".join(text for label, text in BY_LABEL.items() if label != without)
        return (RULES + texts).format(
            backfill=str(backfill).lower(),
            suffix="-again" if renamed else "",
            forth=f", {known}: {known.capitalize()}" if known else "",
            back=f", {known.capitalize()}: {known}" if known else "",
        )

    def specs(self) -> list[ConnectionSpec]:
        return [
            ConnectionSpec(
                name=name,
                type=self._type,
                settings=MemorySettings.model_validate(
                    {
                        "tool": tool.name,
                        "token": tool.token,
                        "webhook_secret": tool.webhook_secret,
                        **self._listing,
                    }
                ),
                rate=FREE,
                poll_seconds=1.0,
            )
            for name, tool in self.tools.items()
        ]

    def now(self) -> float:
        self._seconds += 0.001
        return self._seconds

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    def wait(self, seconds: float) -> bool:
        self._seconds += seconds
        return False

    def strike(self, tool: str, failure: str) -> None:
        kind, _, what = failure.partition(" ")
        self.tools[tool].failures.append((kind, what))  # type: ignore[arg-type]

    def calm(self) -> None:
        for tool in self.tools.values():
            tool.failures.clear()

    def has_mail(self) -> bool:
        return bool(self._mail)

    def mail(self, how: str) -> list[tuple[str, WebhookRequest]]:
        if how == "lost":
            self._mail.clear()
        mail = self._mail[::-1] if how == "out of order" else list(self._mail)
        if how != "kept back":
            self._mail.clear()
        # kept back once, it comes a second time
        return mail

    def show(self) -> list[Shown]:
        return [
            _shown(name, record)
            for name, tool in self.tools.items()
            for record in tool.changed_since(0, 100_000)
        ]

    def report(self, title: str, labels: Sequence[str], values: dict[str, str]) -> str:
        desk = self.tools["desk"]
        made = desk.person(
            lambda: desk.create("DESK", title, text="It stops.", labels=frozenset(labels), **values)
        )
        return made.id

    def say(self, tool: str, item: str, text: str, readers: Readers, *, team: bool = True) -> None:
        at = self.tools[tool]
        by = SOMEBODY if team else CUSTOMER
        at.person(lambda: at.add_note(item, text, Audience(readers), by=by))

    def edit(self, tool: str, item: str, word: str, text: str) -> None:
        at = self.tools[tool]
        (note,) = [note for note in at.read(item).notes if word in note.text and not _ours(note)]
        at.person(lambda: at.edit_note(item, note.id, text))

    def delete(self, tool: str, item: str, word: str) -> None:
        at = self.tools[tool]
        (note,) = [note for note in at.read(item).notes if word in note.text and not _ours(note)]
        at.person(lambda: at.delete_note(item, note.id))

    def give(self, tool: str, item: str, name: str, value: str) -> None:
        at = self.tools[tool]
        at.person(lambda: at.change(item, **{name: value}))

    def label(self, tool: str, item: str, label: str, *, on: bool) -> None:
        at = self.tools[tool]
        labels = at.read(item).labels
        at.person(lambda: at.change(item, labels=labels | {label} if on else labels - {label}))

    def attach(self, tool: str, item: str, name: str, readers: Readers) -> None:
        at = self.tools[tool]
        at.person(lambda: at.attach(item, name, b"what is in it", Audience(readers)))

    def audiences(self, item: Shown) -> Sequence[Readers]:
        return [one.value for one in HOLDS[Audience(item.readers)]]

    def may_edit(self, tool: str) -> bool:
        return True

    def may_delete(self, tool: str) -> bool:
        return True

    def tells_deletions(self, tool: str) -> bool:
        return not self._listing["notes_apart"]

    def may_attach(self, tool: str) -> bool:
        return True

    def values(self, item: Shown, name: str) -> Sequence[str]:
        if name == "status":
            return STATUSES
        if name == "priority":
            return ("urgent", "high", "low", "odd") if item.tool == "desk" else ("Highest", "High", "Low")
        return ()


def _ours(note: Note) -> bool:
    return note.author.name == "Loopwright"


def _shown(tool: str, record: Record) -> Shown:
    return Shown(
        tool=tool,
        id=record.id,
        key=record.key,
        container=record.container,
        readers=record.audience.value,
        ours=record.requester.name == "Loopwright",
        fields={"title": record.title, "status": record.status, "priority": record.priority or ""},
        body=record.text,
        labels=record.labels,
        comments=tuple(ShownComment(note.text, note.audience.value, _ours(note)) for note in record.notes),
        files=tuple(ShownFile(file.name, file.audience.value) for file in record.files),
    )
