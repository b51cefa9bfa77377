"""Taking in what was read: stored, journalled, and found to be news or not.

What we wrote ourselves is no news: it was stored with the receipt of the write, so reading it again shows
no difference. What was read before our last write ended is stale and is read again.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.model import Comment, Item, JsonValue, Ref
from connectors.protocol import Observation
from sync.store import effects, hints, items, journal
from sync.store.effects import State
from sync.store.items import StoredItem

LOOK_AGAIN = 0.2
"""Seconds until an item that we are writing to is read again."""


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


def target_of(ref: Ref) -> str:
    """What orders the writes to an item."""
    return f"{ref.connection}:{ref.id}"


def record(tx: Connection, seen: Observation, *, read_began: float, now: float, via: str) -> News | None:
    """Store what was seen; ``None`` when it is no news, or when it has to be read again first."""
    item, ref = seen.item, seen.item.ref
    if _in_our_hands(tx, item):
        hints.add(tx, ref, due=now + LOOK_AGAIN)
        return None
    stored = items.get(tx, ref)
    if stored and read_began <= stored.written:
        hints.add(tx, ref, due=now)
        return None
    if stored and item.updated < stored.item.updated:
        # An index or a replica that lags: what we know is newer. Comments do not age, so they are taken.
        seen = Observation(stored.item, seen.comments, complete=False)
        item = stored.item
    fields_changed = stored is None or items.digest(item) != stored.digest
    fresh = _fresh_comments(tx, ref, seen.comments or ())
    known = _comments_known(seen, stored)
    moved = stored is None or item.updated != stored.item.updated or known != stored.comments_known
    if not fields_changed and not fresh and not moved:
        return None
    observation = stored.observation if stored else 0
    if fields_changed or fresh:
        detail: dict[str, JsonValue] = {
            "via": via,
            "fields": [*_difference(stored, item)],
            "comments": [*(comment.id for comment in fresh)],
        }
        observation = journal.write(tx, journal.Entry.OBSERVED, ref, detail, at=now)
    items.put(
        tx, item, observation=observation, written=stored.written if stored else 0.0, comments_known=known
    )
    items.put_comments(tx, ref, fresh, ours=False)
    return News(
        item=item,
        before=stored.item if stored else None,
        observation=observation,
        fields_changed=fields_changed,
        comments_known=known,
        evaluated=stored.evaluated if stored else None,
    )


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


def _in_our_hands(tx: Connection, item: Item) -> bool:
    """Whether a write of ours to this item, or the one that makes it, has not had its receipt yet."""
    if effects.in_hand(tx, target_of(item.ref)):
        return True
    if item.marker is None:
        return False
    making = effects.by_marker(tx, item.marker)
    return making is not None and making.state in (State.SENDING, State.UNSURE)


def _fresh_comments(tx: Connection, ref: Ref, seen: tuple[Comment, ...]) -> list[Comment]:
    """Those that are new or were edited by somebody else. Our own are known by their recorded ids."""
    if not seen:
        return []
    known = items.comments_of(tx, ref)
    return [
        comment
        for comment in seen
        if comment.id not in known or (not known[comment.id].ours and known[comment.id].comment != comment)
    ]


def _comments_known(seen: Observation, stored: StoredItem | None) -> bool:
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
