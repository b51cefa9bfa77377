"""What rules have caused within their hour, and which of them have reached a cap."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, delete, select

from sync.store.schema import caps
from sync.store.upsert import upsert

ALL_RULES = ""
"""In the place of a rule's name: all of them together."""
HOUR = 3600.0


class Cap(StrEnum):
    """What is counted: the names are those of the settings."""

    EFFECTS = "effects"
    CUSTOMER_COMMENTS = "customer_comments"
    BACKFILL = "backfill"
    ALL_RULES = "all_rules"


@dataclass(slots=True)
class Count:
    """What was let through under one cap since its hour began."""

    rule: str
    cap: Cap
    began: float
    spent: int = 0
    reached: int | None = None
    """The cap as it was when it was reached: everything further is held, until a person lets it go."""
    since: float | None = None


def of(tx: Connection, rules: Collection[str]) -> dict[tuple[str, Cap], Count]:
    """The counts of these rules."""
    rows = tx.execute(select(caps).where(caps.c.rule.in_(rules)))
    return {
        (row.rule, Cap(row.cap)): Count(row.rule, Cap(row.cap), row.began, row.spent, row.reached, row.since)
        for row in rows
    }


def put(tx: Connection, counts: Iterable[Count]) -> None:
    rows = [
        {
            "rule": one.rule,
            "cap": one.cap.value,
            "began": one.began,
            "spent": one.spent,
            "reached": one.reached,
            "since": one.since,
        }
        for one in counts
    ]
    upsert(tx, caps, rows)


def reached(tx: Connection) -> list[Count]:
    """The caps that hold something back, by rule."""
    rows = tx.execute(select(caps).where(caps.c.reached.is_not(None)).order_by(caps.c.rule, caps.c.cap))
    return [Count(row.rule, Cap(row.cap), row.began, row.spent, row.reached, row.since) for row in rows]


def forget(tx: Connection, rules: Collection[str] | None = None) -> None:
    """Begin to count anew: for these rules, or for every one and for all of them together."""
    tx.execute(delete(caps) if rules is None else delete(caps).where(caps.c.rule.in_(rules)))
