"""Which comment is whose copy at a link's other end, and what the original said when the copy was made."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, exists, select, update

from connectors.model import Comment, Ref
from sync.store.schema import comments, pairs
from sync.store.upsert import insert_new

_SIDES = {"source": ("source_comment", "mirror_comment"), "mirror": ("mirror_comment", "source_comment")}
"""By the end that the original is at: the columns of the original and of its copy."""
_EDITED = {
    side: select(comments.c.comment, pairs.c[copy].label("copy")).where(
        pairs.c.link == bindparam("link"),
        pairs.c[original] == comments.c.id,
        pairs.c.carried.is_distinct_from(comments.c.version),
        comments.c.connection == bindparam("connection"),
        comments.c.item == bindparam("id"),
        ~comments.c.ours,
    )
    for side, (original, copy) in _SIDES.items()
}
_STALE = {side: select(exists(query)) for side, query in _EDITED.items()}
_CARRIED = {
    side: update(pairs)
    .where(pairs.c.link == bindparam("of"), pairs.c[original] == bindparam("comment"))
    .values(carried=bindparam("version"))
    for side, (original, _) in _SIDES.items()
}


def put(tx: Connection, link: int, side: str, original: str, copy: str, version: str | None) -> None:
    """The copy was made of the original, which is at this ``side`` of the link, as of this version."""
    theirs, ours = _SIDES[side]
    insert_new(tx, pairs, {"link": link, theirs: original, ours: copy, "carried": version})


def edited(tx: Connection, link: int, side: str, ref: Ref) -> list[tuple[Comment, str]]:
    """The comments of ``ref``, the item at this side, that say something else than their copies, and the
    copies' ids; the edit made first comes first."""
    rows = tx.execute(_EDITED[side], {"link": link, "connection": ref.connection, "id": ref.id})
    found = [(Comment.model_validate(row.comment), str(row.copy)) for row in rows]
    return sorted(found, key=lambda one: (one[0].updated, one[0].created, len(one[0].id), one[0].id))


def any_edited(tx: Connection, link: int, side: str, ref: Ref) -> bool:
    """Whether there are any such."""
    asked = {"link": link, "connection": ref.connection, "id": ref.id}
    return bool(tx.execute(_STALE[side], asked).scalar_one())


def carried(tx: Connection, link: int, side: str, original: str, version: str) -> None:
    """The copy shows this version of its original now."""
    tx.execute(_CARRIED[side], {"of": link, "comment": original, "version": version})
