"""Sending effects: one lane a connection, each effect once, in the order of its item.

Before the send the row says ``sending``, in a transaction of its own. Whatever comes back is put into the
row together with everything that follows from it (see :mod:`sync.receipt`).
"""

from __future__ import annotations

from collections.abc import Callable

from pydantic import JsonValue, TypeAdapter
from sqlalchemy import Connection

from connectors.errors import (
    AuthFailed,
    Conflict,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from connectors.model import Audience, CommentDraft, Draft, Patch, Ref
from connectors.protocol import Connector
from sync import receipt
from sync.engine import Engine
from sync.merge import value_of
from sync.patience import delay
from sync.store import connections, effects, hints, items, journal, notices
from sync.store.effects import Effect, Kind, State
from sync.store.notices import Matter

CONFLICTS = 5
"""How often a write is planned again because somebody else was quicker, before a person is asked."""

Outcome = Callable[[Connection], None]
"""What a try came to, to be stored in the transaction that it is given."""


def work(engine: Engine, connection: str, worker: str, *, limit: int = 1) -> int:
    """Send effects of a lane one after the other, at most ``limit``; how many were in hand.

    One transaction stores what became of an effect and takes the next one: durable before it is sent.
    """
    with engine.store.read() as view:
        if not effects.ready(view, connection, engine.now()) or connections.get(view, connection).halted:
            return 0
    with engine.store.write() as tx:
        effect = _next(engine, tx, connection, worker)
    tried = 0
    while effect:
        outcome, well = _try(engine, effect)
        tried += 1
        go_on = well and tried < limit and not engine.fleet.stopped.is_set()
        with engine.write() as tx:
            if not effects.holds(tx, effect.id, worker):
                # Somebody took us for dead and looks it up: whatever we know, they will find out.
                return tried
            outcome(tx)
            effect = _next(engine, tx, connection, worker) if go_on else None
    return tried


def _next(engine: Engine, tx: Connection, connection: str, worker: str) -> Effect | None:
    return next(iter(effects.take(tx, connection, worker=worker, now=engine.now(), limit=1)), None)


def _try(engine: Engine, effect: Effect) -> tuple[Outcome, bool]:
    """Send the effect, or look it up; what it came to, and whether that went well."""
    connector = engine.fleet.get(effect.connection)
    act = look_up if effect.state is State.UNSURE else send
    try:
        return act(engine, connector, effect), True
    except ConnectorError as error:
        return _failed(engine, effect, error), False


def send(engine: Engine, connector: Connector, effect: Effect) -> Outcome:
    """Make the write. Raises what the connector raises."""
    match effect.kind:
        case Kind.CREATE:
            draft = draft_of(effect)
            _stay_within(effect, connector.audience(draft.container), draft.container)
            created = connector.create(draft)
            return lambda tx: receipt.created(tx, engine, effect, created)
        case Kind.UPDATE:
            patch = Patch.model_validate(effect.payload["patch"])
            ref = address(engine, effect)
            _expect(connector, effect, ref, patch)
            updated = connector.update(ref, patch) if patch != Patch() else None
            return lambda tx: receipt.updated(tx, engine, effect, ref, patch, updated)
        case Kind.COMMENT:
            ref = address(engine, effect)
            comment = connector.comment(ref, comment_draft_of(effect))
            return lambda tx: receipt.commented(tx, engine, effect, ref, comment)


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
            comment = connector.find_comment(ref, comment_draft_of(effect), sent)
            if comment:
                return lambda tx: receipt.commented(tx, engine, effect, ref, comment)
        case Kind.UPDATE:
            # Writing the same values once more changes nothing, so there is nothing to look up.
            return _again(effect, State.PENDING)
    settled = (effect.lost or engine.now()) + connector.settles.total_seconds()
    now = engine.now()
    if now < settled:
        # Not found yet proves nothing while the tool's index may lag behind its writes.
        wait = min(settled, now + max(1.0, (settled - now) / 4))
        return _again(effect, State.UNSURE, due=wait, error=effect.error)
    return _again(effect, State.PENDING)


def draft_of(effect: Effect) -> Draft:
    return Draft.model_validate(effect.payload["draft"])


def comment_draft_of(effect: Effect) -> CommentDraft:
    body, audience = effect.payload["body"], effect.payload["audience"]
    return CommentDraft(body=str(body), audience=Audience(str(audience)), marker=effect.marker)


_REF = TypeAdapter(Ref)


def address(engine: Engine, effect: Effect) -> Ref:
    """The item to write to, by the key it has now: it may have moved since the effect was decided."""
    ref = _REF.validate_python(effect.payload["ref"])
    with engine.store.read() as view:
        key = items.key_of(view, ref)
    return Ref(connection=ref.connection, id=ref.id, key=key) if key else ref


def _stay_within(effect: Effect, readers: Audience, container: str) -> None:
    """The last gate before a text leaves: it may not reach more people than it was written for."""
    text = Audience(str(effect.payload["audience"]))
    if not (effect.payload["publish"] or text.reaches(readers)):
        raise Rejected(
            f"{container} is read by the {readers} audience, but the text is for the {text} audience only",
            advice=f"write publish: true in rule {effect.origin['rule']} if that is meant",
        )


def _expect(connector: Connector, effect: Effect, ref: Ref, patch: Patch) -> None:
    """Look before a merged field is written: an edit that we have not seen yet is not ours to overwrite."""
    expects = effect.payload.get("expects")
    if not isinstance(expects, dict) or not expects:
        return
    now = connector.get(ref).item
    for name, value in expects.items():
        if value_of(now, name) not in (value, patch.fields.get(name)):
            raise Conflict(f"{name} of {ref} was changed meanwhile")


def _failed(engine: Engine, effect: Effect, error: ConnectorError) -> Outcome:
    """Put the effect where its error says it belongs; the others go on."""
    match error:
        case RateLimited():
            pause = delay(effect.attempts, error)
            engine.fleet.block(effect.connection, pause)
            return _again(effect, _not_done(effect), due=engine.now() + pause, error=str(error))
        case Unavailable():
            due = engine.now() + delay(effect.attempts, error)
            return _again(effect, _not_done(effect), due=due, error=str(error))
        case OutcomeUnknown():
            return lambda tx: _look_first(tx, engine, effect, error)
        case Conflict() if effect.attempts < CONFLICTS:
            return lambda tx: _plan_again(tx, engine, effect, error)
        case AuthFailed():
            return lambda tx: _halt(tx, effect, error)
        case NotFound() | Rejected() | Conflict() | _:
            return lambda tx: park(tx, engine, effect, error)


def _look_first(tx: Connection, engine: Engine, effect: Effect, error: ConnectorError) -> None:
    now = engine.now()
    effects.lose(tx, effect.id, now, due=now + delay(0, error), error=str(error))
    _note(tx, engine, effect, journal.Entry.FAILED, error)


def _plan_again(tx: Connection, engine: Engine, effect: Effect, error: ConnectorError) -> None:
    effects.finish(tx, effect.id, State.PENDING, due=engine.now() + delay(effect.attempts, error))
    if "ref" in effect.payload:
        hints.add(tx, _REF.validate_python(effect.payload["ref"]), due=engine.now())


def _halt(tx: Connection, effect: Effect, error: ConnectorError) -> None:
    connections.halt(tx, effect.connection, str(error))
    effects.finish(tx, effect.id, _not_done(effect), error=str(error))


def park(tx: Connection, engine: Engine, effect: Effect, error: ConnectorError) -> None:
    """Repeating is useless: keep the effect, hold back the later ones of its item, and tell."""
    effects.finish(tx, effect.id, State.PARKED, error=str(error))
    _note(tx, engine, effect, journal.Entry.PARKED, error)
    subject = f"effect {effect.id}"
    notices.tell(tx, Matter.PARKED, receipt.about(tx, effect), subject, str(error), engine.now())


def _not_done(effect: Effect) -> State:
    """Where an effect goes back to: a look-up stays one, a send that did nothing may be sent again."""
    return State.UNSURE if effect.state is State.UNSURE else State.PENDING


def _again(effect: Effect, state: State, *, due: float = 0.0, error: str | None = None) -> Outcome:
    return lambda tx: effects.finish(tx, effect.id, state, due=due, error=error)


def _note(tx: Connection, engine: Engine, effect: Effect, kind: journal.Entry, error: ConnectorError) -> None:
    detail: dict[str, JsonValue] = {"error": error.message}
    journal.write(tx, kind, receipt.about(tx, effect), detail, at=engine.now(), effect=effect.id)
