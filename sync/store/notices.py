"""What people should know: fields left alone, conflicts held, writes refused. One row a matter, counted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Select, bindparam, delete, select, update

from connectors.model import Ref
from sync.store.schema import notices
from sync.store.upsert import insert_new


class Matter(StrEnum):
    UNRESOLVED = "unresolved"
    """A value that no map knows: the field was left alone."""
    CLASH = "clash"
    """Two rules disagree."""
    CONFLICT = "conflict"
    """Both ends changed one field."""
    AUDIENCE = "audience"
    """A text would have reached people it was not meant for."""
    PARKED = "parked"
    """A write was refused."""
    GONE = "gone"
    """An item can no longer be read."""
    UNREAD = "unread"
    """A connection could not be read; it is asked again and again."""
    RESTS = "rests"
    """A tool failed again and again: it is left alone but for one probe at a time."""
    CONFIRM = "confirm"
    """A tool waits for a person to confirm something."""
    ORPHANED = "orphaned"
    """Mirrors that no rule looks after any more: they are left as they are."""
    MISTAKE = "mistake"
    """Loopwright itself failed; a lane tries again and again."""
    CAPPED = "capped"
    """A rule has reached a cap: what it wants from then on is held."""
    STAYS = "stays"
    """The copy of a comment should go, and its tool lets no program take it back."""
    IGNORED = "ignored"
    """The tool took a write and did not do what it said."""


@dataclass(frozen=True, slots=True)
class Notice:
    matter: Matter
    ref: Ref
    subject: str
    text: str
    at: float
    times: int


def tell(tx: Connection, matter: Matter, ref: Ref, subject: str, text: str, now: float) -> None:
    """Note a matter; the same one again is counted, not repeated."""
    row: dict[str, object] = {
        "kind": matter.value,
        "connection": ref.connection,
        "item": ref.id,
        "subject": subject,
        "text": text,
        "at": now,
        "times": 1,
    }
    if not insert_new(tx, notices, row):
        tx.execute(
            update(notices)
            .where(*(notices.c[name] == row[name] for name in ("kind", "connection", "item", "subject")))
            .values(text=text, at=now, times=notices.c.times + 1)
        )


def tell_connection(tx: Connection, matter: Matter, connection: str, text: str, now: float) -> None:
    """Note a matter that concerns a connection as a whole."""
    tell(tx, matter, Ref(connection=connection, id=""), "", text, now)


_WITHDRAW = delete(notices).where(
    *(notices.c[name] == bindparam(name) for name in ("kind", "connection", "item", "subject"))
)


def withdraw(tx: Connection, matter: Matter, ref: Ref, subject: str) -> bool:
    """The matter is settled; whether it had been told."""
    about = {"kind": matter.value, "connection": ref.connection, "item": ref.id, "subject": subject}
    return tx.execute(_WITHDRAW, about).rowcount > 0


def withdraw_all(tx: Connection, matter: Matter) -> None:
    """Everything of this kind is looked at anew."""
    tx.execute(delete(notices).where(notices.c.kind == matter.value))


def withdraw_connection(tx: Connection, matter: Matter, connection: str) -> None:
    """The matter that concerned the connection as a whole is settled."""
    withdraw(tx, matter, Ref(connection=connection, id=""), "")


def of_connection(tx: Connection, matter: Matter, connection: str) -> str | None:
    """What was told about the connection as a whole, if anything."""
    row = (notices.c.kind == matter.value, notices.c.connection == connection, notices.c.item == "")
    text: str | None = tx.execute(select(notices.c.text).where(*row, notices.c.subject == "")).scalar()
    return text


_OF_ITEM = select(notices.c.kind, notices.c.subject).where(
    notices.c.connection == bindparam("connection"), notices.c.item == bindparam("item")
)


def of(tx: Connection, ref: Ref) -> set[tuple[Matter, str]]:
    """What was told about an item: (matter, subject)."""
    rows = tx.execute(_OF_ITEM, {"connection": ref.connection, "item": ref.id})
    return {(Matter(kind), subject) for kind, subject in rows}


def texts_of(tx: Connection, ref: Ref) -> list[str]:
    """What was told about an item, the oldest first."""
    rows = tx.execute(
        select(notices.c.text)
        .where(notices.c.connection == ref.connection, notices.c.item == ref.id)
        .order_by(notices.c.id)
    )
    return list(rows.scalars())


def by_subject(tx: Connection, ref: Ref) -> dict[str, str]:
    """What was last told about an item's fields and the like, each by its subject."""
    rows = tx.execute(
        select(notices.c.subject, notices.c.text)
        .where(notices.c.connection == ref.connection, notices.c.item == ref.id)
        .order_by(notices.c.at)
    )
    return {subject: text for subject, text in rows}


def of_matter(tx: Connection, matter: Matter) -> list[Notice]:
    """Everything of this kind, the oldest first."""
    return _notices(tx, select(notices).where(notices.c.kind == matter.value).order_by(notices.c.at))


def all_of(tx: Connection, *, limit: int = 200) -> list[Notice]:
    return _notices(tx, select(notices).order_by(notices.c.at.desc()).limit(limit))


def _notices(tx: Connection, query: Select[tuple[object, ...]]) -> list[Notice]:
    return [
        Notice(
            Matter(row.kind),
            Ref(connection=row.connection, id=row.item),
            row.subject,
            row.text,
            row.at,
            row.times,
        )
        for row in tx.execute(query)
    ]
