"""The kill switch: a person stops all writing, to one tool or to every one of them, and lets it go on.

By a command, or in the tools: a label holds the links of its item, and one item can be the switch of all.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from connectors.model import Audience, Item, Ref
from sync.store import items, pauses
from sync.store.database import Store
from sync.store.pauses import EVERYWHERE, SWITCH, Pause

PAUSE_LABEL = "loopwright-pause"
"""On an item: its links stay still. On the switch: nothing is written anywhere."""
_PAUSED = "paused"
"""As a status, or as a checkbox, of the switch."""


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

    Whether anything is paused there still: one connection does not go on while all of them are paused, and
    none while the switch says so.
    Raises UnknownConnection.
    """
    name = _named(connection, known)
    with store.write() as tx:
        named = [one.connection for one in pauses.all_of(tx) if one.connection != SWITCH]
        lifted = named if name == EVERYWHERE else [name]
        pauses.lift(tx, lifted)
        return pauses.held(tx, name)


def _named(connection: str | None, known: Collection[str]) -> str:
    return EVERYWHERE if connection is None else among(connection, known)


def among(connection: str, known: Collection[str]) -> str:
    """The name, if the settings have such a connection. Raises UnknownConnection."""
    if connection not in known:
        raise UnknownConnection(f"no connection is named {connection}; there are: {', '.join(sorted(known))}")
    return connection


def switched(store: Store) -> Pause | None:
    """The pause that the switch in the tools keeps up."""
    with store.read() as view:
        return next((one for one in pauses.all_of(view) if one.connection == SWITCH), None)


# -- in the tools ----------------------------------------------------------------------------------------


def is_labelled(*ends: Item | None) -> bool:
    """Whether one of these items has the label that holds its links."""
    return any(label.casefold() == PAUSE_LABEL for item in ends if item for label in item.labels)


def appoint(tx: Connection, switch: Ref | None, now: float) -> None:
    """Make an item the switch, and obey it as it was last seen; without one, no switch pauses anything."""
    pauses.appoint(tx, switch.connection if switch else None, switch.key if switch else "")
    known = items.find(tx, switch.key) if switch else []
    mine = [one.item for one in known if switch and one.item.ref.connection == switch.connection]
    if mine:
        heed(tx, mine[0], now)
    else:
        pauses.lift(tx, [SWITCH])


def heed(tx: Connection, item: Item, now: float) -> None:
    """Pause everything or let it go on, as the item says, if it is the switch."""
    if not pauses.is_switch(tx, item.ref):
        return
    how = _how(item)
    if how:
        pauses.put(tx, SWITCH, by=f"{how} of {item.ref} in {item.ref.connection}", now=now)
    else:
        pauses.lift(tx, [SWITCH])


def _how(item: Item) -> str | None:
    """What of the switch says that everything is paused.

    Labels are the team's everywhere. Where customers read, they may move the item or fill in its form too.
    """
    if is_labelled(item):
        return f"the label {PAUSE_LABEL}"
    if item.audience is not Audience.INTERNAL:
        return None
    if (item.status or "").casefold() == _PAUSED:
        return "the status"
    return "the checkbox" if item.custom.get(_PAUSED) is True else None
