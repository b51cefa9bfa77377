"""Items that lie in their tool's bin, or cannot be found: their links rest, and go on when they are back.

Nothing is carried of a deletion. An item that its tool calls deleted is kept as it was known, for some tools
scrub its text; what others wrote to it meanwhile is parked, and let go once it is there again.
"""

from __future__ import annotations

import dataclasses

from sqlalchemy import Connection

from connectors.model import Item, Ref
from connectors.protocol import Observation
from sync.store import effects, hints, journal, links, notices
from sync.store.effects import State
from sync.store.items import StoredItem
from sync.store.notices import Matter

_SUBJECT = "deleted"


def lies_there(seen: Observation, stored: StoredItem | None) -> Observation:
    """What was seen, where it lies in the bin: as it was known, and with nothing said of its comments."""
    if not seen.item.deleted:
        return seen
    kept = {"deleted": True, "updated": seen.item.updated}
    item = stored.item.model_copy(update=kept) if stored else seen.item
    return dataclasses.replace(seen, item=item, comments=None, complete=False, gone=(), comment_count=None)


def note(tx: Connection, item: Item, stored: StoredItem | None, now: float) -> None:
    """Tell of a linked item that was deleted, as long as it is."""
    if not item.deleted:
        if stored and stored.item.deleted:
            notices.withdraw(tx, Matter.GONE, item.ref, _SUBJECT)
        return
    if (stored is None or not stored.item.deleted) and links.of(tx, item.ref):
        text = (
            f"{item.ref} was deleted. Its links rest: nothing is changed or closed at their other ends, what "
            f"is written there meanwhile is kept, and all goes on by itself if {item.ref} is restored"
        )
        notices.tell(tx, Matter.GONE, item.ref, _SUBJECT, text, now)


def missed(tx: Connection, ref: Ref, effect: int, *, now: float) -> None:
    """A write did not find its item: it is read, to tell why, and the write waits until it is back."""
    journal.write(tx, journal.Entry.MISSED, ref, {}, at=now, effect=effect)
    hints.add(tx, ref, due=now)


def resume(tx: Connection, ref: Ref, now: float) -> None:
    """The item is there again: what was parked because it was not is sent."""
    for number in journal.missing(tx, ref):
        effect = effects.get(tx, number)
        if effect and effect.state is State.PARKED:
            effects.finish(tx, number, State.UNSURE if effect.lost is not None else State.PENDING)
            journal.write(tx, journal.Entry.RETRIED, ref, {"back": True}, at=now, effect=number)
            notices.withdraw(tx, Matter.PARKED, ref, f"effect {number}")
