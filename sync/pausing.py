"""The kill switch: a person stops all writing, to one tool or to every one of them, and lets it go on."""

from __future__ import annotations

from collections.abc import Collection

from sync.store import pauses
from sync.store.database import Store
from sync.store.pauses import EVERYWHERE


class UnknownConnection(Exception):
    """The settings name no such connection: the message says which ones they do."""


def pause(store: Store, connection: str | None, known: Collection[str], *, by: str, now: float) -> bool:
    """Write nothing from now on; reading and deciding go on. Whether that is news.

    A running daemon obeys before its next write. Raises UnknownConnection.
    """
    with store.write() as tx:
        return pauses.put(tx, _named(connection, known), by=by, now=now)


def resume(store: Store, connection: str | None, known: Collection[str]) -> bool:
    """Let the writes go on, in their order: to one connection or, without a name, to every one.

    Whether anything is paused there still: one connection does not go on while all of them are paused.
    Raises UnknownConnection.
    """
    name = _named(connection, known)
    with store.write() as tx:
        lifted = [one.connection for one in pauses.all_of(tx)] if name == EVERYWHERE else [name]
        pauses.lift(tx, lifted)
        return pauses.held(tx, name)


def _named(connection: str | None, known: Collection[str]) -> str:
    return EVERYWHERE if connection is None else among(connection, known)


def among(connection: str, known: Collection[str]) -> str:
    """The name, if the settings have such a connection. Raises UnknownConnection."""
    if connection not in known:
        raise UnknownConnection(f"no connection is named {connection}; there are: {', '.join(sorted(known))}")
    return connection
