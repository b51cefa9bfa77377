"""Attachments: whose files are to be listed, and which file is whose counterpart at a link's other end."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, exists, select, update

from connectors.model import Ref
from sync.store import work
from sync.store.schema import file_pairs, listings
from sync.store.upsert import insert_new


@dataclass(frozen=True, slots=True)
class Listing:
    """An item whose files are to be listed."""

    ref: Ref
    attempts: int
    round: int


_IS = (listings.c.connection == bindparam("of"), listings.c.id == bindparam("item"))
_AGAIN = update(listings).where(*_IS).values(due=bindparam("at"), attempts=0, round=listings.c.round + 1)
_DUE = (
    select(listings)
    .where(listings.c.connection == bindparam("of"), listings.c.due <= bindparam("now"))
    .order_by(listings.c.due)
    .limit(bindparam("limit"))
)
_ANY = select(exists().where(listings.c.connection == bindparam("of")))
_PAIRED = {
    side: select(
        exists().where(file_pairs.c.link == bindparam("of"), file_pairs.c[side] == bindparam("file"))
    )
    for side in ("source_file", "mirror_file")
}


def ask(tx: Connection, ref: Ref, *, due: float) -> None:
    """Ask for the item's files to be listed after ``due``."""
    work.note(tx, ref.connection)
    row = {"connection": ref.connection, "id": ref.id, "due": due, "attempts": 0, "round": 0}
    if not insert_new(tx, listings, row):
        tx.execute(_AGAIN, {**_of(ref), "at": due})


def due(tx: Connection, connection: str, now: float, *, limit: int) -> list[Listing]:
    """The listings whose time has come, oldest first."""
    rows = tx.execute(_DUE, {"of": connection, "now": now, "limit": limit})
    return [Listing(Ref(connection=row.connection, id=row.id), row.attempts, row.round) for row in rows]


def settle(tx: Connection, listing: Listing) -> None:
    """The files were listed; what was asked for meanwhile stays."""
    tx.execute(delete(listings).where(*_IS, listings.c.round == listing.round), _of(listing.ref))


def postpone(tx: Connection, listing: Listing, due: float) -> None:
    """Listing them failed: try again later."""
    changed = update(listings).where(*_IS, listings.c.round == listing.round)
    tx.execute(changed.values(due=due, attempts=listings.c.attempts + 1), _of(listing.ref))


def any_waiting(tx: Connection, connection: str) -> bool:
    """Whether the files of any item of the connection are still to be listed."""
    return bool(tx.execute(_ANY, {"of": connection}).scalar_one())


def pair(tx: Connection, link: int, source_file: str, mirror_file: str) -> None:
    """The one was made of the other."""
    insert_new(tx, file_pairs, {"link": link, "source_file": source_file, "mirror_file": mirror_file})


def paired(tx: Connection, link: int, file: str, *, at_source: bool) -> bool:
    """Whether the file has its counterpart at the other end of the link."""
    query = _PAIRED["source_file" if at_source else "mirror_file"]
    return bool(tx.execute(query, {"of": link, "file": file}).scalar_one())


def _of(ref: Ref) -> dict[str, object]:
    return {"of": ref.connection, "item": ref.id}
