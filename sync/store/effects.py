"""Effects: intended writes, each sent once, in the order of their item. This table is the queue."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, Select, bindparam, case, exists, func, select, update

from connectors.model import Audience, JsonValue
from sync.store import work
from sync.store.schema import effects
from sync.store.upsert import insert_numbered
from sync.store.work import Caused


class State(StrEnum):
    PENDING = "pending"
    """To be sent when its time and its turn have come."""
    SENDING = "sending"
    """Perhaps sent: a worker has it in hand, or died with it in hand."""
    UNSURE = "unsure"
    """Sent, and nobody knows what became of it: to be looked up before anything is sent again."""
    DONE = "done"
    PARKED = "parked"
    """Refused for good: a person must look. The later effects of its item wait."""
    HELD = "held"
    """Its rule has reached a cap: a person must let it go. The later effects of its item wait."""
    SKIPPED = "skipped"
    """A person decided against it."""


OPEN = (State.PENDING, State.SENDING, State.UNSURE, State.PARKED, State.HELD)
"""The states in which an effect holds back the later ones of its item."""
FOR_PEOPLE = (State.PARKED, State.HELD)
"""The states in which an effect waits for a person."""
AT_REST = (State.PENDING, *FOR_PEOPLE)
"""The states in which an effect is in nobody's hand: it can still be changed, and given up."""
WAITING = (State.UNSURE, State.PENDING)
"""The states in which an effect waits to be taken in hand, the more urgent first."""


