"""Reading what changed: pages of changes since a cursor, and single items that somebody hinted at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from connectors.errors import AuthFailed, ConnectorError, NotFound, RateLimited
from connectors.protocol import Connector, Observation, Said
from sync import enquire
from sync.decide import decide
from sync.engine import Engine
from sync.observe import LOOK_AGAIN, hear, record, target_of
from sync.patience import delay
from sync.reconcile import wants_comments
from sync.store import connections, effects, hints, items, links, notices
from sync.store.hints import Hint
from sync.store.notices import Matter

CHUNK = 50
"""How much is taken in by one transaction: so little that webhooks and receipts need not wait long."""


def poll(engine: Engine, name: str) -> bool:
    """Take in the next page of changes; whether there is more. Raises what the connector raises."""
    with engine.store.read() as view:
        cursor = connections.get(view, name).cursor
    began = engine.now()
    page = engine.fleet.get(name).changes(cursor)
    for chunk in _chunks((*page.observations, *page.said)):
        with engine.write() as tx:
            for seen in chunk:
                if isinstance(seen, Said):
                    news = hear(tx, seen, now=engine.now(), via="poll")
                else:
                    news = record(tx, seen, read_began=began, now=engine.now(), via="poll")
                if news:
                    decide(tx, engine.rules, news, now=engine.now())
    # Last, so that a crash before this line reads the page again instead of losing it.
    with engine.store.write() as tx:
        connections.advance(tx, name, page.cursor, caught_up=None if page.more else engine.now())
    return page.more


def _chunks(seen: Sequence[Observation | Said]) -> Iterator[Sequence[Observation | Said]]:
    return (seen[start : start + CHUNK] for start in range(0, len(seen), CHUNK))


def follow(engine: Engine, name: str, *, limit: int = 20) -> int:
    """Read the items that were hinted at and are due, and ask who is who; how many there were of both."""
    with engine.store.read() as view:
        if connections.get(view, name).halted:
            return 0
        due = hints.due(view, name, engine.now(), limit=limit)
    for hint in due:
        _follow(engine, engine.fleet.get(name), hint)
    return len(due) + enquire.ask(engine, name)


def _follow(engine: Engine, connector: Connector, hint: Hint) -> None:
    with engine.store.read() as view:
        busy = effects.in_hand(view, target_of(hint.ref))
    if busy:
        # What we would read may be half of our own writing; the wait grows, and costs no call.
        with engine.store.write() as tx:
            hints.postpone(tx, hint, engine.now() + min(5.0, LOOK_AGAIN * 2**hint.attempts))
        return
    began = engine.now()
    try:
        seen = _read(engine, connector, hint)
    except NotFound as error:
        # Not a deletion: it may have been moved out of our sight. Nothing is changed, people are told.
        with engine.write() as tx:
            hints.settle(tx, hint)
            notices.tell(tx, Matter.GONE, hint.ref, "read", str(error), engine.now())
    except AuthFailed as error:
        with engine.write() as tx:
            connections.halt(tx, hint.ref.connection, str(error))
            hints.postpone(tx, hint, engine.now() + delay(hint.attempts, error))
    except ConnectorError as error:
        pause = delay(hint.attempts, error)
        if isinstance(error, RateLimited):
            engine.fleet.block(hint.ref.connection, pause)
        with engine.store.write() as tx:
            hints.postpone(tx, hint, engine.now() + pause)
    else:
        with engine.write() as tx:
            news = record(tx, _now_known(tx, seen, hint), read_began=began, now=engine.now(), via="hint")
            if news:
                decide(tx, engine.rules, news, now=engine.now())
            hints.settle(tx, hint)


def _now_known(tx: Connection, seen: Observation, hint: Hint) -> Observation:
    """Where the comments alone were read, they belong to the item as it is known by now."""
    stored = None if hint.whole else items.get(tx, seen.item.ref)
    return Observation(stored.item, seen.comments, seen.complete) if stored else seen


def _read(engine: Engine, connector: Connector, hint: Hint) -> Observation:
    """The item, with its comments where somebody wants them."""
    with engine.store.read() as view:
        stored = items.get(view, hint.ref)
        wanted = hint.whole and wants_comments(engine.rules, links.of(view, hint.ref), hint.ref)
    ref = stored.item.ref if stored else hint.ref
    if stored and not hint.whole:
        return Observation(stored.item, connector.comments(ref), complete=True)
    seen = connector.get(ref)
    if wanted and seen.comments is None and not seen.comments_follow:
        return Observation(seen.item, connector.comments(seen.item.ref), complete=True)
    return seen
