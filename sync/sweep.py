"""The census: everything that a tool has is read through now and then, and held against what is known.

It finds what polls and webhooks missed, and known items that are no longer there. What it finds is taken in
as anything that is read, so that it is mended the same way. It goes slowly: so many calls an hour, and the
rest of the connection's budget is for what people wait for.
"""

from __future__ import annotations

from sync import moving
from sync.decide import decide, settle_links
from sync.engine import Engine
from sync.observe import News, hear, record
from sync.poll import chunks
from sync.store import breakers, connections, hints, items, links, sweeps
from sync.store.breakers import Side
from sync.store.sweeps import Sweep

HOUR = 3600.0
LATE = 300.0
"""Seconds after a change within which the poll that would have brought it may yet come: indexes lag."""
AT_ONCE = 200
"""How many items that were not met are asked for in one transaction."""
LOOK = 60.0
"""Seconds between two looks whether somebody asks for a round."""


def sweep(engine: Engine, name: str, *, only_if_asked: bool = False) -> float | None:
    """Read the next page of the round that is under way or due; seconds until the next piece.

    ``None`` where no round is under way, wanted or due, or the tool does not answer. Raises what the
    connector raises.
    """
    spec = engine.fleet.specs[name]
    with engine.store.read() as view:
        at = sweeps.get(view, name)
        known = connections.get(view, name)
        silent = breakers.is_open(view, name, Side.READS)
    if known.halted or silent or known.caught_up is None or (only_if_asked and not at.asked):
        return None  # the first reading of all there is, is no census
    if at.began is None:
        due = (at.ended or known.since or 0.0) + spec.sweep_every
        if not at.asked and not (spec.sweep_every and engine.now() >= due):
            return None
        at = Sweep(name, round=at.round + 1, began=engine.now(), ended=at.ended)
    connector, began, asked_before = engine.fleet.get(name), engine.now(), engine.fleet.asked(name)
    page = connector.changes(at.cursor)
    for chunk in chunks(page.observations):
        with engine.write() as tx:
            for seen in chunk:
                if moving.may_be_known(tx, connector, seen.item):
                    hints.add(tx, seen.item.ref, due=engine.now())
                    continue
                news = record(tx, seen, read_began=began, now=engine.now(), via="sweep")
                at.missed += _was_missed(news, known.caught_up)
                if news:
                    decide(tx, engine.rules, news, now=engine.now())
                elif stored := items.get(tx, seen.item.ref):
                    of_item = links.of(tx, seen.item.ref)
                    settle_links(tx, engine.rules, of_item, cause=stored.observation, now=engine.now())
            sweeps.meet(tx, at.round, [seen.item.ref for seen in chunk])
    for said in page.said:
        with engine.write() as tx:
            if heard := hear(tx, said, now=engine.now(), via="sweep"):
                decide(tx, engine.rules, heard, now=engine.now())
    at.seen += len(page.observations)
    at.cursor = page.cursor
    pause = (engine.fleet.asked(name) - asked_before) * HOUR / spec.sweep_calls
    if page.more:
        # Last, so that a crash before this line reads the page again instead of skipping it.
        with engine.store.write() as tx:
            sweeps.put(tx, at)
        return pause
    _ask_for_the_others(engine, at, HOUR / spec.sweep_calls)
    return pause


def _was_missed(news: News | None, caught_up: float) -> bool:
    """Whether polls should have brought this long ago."""
    return bool(news and news.fields_changed and news.item.updated.timestamp() < caught_up - LATE)


def _ask_for_the_others(engine: Engine, at: Sweep, apart: float) -> None:
    """Read the known items that were not met one by one: being absent from a list is no deletion."""
    last = ""
    while True:
        with engine.write() as tx:
            others = sweeps.unmet(tx, at, last, limit=AT_ONCE)
            for ref in others:
                hints.add(tx, ref, due=engine.now() + at.unseen * apart)
                at.unseen += 1
            if not others:
                at.began, at.cursor, at.ended = None, None, engine.now()
                sweeps.put(tx, at)
                sweeps.ask(tx, at.connection, wanted=False)
                return
        last = others[-1].id
