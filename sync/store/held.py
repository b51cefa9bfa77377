"""Effects that a cap holds back, until a person lets them go."""

from __future__ import annotations

from sqlalchemy import Connection, func, literal_column, select, update

from sync.store.effects import Effect, State, effect_of
from sync.store.schema import effects

_IS_HELD = effects.c.state == literal_column("'held'")
"""Written out, so that the index over such effects alone is used."""
_RULE = effects.c.origin["rule"].as_string()


def hold(tx: Connection, id: int, reason: str) -> bool:
    """Keep an effect that is not yet in hand; whether it was to be sent at all."""
    fresh = effects.c.id == id, effects.c.state == State.PENDING.value
    held = update(effects).where(*fresh).values(state=State.HELD.value, error=reason)
    return tx.execute(held).rowcount > 0


def all_of(tx: Connection, rule: str | None = None) -> list[Effect]:
    """Those of one rule, or of every one, in their order."""
    mine = [] if rule is None else [rule == _RULE]
    rows = tx.execute(select(effects).where(_IS_HELD, *mine).order_by(effects.c.id))
    return [effect_of(row) for row in rows]


def by_rule(tx: Connection) -> dict[str, int]:
    """How many there are, by rule."""
    rows = tx.execute(select(_RULE, func.count()).where(_IS_HELD).group_by(_RULE))
    return {rule: number for rule, number in rows}