class Kind(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    COMMENT = "comment"
    EDIT = "edit"
    """Another text for a comment that we wrote."""
    WITHDRAW = "withdraw"
    """A comment that we wrote is to go."""
    RETIRE = "retire"
    """An item that we made is to go."""
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Effect:
    id: int
    key: str
    marker: str
    connection: str
    target: str
    kind: Kind
    payload: Mapping[str, JsonValue]
    origin: Mapping[str, JsonValue]
    link: int | None
    state: State
    attempts: int
    due: float
    sent: float | None
    """Since when it may have been sent."""
    lost: float | None
    """Until when it may have been sent, where nobody knows what became of it."""
    error: str | None
    receipt: Mapping[str, JsonValue] | None
    """What came of it, once it is done."""


def marker_of(key: str) -> str:
    """The token that the written thing carries, so that it can be found again."""
    return "lw-" + hashlib.sha256(key.encode()).hexdigest()[:20]


def effect_of(row: Row[tuple[object, ...]]) -> Effect:
    read = {field.name: getattr(row, field.name) for field in dataclasses.fields(Effect)}
    return Effect(**{**read, "kind": Kind(row.kind), "state": State(row.state)})


def add(
    tx: Connection,
    *,
    key: str,
    connection: str,
    target: str,
    kind: Kind,
    payload: Mapping[str, JsonValue],
    origin: Mapping[str, JsonValue],
    cause: int,
    link: int | None = None,
    counted: bool = True,
) -> int | None:
    """Enqueue a write; its id, or ``None`` when one with this idempotency key was there before.

    It counts towards the caps of its rule, unless it only tells the team about something.
    """
    row = {
        "key": key,
        "marker": marker_of(key),
        "connection": connection,
        "target": target,
        "kind": kind.value,
        "payload": dict(payload),
        "origin": dict(origin),
        "cause": cause,
        "link": link,
        "state": State.PENDING.value,
        "attempts": 0,
        "due": 0.0,
    }
    number = insert_numbered(tx, effects, row)
    if number is not None:
        work.note(tx, connection)
        if counted and origin.get("rule"):
            work.cause(tx, weighed(number, kind, payload, origin))
    return number


def weighed(id: int, kind: Kind, payload: Mapping[str, JsonValue], origin: Mapping[str, JsonValue]) -> Caused:
    """How a write counts towards the caps of its rule."""
    told = kind in (Kind.COMMENT, Kind.EDIT, Kind.FILE) and payload.get("audience") != Audience.INTERNAL
    return Caused(id, str(origin["rule"]), backfill=origin.get("silent") is True, told=told)


def get(tx: Connection, id: int) -> Effect | None:
    row = tx.execute(select(effects).where(effects.c.id == id)).first()
    return effect_of(row) if row else None


_earlier = effects.alias("earlier")
_READY = (
    select(effects)
    .where(
        effects.c.connection == bindparam("connection"),
        effects.c.state == bindparam("in_state"),
        effects.c.worker.is_(None),
        effects.c.due <= bindparam("now"),
        ~exists().where(
            _earlier.c.target == effects.c.target,
            _earlier.c.id < effects.c.id,
            _earlier.c.state.in_([state.value for state in OPEN]),
        ),
    )
    .order_by(effects.c.id)
    .limit(bindparam("limit"))
)
"""Due, in nobody's hand, and with no earlier open effect of the same item. One state is asked for at a
time, so that the index hands out the first ones without a look at all the others."""
_BUSY = select(
    exists().where(
        effects.c.connection == bindparam("of"),
        effects.c.state.in_(bindparam("states", expanding=True)),
        ~exists().where(
            _earlier.c.target == effects.c.target,
            _earlier.c.id < effects.c.id,
            _earlier.c.state.in_([state.value for state in FOR_PEOPLE]),
        ),
    )
)
_HANDED = (
    update(effects)
    .where(effects.c.id == bindparam("effect"))
    .values(
        worker=bindparam("by"),
        state=bindparam("becomes"),
        sent=bindparam("at"),
        lost=bindparam("unknown"),
        attempts=effects.c.attempts + bindparam("tried"),
    )
)
_IN_HAND = select(
    exists().where(
        effects.c.target == bindparam("target"),
        effects.c.state.in_([State.SENDING.value, State.UNSURE.value]),
        effects.c.kind.in_(bindparam("kinds", expanding=True)),
    )
)
_FINISHED = (
    update(effects)
    .where(effects.c.id == bindparam("effect"))
    .values(
        state=bindparam("becomes"),
        worker=None,
        due=bindparam("next"),
        error=bindparam("reason"),
    )
)
_RECEIVED = _FINISHED.values(receipt=bindparam("answer"))
_HOLDER = select(effects.c.worker).where(effects.c.id == bindparam("effect"))
_OPEN_OF_TARGET = select(
    exists().where(
        effects.c.target == bindparam("target"),
        effects.c.state.in_([state.value for state in OPEN]),
    )
)
_BY_MARKER = select(effects).where(effects.c.marker == bindparam("marker"))
_BY_KEY = select(effects).where(effects.c.key == bindparam("key"))
_OPEN_OF_LINK = (
    select(effects)
    .where(effects.c.link == bindparam("of"), effects.c.state.in_([state.value for state in OPEN]))
    .order_by(effects.c.id)
)


def ready(tx: Connection, connection: str, now: float, *states: State) -> bool:
    """Whether the lane has an effect, in one of these states, that could be taken now."""
    return any(_first(tx, _READY, connection, state, now, 1) for state in states or WAITING)


def _first(
    tx: Connection, query: Select[tuple[object, ...]], connection: str, state: State, now: float, limit: int
) -> list[Effect]:
    asked = {"connection": connection, "in_state": state.value, "now": now, "limit": limit}
    return [effect_of(row) for row in tx.execute(query, asked)]


def take(
    tx: Connection,
    connection: str,
    *states: State,
    worker: str,
    now: float,
    limit: int,
    which: Callable[[Effect], bool] | None = None,
) -> list[Effect]:
    """Take the next effects of a lane into hand: due, the first open one of their item, and ``which``.

    What must be looked up comes first and stays ``unsure``; fresh ones are ``sending`` from then on. They
    come back as they were before.
    """
    query = _READY.with_for_update(skip_locked=True) if tx.dialect.name == "postgresql" else _READY
    taken: list[Effect] = []
    for state in states or WAITING:
        if len(taken) < limit:
            ready = _first(tx, query, connection, state, now, limit - len(taken))
            taken += filter(which, ready) if which else ready
    for effect in taken:
        _hand(tx, effect, worker, now)
    return taken


def _hand(tx: Connection, effect: Effect, worker: str, now: float) -> None:
    fresh = effect.state is State.PENDING
    handed = {
        "effect": effect.id,
        "by": worker,
        "becomes": (State.SENDING if fresh else State.UNSURE).value,
        "at": now if fresh else effect.sent,
        "unknown": None if fresh else effect.lost,
        "tried": int(fresh),
    }
    tx.execute(_HANDED, handed)


def finish(
    tx: Connection,
    id: int,
    state: State,
    *,
    due: float = 0.0,
    error: str | None = None,
    receipt: Mapping[str, JsonValue] | None = None,
) -> None:
    """Put an effect out of hand, into ``state``."""
    changed: dict[str, object] = {"effect": id, "becomes": state.value, "next": due, "reason": error}
    if receipt is None:
        tx.execute(_FINISHED, changed)
    else:
        tx.execute(_RECEIVED, {**changed, "answer": dict(receipt)})


def lose(tx: Connection, id: int, now: float, *, due: float, error: str) -> None:
    """Nobody knows what became of an effect that was sent before ``now``: it is to be looked up."""
    finish(tx, id, State.UNSURE, due=due, error=error)
    tx.execute(update(effects).where(effects.c.id == id).values(lost=now))


def holds(tx: Connection, id: int, worker: str) -> bool:
    """Whether the worker still has the effect in hand: one that was taken for dead has not."""
    return tx.execute(_HOLDER, {"effect": id}).scalar() == worker


def amend(tx: Connection, id: int, payload: Mapping[str, JsonValue]) -> None:
    """Change what an effect in nobody's hand will write."""
    tx.execute(
        update(effects)
        .where(effects.c.id == id, effects.c.state.in_([state.value for state in AT_REST]))
        .values(payload=dict(payload))
    )


def recover(tx: Connection, now: float) -> int:
    """What a dead process had in hand must be looked up before it is sent again; how many that was.

    To be called only by a process that knows itself alone.
    """
    return tx.execute(
        update(effects)
        .where(effects.c.worker.is_not(None))
        .values(
            state=State.UNSURE.value,
            worker=None,
            due=0.0,
            lost=case((effects.c.state == State.SENDING.value, now), else_=effects.c.lost),
        )
    ).rowcount


def in_hand(tx: Connection, target: str, *kinds: Kind) -> bool:
    """Whether a write to this target, of one of these kinds, is under way or its outcome unknown."""
    asked = [kind.value for kind in kinds or Kind]
    return bool(tx.execute(_IN_HAND, {"target": target, "kinds": asked}).scalar_one())


def any_open(tx: Connection, target: str) -> bool:
    """Whether any write to this target is not yet done."""
    return bool(tx.execute(_OPEN_OF_TARGET, {"target": target}).scalar_one())


def by_marker(tx: Connection, marker: str) -> Effect | None:
    row = tx.execute(_BY_MARKER, {"marker": marker}).first()
    return effect_of(row) if row else None


def by_key(tx: Connection, key: str) -> Effect | None:
    row = tx.execute(_BY_KEY, {"key": key}).first()
    return effect_of(row) if row else None


def give_up(tx: Connection, link: int) -> list[int]:
    """The link's writes that are in nobody's hand are not wanted any more; which they were."""
    rows = tx.execute(
        update(effects)
        .where(effects.c.link == link, effects.c.state.in_([state.value for state in AT_REST]))
        .values(state=State.SKIPPED.value)
        .returning(effects.c.id)
    )
    return list(rows.scalars())


def last_of_link(tx: Connection, link: int, start: str) -> Effect | None:
    """The link's latest write with a key that starts like this, whatever became of it."""
    mine = select(effects).where(effects.c.link == link, effects.c.key.startswith(start, autoescape=True))
    row = tx.execute(mine.order_by(effects.c.id.desc()).limit(1)).first()
    return effect_of(row) if row else None


def open_of_link(tx: Connection, link: int) -> list[Effect]:
    """The link's writes that are not yet done."""
    return [effect_of(row) for row in tx.execute(_OPEN_OF_LINK, {"of": link})]


def busy(tx: Connection, connection: str, *, only_looked_up: bool = False) -> bool:
    """Whether the lane has anything left that will be sent, or only looked up, without a person's help."""
    states = [State.UNSURE, State.SENDING] if only_looked_up else [*WAITING, State.SENDING]
    asked = {"of": connection, "states": [state.value for state in states]}
    return bool(tx.execute(_BUSY, asked).scalar_one())


def counts(tx: Connection) -> dict[str, dict[str, int]]:
    """How many effects are in which state, by connection."""
    rows = tx.execute(
        select(effects.c.connection, effects.c.state, func.count()).group_by(
            effects.c.connection, effects.c.state
        )
    )
    found: dict[str, dict[str, int]] = {}
    for connection, state, number in rows:
        found.setdefault(connection, {})[state] = number
    return found


def in_state(tx: Connection, state: State, *, limit: int = 50) -> list[Effect]:
    rows = tx.execute(
        select(effects).where(effects.c.state == state.value).order_by(effects.c.id).limit(limit)
    )
    return [effect_of(row) for row in rows]
