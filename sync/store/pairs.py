"""Which comment is whose copy at a link's other end, and what the original said when the copy was made."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, exists, or_, select, update

from connectors.model import Audience, Comment, Ref
from sync.store.schema import comments, links, pairs
from sync.store.upsert import insert_new

_SIDES = {"source": ("source_comment", "mirror_comment"), "mirror": ("mirror_comment", "source_comment")}
"""By the end that the original is at: the columns of the original and of its copy."""
_PAIRED = {
    side: select(comments.c.comment, comments.c.deleted, pairs.c.audience, pairs.c[copy].label("copy")).where(
        pairs.c.link == bindparam("link"),
        ~pairs.c.withdrawn,
        pairs.c[original] == comments.c.id,
        comments.c.connection == bindparam("connection"),
        comments.c.item == bindparam("id"),
        ~comments.c.ours,
    )
    for side, (original, copy) in _SIDES.items()
}
_EDITED = {
    side: paired.where(~comments.c.deleted, pairs.c.carried.is_distinct_from(comments.c.version))
    for side, paired in _PAIRED.items()
}
_STRAYED = {
    side: paired.where(or_(comments.c.deleted, pairs.c.audience.is_distinct_from(comments.c.audience)))
    for side, paired in _PAIRED.items()
}
_STALE = {
    side: select(or_(exists(_EDITED[side].correlate(None)), exists(_STRAYED[side].correlate(None))))
    for side in _SIDES
}
_ORIGINAL = {
    side: update(pairs).where(pairs.c.link == bindparam("of"), pairs.c[original] == bindparam("comment"))
    for side, (original, _) in _SIDES.items()
}


@dataclass(frozen=True, slots=True)
class Stray:
    """An original that was deleted, or that other people may read than when it was carried."""

    comment: Comment
    deleted: bool
    shown: Audience | None
    """Who could read it when that was last compared; ``None`` where nobody noted it."""
    copy: str


def put(
    tx: Connection, link: int, side: str, original: str, copy: str, version: str | None, audience: str | None
) -> None:
    """The copy was made of the original, which is at this ``side`` of the link, as of this version and for
    these readers."""
    theirs, ours = _SIDES[side]
    row = {"link": link, theirs: original, ours: copy, "carried": version, "audience": audience}
    insert_new(tx, pairs, row)


def edited(tx: Connection, link: int, side: str, ref: Ref) -> list[tuple[Comment, str]]:
    """The comments of ``ref``, the item at this side, that say something else than their copies, and the
    copies' ids; the edit made first comes first."""
    rows = tx.execute(_EDITED[side], {"link": link, "connection": ref.connection, "id": ref.id})
    found = [(Comment.model_validate(row.comment), str(row.copy)) for row in rows]
    return sorted(found, key=lambda one: (one[0].updated, one[0].created, len(one[0].id), one[0].id))


def strayed(tx: Connection, link: int, side: str, ref: Ref) -> list[Stray]:
    """The comments of ``ref``, the item at this side, that were deleted or have other readers by now."""
    rows = tx.execute(_STRAYED[side], {"link": link, "connection": ref.connection, "id": ref.id})
    return [
        Stray(
            Comment.model_validate(row.comment),
            row.deleted,
            Audience(row.audience) if row.audience else None,
            str(row.copy),
        )
        for row in rows
    ]


def any_stale(tx: Connection, link: int, side: str, ref: Ref) -> bool:
    """Whether any copy is not what its original asks for."""
    asked = {"link": link, "connection": ref.connection, "id": ref.id}
    return bool(tx.execute(_STALE[side], asked).scalar_one())


def carried(tx: Connection, link: int, side: str, original: str, version: str) -> None:
    """The copy shows this version of its original now."""
    tx.execute(_ORIGINAL[side].values(carried=version), {"of": link, "comment": original})


def read_by(tx: Connection, link: int, side: str, original: str, audience: Audience) -> None:
    """Note who may read the original by now."""
    tx.execute(_ORIGINAL[side].values(audience=audience.value), {"of": link, "comment": original})


def withdraw(tx: Connection, link: int, side: str, original: str) -> None:
    """The copy is no more, and will not be made again."""
    tx.execute(_ORIGINAL[side].values(withdrawn=True), {"of": link, "comment": original})


def lose(tx: Connection, ref: Ref, ids: Collection[str]) -> None:
    """Somebody deleted these of the item's comments: where they are copies, they are not made again."""
    for side, theirs in (("source", "mirror_comment"), ("mirror", "source_comment")):
        # The copy is at the end that the original is not at.
        there = "mirror" if side == "source" else "source"
        ends = select(links.c.id).where(
            links.c[f"{there}_connection"] == ref.connection, links.c[f"{there}_id"] == ref.id
        )
        ours = select(comments.c.id).where(
            comments.c.connection == ref.connection,
            comments.c.item == ref.id,
            comments.c.id.in_(ids),
            comments.c.ours,
        )
        tx.execute(
            update(pairs).where(pairs.c.link.in_(ends), pairs.c[theirs].in_(ours)).values(withdrawn=True)
        )
