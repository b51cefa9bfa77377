"""Three-way merge of one field of a link: what both ends agreed on, and what each holds now. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.model import Item, JsonValue
from rules.intents import ConflictPolicy, Direction, KeptField, ValueMap
from sync.store.links import Base


@dataclass(frozen=True, slots=True)
class Agree:
    """Both ends hold the same: this is the new base."""

    base: Base


@dataclass(frozen=True, slots=True)
class ToMirror:
    """Write the value to the mirror; ``source`` is what it stands for at the source."""

    value: JsonValue
    source: JsonValue


@dataclass(frozen=True, slots=True)
class ToSource:
    """Write the value to the source; ``mirror`` is what it stands for at the mirror."""

    value: JsonValue
    mirror: JsonValue


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both ends changed it differently, and the rule says to hold."""

    source: JsonValue
    mirror: JsonValue


@dataclass(frozen=True, slots=True)
class Unmapped:
    """The changed value has no counterpart on the other side: the field is left alone."""

    value: JsonValue
    map: str


Outcome = Agree | ToMirror | ToSource | Conflict | Unmapped | None


def merge(
    kept: KeptField, base: Base | None, source: JsonValue, mirror: JsonValue, *, source_is_newer: bool
) -> Outcome:
    """What to do so that both ends agree; ``None`` when there is nothing to do."""
    source_changed = base is None or source != base.source
    mirror_changed = base is None or mirror != base.mirror
    if not source_changed and not mirror_changed:
        return None
    if _agree(kept, source, mirror):
        return Agree(Base(source, mirror))
    may_go = kept.direction in (Direction.BOTH, Direction.TO_MIRROR)
    may_come = kept.direction in (Direction.BOTH, Direction.TO_SOURCE)
    forward = source_changed and may_go
    backward = mirror_changed and may_come and base is not None
    if forward and backward:
        match kept.conflict:
            case ConflictPolicy.HOLD:
                return Conflict(source, mirror)
            case ConflictPolicy.NEWEST:
                forward = source_is_newer
            case ConflictPolicy.SOURCE:
                forward = True
            case ConflictPolicy.MIRROR:
                forward = False
    if forward:
        known, value = _convert(kept.to_mirror, source)
        if not known:
            return Unmapped(source, kept.to_mirror.name if kept.to_mirror else "")
        return Agree(Base(source, mirror)) if value == mirror else ToMirror(value, source)
    if backward:
        known, value = _convert(kept.to_source, mirror)
        if not known:
            return Unmapped(mirror, kept.to_source.name if kept.to_source else "")
        return Agree(Base(source, mirror)) if value == source else ToSource(value, mirror)
    return None


def _agree(kept: KeptField, source: JsonValue, mirror: JsonValue) -> bool:
    if kept.direction is Direction.TO_SOURCE:
        return _convert(kept.to_source, mirror) == (True, source)
    return _convert(kept.to_mirror, source) == (True, mirror)


def _convert(map: ValueMap | None, value: JsonValue) -> tuple[bool, JsonValue]:
    return (True, value) if map is None else map.resolve(value)


def merge_labels(
    kept: KeptField, base: Base | None, source: Sequence[str], mirror: Sequence[str]
) -> tuple[tuple[list[str], list[str]], tuple[list[str], list[str]]]:
    """(add, remove) at the mirror and (add, remove) at the source. Labels never conflict: each is merged
    alone.

    Without a base nothing is known to have been removed, so labels are only added.
    """
    agreed_source = set(_texts(base.source)) if base else set()
    agreed_mirror = set(_texts(base.mirror)) if base else set()
    at_source, at_mirror = set(source), set(mirror)
    to_mirror: tuple[list[str], list[str]] = ([], [])
    to_source: tuple[list[str], list[str]] = ([], [])
    if kept.direction in (Direction.BOTH, Direction.TO_MIRROR):
        added, removed = at_source - agreed_source, agreed_source - at_source
        to_mirror = (sorted(added - at_mirror), sorted(removed & at_mirror))
    if kept.direction in (Direction.BOTH, Direction.TO_SOURCE) and base is not None:
        added, removed = at_mirror - agreed_mirror, agreed_mirror - at_mirror
        to_source = (sorted(added - at_source), sorted(removed & at_source))
    return to_mirror, to_source


def _texts(value: JsonValue) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def value_of(item: Item, field: str) -> JsonValue:
    """What an item holds in a field that rules can keep in sync. Raises KeyError for an unknown name."""
    if field.startswith("custom."):
        return item.custom.get(field.removeprefix("custom."))
    match field:
        case "title" | "body" | "status" | "priority" | "type":
            value: str | None = getattr(item, field)
            return value
        case "labels":
            return list(item.labels)
        case "assignee":
            return item.assignee.id if item.assignee else None
        case _:
            raise KeyError(field)
