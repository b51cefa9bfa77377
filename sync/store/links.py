"""Links between items, the claims that make a mirror unique, and what both ends last agreed on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, or_, select, update

from connectors.model import JsonValue, Ref
from sync.store import effects
from sync.store.schema import bases, links
from sync.store.upsert import insert_numbered, upsert

PAGE = 500
"""How many links are read at once by whoever goes through all of them."""


@dataclass(frozen=True, slots=True)
class Link:
    """A stored relation. ``mirror`` is ``None`` while the mirror is claimed and not yet made."""

    id: int
    type: str
    rule: str
    action: str
    source: Ref
    mirror_connection: str
    mirror_container: str
    mirror: Ref | None
    held: bool
    """A person has stopped it for a while."""
    since: float | None
    """Comments and files from before it are not carried; ``None`` for all of them."""

    @property
    def ends(self) -> tuple[Ref, ...]:
        """The items that it links, as far as they are made."""
        return (self.source, self.mirror) if self.mirror else (self.source,)

    def other(self, ref: Ref) -> Ref | None:
        """The end that ``ref`` is not."""
        return self.mirror if ref == self.source else self.source


@dataclass(frozen=True, slots=True)
class Base:
    """The value of one field at both ends when they last agreed."""

    source: JsonValue
    mirror: JsonValue


def _link(row: Row[tuple[object, ...]]) -> Link:
    return Link(
        id=row.id,
        type=row.type,
        rule=row.rule,
        action=row.action,
        source=Ref(connection=row.source_connection, id=row.source_id),
        mirror_connection=row.mirror_connection,
        mirror_container=row.mirror_container,
        mirror=Ref(connection=row.mirror_connection, id=row.mirror_id) if row.mirror_id else None,
        held=row.held,
        since=row.since,
    )


def claim(
    tx: Connection, *, type: str, rule: str, action: str, source: Ref, to: str, container: str
) -> int | None:
    """Claim the right to make this mirror; the link's id, or ``None`` when it was claimed before."""
    key = {
        "type": type,
        "source_connection": source.connection,
        "source_id": source.id,
        "mirror_connection": to,
        "mirror_container": container,
    }
    return insert_numbered(tx, links, {**key, "rule": rule, "action": action})


def tie(
    tx: Connection, *, type: str, rule: str, action: str, ends: tuple[Ref, Ref], container: str, since: float
) -> int | None:
    """Link a source and a mirror that are both there; the link's id.

    A claim that was taken apart is taken up again. ``None`` when it stands for another mirror, or when a
    write that was decided before is still under way.
    """
    source, mirror = ends
    to = mirror.connection
    number = claim(tx, type=type, rule=rule, action=action, source=source, to=to, container=container)
    if number is None:
        number = tx.execute(
            select(links.c.id).where(
                links.c.type == type,
                links.c.source_connection == source.connection,
                links.c.source_id == source.id,
                links.c.mirror_connection == to,
                links.c.mirror_container == container,
                links.c.cut,
            )
        ).scalar()
        if number is None or effects.open_of_link(tx, number):
            return None
        tx.execute(delete(bases).where(bases.c.link == number))
    made = {"rule": rule, "action": action, "mirror_id": mirror.id, "cut": False, "held": False}
    tx.execute(update(links).where(links.c.id == number).values(**made, since=since))
    return number


def cut(tx: Connection, link: int) -> None:
    """Take the link apart. What is left is the claim: nobody makes this mirror again."""
    tx.execute(update(links).where(links.c.id == link).values(cut=True))


def hold(tx: Connection, link: int, held: bool) -> None:
    """Stop the link, or let it go on."""
    tx.execute(update(links).where(links.c.id == link).values(held=held))


def held_count(tx: Connection) -> int:
    """How many links people have stopped by a comment."""
    number: int = tx.execute(select(func.count()).where(links.c.held, ~links.c.cut)).scalar_one()
    return number


_COMPLETE = update(links).where(links.c.id == bindparam("link")).values(mirror_id=bindparam("made"))
_ONE = select(links).where(links.c.id == bindparam("link"))


def between(tx: Connection, source: Ref, to: str, container: str) -> Link | None:
    """The link of the source to a mirror in this place, whoever claimed it."""
    return next(
        (
            link
            for link in of(tx, source)
            if (link.source, link.mirror_connection, link.mirror_container) == (source, to, container)
        ),
        None,
    )


def adopt(tx: Connection, link: int, rule: str, action: str) -> None:
    """Another rule looks after the link from now on: the one that made it is gone."""
    tx.execute(update(links).where(links.c.id == link).values(rule=rule, action=action))


def by_action(tx: Connection) -> dict[tuple[str, str], int]:
    """How many links each (rule, action) looks after."""
    rows = tx.execute(
        select(links.c.rule, links.c.action, func.count())
        .where(~links.c.cut, links.c.type == "mirror")
        .group_by(links.c.rule, links.c.action)
    )
    return {(rule, action): number for rule, action, number in rows}


def complete(tx: Connection, link: int, mirror: Ref) -> None:
    """The claimed mirror was made."""
    tx.execute(_COMPLETE, {"link": link, "made": mirror.id})


def get(tx: Connection, link: int) -> Link:
    return _link(tx.execute(_ONE, {"link": link}).one())


_OF_ITEM = (
    select(links)
    .where(
        or_(
            and_(links.c.source_connection == bindparam("connection"), links.c.source_id == bindparam("id")),
            and_(links.c.mirror_connection == bindparam("connection"), links.c.mirror_id == bindparam("id")),
        ),
        ~links.c.cut,
    )
    .order_by(links.c.id)
)
_BASES = select(bases).where(bases.c.link == bindparam("link"))


def of(tx: Connection, ref: Ref) -> list[Link]:
    """The links that the item is an end of, oldest first; those that were taken apart are none."""
    rows = tx.execute(_OF_ITEM, {"connection": ref.connection, "id": ref.id})
    return [_link(row) for row in rows]


def mirrors(tx: Connection) -> Iterator[Link]:
    """Every link of a source and its mirror, those that are only claimed too, oldest first."""
    last = 0
    page = select(links).where(~links.c.cut, links.c.type == "mirror").order_by(links.c.id).limit(PAGE)
    while rows := tx.execute(page.where(links.c.id > last)).all():
        yield from map(_link, rows)
        last = rows[-1].id


def bases_of(tx: Connection, link: int) -> dict[str, Base]:
    rows = tx.execute(_BASES, {"link": link})
    return {row.field: Base(row.source, row.mirror) for row in rows}


def put_bases(tx: Connection, link: int, agreed: dict[str, Base]) -> None:
    rows: list[dict[str, object]] = [
        {"link": link, "field": field, "source": base.source, "mirror": base.mirror}
        for field, base in agreed.items()
    ]
    upsert(tx, bases, rows)


def counts(tx: Connection) -> Sequence[tuple[str, str, int, int]]:
    """(source connection, mirror connection, made, claimed and not yet made)."""
    rows = tx.execute(
        select(
            links.c.source_connection,
            links.c.mirror_connection,
            func.count(links.c.mirror_id),
            func.count() - func.count(links.c.mirror_id),
        )
        .where(~links.c.cut)
        .group_by(links.c.source_connection, links.c.mirror_connection)
    )
    return [(source, mirror, made, claimed) for source, mirror, made, claimed in rows]


def about(tx: Connection, effect: effects.Effect) -> Ref:
    """The item that an effect is about: the one it writes to, or the one whose mirror it makes."""
    if effect.link is not None and "ref" not in effect.payload:
        return get(tx, effect.link).source
    return Ref.model_validate(effect.payload["ref"])
