"""Comments that people deleted. Absence is not deletion: one is deleted when its tool, asked for it, says so.

A list that should have every comment leaves out some for other reasons as well: their thread was resolved, or
they are so new that the list does not have them yet.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from sqlalchemy import Connection

from connectors.abilities import ChecksComments
from connectors.errors import Forbidden, Rejected
from connectors.model import Comment, Ref
from connectors.protocol import Connector, Observation
from sync.engine import Engine
from sync.store import effects, hints, items, links, notices, pairs
from sync.store.effects import AT_REST, Effect, Kind, State
from sync.store.notices import Matter

TRUSTED = 3600.0
"""Seconds for which a comment that is there, but in no list, is not asked for again."""


def missing(tx: Connection, seen: Observation, now: float) -> list[Comment]:
    """Comments of a linked item that a list of all of them leaves out, and of which nobody knows why."""
    known = [link.id for link in links.of(tx, seen.item.ref)] if seen.complete else []
    if not known or seen.comments is None:
        return []
    listed = {comment.id for comment in seen.comments} | {*seen.gone}
    return items.doubted(tx, seen.item.ref, known, listed, now)


def any_missing(tx: Connection, seen: Observation, now: float) -> bool:
    """Whether a comment of a linked item may be gone: it has to be asked for."""
    count, ref = seen.comment_count, seen.item.ref
    fewer = count is not None and bool(links.of(tx, ref)) and items.count_comments(tx, ref) > count
    return fewer or bool(missing(tx, seen, now))


def asked(engine: Engine, connector: Connector, seen: Observation) -> Observation:
    """The observation, with what the tool says of each comment that it leaves out.

    Raises what the connector raises, NotFound where the item itself is out of sight.
    """
    now, ref = engine.now(), seen.item.ref
    with engine.store.read() as view:
        lacking = missing(view, seen, now)
    if not lacking:
        return seen
    settled = {one.id: one.created.timestamp() + connector.settles.total_seconds() for one in lacking}
    old = [one.id for one in lacking if settled[one.id] <= now]
    gone = [id for id in old if _is_gone(connector, ref, id)]
    with engine.store.write() as tx:
        items.trust(tx, ref, [id for id in old if id not in gone], now + TRUSTED)
        for id in settled.keys() - {*old}:
            items.trust(tx, ref, [id], settled[id])
            hints.add(tx, ref, due=settled[id], whole=False)
    return dataclasses.replace(seen, gone=tuple(gone))


def _is_gone(connector: Connector, ref: Ref, comment: str) -> bool:
    if not isinstance(connector, ChecksComments):
        return False
    try:
        return connector.comment_is_gone(ref, comment)
    except (Forbidden, Rejected):
        return False  # we are not told, so nothing is known


def bury(tx: Connection, seen: Observation) -> tuple[str, ...]:
    """Note which comments were deleted, and stop what was on its way of them; which of them is news.

    Copies that people deleted stay deleted. What becomes of the copies of the others is for
    :mod:`sync.carrying`.
    """
    ref = seen.item.ref
    fresh = items.standing(tx, ref, seen.gone) if seen.gone else ()
    if not fresh:
        return ()
    items.bury(tx, ref, fresh)
    pairs.lose(tx, ref, fresh)
    for link in links.of(tx, ref):
        side = "source" if link.source == ref else "mirror"
        for effect in effects.open_of_link(tx, link.id):
            if effect.kind in (Kind.COMMENT, Kind.EDIT) and _is_of(effect, side, fresh):
                hold_back(tx, effect, "the comment was deleted")
    return fresh


def _is_of(effect: Effect, side: str, comments: Collection[str]) -> bool:
    """Whether it carries one of these comments of this side."""
    carries = effect.payload.get("carries")
    return isinstance(carries, dict) and carries["side"] == side and carries["comment"] in comments


def hold_back(tx: Connection, effect: Effect, why: str) -> None:
    """Do not send what nobody is to read any more, if it is in nobody's hand."""
    if effect.state in AT_REST:
        effects.finish(tx, effect.id, State.SKIPPED, error=why)
        notices.withdraw(tx, Matter.PARKED, Ref.model_validate(effect.payload["ref"]), f"effect {effect.id}")
