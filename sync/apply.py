"""Sending effects: one lane a connection, each effect once, in the order of its item.

Before the send the row says ``sending``, in a transaction of its own. Whatever comes back is put into the
row together with everything that follows from it (see :mod:`sync.receipt`).
"""

from __future__ import annotations

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
from sync.patience import delay
from sync.store import connections, effects, hints, items, journal, notices
from sync.store.effects import Effect, Kind, State
from sync.store.notices import Matter

CONFLICTS = 5
"""How often a write is planned again because somebody else was quicker, before a person is asked."""


def work(engine: Engine, connection: str, worker: str, *, limit: int = 1) -> int:
    """Send the next effects of a lane; how many were in hand."""
    now = engine.now()
    with engine.store.read() as view:
        if not effects.ready(view, connection, now) or connections.get(view, connection).halted:
            return 0
    with engine.store.write() as tx:
        taken = effects.take(tx, connection, worker=worker, now=now, limit=limit)
    for effect in taken:
        connector = engine.fleet.get(connection)
        try:
            if effect.state is State.UNSURE:
                look_up(engine, connector, effect)
            else:
                send(engine, connector, effect)
        except ConnectorError as error:
            _failed(engine, effect, error)
    return len(taken)


def send(engine: Engine, connector: Connector, effect: Effect) -> None:
    """Make the write and store its receipt. Raises what the connector raises."""
    match effect.kind:
        case Kind.CREATE:
            draft = draft_of(effect)
            _stay_within(effect, connector.audience(draft.container), draft.container)
            receipt.created(engine, effect, connector.create(draft))
        case Kind.UPDATE:
            patch = Patch.model_validate(effect.payload["patch"])
            ref = address(engine, effect)
            item = connector.update(ref, patch) if patch != Patch() else None
            receipt.updated(engine, effect, ref, patch, item)
        case Kind.COMMENT:
            ref = address(engine, effect)
            receipt.commented(engine, effect, ref, connector.comment(ref, comment_draft_of(effect)))


def look_up(engine: Engine, connector: Connector, effect: Effect) -> None:
    """Find out what became of a write whose outcome is unknown; nothing is sent before that is clear."""
    sent = engine.moment(effect.sent or 0.0)
    match effect.kind:
        case Kind.CREATE:
            item = connector.find(draft_of(effect), sent)
            if item:
                return receipt.created(engine, effect, item)
        case Kind.COMMENT:
            ref = address(engine, effect)
            comment = connector.find_comment(ref, comment_draft_of(effect), sent)
            if comment:
                return receipt.commented(engine, effect, ref, comment)
        case Kind.UPDATE:
            # Writing the same values once more changes nothing, so there is nothing to look up.
            return _again(engine, effect, due=0.0)
    settled = sent.timestamp() + connector.settles.total_seconds()
    now = engine.now()
    if now < settled:
        # Not found yet proves nothing while the tool's index may lag behind its writes.
        with engine.write() as tx:
            wait = min(settled, now + max(1.0, (settled - now) / 4))
            effects.finish(tx, effect.id, State.UNSURE, due=wait, error=effect.error)
        return None
    return _again(engine, effect, due=0.0)


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
        stored = items.get(view, ref)
    return stored.item.ref if stored else ref


def _stay_within(effect: Effect, readers: Audience, container: str) -> None:
    """The last gate before a text leaves: it may not reach more people than it was written for."""
    text = Audience(str(effect.payload["audience"]))
    if not (effect.payload["publish"] or text.reaches(readers)):
        raise Rejected(
            f"{container} is read by the {readers} audience, but the text is for the {text} audience only",
            advice=f"write publish: true in rule {effect.origin['rule']} if that is meant",
        )


def _failed(engine: Engine, effect: Effect, error: ConnectorError) -> None:
    """Put the effect where its error says it belongs; the others go on."""
    match error:
        case RateLimited():
            pause = delay(effect.attempts, error)
            engine.fleet.block(effect.connection, pause)
            _again(engine, effect, due=engine.now() + pause, error=error)
        case Unavailable():
            _again(engine, effect, due=engine.now() + delay(effect.attempts, error), error=error)
        case OutcomeUnknown():
            with engine.write() as tx:
                effects.finish(
                    tx, effect.id, State.UNSURE, due=engine.now() + delay(0, error), error=str(error)
                )
                _note(tx, engine, effect, journal.Entry.FAILED, error)
        case Conflict() if effect.attempts < CONFLICTS:
            with engine.write() as tx:
                effects.finish(tx, effect.id, State.PENDING, due=engine.now() + delay(effect.attempts, error))
                if "ref" in effect.payload:
                    hints.add(tx, _REF.validate_python(effect.payload["ref"]), due=engine.now())
        case AuthFailed():
            with engine.write() as tx:
                connections.halt(tx, effect.connection, str(error))
                effects.finish(tx, effect.id, _not_done(effect), error=str(error))
        case NotFound() | Rejected() | Conflict() | _:
            park(engine, effect, error)


def park(engine: Engine, effect: Effect, error: ConnectorError) -> None:
    """Repeating is useless: keep the effect, hold back the later ones of its item, and tell."""
    with engine.write() as tx:
        effects.finish(tx, effect.id, State.PARKED, error=str(error))
        _note(tx, engine, effect, journal.Entry.PARKED, error)
        subject = f"effect {effect.id}"
        notices.tell(tx, Matter.PARKED, receipt.about(tx, effect), subject, str(error), engine.now())


def _not_done(effect: Effect) -> State:
    """Where an effect goes back to: a look-up stays one, a send that did nothing may be sent again."""
    return State.UNSURE if effect.state is State.UNSURE else State.PENDING


def _again(engine: Engine, effect: Effect, *, due: float, error: ConnectorError | None = None) -> None:
    state = State.PENDING if error is None else _not_done(effect)
    with engine.write() as tx:
        effects.finish(tx, effect.id, state, due=due, error=str(error) if error else None)


def _note(tx: Connection, engine: Engine, effect: Effect, kind: journal.Entry, error: ConnectorError) -> None:
    detail: dict[str, JsonValue] = {"error": error.message}
    journal.write(tx, kind, receipt.about(tx, effect), detail, at=engine.now(), effect=effect.id)
