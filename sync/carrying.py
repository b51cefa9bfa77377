"""Carrying comments along a link: each new one as a copy, and each edit into the copy that was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue
from sqlalchemy import Connection

from connectors.model import Comment, Item, Ref
from rules.intents import Direction, KeptComments
from sync.observe import target_of
from sync.store import effects, items, notices, pairs
from sync.store.effects import AT_REST, Effect, Kind, State
from sync.store.items import StoredItem
from sync.store.links import Link
from sync.store.notices import Matter
from sync.wording import carried_comment, edited_comment, words_of

FRESH = 86400.0
"""Seconds for which a comment is news: whoever an older one mentions is not notified of it once more."""


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of a link that comments are carried along."""

    link: Link
    kept: KeptComments
    side: str
    """The end that the originals are at: ``source`` or ``mirror``."""
    here: StoredItem
    there: Item
    cause: int
    now: float


def carry(
    tx: Connection,
    link: Link,
    kept: KeptComments,
    source: StoredItem,
    mirror: StoredItem,
    *,
    cause: int,
    now: float,
) -> None:
    """Enqueue the copies that are missing, and the edits of those that say what was said before."""
    for side, here, there in (("source", source, mirror), ("mirror", mirror, source)):
        if not leaves(kept, side == "source"):
            continue
        way, ref = Way(link, kept, side, here, there.item, cause, now), here.item.ref
        for comment in items.uncarried(tx, ref, link.id, at_source=side == "source"):
            _carry(tx, way, comment)
        for comment, copy in pairs.edited(tx, link.id, side, ref):
            _carry_edit(tx, way, comment, copy)


def _carry(tx: Connection, way: Way, comment: Comment) -> None:
    if (comment.body and not words_of(comment)) or comment.created.timestamp() < (way.link.since or 0.0):
        return
    key = f"carry:{way.link.id}:{target_of(way.here.item.ref)}:{comment.id}"
    if not _may_be_shown(tx, way, comment):
        _hold_back(tx, effects.by_key(tx, key))
        return
    payload = {**_payload(way, comment), "body": _copy(way, comment)}
    if not _enqueue(tx, way, comment, Kind.COMMENT, key, payload):
        _amend(tx, effects.by_key(tx, key), payload)


def _carry_edit(tx: Connection, way: Way, comment: Comment, copy: str) -> None:
    payload = _payload(way, comment)
    open = effects.open_of_link(tx, way.link.id)
    mine = [one for one in open if one.kind is Kind.EDIT and one.payload["carries"] == payload["carries"]]
    waiting = mine[0] if mine else None
    if not _may_be_shown(tx, way, comment):
        _hold_back(tx, waiting)
        return
    payload |= {
        "comment": copy,
        "body": _copy(way, comment),
        "instead": edited_comment(comment, way.here.item),
    }
    if waiting:
        # One in hand is left alone: its receipt brings us here again. One that waits is amended.
        _amend(tx, waiting, payload)
        return
    # The observation that brought the edit names it: another one, even back to what was said before, is new.
    edit = way.here.observation
    key = f"edit:{way.link.id}:{target_of(way.here.item.ref)}:{comment.id}:{edit}"
    _enqueue(tx, way, comment, Kind.EDIT, key, payload)


def _may_be_shown(tx: Connection, way: Way, comment: Comment) -> bool:
    """Whether the readers of the copy may read the comment; if not, that is told."""
    if way.kept.publish or comment.audience.reaches(way.kept.audience):
        return True
    here = way.here.item.ref
    text = (
        f"rule {way.link.rule} would show {comment.audience} comments of {here} to the {way.kept.audience} "
        f"audience; write publish: true there if that is meant"
    )
    notices.tell(tx, Matter.AUDIENCE, here, f"comment {comment.id}", text, way.now)
    return False


def _hold_back(tx: Connection, waiting: Effect | None) -> None:
    """Its text may no longer be shown to those whom it was on its way to."""
    if waiting and waiting.state in AT_REST:
        effects.finish(tx, waiting.id, State.SKIPPED, error="fewer people may read the comment by now")
        notices.withdraw(
            tx, Matter.PARKED, Ref.model_validate(waiting.payload["ref"]), f"effect {waiting.id}"
        )


def _payload(way: Way, comment: Comment) -> dict[str, JsonValue]:
    return {
        "ref": way.there.ref.model_dump(),
        "audience": way.kept.audience.value,
        "original": way.here.item.url,
        "carries": {"side": way.side, "comment": comment.id},
        "version": items.version(comment),
    }


def _copy(way: Way, comment: Comment) -> str:
    return carried_comment(comment, way.here.item, quiet=_is_old(way, comment))


def _is_old(way: Way, comment: Comment) -> bool:
    return way.now - comment.updated.timestamp() > FRESH


def _enqueue(
    tx: Connection, way: Way, comment: Comment, kind: Kind, key: str, payload: dict[str, JsonValue]
) -> bool:
    what = "edited" if kind is Kind.EDIT else "carried over"
    added = effects.add(
        tx,
        key=key,
        connection=way.there.ref.connection,
        target=target_of(way.there.ref),
        kind=kind,
        payload=payload,
        origin=origin(way.link, f"comment of {way.here.item.ref} {what}", silent=_is_old(way, comment)),
        cause=way.cause,
        link=way.link.id,
    )
    return added is not None


def _amend(tx: Connection, waiting: Effect | None, payload: dict[str, JsonValue]) -> None:
    """What waits to be sent says what the comment says by now."""
    if waiting and waiting.state in AT_REST and waiting.payload.get("version") != payload["version"]:
        effects.amend(tx, waiting.id, payload)


def leaves(kept: KeptComments, from_source: bool) -> bool:
    """Whether comments or files of this end are carried to the other."""
    one_way = Direction.TO_MIRROR if from_source else Direction.TO_SOURCE
    return kept.direction in (Direction.BOTH, one_way)


def origin(link: Link, reason: str, *, silent: bool = False) -> Mapping[str, JsonValue]:
    """Where a write comes from that keeps the ends of a link together; ``silent`` if it is no news."""
    return {"rule": link.rule, "action": link.action, "place": "", "reason": reason, "silent": silent}
