"""The queues that are compared: our effects table, and DBOS, a durable engine that could stand in its place.

Both write to a tool, each write once, in the order of its item. Both get the same database settings (SQLite:
WAL, ``synchronous=FULL``) and enqueue many writes in one transaction.
"""

from __future__ import annotations

import importlib
import sqlite3
import threading
import time
from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection, Engine, create_engine, event

from connectors.errors import OutcomeUnknown, Rejected, Unavailable
from sync.engine import Bell
from sync.store import effects
from sync.store.database import Store
from sync.store.effects import Effect, Kind, State

CONNECTIONS = ("busy", "idle-1", "idle-2", "idle-3")
"""Everything is written to the first; the others only cost what an idle connection costs."""
THREADS = 4
"""Our writers for each connection."""
PAUSE = 0.05
"""Seconds before a write that the tool did not take is tried again."""


class Tool(Protocol):
    """The far side. A write is a number; its item is ``number % items``."""

    def write(self, number: int) -> None:
        """Raises Unavailable, OutcomeUnknown or Rejected."""

    def find(self, number: int) -> bool:
        """Whether this write is there already."""


class Queue(Protocol):
    """A durable queue with its workers running."""

    def enqueue(self, numbers: Sequence[int]) -> None:
        """Have these written, durably decided when this returns."""

    def busy(self) -> bool:
        """Whether anything is left that will be written without a person's help."""

    def stop(self) -> None: ...


class EffectsTable:
    """Our side: the lanes of :mod:`sync.daemon` with the outcomes of :mod:`sync.apply`, without the rest."""

    def __init__(self, database: str, items: int, tool: Tool) -> None:
        self._store, self._items, self._tool = Store(database), items, tool
        self._store.migrate()
        with self._store.write() as tx:
            effects.recover(tx, time.time())
        self._bell, self._stopped = Bell(), threading.Event()
        self._threads = [
            threading.Thread(target=self._lane, args=(connection, f"{connection}-{number}"))
            for connection in CONNECTIONS
            for number in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def enqueue(self, numbers: Sequence[int]) -> None:
        with self._store.write() as tx:
            for number in numbers:
                effects.add(
                    tx,
                    key=f"write {number}",
                    connection=CONNECTIONS[0],
                    target=f"item {number % self._items}",
                    kind=Kind.UPDATE,
                    payload={"number": number},
                    origin={},
                    cause=0,
                )
        self._bell.ring(CONNECTIONS[:1])

    def busy(self) -> bool:
        with self._store.read() as view:
            return effects.busy(view, CONNECTIONS[0])

    def stop(self) -> None:
        self._stopped.set()
        self._bell.ring(CONNECTIONS)
        for thread in self._threads:
            thread.join()
        self._store.close()

    def _lane(self, connection: str, worker: str) -> None:
        while not self._stopped.is_set():
            heard = self._bell.rings(connection)
            with self._store.read() as view:
                ready = effects.ready(view, connection, time.time())
            if not ready:
                self._bell.wait(connection, heard, 1.0)
                continue
            with self._store.write() as tx:
                effect = _take(tx, connection, worker)
            while effect:
                state, due, error = self._try(effect)
                with self._store.write() as tx:
                    effects.finish(tx, effect.id, state, due=due, error=error, receipt={})
                    effect = None if self._stopped.is_set() else _take(tx, connection, worker)

    def _try(self, effect: Effect) -> tuple[State, float, str | None]:
        number = int(str(effect.payload["number"]))
        try:
            if not (effect.state is State.UNSURE and self._tool.find(number)):
                self._tool.write(number)
        except Unavailable as failure:
            return State.PENDING, time.time() + PAUSE, str(failure)
        except OutcomeUnknown as failure:
            return State.UNSURE, time.time() + PAUSE, str(failure)
        except Rejected as failure:
            return State.PARKED, 0.0, str(failure)
        return State.DONE, 0.0, None


def _take(tx: Connection, connection: str, worker: str) -> Effect | None:
    return next(iter(effects.take(tx, connection, worker=worker, now=time.time(), limit=1)), None)


class Dbos:
    """A workflow for each write, on a queue for each connection that is partitioned by item.

    The write is one step, which looks first: a step may run again, and is not told that it did.
    It takes as many writes as there are ``slots`` free, every ``poll_seconds``.
    """

    def __init__(self, database: str, items: int, tool: Tool, *, poll_seconds: float, slots: int) -> None:
        dbos = importlib.import_module("dbos")
        self._items, self._dbos = items, dbos.DBOS
        self._engine = _engine_for_dbos(database)

        def write(number: int) -> None:
            if not tool.find(number):
                tool.write(number)

        step = dbos.DBOS.step(
            retries_allowed=True,
            max_attempts=100,
            interval_seconds=PAUSE,
            backoff_rate=1.0,
            should_retry=lambda error: not isinstance(error, Rejected),
        )(write)

        def effect(number: int) -> None:
            step(number)

        dbos.DBOS.workflow(name="effect")(effect)
        dbos.DBOS(
            config={
                "name": "benchmark",
                "system_database_url": database,
                "system_database_engine": self._engine,
                "executor_id": "only",
                "application_version": "1",
                "log_level": "CRITICAL",
            }
        )
        dbos.DBOS.launch()
        for connection in CONNECTIONS:
            dbos.DBOS.register_queue(
                connection,
                worker_concurrency=slots,
                partition_concurrency=1,
                polling_interval_sec=poll_seconds,
            )
        self._client = dbos.DBOSClient(system_database_engine=self._engine, application_name="benchmark")

    def enqueue(self, numbers: Sequence[int]) -> None:
        with self._engine.begin() as tx:
            for number in numbers:
                options = {
                    "workflow_name": "effect",
                    "workflow_id": f"write {number}",
                    "queue_name": CONNECTIONS[0],
                    "queue_partition_key": f"item {number % self._items}",
                    "priority": number + 1,
                    "app_version": "1",
                }
                self._client.enqueue_in_transaction(tx, options, number)

    def busy(self) -> bool:
        return bool(self._dbos.list_workflows(status=["ENQUEUED", "PENDING"], limit=1, load_input=False))

    def stop(self) -> None:
        self._client.destroy()
        self._dbos.destroy(workflow_completion_timeout_sec=0)
        self._engine.dispose()


def _engine_for_dbos(url: str) -> Engine:
    """On SQLite the engine that DBOS would make for itself, with the durability of our own."""
    if not url.startswith("sqlite"):
        return Store(url).engine
    # Two connections were quickest for it: more of them wait for one another inside SQLite.
    engine = create_engine(
        url, connect_args={"timeout": 30, "check_same_thread": False}, pool_size=2, max_overflow=0
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine
