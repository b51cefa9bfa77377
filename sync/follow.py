"""Reading the items that somebody hinted at: all that are due, in one request where the tool can."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.abilities import GetsMany, Move
from connectors.errors import AuthFailed, ConnectorError, Forbidden, NotFound, RateLimited, Rejected
from connectors.model import Comment, Ref
from connectors.protocol import Connector, Observation
from sync import attach, breaker, deletions, enquire, moving
from sync.decide import decide
from sync.engine import Engine
from sync.observe import LOOK_AGAIN, record, target_of
from sync.patience import delay
from sync.poll import chunks
from sync.reconcile import wants_comments
from sync.store import breakers, connections, effects, hints, items, links, moves, notices
from sync.store.breakers import Side
from sync.store.hints import Hint
from sync.store.items import StoredItem
from sync.store.notices import Matter

STRETCH = 20
"""How many hints are followed before the lane looks around, where each takes a request of its own."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A hint, and what is known of its item so far."""

    hint: Hint
    stored: StoredItem | None
    wants_comments: bool

    @property
    def ref(self) -> Ref:
        """The item by the key that it had when it was last seen."""
        return self.stored.item.ref if self.stored else self.hint.ref

    @property
    def whole(self) -> bool:
        """Whether the item itself is to be read, not its comments alone."""
        return self.hint.whole or self.stored is None

    def lacks_comments(self, seen: Observation) -> bool:
        return self.wants_comments and seen.comments is None and not seen.comments_follow


def follow(engine: Engine, name: str) -> int:
    """Read the items that were hinted at and are due, their files, and who is who; how many of all that."""
    with engine.store.read() as view:
        if connections.get(view, name).halted or breakers.is_open(view, name, Side.READS):
            return 0  # polling is what probes
        waiting = hints.due(view, name, engine.now(), limit=1)
    read = _follow_all(engine, name) if waiting else 0
    read += moving.take_along(engine, name)
    return read + enquire.ask(engine, name) + attach.look_through(engine, name)


def _follow_all(engine: Engine, name: str) -> int:
    connector = engine.fleet.get(name)
    limit = connector.most_read if isinstance(connector, GetsMany) else STRETCH
    with engine.store.read() as view:
        due = hints.due(view, name, engine.now(), limit=limit)
        busy = [hint for hint in due if effects.in_hand(view, target_of(hint.ref))]
        errands = [_errand(view, engine, hint) for hint in due if hint not in busy]
    _wait_for_our_writes(engine, busy)
    began = engine.now()
    try:
        read = _read_together(connector, [errand.ref for errand in errands if errand.whole])
    except ConnectorError as error:
        breaker.heard(engine, name, Side.READS, error)
        _failed(engine, [errand.hint for errand in errands], error)
        return len(due)
    seen = [(errand, read.get(errand.ref)) for errand in errands]
    whole = [(one, got) for one, got in seen if got and _is_all(engine, connector, one, got)]
    _take_in_together(engine, whole, began)
    for errand, got in seen:
        if engine.fleet.stopped.is_set():
            break
        lacking = not any(errand is one for one, _ in whole)
        if lacking and not _follow(engine, connector, errand, got, began):
            break
    return len(due)


def _is_all(engine: Engine, connector: Connector, errand: Errand, seen: Observation) -> bool:
    """Whether nothing is left to be asked."""
    with engine.store.read() as view:
        return not (
            errand.lacks_comments(seen)
            or deletions.missing(view, seen, engine.now())
            or moving.may_be_known(view, connector, seen.item)
        )


def _errand(view: Connection, engine: Engine, hint: Hint) -> Errand:
    wanted = wants_comments(engine.rules, links.of(view, hint.ref), hint.ref)
    return Errand(hint, items.get(view, hint.ref), wanted)


def _wait_for_our_writes(engine: Engine, busy: Sequence[Hint]) -> None:
    """What we would read may be half of our own writing; the wait grows, and costs no call."""
    if busy:
        with engine.store.write() as tx:
            for hint in busy:
                pause = min(5.0, LOOK_AGAIN * 2**hint.attempts)
                hints.postpone(tx, hint, engine.now() + pause)


