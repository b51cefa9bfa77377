"""What a person does about a write that was refused: have it tried again, or give it up."""

from __future__ import annotations

from sqlalchemy import Connection

from sync import receipt
from sync.store import effects, journal, notices
from sync.store.database import Store
from sync.store.effects import Effect, State
from sync.store.notices import Matter


class NotParked(Exception):
    """There is no such parked effect: the message says what there is."""


def retry(store: Store, id: int, now: float) -> Effect:
    """Send the effect once more, as it is. Raises NotParked."""
    with store.write() as tx:
        effect = _parked(tx, id)
        effects.finish(tx, id, State.PENDING)
        _settle(tx, effect, journal.Entry.RETRIED, now)
    return effect


def skip(store: Store, id: int, now: float) -> Effect:
    """Give the effect up, so that the later ones of its item can go on. Raises NotParked."""
    with store.write() as tx:
        effect = _parked(tx, id)
        effects.finish(tx, id, State.SKIPPED, error=effect.error)
        _settle(tx, effect, journal.Entry.SKIPPED, now)
    return effect


def _parked(tx: Connection, id: int) -> Effect:
    effect = effects.get(tx, id)
    if effect is None or effect.state is not State.PARKED:
        parked = ", ".join(str(one.id) for one in effects.in_state(tx, State.PARKED)) or "none"
        raise NotParked(f"effect {id} is not parked; parked are: {parked}\n  see loopwright status")
    return effect


def _settle(tx: Connection, effect: Effect, kind: journal.Entry, now: float) -> None:
    ref = receipt.about(tx, effect)
    journal.write(tx, kind, ref, {}, at=now, effect=effect.id)
    notices.withdraw(tx, Matter.PARKED, ref, f"effect {effect.id}")
