"""Items and their comments, as they were last seen."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Update, and_, bindparam, exists, func, or_, select, tuple_, update

from connectors.model import Comment, Item, Ref
from sync.store.schema import comments, former_keys, items, moves, pairs
from sync.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class StoredItem:
    item: Item
    digest: str
    observation: int
    written: float
    comments_known: bool
    evaluated: float | None
    """When the rules last looked at it."""


@dataclass(frozen=True, slots=True)
class StoredComment:
    comment: Comment
    ours: bool


def digest(item: Item) -> str:
    """A hash of what people can see of an item: its clock and its key's history are left out."""
    content = item.model_dump_json(exclude={"updated", "marker", "url"})
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def version(comment: Comment) -> str:
    """A hash of what a comment says."""
    return hashlib.sha256(comment.body.encode()).hexdigest()[:32]


def _stored(row: Row[tuple[object, ...]]) -> StoredItem:
    return StoredItem(
        item=Item.model_validate(row.item),
        digest=row.digest,
        observation=row.observation,
        written=row.written,
        comments_known=row.comments_known,
        evaluated=row.evaluated,
    )


_ONE = select(items).where(items.c.connection == bindparam("connection"), items.c.id == bindparam("id"))
_KEY = _ONE.with_only_columns(items.c.key)
_CARRIED = {
    side: exists().where(pairs.c.link == bindparam("link"), pairs.c[side] == comments.c.id)
    for side in ("source_comment", "mirror_comment")
}
_COMMENTS = select(comments).where(
    comments.c.connection == bindparam("connection"), comments.c.item == bindparam("id")
)


_UNCARRIED = {
    side: _COMMENTS.with_only_columns(comments.c.comment).where(
        ~comments.c.ours, ~comments.c.deleted, ~carried
    )
    for side, carried in _CARRIED.items()
}
_STANDING = _COMMENTS.with_only_columns(comments.c.id, comments.c.comment).where(~comments.c.deleted)
_DOUBTED = _STANDING.where(
    func.coalesce(comments.c.trusted, 0.0) <= bindparam("now"),
    or_(
        ~comments.c.ours,
        exists().where(
            pairs.c.link.in_(bindparam("links", expanding=True)),
            or_(pairs.c.source_comment == comments.c.id, pairs.c.mirror_comment == comments.c.id),
            ~pairs.c.withdrawn,
        ),
    ),
)
"""What people wrote, and copies of it, of which nobody has just asked whether they are there."""


def get(tx: Connection, ref: Ref) -> StoredItem | None:
    row = tx.execute(_ONE, {"connection": ref.connection, "id": ref.id}).first()
    return _stored(row) if row else None


def key_of(tx: Connection, ref: Ref) -> str | None:
    """What people call the item now."""
    key: str | None = tx.execute(_KEY, {"connection": ref.connection, "id": ref.id}).scalar()
    return key


def find(tx: Connection, name: str) -> list[StoredItem]:
    """The items that people call ``name``: by key in any case, by id, or by ``connection:id``."""
    connection, _, number = name.rpartition(":")
    rows = tx.execute(
        select(items).where(
            or_(
                func.lower(items.c.key) == name.lower(),
                items.c.id == name,
                and_(items.c.connection == connection, items.c.id == number),
            )
        )
    )
    return [_stored(row) for row in rows]


def formerly(tx: Connection, name: str) -> list[StoredItem]:
    """The items that were called ``name``, a key or ``connection:id``, before they were moved or renamed."""
    connection, _, number = name.rpartition(":")
    keys = select(former_keys.c.connection, former_keys.c.item).where(former_keys.c.key == name.lower())
    ids = select(moves.c.connection, moves.c.new).where(
        moves.c.connection == connection, moves.c.old == number
    )
    named = tx.execute(keys.union(ids)).all()
    found = [get(tx, Ref(connection=of, id=id)) for of, id in named]
    return [stored for stored in found if stored]


def was_called(tx: Connection, ref: Ref, key: str) -> None:
    """Remember a key that the item no longer has: people go on writing it."""
    upsert(tx, former_keys, [{"connection": ref.connection, "key": key.lower(), "item": ref.id}])


def created_at(tx: Connection, connection: str, moment: float) -> list[Item]:
    """The connection's items that were created in their tool at this moment."""
    rows = tx.execute(select(items.c.item).where(items.c.connection == connection, items.c.created == moment))
    return [Item.model_validate(row.item) for row in rows]


def after(tx: Connection, last: tuple[str, str], *, limit: int = 200) -> list[StoredItem]:
    """The next items in the order of (connection, id), for whoever goes through all of them."""
    rows = tx.execute(
        select(items)
        .where(tuple_(items.c.connection, items.c.id) > tuple_(*last))
        .order_by(items.c.connection, items.c.id)
        .limit(limit)
    )
    return [_stored(row) for row in rows]