def _read_together(connector: Connector, refs: Sequence[Ref]) -> dict[Ref, Observation]:
    """Those of the items that one request gives; whoever is missing is asked for alone, to be told why."""
    if len(refs) < 2 or not isinstance(connector, GetsMany):
        return {}
    try:
        return {seen.item.ref: seen for seen in connector.get_many(refs)}
    except (Forbidden, NotFound, Rejected):
        return {}


def _take_in_together(engine: Engine, seen: Sequence[tuple[Errand, Observation]], began: float) -> None:
    for chunk in chunks(seen):
        with engine.write() as tx:
            for errand, got in chunk:
                _take_in(tx, engine, errand.hint, got, began)


def _follow(
    engine: Engine, connector: Connector, errand: Errand, got: Observation | None, began: float
) -> bool:
    """Read what is left to be read of one item: ``got`` is what is there of it, read after ``began``.

    Whether others may be read after it.
    """
    hint = errand.hint
    try:
        if got is None:
            began = engine.now()
            got = _read(connector, errand)
        before = moving.was(engine, connector, got.item) if errand.stored is None else None
        if errand.lacks_comments(got) and not before:
            got = _with_comments(got, connector.comments(got.item.ref))
        got = deletions.asked(engine, connector, got)
    except (Forbidden, NotFound) as error:
        _not_there(engine, connector, errand, error)
    except ConnectorError as error:
        _failed(engine, [hint], error)
        return breaker.heard(engine, connector.connection, Side.READS, error)
    else:
        if before:
            _moved(engine, hint, *before)
            return breaker.heard(engine, connector.connection, Side.READS, got)
        with engine.write() as tx:
            _take_in(tx, engine, hint, _now_known(tx, got, errand), began)
    return breaker.heard(engine, connector.connection, Side.READS, got)


def _not_there(engine: Engine, connector: Connector, errand: Errand, error: ConnectorError) -> None:
    """Not a deletion: it is followed to where it was moved; else nothing is changed, and people are told."""
    try:
        move = moving.whither(connector, errand.ref)
    except ConnectorError as failed:
        _failed(engine, [errand.hint], failed)
        return
    if move:
        _moved(engine, errand.hint, errand.ref, move)
        return
    with engine.write() as tx:
        hints.settle(tx, errand.hint)
        # What we took away ourselves is missed by nobody.
        if not (errand.stored and errand.stored.item.deleted):
            notices.tell(tx, Matter.GONE, errand.ref, "read", str(error), engine.now())


def _moved(engine: Engine, hint: Hint, old: Ref, move: Move) -> None:
    """Have the move followed; where it went out of sight, people are told."""
    with engine.write() as tx:
        hints.settle(tx, hint)
        if move.watched:
            moves.note(tx, old, move.to, due=engine.now())
        else:
            notices.tell(tx, Matter.GONE, old, "read", moving.out_of_sight(old, move), engine.now())


def _read(connector: Connector, errand: Errand) -> Observation:
    if errand.stored and not errand.whole:
        return _with_comments(Observation(errand.stored.item), connector.comments(errand.ref))
    return connector.get(errand.ref)


def _with_comments(seen: Observation, comments: tuple[Comment, ...]) -> Observation:
    return dataclasses.replace(seen, comments=comments, complete=True)


def _now_known(tx: Connection, seen: Observation, errand: Errand) -> Observation:
    """Where the comments alone were read, they belong to the item as it is known by now."""
    stored = None if errand.whole else items.get(tx, seen.item.ref)
    return dataclasses.replace(seen, item=stored.item) if stored else seen


def _take_in(tx: Connection, engine: Engine, hint: Hint, seen: Observation, began: float) -> None:
    news = record(tx, seen, read_began=began, now=engine.now(), via="hint")
    if news:
        decide(tx, engine.rules, news, now=engine.now())
    hints.settle(tx, hint)


def _failed(engine: Engine, asked: Iterable[Hint], error: ConnectorError) -> None:
    """Try again later; a credential that is refused halts the connection."""
    pauses = {hint: delay(hint.attempts, error) for hint in asked}
    for name in {hint.ref.connection for hint in pauses}:
        if isinstance(error, RateLimited):
            engine.fleet.block(name, max(pauses.values()))
    with engine.write() as tx:
        for hint, pause in pauses.items():
            if isinstance(error, AuthFailed):
                connections.halt(tx, hint.ref.connection, str(error))
            hints.postpone(tx, hint, engine.now() + pause)
