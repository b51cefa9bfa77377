"""Two small tools, an engine between them, and a clock that moves only when asked: no thread, no sleep."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from connectors.memory import MemoryConnector, MemorySettings, MemoryTool
from connectors.memory.tool import Note, Record
from connectors.model import Audience, Ref
from rules.caps import Caps
from rules.load import load_texts
from sync.apply import work
from sync.baseline import baseline
from sync.engine import Engine
from sync.enquire import take_overrides
from sync.fleet import ConnectionSpec, Fleet
from sync.follow import follow
from sync.poll import poll
from sync.store import effects, files, moves, notices
from sync.store.budgets import Rate
from sync.store.database import Store
from sync.store.effects import Effect, State
from sync.store.notices import Notice
from sync.store.people import Override
from sync.wording import harmless

BUGS = """
version: 1
maps:
  forth: {urgent: Highest, high: High}
  back: {Highest: urgent, High: high}
rules:
  - id: bugs
    when: {connection: desk, labels: {has: bug}}
    then:
      - mirror:
          to: tracker
          project: ENG
          fields: {labels: [from-desk]}
          keep_in_sync:
            priority: {direction: both, map: forth, reverse: back}
            title: {direction: both, publish: true}
            comments: {direction: both, audience: internal}
      - add_labels: [in-tracker]
"""


class OneByOne(MemoryConnector):
    """A tool that takes one item at a time."""

    get_many = create_many = update_many = None  # type: ignore[assignment]


class Clock:
    """Seconds since the epoch; every look at it takes a millisecond."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        self.seconds += 0.001
        return self.seconds

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self(), UTC)


class World:
    """The tools ``desk`` (customers read it) and ``tracker`` (``OPEN`` is public, the rest internal)."""

    connector: type[MemoryConnector] = MemoryConnector
    overrides: tuple[Override, ...] = ()
    caps = Caps()
    unwatched: tuple[str, ...] = ()
    """Containers that the connections do not read."""
    switch: Ref | None = None

    def __init__(
        self, store: Store, rules: str = BUGS, *, page_size: int = 100, notes_apart: bool = False
    ) -> None:
        self.clock = Clock()
        self._listing = {"page_size": page_size, "notes_apart": notes_apart}
        self.store = store
        self.desk = self._tool("desk", dict.fromkeys(("DESK", "VIP", "GOLD"), Audience.CUSTOMER))
        internal = dict.fromkeys(("ENG", "OPS", "SRE"), Audience.INTERNAL)
        self.tracker = self._tool("tracker", {**internal, "OPEN": Audience.PUBLIC})
        self.start(rules)

    def _tool(self, name: str, containers: dict[str, Audience]) -> MemoryTool:
        return MemoryTool(f"{name}-{uuid.uuid4().hex}", containers=containers, now=self.clock.moment)

    def start(self, rules: str = BUGS) -> None:
        """What a process does when it starts: also after a crash, which takes nothing but the store along."""
        specs = [
            ConnectionSpec(
                name=name,
                type=self.connector,
                settings=MemorySettings.model_validate(
                    {
                        "tool": tool.name,
                        "token": tool.token,
                        "webhook_secret": tool.webhook_secret,
                        "unwatched": self.unwatched,
                        **self._listing,
                    }
                ),
                rate=Rate(per_second=1000.0, burst=1000),
                poll_seconds=1.0,
            )
            for name, tool in (("desk", self.desk), ("tracker", self.tracker))
        ]
        self.engine = Engine(
            store=self.store,
            rules=load_texts({"rules.yaml": rules}, defuse=harmless),
            fleet=Fleet(self.store, specs, self.clock),
            now=self.clock,
            overrides=self.overrides,
            caps=self.caps,
            switch=self.switch,
        )
        with self.store.write() as tx:
            effects.recover(tx, self.clock())
        baseline(self.engine)
        take_overrides(self.engine)

    def read(self) -> None:
        """Poll both tools to the end, once."""
        for name in ("desk", "tracker"):
            while poll(self.engine, name):
                pass

    def settle(self, rounds: int = 50) -> None:
        """Go on until there is nothing left to do, letting time pass as it is needed."""
        for _ in range(rounds):
            self.read()
            busy = sum(
                follow(self.engine, name) + work(self.engine, name, "worker", limit=5)
                for name in ("desk", "tracker")
            )
            with self.store.read() as view:
                waiting = any(
                    effects.busy(view, name) or files.any_waiting(view, name) or moves.any_waiting(view, name)
                    for name in ("desk", "tracker")
                )
            if not busy and not waiting:
                return
            if not busy:
                self.clock.seconds += 5
        raise AssertionError("the world does not come to rest")

    def report(self, title: str = "It stops", **values: object) -> Record:
        """A customer's report at the desk, labelled as a bug."""
        values = {"labels": frozenset(["bug"]), "priority": "high", **values}
        return self.desk.person(lambda: self.desk.create("DESK", title, **values))

    def edit(self, tool: MemoryTool, id: str, **values: object) -> Record:
        return tool.person(lambda: tool.change(id, **values))

    def note(self, tool: MemoryTool, id: str, text: str, audience: Audience = Audience.INTERNAL) -> Note:
        return tool.person(lambda: tool.add_note(id, text, audience))

    def mirrors(self) -> list[Record]:
        """Everything in the tracker that we made."""
        return [record for record in self.tracker.changed_since(0, 1000) if record.marker]

    def mirror(self) -> Record:
        (one,) = self.mirrors()
        return one

    def effects(self, state: State) -> list[Effect]:
        with self.store.read() as view:
            return effects.in_state(view, state)

    def notices(self) -> list[Notice]:
        with self.store.read() as view:
            return notices.all_of(view)


class OneByOneWorld(World):
    """Both tools take one item at a time."""

    connector = OneByOne
