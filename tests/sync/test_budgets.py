"""The budgets of documented limits: shared rows, several limits at once, and what is heard of others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pydantic import BaseModel
from sqlalchemy import Connection, func, select

from connectors.limits import Limit, Standing, every
from connectors.memory import MemoryConnector
from sync.fleet import ConnectionSpec, Fleet, Pace
from sync.status import status
from sync.store import budgets, limits, schema
from sync.store.budgets import UNLIMITED, Rate
from sync.store.database import Store
from sync.store.pacing import Budget

ACCOUNT = Limit("account", 100, 60)
EXPORT = Limit("export", 4, 60, bucket=lambda method, path: "" if path.startswith("/export") else None)
ISSUE = Limit("issue", 4, 10, bucket=lambda method, path: path if method == "PUT" else None)


class _Settings(BaseModel):
    """A gate needs none."""


class Time:
    """Seconds since the epoch; who waits moves it, and is never asked to stop."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> bool:
        self.seconds += seconds
        return False


@pytest.fixture
def time() -> Time:
    return Time()


def pace(store: Store, time: Time, *stated: Limit, rate: Rate = UNLIMITED) -> Pace:
    return Pace(store, spec(*stated, rate=rate), time, time.wait)


def spec(*stated: Limit, rate: Rate = UNLIMITED) -> ConnectionSpec:
    return ConnectionSpec("desk", MemoryConnector, _Settings(), rate, poll_seconds=1, limits=stated)


def waited(gate: Pace, time: Time, method: str = "GET", path: str = "/items") -> float:
    """How long one request waits."""
    before = time()
    gate(method, path)
    return time() - before


def rows(store: Store) -> int:
    with store.read() as view:
        return view.execute(select(func.count()).select_from(schema.limits)).scalar_one()


def test_a_request_goes_when_every_limit_that_counts_it_has_room(store: Store, time: Time) -> None:
    gate = pace(store, time, ACCOUNT, EXPORT)
    assert [waited(gate, time, path="/export/1") for _ in range(2)] == [0, 0]
    assert waited(gate, time, path="/export/1") > 10, "half of the four is gone"
    assert waited(gate, time) == 0, "the account has room"
    assert rows(store) == 2


def test_who_waits_for_one_limit_holds_up_nobody_else(store: Store, time: Time) -> None:
    behind = Pace(store, spec(ACCOUNT, EXPORT), time, lambda seconds: False)
    for _ in range(4):
        behind("GET", "/export/1")  # reserved, the last of them for a later moment
    gate = pace(store, time, ACCOUNT, EXPORT)
    assert [waited(gate, time) for _ in range(20)] == [0] * 20


def test_a_bucket_is_a_budget_of_its_own_and_is_forgotten(store: Store, time: Time) -> None:
    gate = pace(store, time, ISSUE)
    for number in range(20):
        assert waited(gate, time, "PUT", f"/issue/{number}") == 0
    assert rows(store) == 20
    assert waited(gate, time, "GET", "/issue/1") == 0
    time.seconds += 100
    gate("PUT", "/issue/20")
    assert rows(store) == 1


def test_the_settings_are_a_ceiling_below_the_limits(store: Store, time: Time) -> None:
    gate = pace(store, time, ACCOUNT, rate=Rate(per_second=0.5, burst=1))
    assert [round(waited(gate, time)) for _ in range(3)] == [0, 2, 2]


def test_a_connection_without_limits_writes_none_and_is_counted(store: Store, time: Time) -> None:
    gate = pace(store, time)
    assert sum(waited(gate, time) for _ in range(50)) == 0
    assert rows(store) == 0
    with store.read() as view:
        assert budgets.calls(view) == {"desk": 50}


def test_a_pause_that_the_tool_asks_for_holds_the_connection(store: Store, time: Time) -> None:
    fleet = Fleet(store, [spec(ACCOUNT)], time, time.wait)
    fleet.block("desk", 30)
    gate = pace(store, time, ACCOUNT)
    assert waited(gate, time) == 30
    assert waited(gate, time) == 0


def test_what_others_took_is_left_to_them_until_the_window_ends(store: Store, time: Time) -> None:
    gate = pace(store, time, ACCOUNT)
    gate("GET", "/items")
    gate.heard(Standing("account", 10, 20))
    alone = sum(waited(gate, time) == 0 for _ in range(5))
    assert alone == 4, "of the ten that are left half may go at once"
    gate.heard(Standing("account", 0, 20))
    assert waited(gate, time) == 20


def test_a_window_without_others_is_ours_again(store: Store, time: Time) -> None:
    gate = pace(store, time, ACCOUNT)
    gate("GET", "/items")
    gate.heard(Standing("account", 9, 20))
    time.seconds += 20 + 60
    assert [waited(gate, time) for _ in range(50)] == [0] * 50


def test_no_news_is_not_written(store: Store, time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = pace(store, time, ACCOUNT)
    heard: list[Standing] = []
    hear = limits.hear

    def noted(tx: Connection, connection: str, limit: Limit, standing: Standing, now: float) -> Budget:
        heard.append(standing)
        return hear(tx, connection, limit, standing, now)

    monkeypatch.setattr(limits, "hear", noted)
    for number in range(1, 20):
        gate("GET", "/items")
        gate.heard(Standing("account", 100 - number, 60))
    assert heard == []
    gate.heard(Standing("account", 70, 60))
    assert len(heard) == 1
    silent = pace(store, time, replace(ACCOUNT, told=False))
    silent("GET", "/items")
    silent.heard(Standing("account", 50, 60))
    assert len(heard) == 1
    silent.heard(Standing("account", 0, 60))
    assert len(heard) == 2


def test_a_limit_that_nobody_documents_blocks_once_it_is_used_up(store: Store, time: Time) -> None:
    gate = pace(store, time, ACCOUNT)
    gate.heard(Standing("workspace", 3, 40))
    assert waited(gate, time) == 0
    gate.heard(Standing("workspace", 0, 40))
    assert waited(gate, time) == 40


def test_status_tells_what_is_waited_for(store: Store, time: Time) -> None:
    behind = Pace(store, spec(ACCOUNT, EXPORT), time, lambda seconds: False)
    for _ in range(3):
        behind("GET", "/export/1")
    (found,) = status(store, ["desk"], time()).connections
    assert found.waits.keys() == {"export"}
    assert 10 < found.waits["export"] <= 60
    (later,) = status(store, ["desk"], time() + 60).connections
    assert later.waits == {}


@pytest.fixture
def another(store: Store) -> Iterator[Store]:
    """The same database, as another process opens it."""
    opened = Store(store.engine.url.render_as_string(hide_password=False))
    yield opened
    opened.close()


def test_threads_and_processes_share_one_budget(store: Store, another: Store, time: Time) -> None:
    """Whoever asks, and whatever is heard meanwhile, the limit is exceeded in no stretch of its length."""
    limit = Limit("account", 40, 60, bucket=every)
    starts: list[float] = []
    lock = threading.Lock()

    def ask(number: int) -> None:
        place = (store, another)[number % 2]
        counted = limits.counted((limit,), "GET", "/")
        with place.quick_write() as tx:
            budgets.take(tx, "desk", UNLIMITED, time())
            start, _ = limits.take(tx, "desk", counted, time())
        Pace(place, spec(limit), time, time.wait).heard(Standing("account", 40, 60))
        with lock:
            starts.append(start)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(100)))
    starts.sort()
    assert len(starts) == 100
    assert all(later - earlier >= 60 for earlier, later in zip(starts, starts[40:], strict=False))
