"""Tools with people in them, and the engine between them, by one clock and in one thread."""

from __future__ import annotations

import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import ClassVar

from hypothesis import note as story

from connectors.errors import ConnectorError
from connectors.protocol import WebhookRequest
from rules.load import RuleSet, load_texts
from sync.apply import work
from sync.baseline import baseline
from sync.engine import Engine
from sync.enquire import take_overrides
from sync.fleet import ConnectionSpec, Fleet
from sync.follow import follow
from sync.poll import poll
from sync.store import effects, files, hints
from sync.store.database import Store
from sync.webhooks import note
from sync.wording import harmless
from tests.simulation.death import Death, Fate, MortalStore
from tests.simulation.model import Promise, Readers, Shown


class Scene(ABC):
    """The tools, and all that people do and see in them."""

    names: tuple[str, ...]
    """The connections; items are reported in the first."""
    failures: ClassVar[Sequence[str]]
    """What can strike a tool."""
    patience: ClassVar[float]
    """Seconds to let pass where nothing can be done now."""
    quiets: ClassVar[int] = 1
    """How often nothing must be found to do, so much time apart, until nothing is left."""

    def __init__(self, fate: Fate) -> None:
        self.fate = fate
        self.ear: Callable[[str, WebhookRequest], bool] = lambda name, request: False
        """What takes in webhooks, and says whether it did."""

    @abstractmethod
    def promises(self) -> list[Promise]:
        """What the rules say, in the words of the model."""

    @abstractmethod
    def rules(self, *, backfill: bool, renamed: bool, without: str = "", known: str = "") -> str:
        """The rules as YAML. ``renamed`` gives each another name, ``without`` leaves out that of a label, and
        ``known`` is one more value that is mapped."""

    @abstractmethod
    def specs(self) -> list[ConnectionSpec]: ...

    @abstractmethod
    def now(self) -> float: ...

    @abstractmethod
    def wait(self, seconds: float) -> bool:
        """Let time pass; false, because nobody stops us."""

    @abstractmethod
    def show(self) -> list[Shown]: ...

    def mailed(self) -> list[str]:
        """What customers were sent."""
        return []

    @abstractmethod
    def strike(self, tool: str, failure: str) -> None:
        """Have the next request or webhook fail."""

    @abstractmethod
    def calm(self) -> None: ...

    @abstractmethod
    def close(self) -> None: ...

    # people

    @abstractmethod
    def report(self, title: str, labels: Sequence[str], values: dict[str, str]) -> str: ...

    @abstractmethod
    def say(self, tool: str, item: str, text: str, readers: Readers, *, team: bool = True) -> None: ...

    @abstractmethod
    def edit(self, tool: str, item: str, word: str, text: str) -> None:
        """Give the comment in which ``word`` stands another text."""

    def delete(self, tool: str, item: str, word: str) -> None:
        """Delete the comment in which ``word`` stands, where people can."""
        raise NotImplementedError

    @abstractmethod
    def give(self, tool: str, item: str, name: str, value: str) -> None: ...

    @abstractmethod
    def label(self, tool: str, item: str, label: str, *, on: bool) -> None: ...

    @abstractmethod
    def attach(self, tool: str, item: str, name: str, readers: Readers) -> None: ...

    # what they can

    @abstractmethod
    def audiences(self, item: Shown) -> Sequence[Readers]:
        """For whom a comment on the item can be meant."""

    @abstractmethod
    def may_edit(self, tool: str) -> bool: ...

    def may_delete(self, tool: str) -> bool:
        return False

    def tells_deletions(self, tool: str) -> bool:
        """Whether who reads an item again sees that a comment of it is gone."""
        return True

    @abstractmethod
    def may_attach(self, tool: str) -> bool: ...

    def values(self, item: Shown, name: str) -> Sequence[str]:
        """What a field can be given; empty where people write what they like."""
        return ()

    def has_mail(self) -> bool:
        return False

    def mail(self, how: str) -> list[tuple[str, WebhookRequest]]:
        """The webhooks that arrive now, where they do not come by themselves."""
        return []