def put(tx: Connection, item: Item, *, observation: int, written: float, comments_known: bool) -> None:
    upsert(
        tx,
        items,
        [
            {
                "connection": item.ref.connection,
                "id": item.ref.id,
                "key": item.ref.key,
                "item": item.model_dump(mode="json"),
                "digest": digest(item),
                "observation": observation,
                "written": written,
                "comments_known": comments_known,
                "created": item.created.timestamp(),
            }
        ],
    )


_IS = and_(items.c.connection == bindparam("of"), items.c.id == bindparam("item_id"))
_WRITTEN = update(items).where(_IS).values(written=bindparam("at"))
_EVALUATED = update(items).where(_IS).values(evaluated=bindparam("at"))


def mark_written(tx: Connection, ref: Ref, at: float) -> None:
    """Note when our last write to the item ended, so that reads begun before are known to be stale."""
    tx.execute(_WRITTEN, {"of": ref.connection, "item_id": ref.id, "at": at})


def mark_evaluated(tx: Connection, ref: Ref, at: float) -> None:
    """Note that the rules have looked at the item."""
    tx.execute(_EVALUATED, {"of": ref.connection, "item_id": ref.id, "at": at})


def comments_of(tx: Connection, ref: Ref) -> dict[str, StoredComment]:
    """The item's comments by id, oldest first."""
    rows = tx.execute(_COMMENTS, {"connection": ref.connection, "id": ref.id}).all()
    stored = [StoredComment(Comment.model_validate(row.comment), row.ours) for row in rows]
    return {one.comment.id: one for one in sorted(stored, key=lambda one: _age(one.comment))}


def uncarried(tx: Connection, ref: Ref, link: int, *, at_source: bool) -> list[Comment]:
    """The item's comments that others wrote and that have no counterpart at the link's other end, oldest
    first."""
    query = _UNCARRIED["source_comment" if at_source else "mirror_comment"]
    rows = tx.execute(query, {"connection": ref.connection, "id": ref.id, "link": link})
    return sorted((Comment.model_validate(row.comment) for row in rows), key=_age)


def _age(comment: Comment) -> tuple[object, int, str]:
    # Vendors' ids grow; where two comments share a second, the shorter number is the older one.
    return comment.created, len(comment.id), comment.id


def put_comments(tx: Connection, ref: Ref, found: Sequence[Comment], *, ours: bool) -> None:
    upsert(
        tx,
        comments,
        [
            {
                "connection": ref.connection,
                "item": ref.id,
                "id": comment.id,
                "comment": comment.model_dump(mode="json"),
                "ours": ours,
                "version": version(comment),
                "audience": comment.audience.value,
            }
            for comment in found
        ],
    )


def comment(tx: Connection, ref: Ref, id: str) -> StoredComment | None:
    row = tx.execute(
        _COMMENTS.where(comments.c.id == id), {"connection": ref.connection, "id": ref.id}
    ).first()
    return StoredComment(Comment.model_validate(row.comment), row.ours) if row else None


def doubted(
    tx: Connection, ref: Ref, links: Sequence[int], seen: Collection[str], now: float
) -> list[Comment]:
    """The item's comments and copies along these links that a list of all of them, ``seen``, leaves out, and
    of which nobody knows why."""
    asked = {"connection": ref.connection, "id": ref.id, "links": links, "now": now}
    return [Comment.model_validate(row.comment) for row in tx.execute(_DOUBTED, asked) if row.id not in seen]


def count_comments(tx: Connection, ref: Ref) -> int:
    """How many comments of the item are known, and not as deleted."""
    rows = tx.execute(_STANDING.with_only_columns(func.count()), {"connection": ref.connection, "id": ref.id})
    number: int = rows.scalar_one()
    return number


def standing(tx: Connection, ref: Ref, ids: Collection[str]) -> tuple[str, ...]:
    """Those of these comments that are known, and not as deleted."""
    rows = tx.execute(_STANDING.where(comments.c.id.in_(ids)), {"connection": ref.connection, "id": ref.id})
    return tuple(row.id for row in rows)


def trust(tx: Connection, ref: Ref, ids: Collection[str], until: float) -> None:
    """These are there, though a list leaves them out: until then nobody asks again."""
    tx.execute(_of_these(ref, ids).values(trusted=until))


def bury(tx: Connection, ref: Ref, ids: Collection[str]) -> None:
    """These were deleted. What was said once is kept, so that nothing that lags makes it new."""
    tx.execute(_of_these(ref, ids).values(deleted=True))


def _of_these(ref: Ref, ids: Collection[str]) -> Update:
    return update(comments).where(
        comments.c.connection == ref.connection, comments.c.item == ref.id, comments.c.id.in_(ids)
    )


def counts(tx: Connection) -> dict[str, int]:
    """How many items each connection has."""
    rows = tx.execute(select(items.c.connection, func.count()).group_by(items.c.connection))
    return {connection: number for connection, number in rows}
