"""An item is another one from now on: every row that names it by its old id names it by the new one.

What was known of the new one by itself gives way, but for its links, which stand beside those of the old one.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, or_, select, update

from connectors.model import Comment, Item, JsonValue, Ref
from sync.store.schema import (
    commands,
    comments,
    effects,
    former_keys,
    hints,
    items,
    journal,
    links,
    listings,
    notices,
    pairs,
    truths,
)

_NAMED: tuple[tuple[Table, str, tuple[str, ...]], ...] = (
    (items, "id", ()),
    (truths, "item", ("rule",)),
    (notices, "item", ("kind", "subject")),
    (hints, "id", ()),
    (listings, "id", ()),
)
"""A table, its column that holds the item's id, and what a row is known by beside the item."""


def in_hand(tx: Connection, ref: Ref) -> bool:
    """Whether a worker is writing to the item, or along one of its links: it speaks of the old id."""
    mine = select(effects.c.id).where(effects.c.worker.is_not(None), _concerned(ref)).limit(1)
    return tx.execute(mine).first() is not None


def rename(tx: Connection, old: Ref, new: Ref, said: Mapping[str, str]) -> None:
    """Let all that is known of ``old`` be known of ``new``; ``said`` has its comments' new ids by the old."""
    for table, id, beside in _NAMED:
        _rename(tx, table, id, beside, old, new)
    for record in (journal, former_keys):
        mine = (record.c.connection == old.connection, record.c.item == old.id)
        tx.execute(update(record).where(*mine).values(item=new.id))
    _rename_item(tx, new)
    _rename_comments(tx, old, new, said)
    _rename_commands(tx, old, new, said)
    _rename_pairs(tx, old, said)
    _rename_effects(tx, old, new, said)
    hand_over_links(tx, old, new)


def _rename(tx: Connection, table: Table, id: str, beside: tuple[str, ...], old: Ref, new: Ref) -> None:
    theirs = table.alias("theirs")
    both = select(theirs).where(
        theirs.c.connection == old.connection,
        theirs.c[id] == old.id,
        *(theirs.c[name] == table.c[name] for name in beside),
    )
    here = table.c.connection == old.connection
    tx.execute(delete(table).where(here, table.c[id] == new.id, both.exists()))
    key = {"key": new.key} if "key" in table.c else {}
    tx.execute(update(table).where(here, table.c[id] == old.id).values({id: new.id, **key}))


def _rename_item(tx: Connection, new: Ref) -> None:
    mine = (items.c.connection == new.connection, items.c.id == new.id)
    known = tx.execute(select(items.c.item).where(*mine)).scalar()
    if known:
        item = Item.model_validate(known).model_copy(update={"ref": new})
        tx.execute(update(items).where(*mine).values(item=item.model_dump(mode="json")))


def _rename_comments(tx: Connection, old: Ref, new: Ref, said: Mapping[str, str]) -> None:
    here = comments.c.connection == old.connection
    for row in tx.execute(select(comments).where(here, comments.c.item == old.id)).all():
        id = said.get(row.id, row.id)
        # One that came in of the new item before it was known to be this one is read once more.
        tx.execute(delete(comments).where(here, comments.c.item == new.id, comments.c.id == id))
        comment = Comment.model_validate(row.comment).model_copy(update={"id": id})
        tx.execute(
            update(comments)
            .where(here, comments.c.item == old.id, comments.c.id == row.id)
            .values(item=new.id, id=id, comment=comment.model_dump(mode="json"))
        )


def _rename_commands(tx: Connection, old: Ref, new: Ref, said: Mapping[str, str]) -> None:
    here = commands.c.connection == old.connection
    heard = select(commands.c.comment).where(here, commands.c.item == old.id)
    for comment in tx.execute(heard).scalars().all():
        id = said.get(comment, comment)
        tx.execute(delete(commands).where(here, commands.c.item == new.id, commands.c.comment == id))
        mine = (commands.c.item == old.id, commands.c.comment == comment)
        tx.execute(update(commands).where(here, *mine).values(item=new.id, comment=id))


def _rename_pairs(tx: Connection, old: Ref, said: Mapping[str, str]) -> None:
    for column, end in ((pairs.c.source_comment, _is_source(old)), (pairs.c.mirror_comment, _is_mirror(old))):
        along = select(links.c.id).where(end)
        for before, after in said.items():
            mine = (pairs.c.link.in_(along), column == before)
            tx.execute(update(pairs).where(*mine).values({column.name: after}))