class Loop:
    """The engine, which lives again and again; what it knows is in the store alone."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.folder = Path(tempfile.mkdtemp(prefix="loopwright-simulation-"))
        shutil.copy(_migrated(), self.folder / "store.sqlite")
        self.store = MortalStore(f"sqlite:///{self.folder / 'store.sqlite'}", scene.fate)
        self.engine: Engine | None = None
        scene.ear = self.hear

    def close(self) -> None:
        if self.engine:
            self.engine.fleet.close()
        self.store.close()
        shutil.rmtree(self.folder)

    def start(self, rules: str) -> None:
        """What a process does when it starts; one that dies of it is started again."""
        self.text = rules
        while True:
            self.scene.fate.dead = False
            with suppress(Death):
                self._start()
                return

    def _start(self) -> None:
        if self.engine:
            self.engine.fleet.close()
        scene = self.scene
        engine = Engine(
            store=self.store,
            rules=_loaded(self.text),
            fleet=Fleet(self.store, scene.specs(), scene.now, scene.wait),
            now=scene.now,
        )
        self.engine = engine
        with self.store.write() as tx:
            effects.recover(tx, scene.now())
        baseline(engine)
        take_overrides(engine)

    def step(self, what: str, name: str) -> None:
        """A turn of one of the daemon's threads, which may be its last."""
        engine = self.revive()
        try:
            with suppress(ConnectorError):  # a daemon says so, and asks again
                if what == "poll":
                    poll(engine, name)
                elif what == "follow":
                    follow(engine, name)
                else:
                    work(engine, name, "worker", limit=3)
        except Death:
            story("  dies of it")

    def revive(self) -> Engine:
        """The engine, started anew where it has died."""
        if self.scene.fate.dead:
            self.start(self.text)
        assert self.engine
        return self.engine

    def hear(self, name: str, request: WebhookRequest) -> bool:
        """What the ear does with a webhook; false where nobody is there, or dies of it."""
        engine = self.engine
        if engine is None or self.scene.fate.dead:
            return False
        try:
            note(engine, name, engine.fleet.get(name).receive(request))
        except Death:
            story("  dies of a webhook")
            return False
        return True

    def settle(self) -> None:
        """Go on until there is nothing left to do, letting time pass as it is needed."""
        engine, quiet = self.revive(), 0
        for _ in range(300):
            busy = 0
            for name in self.scene.names:
                while poll(engine, name):
                    pass
            for name in self.scene.names:
                busy += follow(engine, name) + work(engine, name, "worker", limit=20)
            if busy:
                quiet = 0
                continue
            quiet = 0 if self._waiting() else quiet + 1
            if quiet == self.scene.quiets:
                return
            self.scene.wait(self.scene.patience)
        with self.store.read() as view:
            left = [
                (one.kind, one.state, one.error)
                for state in effects.WAITING
                for one in effects.in_state(view, state)
            ]
            asked = hints.waiting(view)
        raise AssertionError(f"the loop does not come to rest: {busy} busy, {left} and {asked} left")

    def _waiting(self) -> bool:
        with self.store.read() as view:
            return any(
                effects.busy(view, name) or hints.any_waiting(view, name) or files.any_waiting(view, name)
                for name in self.scene.names
            )


@lru_cache(maxsize=100)
def _loaded(text: str) -> RuleSet:
    return load_texts({"rules.yaml": text}, defuse=harmless)


@cache
def _migrated() -> Path:
    """An empty database: migrating once is slow enough."""
    file = Path(tempfile.mkdtemp(prefix="loopwright-simulation-")) / "empty.sqlite"
    store = Store(f"sqlite:///{file}")
    store.migrate()
    store.close()
    return file
