"""Reading what changed since a cursor, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from connectors.errors import ConnectorError
from connectors.protocol import Observation, Said
from sync import breaker, moving
from sync.decide import decide
from sync.engine import Engine
from sync.observe import hear, record
from sync.store import connections, hints
from sync.store.breakers import Side

Seen = TypeVar("Seen")

CHUNK = 50
"""How much is taken in by one transaction: so little that webhooks and receipts need not wait long."""


def poll(engine: Engine, name: str) -> bool:
    """Take in the next page of changes; whether there is more. Raises what the connector raises."""
    with engine.store.read() as view:
        known = connections.get(view, name)
    began = engine.now()
    if known.cursor is None and known.since is None:
        with engine.store.write() as tx:
            connections.begin(tx, name, began)
    connector = engine.fleet.get(name)
    try:
        page = connector.changes(known.cursor)
    except ConnectorError as error:
        breaker.heard(engine, name, Side.READS, error)
        raise
    breaker.heard(engine, name, Side.READS, page)
    brought: list[Observation | Said] = [*page.observations, *page.said]
    for chunk in chunks(brought):
        with engine.write() as tx:
            for seen in chunk:
                if isinstance(seen, Said):
                    news = hear(tx, seen, now=engine.now(), via="poll")
                elif moving.may_be_known(tx, connector, seen.item):
                    hints.add(tx, seen.item.ref, due=engine.now())
                    continue
                else:
                    news = record(tx, seen, read_began=began, now=engine.now(), via="poll")
                if news:
                    decide(tx, engine.rules, news, now=engine.now())
    # Last, so that a crash before this line reads the page again instead of losing it.
    with engine.store.write() as tx:
        connections.advance(tx, name, page.cursor, caught_up=None if page.more else engine.now())
    return page.more


def chunks(seen: Sequence[Seen]) -> Iterator[Sequence[Seen]]:
    """What was read, by what one transaction takes in."""
    return (seen[start : start + CHUNK] for start in range(0, len(seen), CHUNK))