# -- writes ----------------------------------------------------------------------------------------------


def _rename_effects(tx: Connection, old: Ref, new: Ref, said: Mapping[str, str]) -> None:
    at_source = {*tx.execute(select(links.c.id).where(_is_source(old))).scalars()}
    for row in tx.execute(select(effects).where(_concerned(old))).all():
        key, here = _key(row.key, old, new, said), row.target == _target(old)
        if key != row.key and tx.execute(select(effects.c.id).where(effects.c.key == key)).first():
            key = f"{key}:{old.id}"  # the same was done for the new one by itself
        side = "source" if row.link in at_source else "mirror"
        changed = {
            "key": key,
            "target": _target(new) if here else row.target,
            "payload": _payload(row.payload, old, new, said, side=side, here=here),
        }
        tx.execute(update(effects).where(effects.c.id == row.id).values(**changed))


def _key(key: str, old: Ref, new: Ref, said: Mapping[str, str]) -> str:
    """An idempotency key, such as ``carry:LINK:CONNECTION:ID:COMMENT``, in the words of the new item."""
    head, found, tail = key.partition(f":{_target(old)}")
    if not found or (tail and not tail.startswith(":")):
        return key
    parts = tail.split(":")
    if key.startswith(("carry:", "edit:", "withdraw:", "answer:")):
        parts[1] = said.get(parts[1], parts[1])
    return f"{head}:{_target(new)}{':'.join(parts)}"


def _payload(
    payload: Mapping[str, JsonValue],
    old: Ref,
    new: Ref,
    said: Mapping[str, str],
    *,
    side: str,
    here: bool,
) -> dict[str, JsonValue]:
    """What is to be written; ``side`` is the item's end of the link, ``here`` where it is written to."""
    becomes = dict(payload)
    for name in ("ref", "at"):
        ref = payload.get(name)
        if isinstance(ref, dict) and (ref["connection"], ref["id"]) == (old.connection, old.id):
            becomes[name] = new.model_dump()
    file = payload.get("file")
    if "at" in payload and becomes["at"] != payload["at"] and isinstance(file, dict) and file["comment"]:
        holder = str(file["comment"])
        becomes["file"] = {**file, "comment": said.get(holder, holder)}
    carries, copy = payload.get("carries"), payload.get("comment")
    if isinstance(carries, dict) and carries["side"] == side:
        original = str(carries["comment"])
        becomes["carries"] = {**carries, "comment": said.get(original, original)}
    if here and isinstance(copy, str):
        becomes["comment"] = said.get(copy, copy)
    return becomes


# -- links -----------------------------------------------------------------------------------------------


def hand_over_links(tx: Connection, old: Ref, new: Ref) -> None:
    """The links of the old item are the new one's from now on."""
    for row in tx.execute(select(links).where(_links_of(old)).order_by(links.c.id)).all():
        mine = update(links).where(links.c.id == row.id)
        if (row.mirror_connection, row.mirror_id) == (old.connection, old.id):
            tx.execute(mine.values(mirror_id=new.id))
        if (row.source_connection, row.source_id) == (old.connection, old.id):
            claim = select(links.c.id).where(
                links.c.type == row.type,
                _is_source(new),
                links.c.mirror_connection == row.mirror_connection,
                links.c.mirror_container == row.mirror_container,
            )
            taken = tx.execute(claim).first() is not None
            # The new one has a mirror of its own there. Both stay, and the claim is that one's.
            place = f"{row.mirror_container}, of {old}" if taken else row.mirror_container
            tx.execute(mine.values(source_id=new.id, mirror_container=place))


def _is_source(ref: Ref) -> ColumnElement[bool]:
    return and_(links.c.source_connection == ref.connection, links.c.source_id == ref.id)


def _is_mirror(ref: Ref) -> ColumnElement[bool]:
    return and_(links.c.mirror_connection == ref.connection, links.c.mirror_id == ref.id)


def _links_of(ref: Ref) -> ColumnElement[bool]:
    """Of the item, those that were taken apart among them."""
    return or_(_is_source(ref), _is_mirror(ref))


def _concerned(ref: Ref) -> ColumnElement[bool]:
    """The writes to the item, and those along its links."""
    return or_(effects.c.target == _target(ref), effects.c.link.in_(select(links.c.id).where(_links_of(ref))))


def _target(ref: Ref) -> str:
    return f"{ref.connection}:{ref.id}"
