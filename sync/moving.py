"""Following an item to where it got another id, as a transferred GitHub issue does.

Whoever finds out that an item is another one now notes it; the reader of the connection then reads the new
one, and in one transaction all that is known of the old one becomes known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pydantic import JsonValue
from sqlalchemy import Connection

from connectors.abilities import Move, ReplacesIds
from connectors.errors import AuthFailed, ConnectorError, Forbidden, NotFound, RateLimited
from connectors.model import Comment, Item, Ref
from connectors.protocol import Connector, Observation
from sync.decide import decide
from sync.engine import Engine
from sync.observe import LOOK_AGAIN, record
from sync.patience import delay
from sync.store import connections, hints, items, journal, moves, renaming
from sync.store.moves import Moved


def whither(connector: Connector, ref: Ref) -> Move | None:
    """What an item that is not found is now, where its tool knows. Raises what the connector raises."""
    if not isinstance(connector, ReplacesIds):
        return None
    try:
        return connector.moved(ref)
    except (Forbidden, NotFound):
        return None


def out_of_sight(ref: Ref, move: Move) -> str:
    """What people are told of an item that was moved to where nobody looks."""
    return (
        f"{ref} was moved to {move.to}, a place that {ref.connection} does not watch. Its links stay and "
        f"nothing was closed, but nothing is written there: add that place to the settings of "
        f"{ref.connection}, or take the link apart with /loop unlink at its other end"
    )


# -- what an item that is new to us was before -----------------------------------------------------------


def may_be_known(tx: Connection, connector: Connector, item: Item) -> bool:
    """Whether an item that is new to us may be one that we know by an id that it had before."""
    return (
        isinstance(connector, ReplacesIds) and items.key_of(tx, item.ref) is None and bool(_alike(tx, item))
    )


def was(engine: Engine, connector: Connector, item: Item) -> tuple[Ref, Move] | None:
    """As what we know this item that is new to us, and its move. Raises what the connector raises."""
    if not isinstance(connector, ReplacesIds):
        return None
    with engine.store.read() as view:
        alike = _alike(view, item)
    for one in alike:
        move = whither(connector, one.ref)
        if move and move.to == item.ref:
            return one.ref, move
    return None


def _alike(tx: Connection, item: Item) -> list[Item]:
    """Items that were created by the same person at the same moment, which a move leaves as they are.

    What one program creates within a second is alike in that. So it is either in another place, or there and
    back, and called the same.
    """
    at_once = items.created_at(tx, item.ref.connection, item.created.timestamp())
    return [
        one
        for one in at_once
        if one.ref != item.ref
        and (one.container != item.container or one.title == item.title)
        and (one.requester and one.requester.id) == (item.requester and item.requester.id)
    ]


# -- taking along ----------------------------------------------------------------------------------------


def take_along(engine: Engine, name: str, *, limit: int = 20) -> int:
    """Follow the moves that were noted; how many."""
    with engine.store.read() as view:
        due = moves.due(view, name, engine.now(), limit=limit)
    for moved in due:
        if engine.fleet.stopped.is_set():
            break
        _follow(engine, engine.fleet.get(name), moved)
    return len(due)


def _follow(engine: Engine, connector: Connector, moved: Moved) -> None:
    began = engine.now()
    try:
        seen = connector.get(moved.new)
        comments = connector.comments(seen.item.ref)
    except (Forbidden, NotFound):
        # Moved on, or gone: the old one is asked for once more.
        with engine.write() as tx:
            moves.forget(tx, moved)
            hints.add(tx, moved.old, due=engine.now())
    except ConnectorError as error:
        pause = delay(moved.attempts, error)
        if isinstance(error, RateLimited):
            engine.fleet.block(connector.connection, pause)
        with engine.write() as tx:
            if isinstance(error, AuthFailed):
                connections.halt(tx, connector.connection, str(error))
            moves.postpone(tx, moved, engine.now() + pause)
    else:
        with engine.write() as tx:
            _take_along(tx, engine, moved, Observation(seen.item, comments, complete=True), began)


def _take_along(tx: Connection, engine: Engine, moved: Moved, seen: Observation, began: float) -> None:
    now, old, new = engine.now(), moved.old, seen.item.ref
    if renaming.in_hand(tx, old):
        moves.postpone(tx, moved, now + min(5.0, LOOK_AGAIN * 2**moved.attempts))
        return
    known = [one.comment for one in items.comments_of(tx, old).values()]
    said = counterparts(known, seen.comments or ())
    before = items.key_of(tx, old)
    renaming.rename(tx, old, new, said)
    moves.followed(tx, old, new)
    if before:
        items.was_called(tx, new, before)
        detail: dict[str, JsonValue] = {"from": before, "to": new.key}
        journal.write(tx, journal.Entry.MOVED, new, detail, at=now)
    news = record(tx, seen, read_began=began, now=now, via="move")
    if news:
        decide(tx, engine.rules, news, now=now)


def counterparts(known: Sequence[Comment], seen: Sequence[Comment]) -> dict[str, str]:
    """Which comment of the old item is which of the new one, where they got new ids as well.

    One of ours is known by its marker. Others are known by author and time, and several of one second by
    what they say, or else by their order; and by what they say alone, where even the author became another.
    """
    left = {one.id: one for one in seen}
    found: dict[str, str] = {}
    for same in (_by_id, _by_marker, _by_words, _by_moment, _by_body):
        for one in known:
            if one.id not in found and (twin := _twin(one, left.values(), same)):
                found[one.id] = twin
                del left[twin]
    return found


def _twin(one: Comment, others: Iterable[Comment], same: Callable[[Comment], object | None]) -> str | None:
    mark = same(one)
    return next((other.id for other in others if mark is not None and same(other) == mark), None)


def _by_id(comment: Comment) -> object:
    return comment.id


def _by_marker(comment: Comment) -> object | None:
    return comment.marker


def _by_words(comment: Comment) -> object:
    return _by_moment(comment), comment.body


def _by_moment(comment: Comment) -> object:
    return comment.author and comment.author.id, comment.created


def _by_body(comment: Comment) -> object | None:
    return comment.body or None
