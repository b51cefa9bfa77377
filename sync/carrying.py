"""Carrying comments along a link: each new one as a copy, and each edit into the copy that was made.

A copy goes when its original was deleted, or when fewer people may read that one by now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue
from sqlalchemy import Connection

from connectors.model import Audience, Comment, Item
from rules.intents import Direction, KeptComments
from sync import unpark
from sync.deletions import hold_back
from sync.observe import target_of
from sync.store import effects, items, notices, pairs
from sync.store.effects import AT_REST, Effect, Kind
from sync.store.items import StoredItem
from sync.store.links import Link
from sync.store.notices import Matter
from sync.store.pairs import Stray
from sync.wording import NARROWED, WITHDRAWN, carried_comment, deleted_comment, edited_comment, words_of

FRESH = 86400.0
"""Seconds for which a comment is news: whoever an older one mentions is not notified of it once more."""
FEWER = "fewer people may read the comment by now"
"""Why a text is not sent to those whom it was on its way to."""


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
        for stray in pairs.strayed(tx, link.id, side, ref):
            _follow_stray(tx, way, stray)
        for comment, copy in pairs.edited(tx, link.id, side, ref):
            _carry_edit(tx, way, comment, copy)


def _carry(tx: Connection, way: Way, comment: Comment) -> None:
    if (comment.body and not words_of(comment)) or comment.created.timestamp() < (way.link.since or 0.0):
        return
    key = f"carry:{way.link.id}:{target_of(way.here.item.ref)}:{comment.id}"
    if not _may_be_shown(tx, way, comment):
        if (waiting := effects.by_key(tx, key)) is not None:
            hold_back(tx, waiting, FEWER)
        return
    payload = {**_payload(way, comment), "body": _copy(way, comment)}
    if not _enqueue(tx, way, comment, Kind.COMMENT, key, payload, "carried over"):
        _amend(tx, effects.by_key(tx, key), payload, way.now)


def _carry_edit(tx: Connection, way: Way, comment: Comment, copy: str) -> None:
    payload, waiting = _payload(way, comment), _open_edit(tx, way, comment)
    if not _may_be_shown(tx, way, comment):
        if waiting:
            hold_back(tx, waiting, FEWER)
        return
    payload |= {
        "comment": copy,
        "body": _copy(way, comment),
        "instead": edited_comment(comment, way.here.item),
    }
    if waiting:
        # One in hand is left alone: its receipt brings us here again. One that waits is amended.
        _amend(tx, waiting, payload, way.now)
        return
    # The observation that brought the edit names it: another one, even back to what was said before, is new.
    edit = way.here.observation
    key = f"edit:{way.link.id}:{target_of(way.here.item.ref)}:{comment.id}:{edit}"
    _enqueue(tx, way, comment, Kind.EDIT, key, payload, "edited")


def _open_edit(tx: Connection, way: Way, comment: Comment) -> Effect | None:
    mine = _carries(way, comment)
    edits = (one for one in effects.open_of_link(tx, way.link.id) if one.kind is Kind.EDIT)
    return next((one for one in edits if one.payload["carries"] == mine), None)


def _follow_stray(tx: Connection, way: Way, stray: Stray) -> None:
    """Have the copy go, if its original was deleted or narrowed to fewer than can read the copy."""
    comment, there = stray.comment, way.there.ref
    copy = items.comment(tx, there, stray.copy)
    readers = copy.comment.audience if copy else way.kept.audience
    narrowed = stray.shown is not None and not comment.audience.reaches(stray.shown)
    if not stray.deleted and (way.kept.publish or not narrowed or comment.audience.reaches(readers)):
        pairs.read_by(tx, way.link.id, way.side, comment.id, comment.audience)
        return
    if (waiting := _open_edit(tx, way, comment)) is not None:
        hold_back(tx, waiting, "its comment was deleted" if stray.deleted else FEWER)
    payload: dict[str, JsonValue] = {
        "ref": there.model_dump(),
        "comment": stray.copy,
        "carries": _carries(way, comment),
        "shown": readers is not Audience.INTERNAL,
        "body": WITHDRAWN if stray.deleted else NARROWED,
        "instead": deleted_comment(comment, way.here.item) if stray.deleted else "",
        "audience": Audience.INTERNAL.value,
    }
    key = f"withdraw:{way.link.id}:{target_of(way.here.item.ref)}:{comment.id}"
    what = "was deleted" if stray.deleted else "may be read by fewer people now"
    _enqueue(tx, way, comment, Kind.WITHDRAW, key, payload, what)


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


def _payload(way: Way, comment: Comment) -> dict[str, JsonValue]:
    return {
        "ref": way.there.ref.model_dump(),
        "audience": way.kept.audience.value,
        "original": way.here.item.url,
        "carries": _carries(way, comment),
        "version": items.version(comment),
        "readers": comment.audience.value,
    }


def _carries(way: Way, comment: Comment) -> dict[str, JsonValue]:
    return {"side": way.side, "comment": comment.id}


def _copy(way: Way, comment: Comment) -> str:
    return carried_comment(comment, way.here.item, quiet=_is_old(way, comment))


def _is_old(way: Way, comment: Comment) -> bool:
    return way.now - comment.updated.timestamp() > FRESH


def _enqueue(
    tx: Connection,
    way: Way,
    comment: Comment,
    kind: Kind,
    key: str,
    payload: dict[str, JsonValue],
    what: str,
) -> bool:
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


def _amend(tx: Connection, waiting: Effect | None, payload: dict[str, JsonValue], now: float) -> None:
    """What waits to be sent says what the comment says by now."""
    if waiting and waiting.state in AT_REST and waiting.payload.get("version") != payload["version"]:
        unpark.amend(tx, waiting, payload, now)


def leaves(kept: KeptComments, from_source: bool) -> bool:
    """Whether comments or files of this end are carried to the other."""
    one_way = Direction.TO_MIRROR if from_source else Direction.TO_SOURCE
    return kept.direction in (Direction.BOTH, one_way)


def origin(link: Link, reason: str, *, silent: bool = False) -> Mapping[str, JsonValue]:
    """Where a write comes from that keeps the ends of a link together; ``silent`` if it is no news."""
    return {"rule": link.rule, "action": link.action, "place": "", "reason": reason, "silent": silent}
