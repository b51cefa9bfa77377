"""The lanes: one a connection, each effect sent once, in the order of its item.

Before the send the row says ``sending``, in a transaction of its own. Whatever comes back is put into the
row together with everything that follows from it (see :mod:`sync.receipt`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import compress

from pydantic import JsonValue
from sqlalchemy import Connection

from connectors.abilities import EditsComments
from connectors.errors import (
    AuthFailed,
    Conflict,
    ConnectorError,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from connectors.model import Ref
from connectors.protocol import Connector
from sync import attach, bin, breaker, moving, receipt
from sync.engine import Engine
from sync.fleet import NotSent
from sync.mistakes import Mistake, met
from sync.observe import LOOK_AGAIN
from sync.patience import delay
from sync.sending import (
    REF,
    Outcome,
    Result,
    address,
    comment_draft_of,
    draft_of,
    follow_up_of,
    most_together,
    send_together,
    written,
)
from sync.store import breakers, connections, effects, hints, journal, links, moves, notices, pauses
from sync.store.breakers import Side
from sync.store.database import StoreError
from sync.store.effects import Effect, Kind, State
from sync.store.notices import Matter

CONFLICTS = 5
"""How often a write is planned again because somebody else was quicker, before a person is asked."""


def work(engine: Engine, connection: str, worker: str, *, limit: int = 1) -> int:
    """Send effects of a lane, at most ``limit`` times; how many were in hand.

    One transaction stores what became of some and takes the next ones: durable before they are sent.
    """
    with engine.store.read() as view:
        ready = effects.ready(view, connection, engine.now(), *_allowed(view, connection))
        rests = breakers.rests(view, connection, Side.WRITES, engine.now()) > 0
        if not ready or rests or connections.get(view, connection).halted:
            return 0
    connector = engine.fleet.get(connection)
    with engine.store.write() as tx:
        batch = _next(engine, tx, connector, worker)
    tried, times = 0, 0
    while batch:
        outcomes, well = _try(engine, connector, batch)
        tried, times = tried + len(batch), times + 1
        go_on = well and times < limit and not engine.fleet.stopped.is_set()
        batch = _store(engine, connector, worker, batch, outcomes, go_on=go_on)
    return tried


def _store(
    engine: Engine,
    connector: Connector,
    worker: str,
    batch: Sequence[Effect],
    outcomes: Sequence[Outcome],
    *,
    go_on: bool,
) -> list[Effect]:
    """Store what the effects came to, and take the next ones. A mistake in what follows from one of them
    parks that one; the others are stored all the same."""
    try:
        with engine.write() as tx:
            # Somebody may have taken us for dead and looks it up: whatever we know, they will find out.
            held = [effects.holds(tx, effect.id, worker) for effect in batch]
            for outcome in compress(outcomes, held):
                outcome(tx)
            return _next(engine, tx, connector, worker) if go_on and all(held) else []
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - one effect's mistake must not end the others
        mistake = met(connector.connection, error)
    if len(batch) > 1:
        for effect, outcome in zip(batch, outcomes, strict=True):
            _store(engine, connector, worker, [effect], [outcome], go_on=False)
        return []
    with engine.write() as tx:
        if effects.holds(tx, batch[0].id, worker):
            _park_unknown(tx, engine, batch[0], mistake)
    return []


def _next(engine: Engine, tx: Connection, connector: Connector, worker: str) -> list[Effect]:
    """The next effect of the lane, and those that are ready by now and can go with it; a probe goes alone."""
    now, name = engine.now(), connector.connection
    if (admitted := breaker.admits(tx, name, Side.WRITES, now)) == 0:
        return []
    batch = effects.take(tx, name, *_allowed(tx, name), worker=worker, now=now, limit=1)
    if batch and admitted is None and (most := most_together(connector, batch[0])) > 1:

        def goes_along(other: Effect) -> bool:
            return other.kind is batch[0].kind and most_together(connector, other) == most

        batch += effects.take(tx, name, worker=worker, now=now, limit=most - 1, which=goes_along)
    return batch


def _allowed(view: Connection, connection: str) -> tuple[State, ...]:
    """Effects of which states may be taken: while writing is paused, those that are only looked up."""
    return (State.UNSURE,) if pauses.held(view, connection) else effects.WAITING


def _try(engine: Engine, connector: Connector, batch: Sequence[Effect]) -> tuple[list[Outcome], bool]:
    """Send the effects, or look them up; what they came to, and whether all of it went well."""
    try:
        results = _results(engine, connector, batch)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - one effect's mistake must not end the others
        results = [met(connector.connection, error)] * len(batch)
    breaker.heard(engine, connector.connection, Side.WRITES, *results)
    results = [_led_on(engine, connector, *one) for one in zip(batch, results, strict=True)]
    limited = next((result for result in results if isinstance(result, RateLimited)), None)
    if limited:
        engine.fleet.block(connector.connection, delay(batch[0].attempts, limited))
    outcomes = [
        _failed(engine, effect, result, alone=len(batch) == 1)
        if isinstance(result, ConnectorError)
        else result
        for effect, result in zip(batch, results, strict=True)
    ]
    return outcomes, not any(isinstance(result, ConnectorError) for result in results)


def _results(engine: Engine, connector: Connector, batch: Sequence[Effect]) -> list[Result]:
    if batch[0].state is State.UNSURE:
        return [_looked_up(engine, connector, effect) for effect in batch]
    with engine.fleet.writing(connector.connection):
        return send_together(engine, connector, batch)


def _led_on(engine: Engine, connector: Connector, effect: Effect, result: Result) -> Result:
    """Where the item was moved, the write waits until it is known by its new id."""
    if not isinstance(result, NotFound) or "ref" not in effect.payload:
        return result
    old = address(engine, effect)
    try:
        move = moving.whither(connector, old)
    except ConnectorError as error:
        return error
    if move is None:
        return result
    if not move.watched:
        return NotFound(moving.out_of_sight(old, move))
    return partial(_wait_for_move, engine, effect, old, move.to)


def _wait_for_move(engine: Engine, effect: Effect, old: Ref, new: Ref, tx: Connection) -> None:
    now = engine.now()
    moves.note(tx, old, new, due=now)
    effects.finish(tx, effect.id, _not_done(effect), due=now + LOOK_AGAIN)


def _looked_up(engine: Engine, connector: Connector, effect: Effect) -> Result:
    try:
        return look_up(engine, connector, effect)
    except ConnectorError as error:
        return error


def look_up(engine: Engine, connector: Connector, effect: Effect) -> Outcome:
    """Find out what became of a write whose outcome is unknown; nothing is sent before that is clear."""
    sent = engine.moment(effect.sent or 0.0)
    match effect.kind:
        case Kind.CREATE:
            item = connector.find(draft_of(effect), sent)
            if item:
                return lambda tx: receipt.created(tx, engine, effect, item, found=True)
        case Kind.COMMENT:
            ref = address(engine, effect)
            comment = connector.find_comment(ref, comment_draft_of(engine, connector, effect), sent)
            if comment:
                return lambda tx: receipt.commented(tx, engine, effect, ref, comment)
        case Kind.EDIT:
            if isinstance(connector, EditsComments):
                # The same edit once more changes nothing.
                return _again(effect, State.PENDING)
            ref = address(engine, effect)
            said = connector.find_comment(ref, follow_up_of(engine, connector, effect), sent)
            if said:
                return lambda tx: receipt.edited(tx, engine, effect, ref, said)
        case Kind.RETIRE:
            return _again(effect, State.PENDING)
        case Kind.WITHDRAW:
            if isinstance(connector, EditsComments) or not effect.payload["instead"]:
                return _again(effect, State.PENDING)
            ref = address(engine, effect)
            said = connector.find_comment(ref, follow_up_of(engine, connector, effect), sent)
            if said:
                return lambda tx: receipt.withdrawn(tx, engine, effect, ref, receipt.TOLD, said)
        case Kind.FILE:
            if attached := attach.find(engine, connector, effect, address(engine, effect)):
                return attached
        case Kind.UPDATE:
            return written(engine, connector, effect) or _again(effect, State.PENDING)
    settled = (effect.lost or engine.now()) + connector.settles.total_seconds()
    now = engine.now()
    if now < settled:
        # Not found yet proves nothing while the tool's index may lag behind its writes.
        wait = min(settled, now + max(1.0, (settled - now) / 4))
        return _again(effect, State.UNSURE, due=wait, error=effect.error)
    return _again(effect, State.PENDING)


def _failed(engine: Engine, effect: Effect, error: ConnectorError, *, alone: bool) -> Outcome:
    """Put the effect where its error says it belongs; the others go on.

    Which of several a mistake is about shows when they are tried again, each alone.
    """
    match error:
        case Mistake() if alone:
            return partial(_park_unknown, engine=engine, effect=effect, error=error)
        case NotSent():
            # It waits for a person or for the next start, and then goes at once.
            return _again(effect, _not_done(effect), error=str(error))
        case RateLimited() | Unavailable():
            due = engine.now() + delay(effect.attempts, error)
            return _again(effect, _not_done(effect), due=due, error=str(error))
        case OutcomeUnknown():
            return lambda tx: _look_first(tx, engine, effect, error)
        case Conflict() if effect.attempts < CONFLICTS:
            return lambda tx: _plan_again(tx, engine, effect, error)
        case AuthFailed():
            return lambda tx: _halt(tx, effect, error)
        case Forbidden() | Rejected() if effect.payload.get("optional"):
            return lambda tx: effects.finish(tx, effect.id, State.SKIPPED, error=str(error))
        case Forbidden() | NotFound() | Rejected() | Conflict() | _:
            return lambda tx: park(tx, engine, effect, error)


def _look_first(tx: Connection, engine: Engine, effect: Effect, error: ConnectorError) -> None:
    now = engine.now()
    effects.lose(tx, effect.id, now, due=now + delay(0, error), error=str(error))
    _note(tx, engine, effect, journal.Entry.FAILED, error)


def _plan_again(tx: Connection, engine: Engine, effect: Effect, error: ConnectorError) -> None:
    if effect.link is not None and links.get(tx, effect.link).held:
        # Nobody plans for a link that is on hold: what is wanted then is decided when it goes on.
        effects.finish(tx, effect.id, State.SKIPPED, error="the link is on hold")
        return
    effects.finish(tx, effect.id, State.PENDING, due=engine.now() + delay(effect.attempts, error))
    if "ref" in effect.payload:
        hints.add(tx, REF.validate_python(effect.payload["ref"]), due=engine.now())


def _halt(tx: Connection, effect: Effect, error: ConnectorError) -> None:
    connections.halt(tx, effect.connection, str(error))
    effects.finish(tx, effect.id, _not_done(effect), error=str(error))


def park(tx: Connection, engine: Engine, effect: Effect, error: ConnectorError) -> None:
    """Repeating is useless: keep the effect, hold back the later ones of its item, and tell."""
    effects.finish(tx, effect.id, State.PARKED, error=str(error))
    _note(tx, engine, effect, journal.Entry.PARKED, error)
    if isinstance(error, NotFound) and "ref" in effect.payload:
        bin.missed(tx, REF.validate_python(effect.payload["ref"]), effect.id, now=engine.now())
    subject = f"effect {effect.id}"
    notices.tell(tx, Matter.PARKED, links.about(tx, effect), subject, str(error), engine.now())


def _park_unknown(tx: Connection, engine: Engine, effect: Effect, error: Mistake) -> None:
    """It may have been sent: whoever has it tried again has it looked up first."""
    if effect.lost is None:
        effects.lose(tx, effect.id, engine.now(), due=0.0, error=str(error))
    park(tx, engine, effect, error)


def _not_done(effect: Effect) -> State:
    """Where an effect goes back to: a look-up stays one, a send that did nothing may be sent again."""
    return State.UNSURE if effect.state is State.UNSURE else State.PENDING


def _again(effect: Effect, state: State, *, due: float = 0.0, error: str | None = None) -> Outcome:
    return lambda tx: effects.finish(tx, effect.id, state, due=due, error=error)


def _note(tx: Connection, engine: Engine, effect: Effect, kind: journal.Entry, error: ConnectorError) -> None:
    detail: dict[str, JsonValue] = {"error": error.message}
    journal.write(tx, kind, links.about(tx, effect), detail, at=engine.now(), effect=effect.id)
