"""An item's journal in words: what was seen of it, what was decided, and what was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from connectors.model import JsonValue
from sync.store import effects, journal
from sync.store.effects import Effect, Kind
from sync.store.journal import Entry


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an item's history."""

    at: datetime
    what: str


def moment(line: journal.Line) -> datetime:
    """When the line was written."""
    return datetime.fromtimestamp(line.at, UTC)


def events(view: Connection, lines: Sequence[journal.Line]) -> Iterator[Event]:
    """The journal in words. The reason of a write is told once, with the first line about it."""
    explained: set[int] = set()
    for line in lines:
        effect = effects.get(view, line.effect) if line.effect else None
        if effect is None:
            yield Event(moment(line), _observation(line))
        elif line.kind is not Entry.OBSERVED:
            # What a write's own answer showed is no event beside the write itself.
            because = "" if effect.id in explained else f", because: {effect.origin['reason']}"
            explained.add(effect.id)
            rule = f"rule {effect.origin['rule']}, " if effect.origin["rule"] else ""
            by = f" ({rule}write {effect.id})"
            yield Event(moment(line), f"{_act(effect, line)}{by}{because}")


def _observation(line: journal.Line) -> str:
    if line.kind is Entry.COMMANDED:
        if "at" in line.detail:
            return f"{line.detail['command']}, at {line.detail['at']}: {line.detail['outcome']}"
        return f"a comment said /loop {line.detail['command']}: {line.detail['outcome']}"
    if line.kind is Entry.MOVED:
        return f"moved: {line.detail['from']} is {line.detail['to']} now"
    if line.kind is Entry.FIRED:
        return f"fired: {_list(line.detail['rules'])}"
    via = {"poll": "seen by polling", "hint": "read again", "people": "the assignee was looked up"}.get(
        str(line.detail["via"]), "seen"
    )
    return f"{via}: {_seen(line.detail)}".rstrip(": ")


_DONE = {
    Kind.CREATE: "created",
    Kind.UPDATE: "updated",
    Kind.COMMENT: "commented on",
    Kind.EDIT: "edited a comment of",
    Kind.WITHDRAW: "withdrew a comment of",
    Kind.RETIRE: "took away",
    Kind.FILE: "attached a file to",
}


def _act(effect: Effect, line: journal.Line) -> str:
    write = f"{effect.kind.value} in {effect.connection}"
    match line.kind:
        case Entry.INTENDED:
            return f"decided to {write}"
        case Entry.DONE:
            if "omitted" in line.detail:
                return f"attached no file to {line.detail['on']}: {line.detail['omitted']}"
            how = f" ({line.detail['how']})" if "how" in line.detail else ""
            return f"{_DONE[effect.kind]} {line.detail['on']}{how}"
        case Entry.MISSED:
            return f"the {write} waits until the item is there again"
        case Entry.RETRIED if "back" in line.detail:
            return f"the {write} goes on: the item is there again"
        case Entry.SKIPPED | Entry.RETRIED:
            return f"a person {line.kind.value} the {write}"
        case Entry.HELD:
            return f"the {write} is held: {line.detail['error']}"
        case Entry.RELEASED:
            return f"the {write} was let go"
        case Entry.PARKED:
            return f"the {write} was parked: {line.detail['error']}"
        case _:
            return f"what became of the {write} is unclear: {line.detail['error']}"


def _seen(detail: Mapping[str, JsonValue]) -> str:
    said = _comments(detail.get("comments"))
    deleted = _comments(detail.get("deleted"))
    return ", ".join(
        filter(None, [_list(detail.get("fields", [])), said, f"{deleted} deleted" if deleted else ""])
    )


def _comments(ids: object) -> str:
    number = len(ids) if isinstance(ids, list) else 0
    return f"{number} comment{'' if number == 1 else 's'}" if number else ""


def _list(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else ""
