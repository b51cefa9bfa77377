"""Who is who in the tools: what people were asked for by, who was found, and which links wait for somebody.

A *handle* is what an account is found by: ``email:kai@example.com``, ``login:kai`` or ``id:42``, all but
ids in small letters. All that is here is personal data: it goes into no log, no error and no notice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, or_, select, update

from connectors.model import Person
from sync.store import work
from sync.store.schema import items, overrides, people, strangers
from sync.store.upsert import insert_new, upsert

EMAIL, LOGIN, ID = "email:", "login:", "id:"


@dataclass(frozen=True, slots=True)
class Override:
    """One account that the override file names: entries of the same number are the same person."""

    person: int
    connection: str
    handle: str


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody of one tool who is looked for in another, because of a link that holds them."""

    sought: str
    """The connection in which they are looked for."""
    home: str
    """The connection that knows them."""
    id: str
    """Their id at home."""
    handle: str | None
    """What the other tool is asked for; ``None`` when nothing is known that it could be asked for."""


def handles_of(person: Person) -> tuple[str, ...]:
    """What an account can be named by."""
    email = (f"{EMAIL}{person.email.lower()}",) if person.email else ()
    return (f"{ID}{person.id}", *email, f"{LOGIN}{person.name.lower()}")


# -- the override file -----------------------------------------------------------------------------------


def overrule(tx: Connection, given: Sequence[Override]) -> bool:
    """Take the override file as it now is; whether it says something else than before."""
    rows = {(one.person, one.connection, one.handle) for one in given}
    if rows == {tuple(row) for row in tx.execute(select(overrides))}:
        return False
    tx.execute(delete(overrides))
    if rows:
        tx.execute(insert(overrides), [dict(zip(overrides.c.keys(), row, strict=True)) for row in rows])
    return True


_ENTRY = select(overrides.c.person).where(
    overrides.c.connection == bindparam("of"), overrides.c.handle.in_(bindparam("handles", expanding=True))
)
_NAMED = select(overrides.c.connection, overrides.c.handle).where(overrides.c.person == bindparam("entry"))


def named_with(tx: Connection, connection: str, handles: Sequence[str]) -> Mapping[str, str]:
    """The handles, by connection, of the entry that names this account; empty if none does."""
    entry = tx.execute(_ENTRY, {"of": connection, "handles": list(handles)}).scalar()
    if entry is None:
        return {}
    return {row.connection: row.handle for row in tx.execute(_NAMED, {"entry": entry})}


# -- what the tools answered -----------------------------------------------------------------------------

