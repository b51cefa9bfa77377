"""An item that we made together with others: their making brought ids alone, so it is read back.

What it then shows is our own, and what its mirror is merged against; what people changed of it since it was
made is news.
"""

from __future__ import annotations

from datetime import timedelta

from pydantic import JsonValue
from sqlalchemy import Connection

from connectors.model import Draft, Item
from rules.fields import ASSIGNEE
from sync.merge import value_of
from sync.store import effects, links
from sync.store.effects import State
from sync.store.links import Base

MAKING = timedelta(seconds=2)
"""An item's last change so soon after its first is part of its making: no person is as quick."""


def is_ours(tx: Connection, item: Item) -> bool:
    """Whether an item that is seen for the first time is one that we made; its base is set then."""
    making = effects.by_marker(tx, item.marker) if item.marker else None
    if making is None or making.link is None or making.state is not State.DONE:
        return False
    link = links.get(tx, making.link)
    if link.mirror != item.ref:
        # Somebody copied the mirror, and its marker with it.
        return False
    draft, kept = Draft.model_validate(making.payload["draft"]), making.payload["kept"]
    assert isinstance(kept, dict)  # noqa: S101 - written by decide
    put_bases(tx, link.id, draft, item, kept, touched=item.updated - item.created > MAKING)
    return True


def put_bases(
    tx: Connection, link: int, draft: Draft, item: Item, kept: dict[str, JsonValue], *, touched: bool
) -> None:
    """Both ends agree on what was written: at the source as it was then, at the mirror as its tool shows it.

    ``touched`` where others may have changed the mirror before it was read.
    """
    shown = {name: _written(draft, item, name) if touched else value_of(item, name) for name in kept}
    links.put_bases(tx, link, {name: Base(value, shown[name]) for name, value in kept.items()})


def _written(draft: Draft, item: Item, name: str) -> JsonValue:
    """What we had put into a field, where the tool keeps it as it was put."""
    if name in ("title", "status", "priority", "type"):
        value: str | None = getattr(draft, name)
        return value_of(item, name) if value is None else value
    if name == "labels":
        # Where some are missing and others are there instead, the tool writes them in its own way.
        missing, more = {*draft.labels} - {*item.labels}, {*item.labels} - {*draft.labels}
        return [*(item.labels if missing and more else sorted(draft.labels))]
    # Nobody is assigned by a draft: whoever is by now, a person or the tool's own habit chose.
    return None if name == ASSIGNEE else value_of(item, name)
