"""Carrying attachments from one end of a link to the other: each once, to no wider an audience than its own.

An item that changed is asked for its files. Each one that the other end lacks becomes an effect; where it
cannot be attached there, a line says what was left out, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pydantic import JsonValue
from sqlalchemy import Connection

from connectors.abilities import ReadsFiles, WritesFiles
from connectors.errors import AuthFailed, ConnectorError, Forbidden, NotFound, RateLimited, Rejected
from connectors.files import SourceFailed, carry, draft_of, obstacle, omitted
from connectors.model import Audience, File, Item, Ref
from connectors.protocol import Connector
from rules.intents import KeptFiles
from sync import breaker, moving, receipt
from sync.carrying import FRESH, origin
from sync.engine import Engine
from sync.observe import LOOK_AGAIN, target_of
from sync.patience import delay
from sync.pausing import is_labelled
from sync.reconcile import carries_files
from sync.store import connections, effects, files, items, links, moves, notices
from sync.store.breakers import Side
from sync.store.effects import Effect, Kind, State
from sync.store.files import Listing
from sync.store.links import Link
from sync.store.notices import Matter

Outcome = Callable[[Connection], None]


# -- what is to be carried -------------------------------------------------------------------------------


def look_through(engine: Engine, name: str, *, limit: int = 20) -> int:
    """List the files of items that changed, and enqueue what the other ends lack; how many items."""
    with engine.store.read() as view:
        due = files.due(view, name, engine.now(), limit=limit)
    for listing in due:
        if engine.fleet.stopped.is_set() or not _look_through(engine, engine.fleet.get(name), listing):
            break
    return len(due)


def _look_through(engine: Engine, connector: Connector, listing: Listing) -> bool:
    """List the files of one item; whether others may be listed after it."""
    with engine.store.read() as view:
        stored = items.get(view, listing.ref)
    found: Sequence[File] = ()
    try:
        if stored and isinstance(connector, ReadsFiles):
            found = connector.files(stored.item.ref)
    except (Forbidden, NotFound):
        found = ()  # that the item cannot be read is told by whoever reads it
    except ConnectorError as error:
        pause = delay(listing.attempts, error)
        if isinstance(error, RateLimited):
            engine.fleet.block(connector.connection, pause)
        with engine.write() as tx:
            if isinstance(error, AuthFailed):
                connections.halt(tx, connector.connection, str(error))
            files.postpone(tx, listing, engine.now() + pause)
        return breaker.heard(engine, connector.connection, Side.READS, error)
    with engine.write() as tx:
        files.settle(tx, listing)
        if stored:
            for link, kept in carries_files(engine.rules, links.of(tx, listing.ref), listing.ref):
                if is_labelled(*(end.item for ref in link.ends if (end := items.get(tx, ref)))):
                    continue  # once the label is taken off, both ends are looked through again
                _carry_all(tx, engine, link, kept, stored.item, found)
    return breaker.heard(engine, connector.connection, Side.READS, found)


def _carry_all(
    tx: Connection, engine: Engine, link: Link, kept: KeptFiles, here: Item, found: Sequence[File]
) -> None:
    at_source = here.ref == link.source
    ours = {id for id, one in items.comments_of(tx, here.ref).items() if one.ours} if found else set()
    uncarried = [
        file
        for file in found
        if file.comment not in ours
        and not (link.since and file.created.timestamp() < link.since)
        and not files.paired(tx, link.id, file.id, at_source=at_source)
    ]
    if uncarried and _under_way(tx, link, here.ref):
        # One of these may be of our own making, whose receipt is still to come.
        files.ask(tx, here.ref, due=engine.now() + LOOK_AGAIN)
        return
    for file in uncarried:
        _enqueue(tx, engine, link, kept, here, file)


def _under_way(tx: Connection, link: Link, ref: Ref) -> bool:
    return any(
        effect.kind is Kind.FILE
        and effect.target == target_of(ref)
        and effect.state in (State.SENDING, State.UNSURE)
        for effect in effects.open_of_link(tx, link.id)
    )


def _enqueue(tx: Connection, engine: Engine, link: Link, kept: KeptFiles, here: Item, file: File) -> None:
    there = link.other(here.ref)
    assert there is not None  # noqa: S101 - only links with both ends carry anything
    if not (kept.publish or file.audience.reaches(kept.audience)):
        text = (
            f"rule {link.rule} would show files of {here.ref}, which the {file.audience} audience opens, "
            f"to the {kept.audience} audience; write publish: true there if that is meant"
        )
        notices.tell(tx, Matter.AUDIENCE, here.ref, f"file {file.id}", text, engine.now())
        return
    stored = items.get(tx, here.ref)
    cause = stored.observation if stored else 0
    effects.add(
        tx,
        key=_key("file", link, here.ref, file),
        connection=there.connection,
        target=target_of(there),
        kind=Kind.FILE,
        payload={
            "ref": there.model_dump(),
            "at": here.ref.model_dump(),
            "file": file.model_dump(mode="json"),
            "audience": kept.audience.value,
            "address": file.url or here.url,
            "cause": cause,
        },
        origin=origin(link, f"file of {here.ref} carried over", silent=_is_old(engine, file)),
        cause=cause,
        link=link.id,
    )


def _is_old(engine: Engine, file: File) -> bool:
    return engine.now() - file.created.timestamp() > FRESH


def _key(what: str, link: Link, ref: Ref, file: File) -> str:
    return f"{what}:{link.id}:{target_of(ref)}:{file.id}"


# -- carrying one ----------------------------------------------------------------------------------------


def send(engine: Engine, connector: Connector, effect: Effect, ref: Ref) -> Outcome:
    """Attach the file, or decide that a line stands in for it. Raises what the connector raises."""
    file, at, audience = _of(effect)
    if at.connection not in engine.fleet.specs:
        return _omit(engine, effect, ref, "it cannot be read any more")
    source = engine.fleet.get(at.connection)
    if not isinstance(source, ReadsFiles):
        return _omit(engine, effect, ref, "it cannot be read")
    why = obstacle(file, connector)
    if why or not isinstance(connector, WritesFiles):
        return _omit(engine, effect, ref, why or "")
    try:
        made = carry(source, at, file, connector, ref, audience)
    except Rejected:
        return _omit(engine, effect, ref, "it was refused there")
    except SourceFailed as failed:
        return _source_failed(engine, effect, ref, at, failed.error)
    return _attached(engine, connector, effect, ref, made)


def find(engine: Engine, connector: Connector, effect: Effect, ref: Ref) -> Outcome | None:
    """What a send came to whose answer was lost, if it attached the file."""
    file, _, audience = _of(effect)
    if not isinstance(connector, WritesFiles):
        return None
    made = connector.find_file(ref, draft_of(file, audience), engine.moment(effect.sent or 0.0))
    if made is None or effect.link is None:
        return None
    link = effect.link
    with engine.store.read() as view:
        at_source = links.get(view, link).source == ref
        if files.paired(view, link, made.id, at_source=at_source):
            # Another file of the same name and size, which was there before: ours would be a later one.
            later = [one for one in connector.files(ref) if _alike(one, made) and one.created >= made.created]
            fresh = (one for one in later if not files.paired(view, link, one.id, at_source=at_source))
            made = next(fresh, None)
    if made is None:
        return None
    return _attached(engine, connector, effect, ref, made)


def _attached(engine: Engine, connector: Connector, effect: Effect, ref: Ref, file: File) -> Outcome:
    shown = _shown(engine, connector, effect, ref)
    return lambda tx: receipt.attached(tx, engine, effect, ref, file, shown)


def _shown(engine: Engine, connector: Connector, effect: Effect, ref: Ref) -> Item | None:
    """The item with the file, where its text is kept in sync: some tools show files in it."""
    assert effect.link is not None  # noqa: S101 - files are carried along links
    with engine.store.read() as view:
        link = links.get(view, effect.link)
    keep = engine.rules.keep(link.rule, link.action)
    if keep is None or not any(field.name == "body" for field in keep.fields):
        return None
    try:
        return connector.get(ref).item
    except ConnectorError:
        # The file is there: nothing that fails now may have it sent again.
        return None


def _alike(one: File, other: File) -> bool:
    return (one.name, one.size) == (other.name, other.size)


def _of(effect: Effect) -> tuple[File, Ref, Audience]:
    payload: Mapping[str, JsonValue] = effect.payload
    return (
        File.model_validate(payload["file"]),
        Ref.model_validate(payload["at"]),
        Audience(str(payload["audience"])),
    )


def _omit(engine: Engine, effect: Effect, ref: Ref, reason: str) -> Outcome:
    """A line in place of the file: a comment like any other, so that it too is written once."""

    def outcome(tx: Connection) -> None:
        file, at, audience = _of(effect)
        assert effect.link is not None  # noqa: S101 - files are carried along links
        link = links.get(tx, effect.link)
        receipt.omitted(tx, engine, effect, ref, reason)
        effects.add(
            tx,
            key=_key("omitted", link, at, file),
            connection=effect.connection,
            target=effect.target,
            kind=Kind.COMMENT,
            payload={
                "ref": ref.model_dump(),
                "body": omitted(file, reason, str(effect.payload["address"])),
                "audience": audience.value,
            },
            origin=origin(link, f"a file of {at} could not be carried over", silent=_is_old(engine, file)),
            cause=int(str(effect.payload["cause"])),
            link=link.id,
        )

    return outcome


def _source_failed(engine: Engine, effect: Effect, ref: Ref, at: Ref, error: ConnectorError) -> Outcome:
    """The file could not be had: nothing was attached, and it is the source that has to be waited for."""
    match error:
        case NotFound():
            return _source_gone(engine, effect, ref, at)
        case Forbidden() | Rejected():
            return _omit(engine, effect, ref, "it cannot be read")
    return _source_later(engine, effect, at, error)


def _source_gone(engine: Engine, effect: Effect, ref: Ref, at: Ref) -> Outcome:
    """The file is gone, unless its item was moved: then it is had from there."""
    try:
        move = moving.whither(engine.fleet.get(at.connection), at)
    except ConnectorError as error:
        return _source_later(engine, effect, at, error)
    if move is None or not move.watched:
        return lambda tx: receipt.omitted(tx, engine, effect, ref, "it is gone")
    to = move.to

    def outcome(tx: Connection) -> None:
        now = engine.now()
        moves.note(tx, at, to, due=now)
        effects.finish(tx, effect.id, State.PENDING, due=now + LOOK_AGAIN)

    return outcome


def _source_later(engine: Engine, effect: Effect, at: Ref, error: ConnectorError) -> Outcome:
    pause = delay(effect.attempts, error)
    if isinstance(error, RateLimited):
        engine.fleet.block(at.connection, pause)

    def outcome(tx: Connection) -> None:
        if isinstance(error, AuthFailed):
            connections.halt(tx, at.connection, str(error))
        effects.finish(tx, effect.id, State.PENDING, due=engine.now() + pause, error=str(error))

    return outcome
