"""Which comments have been heard as commands: each is obeyed once, however often it is edited."""

from __future__ import annotations

from sqlalchemy import Connection

from connectors.model import Ref
from sync.store.schema import commands
from sync.store.upsert import insert_new


def first_heard(tx: Connection, ref: Ref, comment: str, now: float) -> bool:
    """Remember that this comment of the item commands something; false when that was known."""
    row = {"connection": ref.connection, "item": ref.id, "comment": comment, "at": now}
    return insert_new(tx, commands, row)
