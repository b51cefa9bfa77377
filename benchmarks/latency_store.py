"""A database as it is after years: items with their links, what was read of them and what was written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection, Table, insert

from connectors.model import Audience, Item, Ref
from sync.store.database import Store
from sync.store.items import digest
from sync.store.schema import effects, items, journal, links

CHUNK = 5_000
"""Items that are stored in one transaction."""
LONG_AGO = 1_600_000_000.0


def fill(store: Store, number: int) -> None:
    """Store so many items: half of them tickets, each with a mirror that was made and changed once."""
    for start in range(0, number // 2, CHUNK):
        pairs = range(start, min(start + CHUNK, number // 2))
        with store.write() as tx:
            _put(tx, items, (_item(system, pair) for pair in pairs for system in ("zendesk", "jira")))
            _put(tx, links, map(_link, pairs))
            _put(tx, effects, (_effect(kind, pair) for pair in pairs for kind in ("create", "update")))
            _put(tx, journal, (_line(system, pair) for pair in pairs for system in ("zendesk", "jira")))


def _put(tx: Connection, table: Table, rows: Iterator[dict[str, object]]) -> None:
    if listed := list(rows):
        tx.execute(insert(table), listed)


def _item(system: str, pair: int) -> dict[str, object]:
    key = f"{'ZD' if system == 'zendesk' else 'ENG'}-{10_000_000 + pair}"
    long_ago = datetime.fromtimestamp(LONG_AGO, UTC)
    item = Item(
        ref=Ref(connection=system, id=_id(pair), key=key),
        system=system,
        kind="ticket" if system == "zendesk" else "issue",
        container="ENG" if system == "jira" else "",
        url=f"https://{system}.example/{key}",
        title=f"The export of report {pair} stops after a minute",
        body="Every time, and for all of us. " * 10,
        audience=Audience.INTERNAL,
        created=long_ago,
        updated=long_ago,
    )
    return {
        "connection": system,
        "id": _id(pair),
        "key": key,
        "item": item.model_dump(mode="json"),
        "digest": digest(item),
        "observation": 0,
        "written": 0.0,
        "comments_known": True,
        "evaluated": LONG_AGO,
    }


def _id(pair: int) -> str:
    return str(10_000_000 + pair)


def _link(pair: int) -> dict[str, object]:
    return {
        "type": "mirror",
        "rule": "of-old",
        "action": "mirror",
        "source_connection": "zendesk",
        "source_id": _id(pair),
        "mirror_connection": "jira",
        "mirror_container": "OLD",
        "mirror_id": _id(pair),
    }


def _effect(kind: str, pair: int) -> dict[str, object]:
    return {
        "key": f"{kind}:of-old:{pair}",
        "marker": f"lw-{kind}-{pair}",
        "connection": "jira-of-old",
        "target": f"jira:{_id(pair)}",
        "kind": kind,
        "payload": {"patch": {"fields": {"title": "The export stops"}}},
        "origin": {"rule": "of-old"},
        "cause": 0,
        "state": "done",
        "attempts": 1,
        "due": LONG_AGO,
    }


def _line(system: str, pair: int) -> dict[str, object]:
    detail = {"via": "poll", "fields": ["title"], "comments": []}
    return {"at": LONG_AGO, "kind": "observed", "connection": system, "item": _id(pair), "detail": detail}
