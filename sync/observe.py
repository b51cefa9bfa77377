"""Taking in what was read: stored, journalled, and found to be news or not.

What we wrote ourselves is no news: it was stored with the receipt of the write, so reading it again shows
no difference. What was read before our last write ended is stale and is read again.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.model import Comment, Item, JsonValue, Ref
from connectors.protocol import Observation, Said
from sync import bin, deletions, readback
from sync.store import effects, hints, items, journal, moves, notices
from sync.store.effects import FOR_PEOPLE, Kind, State
from sync.store.items import StoredItem
from sync.store.notices import Matter

LOOK_AGAIN, LOOK_LATER = 0.2, 60.0
"""Seconds until an item is read again that we are writing to, or whose making waits for a person."""


@dataclass(frozen=True, slots=True)
class News:
    """What an observation brought."""

    item: Item
    before: Item | None
    observation: int
    """The number of the observation in the journal."""
    fields_changed: bool
    comments_known: bool
    evaluated: float | None
    """When the rules last looked at the item."""
    ours: bool = False
    """Whether a write of our own brought it."""
    said: tuple[Comment, ...] = ()
    """Comments of others that were not known, or were edited since, oldest first."""


def target_of(ref: Ref) -> str:
    """What orders the writes to an item."""
    return f"{ref.connection}:{ref.id}"


def record(tx: Connection, seen: Observation, *, read_began: float, now: float, via: str) -> News | None:
    """Store what was seen; ``None`` when it is no news, or when it has to be read again first."""
    item, ref = seen.item, seen.item.ref
    wait = _in_our_hands(tx, item)
    if wait is not None:
        hints.add(tx, ref, due=now + wait)
        return None
    stored = items.get(tx, ref)
    if stored is None and (heir := moves.heir(tx, ref)):
        # Read before it was moved, and taken in after that.
        hints.add(tx, heir, due=now)
        return None
    # A moment that lies ahead was noted by a clock that was wrong.
    if stored and read_began <= stored.written <= now:
        hints.add(tx, ref, due=now)
        return None
    if stored and item.updated < stored.item.updated:
        # An index or a replica that lags: what we know is newer. Comments do not age, so they are taken.
        seen = dataclasses.replace(seen, item=stored.item, complete=False)
        item = stored.item
    seen = bin.lies_there(seen, stored)
    item = seen.item
    fields_changed = stored is None or items.digest(item) != stored.digest
    fresh = _fresh_comments(tx, ref, seen.comments or ())
    known = _comments_known(seen, stored)
    said = (*fresh, *(_waiting(tx, ref) if stored is None else ()))
    gone = deletions.bury(tx, seen)
    if deletions.any_missing(tx, seen, now):
        hints.add(tx, ref, due=now, whole=False)
    was_gone = notices.withdraw(tx, Matter.GONE, ref, "read")
    if was_gone or (stored and stored.item.deleted and not item.deleted):
        bin.resume(tx, ref, now)
    if stored and not fields_changed and not fresh and not gone and not _moved(stored, item, known):
        return None if known else unheard(stored)
    if stored and stored.item.ref.key not in ("", ref.key):
        items.was_called(tx, ref, stored.item.ref.key)
    ours = stored is None and readback.is_ours(tx, item)
    observation = stored.observation if stored else 0
    if fields_changed or fresh or gone:
        detail: dict[str, JsonValue] = {
            "via": via,
            "fields": [*_difference(stored, item)],
            "comments": [*(comment.id for comment in fresh)],
            "deleted": [*gone],
        }
        observation = journal.write(tx, journal.Entry.OBSERVED, ref, detail, at=now)
    items.put(
        tx, item, observation=observation, written=stored.written if stored else 0.0, comments_known=known
    )
    items.put_comments(tx, ref, fresh, ours=False)
    bin.note(tx, item, stored, now)
    return News(
        item=item,
        before=stored.item if stored else None,
        observation=observation,
        fields_changed=fields_changed,
        comments_known=known,
        evaluated=stored.evaluated if stored else None,
        ours=ours,
        said=said,
    )


def hear(tx: Connection, said: Said, *, now: float, via: str) -> News | None:
    """Store comments that came without their item; ``None`` when they are no news, or not yet.

    Those of an item that is not known yet wait in the store until it is recorded.
    """
    ref = said.ref
    fresh = _fresh_comments(tx, ref, said.comments)
    if fresh and effects.in_hand(tx, target_of(ref), Kind.COMMENT, Kind.EDIT, Kind.WITHDRAW, Kind.FILE):
        # One of them may be ours: it would be known by the receipt, which is still to come.
        hints.add(tx, ref, due=now + LOOK_AGAIN, whole=False)
        return None
    items.put_comments(tx, ref, fresh, ours=False)
    stored = items.get(tx, ref)
    if stored is None or not fresh:
        return None
    detail: dict[str, JsonValue] = {
        "via": via,
        "fields": [],
        "comments": [*(comment.id for comment in fresh)],
    }
    observation = journal.write(tx, journal.Entry.OBSERVED, ref, detail, at=now)
    items.put(
        tx,
        stored.item,
        observation=observation,
        written=stored.written,
        comments_known=stored.comments_known,
    )
    return dataclasses.replace(unheard(stored), observation=observation, said=tuple(fresh))


def again(stored: StoredItem) -> News:
    """An item as it is known, to be looked at once more."""
    return News(
        item=stored.item,
        before=stored.item,
        observation=stored.observation,
        fields_changed=True,
        comments_known=stored.comments_known,
        evaluated=stored.evaluated,
    )


def unheard(stored: StoredItem) -> News:
    """An item that is as it was, but whose comments are not all known."""
    return dataclasses.replace(again(stored), fields_changed=False)


def _moved(stored: StoredItem, item: Item, comments_known: bool) -> bool:
    return item.updated != stored.item.updated or comments_known != stored.comments_known


def _in_our_hands(tx: Connection, item: Item) -> float | None:
    """How long to wait while a write of ours to this item, or the one that makes it, has no receipt yet."""
    if effects.in_hand(tx, target_of(item.ref)):
        return LOOK_AGAIN
    making = effects.by_marker(tx, item.marker) if item.marker else None
    if making is None or making.state in (State.DONE, State.SKIPPED):
        return None
    return LOOK_LATER if making.state in FOR_PEOPLE else LOOK_AGAIN


def _fresh_comments(tx: Connection, ref: Ref, seen: tuple[Comment, ...]) -> list[Comment]:
    """Those that are new or were edited by somebody else.

    Our own are known by the ids we got for them, or, where an answer was lost, by their marker.
    """
    if not seen:
        return []
    known = items.comments_of(tx, ref)
    new = [comment for comment in seen if comment.id not in known]
    ours = [comment for comment in new if comment.marker and effects.by_marker(tx, comment.marker)]
    items.put_comments(tx, ref, ours, ours=True)
    edited = [
        comment
        for comment in seen
        if comment.id in known and not known[comment.id].ours and _edits(comment, known[comment.id].comment)
    ]
    return [comment for comment in new if comment not in ours] + edited


def _waiting(tx: Connection, ref: Ref) -> list[Comment]:
    """What others said of an item that was not known yet."""
    return [one.comment for one in items.comments_of(tx, ref).values() if not one.ours]


def _edits(seen: Comment, known: Comment) -> bool:
    """Whether a comment was edited since: an answer that was long under way may show it as it was before."""
    return seen != known and seen.updated >= known.updated


def _comments_known(seen: Observation, stored: StoredItem | None) -> bool:
    if seen.comments_follow:
        return True
    if seen.comments is not None:
        return seen.complete or bool(stored and stored.comments_known and _same_moment(seen, stored))
    return bool(stored and stored.comments_known and _same_moment(seen, stored))


def _same_moment(seen: Observation, stored: StoredItem) -> bool:
    return seen.item.updated == stored.item.updated


def _difference(stored: StoredItem | None, item: Item) -> list[str]:
    """The names of the fields that differ, for people to read."""
    if stored is None:
        return ["created"]
    before, after = stored.item.model_dump(), item.model_dump()
    return [name for name in after if name != "updated" and after[name] != before[name]]
