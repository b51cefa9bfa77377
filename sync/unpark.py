"""What becomes of a write that was refused: a person has it tried again or gives it up, or it comes to say
something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from connectors.model import JsonValue
from sync.store import effects, journal, links, notices
from sync.store.database import Store
from sync.store.effects import FOR_PEOPLE, Effect, State
from sync.store.notices import Matter


class NotParked(Exception):
    """There is no such parked write: the message says what there is."""


def retry(store: Store, ids: Sequence[int], now: float) -> None:
    """Send the effects once more, as they are: all of them or, raising NotParked, none."""
    with store.write() as tx:
        for effect in _parked(tx, ids):
            # One whose outcome was never found out is looked up once more before it is sent again.
            effects.finish(tx, effect.id, State.UNSURE if effect.lost is not None else State.PENDING)
            _settle(tx, effect, journal.Entry.RETRIED, now)


def skip(store: Store, ids: Sequence[int], now: float) -> None:
    """Give the effects up, so that the later ones of their items go on: all or, raising NotParked, none."""
    with store.write() as tx:
        for effect in _parked(tx, ids):
            effects.finish(tx, effect.id, State.SKIPPED, error=effect.error)
            _settle(tx, effect, journal.Entry.SKIPPED, now)


def amend(tx: Connection, effect: Effect, payload: Mapping[str, JsonValue], now: float) -> None:
    """Have an effect that is in nobody's hand write something else. What was refused is tried again so:
    nobody refused what it says by now."""
    effects.amend(tx, effect.id, payload)
    if effect.state is State.PARKED:
        effects.finish(tx, effect.id, State.UNSURE if effect.lost is not None else State.PENDING)
        _settle(tx, effect, journal.Entry.RETRIED, now)


def _parked(tx: Connection, ids: Sequence[int]) -> list[Effect]:
    found = {id: effects.get(tx, id) for id in ids}
    parked = [effect for effect in found.values() if effect and effect.state in FOR_PEOPLE]
    if wrong := [str(id) for id in found if id not in {effect.id for effect in parked}]:
        there = [str(one.id) for one in effects.in_state(tx, State.PARKED, limit=11)]
        some = ", ".join(there[:10]) + (", ..." if there[10:] else "")
        raise NotParked(
            f"no parked write has the number {', '.join(wrong)}; parked are: {some or 'none'}\n"
            "  loopwright status shows them"
        )
    return parked


def _settle(tx: Connection, effect: Effect, kind: journal.Entry, now: float) -> None:
    ref = links.about(tx, effect)
    journal.write(tx, kind, ref, {}, at=now, effect=effect.id)
    notices.withdraw(tx, Matter.PARKED, ref, f"effect {effect.id}")
