"""People, tools and the engine take turns in any order that hypothesis thinks of."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from itertools import count
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from connectors.errors import ConnectorError
from connectors.memory.tool import Failure, MemoryTool
from connectors.model import Ref
from sync import apply, follow, poll, receipt
from sync.store import connections, effects, hints, links, pairs
from sync.store.database import Store
from sync.store.notices import Matter
from tests.sync.world import OneByOneWorld, World

names = st.sampled_from(["desk", "tracker"])
steps = st.sampled_from(["poll", "follow", "work"])
failures: st.SearchStrategy[Failure] = st.sampled_from(["lose_answer", "lose_request", "unavailable"])
MOMENTS: dict[str, tuple[ModuleType, str]] = {
    "taken in, and the cursor not yet stored": (connections, "advance"),
    "in the middle of a page": (poll, "decide"),
    "before the row says sending": (effects, "take"),
    "before anything is sent": (apply, "send_together"),
    "in the middle of a receipt": (receipt, "decide"),
    "in the middle of the receipt of an edit": (pairs, "carried"),
    "in the middle of the receipts of many": (hints, "add"),
}


TOLD = ("Both ends changed title", "title of ")
"""How the notes begin that say that the ends differ, and that they do no longer."""


class Crash(BaseException):
    """The process is gone: nothing that it would have caught."""


@cache
def migrated() -> Path:
    """An empty database: migrating once is slow enough."""
    file = Path(tempfile.mkdtemp(prefix="loopwright-simulation-")) / "empty.sqlite"
    store = Store(f"sqlite:///{file}")
    store.migrate()
    store.close()
    return file


class Simulation(RuleBasedStateMachine):
    """Two tools, the people in them, and an engine that may die; ``check`` says what must hold at the end."""

    @initialize(
        page_size=st.integers(1, 4),
        notes_apart=st.booleans(),
        world=st.sampled_from([World, OneByOneWorld]),
    )
    def open(self, page_size: int, notes_apart: bool, world: type[World]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="loopwright-simulation-"))
        shutil.copy(migrated(), self.folder / "store.sqlite")
        self.store = Store(f"sqlite:///{self.folder / 'store.sqlite'}")
        self.world = world(self.store, page_size=page_size, notes_apart=notes_apart)
        self.numbers = count(1)
        self.reports: list[str] = []
        self.said: dict[tuple[str, str], list[str]] = {}
        """By end and report: what people said there, each a word that is said once."""
        self.edited: set[str] = set()

    # -- people ----------------------------------------------------------------------------------------------

    @rule(how_many=st.integers(1, 4))
    def report(self, how_many: int) -> None:
        for _ in range(how_many):
            self.reports.append(self.world.report(f"report-{next(self.numbers)}-").id)

    @precondition(lambda self: self.reports)
    @rule(data=st.data(), at=names)
    def say(self, data: st.DataObject, at: str) -> None:
        report = data.draw(st.sampled_from(self.reports))
        tool, item = self.place(report, at)
        if item:
            word = f"word-{next(self.numbers)}-"
            self.world.note(tool, item, word)
            self.said.setdefault((at, report), []).append(word)

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def edit_what_was_said(self, data: st.DataObject) -> None:
        at, report = data.draw(st.sampled_from(sorted(self.said)))
        word = data.draw(st.sampled_from(self.said[at, report]))
        tool, item = self.place(report, at)
        assert item
        (note,) = [note for note in tool.read(item).notes if note.text.startswith(word)]
        tool.person(lambda: tool.edit_note(item, note.id, f"{word} take-{next(self.numbers)}-"))
        self.edited.add(word)

    @precondition(lambda self: self.reports)
    @rule(data=st.data(), at=names)
    def retitle(self, data: st.DataObject, at: str) -> None:
        tool, item = self.place(data.draw(st.sampled_from(self.reports)), at)
        if item:
            self.world.edit(tool, item, title=f"title-{next(self.numbers)}-")

    def place(self, report: str, at: str) -> tuple[MemoryTool, str | None]:
        """The tool at one end, and the report's item there: none yet where it waits for its mirror."""
        if at == "desk":
            return self.world.desk, report
        with self.store.read() as view:
            link = links.between(view, Ref(connection="desk", id=report), "tracker", "ENG")
        return self.world.tracker, link.mirror.id if link and link.mirror else None

    # -- tools and engine ------------------------------------------------------------------------------------

    @rule(at=names, failure=failures, what=st.sampled_from(["read", "write"]))
    def fail_next(self, at: str, failure: Failure, what: str) -> None:
        tool = self.world.desk if at == "desk" else self.world.tracker
        tool.failures.append((failure, "read" if what == "read" else "write"))

    @rule(
        at=names, step=st.sampled_from(["poll", "follow", "work"]), moment=st.sampled_from([None, *MOMENTS])
    )
    def step(self, at: str, step: str, moment: str | None) -> None:
        """A turn of one of the engine's threads, in which the process may die."""
        self.world.clock.seconds += 2
        engine = self.world.engine
        turns: dict[str, Callable[[], object]] = {
            "poll": lambda: poll.poll(engine, at),
            "follow": lambda: follow.follow(engine, at),
            "work": lambda: apply.work(engine, at, "worker", limit=3),
        }
        if moment is None:
            with suppress(ConnectorError):
                turns[step]()
            return
        module, name = MOMENTS[moment]
        with patch.object(module, name, side_effect=Crash), suppress(ConnectorError, Crash):
            turns[step]()
        self.world.start()

    # -- the end ---------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.check()
            finally:
                self.store.close()
                shutil.rmtree(self.folder)

    def check(self) -> None:
        for tool in (self.world.desk, self.world.tracker):
            tool.failures.clear()
        self.world.settle(300)
        assert len(self.world.mirrors()) == len(self.reports), "one mirror for each report"
        for report in self.reports:
            self.check_comments(report)
        written = self.everything()
        self.world.start()
        self.world.settle()
        assert self.everything() == written, "a second run writes nothing"

    def check_comments(self, report: str) -> None:
        for at, there in (("desk", "tracker"), ("tracker", "desk")):
            tool, item = self.place(report, there)
            assert item
            said = self.said.get((at, report), [])
            ours = [note.text for note in tool.read(item).notes if note.marker]
            disputes = [text for text in ours if text.startswith(TOLD)]
            self.check_disputes(disputes, report)
            texts = [text for text in ours if text not in disputes]
            carried = [word for text in texts for word in said if word in text]
            assert sorted(carried) == sorted(said), f"what was said at the {at} is at the {there} once"
            assert len(texts) == len(said), "and nothing else"
            assert sorted(text.split("\n\n")[-1] for text in texts) == self.originals(report, at), (
                "as it reads"
            )
            if not self.edited & {*said}:
                assert carried == said, "in order"

    def check_disputes(self, told: list[str], report: str) -> None:
        held = [text.startswith(TOLD[0]) for text in told]
        assert held == [number % 2 == 0 for number in range(len(held))], "each conflict is told and settled"
        standing = [one for one in self.world.notices() if one.matter is Matter.CONFLICT]
        assert (len(held) % 2 == 1) == (report in {one.ref.id for one in standing}), "unless it still is one"

    def originals(self, report: str, at: str) -> list[str]:
        tool, item = self.place(report, at)
        return sorted(note.text for note in tool.read(item).notes if not note.marker) if item else []

    def everything(self) -> list[object]:
        return [tool.changed_since(0, 1000) for tool in (self.world.desk, self.world.tracker)]