_ANSWER = select(people).where(people.c.connection == bindparam("of"), people.c.handle == bindparam("by"))
_KNOWN_BY = select(people.c.handle).where(
    people.c.connection == bindparam("of"), people.c.id == bindparam("who")
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool said when it was asked for a handle."""

    id: str | None
    """``None``: it knows nobody of this handle."""
    due: float = field(compare=False)
    """When it should be asked again."""
    sure: bool = True
    """False where the tool could not answer: that nobody was found means nothing."""


def answer(tx: Connection, connection: str, handle: str) -> Answer | None:
    """The last answer; ``None`` when the tool has never been asked."""
    row = tx.execute(_ANSWER, {"of": connection, "by": handle}).first()
    return Answer(row.id, row.due, row.sure) if row else None


def known_by(tx: Connection, connection: str, id: str) -> list[str]:
    """The handles by which the account was found before."""
    return list(tx.execute(_KNOWN_BY, {"of": connection, "who": id}).scalars())


def put_answers(tx: Connection, connection: str, found: Mapping[str, Answer]) -> None:
    rows: list[dict[str, object]] = [
        {"connection": connection, "handle": handle, "id": one.id, "due": one.due, "sure": one.sure}
        for handle, one in found.items()
    ]
    upsert(tx, people, rows)


_answered = people.alias()
_asked_for = (
    select(strangers.c.handle)
    .where(strangers.c.sought == bindparam("of"), strangers.c.handle.is_not(None))
    .union(
        select(overrides.c.handle).where(
            overrides.c.connection == bindparam("of"), overrides.c.handle.not_like(f"{ID}%")
        )
    )
    .subquery()
)
_WANTED = (
    select(_asked_for.c.handle)
    .outerjoin(
        _answered,
        (_answered.c.connection == bindparam("of")) & (_answered.c.handle == _asked_for.c.handle),
    )
    .where(or_(_answered.c.due.is_(None), _answered.c.due <= bindparam("now")))
    .order_by(_asked_for.c.handle)
    .limit(bindparam("limit"))
)


def wanted(tx: Connection, connection: str, now: float, *, limit: int) -> list[str]:
    """The handles that the tool is to be asked for now: of strangers, and of the override file."""
    return list(tx.execute(_WANTED, {"of": connection, "now": now, "limit": limit}).scalars())


def met(tx: Connection, connection: str, handle: str) -> str | None:
    """The id of somebody with this handle who is assigned to an item that we know: it can be given items."""
    assignee = items.c.item["assignee"]
    part = assignee["email"] if handle.startswith(EMAIL) else assignee["name"]
    value = handle.partition(":")[2]
    # The tools write e-mail addresses and logins in any case.
    rows = tx.execute(
        select(assignee["id"].as_string(), part.as_string())
        .where(items.c.connection == connection, part.as_string().ilike(_literally(value), escape="\\"))
        .limit(1)
    )
    return next((id for id, _ in rows), None)


def seen(
    tx: Connection, connection: str, *, id: str | None = None, login: str | None = None
) -> Person | None:
    """Somebody who is assigned to an item that we know, or reported it."""
    for part in (items.c.item["assignee"], items.c.item["requester"]):
        if id is not None:
            is_them = part["id"].as_string() == id
        else:
            is_them = part["name"].as_string().ilike(_literally(login or ""), escape="\\")
        query = select(part).where(items.c.connection == connection, is_them).limit(1)
        if found := tx.execute(query).scalar():
            return Person.model_validate(found)
    return None


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


# -- who is waited for -----------------------------------------------------------------------------------


def wait_for(tx: Connection, link: int, stranger: Stranger) -> None:
    """The link waits until somebody is found."""
    row = {
        "link": link,
        "sought": stranger.sought,
        "home": stranger.home,
        "id": stranger.id,
        "handle": stranger.handle,
        "told": False,
    }
    work.note(tx, stranger.sought)
    if not insert_new(tx, strangers, row):
        tx.execute(update(strangers).where(*_is(link, stranger)).values(handle=stranger.handle))


def strangers_of(tx: Connection, link: int) -> list[Stranger]:
    """Whom the link waits for."""
    rows = tx.execute(_OF_LINK, {"of": link})
    return [Stranger(row.sought, row.home, row.id, row.handle) for row in rows]


_OF_LINK = select(strangers).where(strangers.c.link == bindparam("of"))


def forget(tx: Connection, link: int, stranger: Stranger) -> bool:
    """The link waits for this person no longer; whether no other link does either."""
    tx.execute(delete(strangers).where(*_is(link, stranger)))
    others = select(strangers.c.link).where(*_is_person(stranger)).limit(1)
    return tx.execute(others).first() is None


def first_told(tx: Connection, link: int, stranger: Stranger) -> bool:
    """Note that people are told that this link was left alone; false when they were before."""
    changed = update(strangers).where(*_is(link, stranger), strangers.c.told.is_(False)).values(told=True)
    return tx.execute(changed).rowcount == 1


def waiting_links(tx: Connection, connection: str | None = None, handles: Sequence[str] = ()) -> list[int]:
    """The links that an answer of the connection for these handles may settle; all that wait by default."""
    query = select(strangers.c.link).distinct().order_by(strangers.c.link)
    if connection is not None:
        found = select(people.c.id).where(people.c.connection == connection, people.c.handle.in_(handles))
        sought = (strangers.c.sought == connection) & strangers.c.handle.in_(handles)
        at_home = (strangers.c.home == connection) & strangers.c.id.in_(found)
        query = query.where(or_(sought, at_home))
    return list(tx.execute(query).scalars())


def _is(link: int, stranger: Stranger) -> tuple[ColumnElement[bool], ...]:
    return strangers.c.link == link, *_is_person(stranger)


def _is_person(stranger: Stranger) -> tuple[ColumnElement[bool], ...]:
    return (
        strangers.c.sought == stranger.sought,
        strangers.c.home == stranger.home,
        strangers.c.id == stranger.id,
    )
