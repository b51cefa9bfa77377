"""A held conflict is told where people work: an internal note at each end, and one more when it is over.

Where a tool cannot keep a note among the team, none is written: the conflict is a notice all the same.
"""

from __future__ import annotations

from sqlalchemy import Connection

from connectors.model import Audience, Item
from connectors.text.safety import defuse
from sync.carrying import origin
from sync.observe import target_of
from sync.store import effects
from sync.store.effects import Kind, State
from sync.store.links import Link


def held(tx: Connection, link: Link, field: str, text: str, source: Item, mirror: Item, cause: int) -> None:
    """Tell both ends that they differ, unless they were told."""
    last = effects.last_of_link(tx, link.id, f"dispute:{field}:")
    if last and last.payload["dispute"] == "held":
        return
    for item in (source, mirror):
        said = f"Both ends changed {defuse(field)}, and nothing was overwritten: {defuse(text)}."
        _say(tx, link, field, "held", f"{_whom(item)}{said}", item, cause)


def over(tx: Connection, link: Link, field: str, source: Item, mirror: Item, cause: int) -> None:
    """Tell those who were told that the ends differed that this is settled."""
    last = effects.last_of_link(tx, link.id, f"dispute:{field}:")
    if last is None or last.payload["dispute"] != "held":
        return
    for item in (source, mirror):
        told = effects.by_key(tx, _key(link, field, "held", item, int(str(last.payload["cause"]))))
        if told and told.state is State.PENDING:
            effects.finish(tx, told.id, State.SKIPPED, error="settled before it was told")
        quiet = told is None or told.state in (State.PENDING, State.SKIPPED)
        said = f"{defuse(field)} of {defuse(str(source.ref))} and {defuse(str(mirror.ref))} is settled."
        _say(tx, link, field, "over", said, item, cause, quiet=quiet)


def _say(
    tx: Connection,
    link: Link,
    field: str,
    dispute: str,
    body: str,
    item: Item,
    cause: int,
    *,
    quiet: bool = False,
) -> None:
    added = effects.add(
        tx,
        key=_key(link, field, dispute, item, cause),
        connection=item.ref.connection,
        target=target_of(item.ref),
        kind=Kind.COMMENT,
        payload={
            "ref": item.ref.model_dump(),
            "body": body,
            "audience": Audience.INTERNAL.value,
            "original": None,
            "dispute": dispute,
            "cause": cause,
            "optional": True,
        },
        origin=origin(link, f"{field} differs" if dispute == "held" else f"{field} is settled"),
        cause=cause,
        link=link.id,
        counted=False,
    )
    if added is not None and quiet:
        effects.finish(tx, added, State.SKIPPED, error="nobody there was told of the conflict")


def _key(link: Link, field: str, dispute: str, item: Item, cause: int) -> str:
    return f"dispute:{field}:{dispute}:{link.id}:{cause}:{target_of(item.ref)}"


def _whom(item: Item) -> str:
    """The assignee, mentioned as one of the tool that the note is written in."""
    if item.assignee is None:
        return ""
    name = defuse(item.assignee.name).replace("]", "").replace("[", "")
    return f"[@{name}](person:{item.ref.connection}/{item.assignee.id}) "
