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
    shared: JsonValue = None
    """The part of the value that both ends know, where the mirror's own edits are in it as well."""


@dataclass(frozen=True, slots=True)
class ToSource:
    """Write the value to the source; ``mirror`` is what it stands for at the mirror."""

    value: JsonValue
    mirror: JsonValue
    shared: JsonValue = None
    """As for :class:`ToMirror`."""


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
    """What to do so that both ends agree; ``None`` when there is nothing to do.

    A field without a base is kept from now on: what either end holds today is taken as it is.
    """
    if base is None:
        return Agree(Base(source, mirror))
    if source == base.source and mirror == base.mirror:
        return None
    if agree(kept, source, mirror):
        return Agree(Base(source, mirror))
    forward = source != base.source and kept.direction in (Direction.BOTH, Direction.TO_MIRROR)
    backward = mirror != base.mirror and kept.direction in (Direction.BOTH, Direction.TO_SOURCE)
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


def agree(kept: KeptField, source: JsonValue, mirror: JsonValue) -> bool:
    """Whether the two values are each other's counterpart."""
    if kept.direction is Direction.TO_SOURCE:
        return _convert(kept.to_source, mirror) == (True, source)
    return _convert(kept.to_mirror, source) == (True, mirror)


def _convert(map: ValueMap | None, value: JsonValue) -> tuple[bool, JsonValue]:
    return (True, value) if map is None else map.resolve(value)


@dataclass(frozen=True, slots=True)
class LabelMerge:
    """What has to be done to labels at each end, and what is agreed on already."""

    add_to_mirror: tuple[str, ...]
    remove_from_mirror: tuple[str, ...]
    add_to_source: tuple[str, ...]
    remove_from_source: tuple[str, ...]
    base: Base


def merge_labels(
    kept: KeptField, base: Base | None, source: Sequence[str], mirror: Sequence[str]
) -> LabelMerge:
    """Each label is merged by itself, so labels never conflict: where both ends changed one, adding wins.

    A label's base moves only once both ends show the same, or where its change is not to be carried.
    """
    if base is None:
        return LabelMerge((), (), (), (), Base([*source], [*mirror]))
    may_go = kept.direction in (Direction.BOTH, Direction.TO_MIRROR)
    may_come = kept.direction in (Direction.BOTH, Direction.TO_SOURCE)
    was_at_source, was_at_mirror = set(_texts(base.source)), set(_texts(base.mirror))
    at_source, at_mirror = set(was_at_source), set(was_at_mirror)
    to_mirror, to_source = (set[str](), set[str]()), (set[str](), set[str]())
    for label in {*source, *mirror, *was_at_source, *was_at_mirror}:
        here, there = label in source, label in mirror
        goes = may_go and here is not (label in was_at_source)
        comes = may_come and there is not (label in was_at_mirror)
        if here is there or not (goes or comes):
            _set(at_source, label, here)
            _set(at_mirror, label, there)
        elif goes and (here or not comes):
            to_mirror[0 if here else 1].add(label)
        else:
            to_source[0 if there else 1].add(label)
    return LabelMerge(
        add_to_mirror=tuple(sorted(to_mirror[0])),
        remove_from_mirror=tuple(sorted(to_mirror[1])),
        add_to_source=tuple(sorted(to_source[0])),
        remove_from_source=tuple(sorted(to_source[1])),
        base=Base([*sorted(at_source)], [*sorted(at_mirror)]),
    )


def _set(labels: set[str], label: str, present: bool) -> None:
    (labels.add if present else labels.discard)(label)


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
