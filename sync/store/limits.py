"""The budgets of documented limits: a row for each limit and bucket, shared by all threads and processes."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, Row, Select, and_, bindparam, delete, or_, select

from connectors.limits import Limit, Standing
from sync.store.pacing import Budget
from sync.store.schema import limits
from sync.store.upsert import upsert

_SPENT = struct.Struct("<dd")
"""A moment and what was spent then, as the column holds them one after another: text is slower to read."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How a request counts towards one limit."""

    limit: Limit
    bucket: str
    cost: float

    @property
    def key(self) -> tuple[str, str]:
        return self.limit.name, self.bucket


def counted(stated: Sequence[Limit], method: str, path: str) -> list[Counted]:
    """The limits that count a request, with the buckets it counts in."""
    found = ((limit, limit.bucket(method, path)) for limit in stated)
    return [Counted(limit, in_, limit.cost(method, path)) for limit, in_ in found if in_ is not None]


def take(
    tx: Connection, connection: str, asked: Sequence[Counted], now: float
) -> tuple[float, Mapping[tuple[str, str], Budget]]:
    """Reserve one request in every limit that counts it; when it may go, and how the budgets stand then.

    To be called in a transaction in which :func:`sync.store.budgets.take` has come first: its row is what
    keeps takes of one connection apart.
    """
    known = _read(tx, connection, [one.key for one in asked])
    budgets = {one.key: known.get(one.key) or Budget() for one in asked}
    own = [budgets[one.key].earliest(one.limit, one.cost, now) for one in asked]
    start = max(own)
    for one, alone in zip(asked, own, strict=True):
        budgets[one.key].book(one.limit, one.cost, alone, start)
    if len(known) < len(asked):
        tx.execute(delete(limits).where(limits.c.connection == connection, limits.c.whole_at < now))
    _write(tx, connection, asked, budgets)
    return start, budgets


def hear(tx: Connection, connection: str, limit: Limit, standing: Standing, now: float) -> Budget:
    """Take in what the tool told of a limit; how its budget stands then.

    To be called in a transaction in which :func:`sync.store.budgets.hold` has come first.
    """
    one = Counted(limit, standing.bucket, 0.0)
    budget = _read(tx, connection, [one.key]).get(one.key) or Budget()
    budget.hear(limit, standing, now)
    _write(tx, connection, [one], {one.key: budget})
    return budget


def waits(view: Connection, now: float) -> dict[str, dict[str, float]]:
    """By connection and limit: how many seconds somebody waits for it, where that is more than none."""
    rows = view.execute(
        select(limits.c.connection, limits.c.name, limits.c.paced).where(limits.c.paced > now)
    ).all()
    found: dict[str, dict[str, float]] = {}
    for connection, name, paced in rows:
        mine = found.setdefault(connection, {})
        mine[name] = max(paced - now, mine.get(name, 0.0))
    return found


@cache
def _rows(number: int) -> Select[tuple[str, str, bytes, float, float, float, float]]:
    """The statement that reads so many rows; built once for each number."""
    keys = [
        and_(limits.c.name == bindparam(f"name{index}"), limits.c.bucket == bindparam(f"bucket{index}"))
        for index in range(number)
    ]
    columns = limits.c
    return select(
        columns.name,
        columns.bucket,
        columns.spent,
        columns.paced,
        columns.others,
        columns.others_before,
        columns.resets,
    ).where(columns.connection == bindparam("connection"), or_(*keys))


def _read(tx: Connection, connection: str, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Budget]:
    asked: dict[str, str] = {"connection": connection}
    for index, (name, bucket) in enumerate(keys):
        asked |= {f"name{index}": name, f"bucket{index}": bucket}
    return {(row.name, row.bucket): _budget(row) for row in tx.execute(_rows(len(keys)), asked)}


def _budget(row: Row[tuple[str, str, bytes, float, float, float, float]]) -> Budget:
    return Budget(list(_SPENT.iter_unpack(row.spent)), row.paced, row.others, row.others_before, row.resets)


def _write(
    tx: Connection,
    connection: str,
    asked: Sequence[Counted],
    budgets: Mapping[tuple[str, str], Budget],
) -> None:
    rows = [
        {
            "connection": connection,
            "name": one.limit.name,
            "bucket": one.bucket,
            "spent": b"".join(_SPENT.pack(*entry) for entry in budgets[one.key].spent),
            "paced": budgets[one.key].paced,
            "others": budgets[one.key].others,
            "others_before": budgets[one.key].others_before,
            "resets": budgets[one.key].resets,
            "whole_at": budgets[one.key].whole_at(one.limit),
        }
        for one in asked
    ]
    upsert(tx, limits, rows)
