"""Bringing the two ends of a mirror link towards agreement: fields merged, comments carried over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from pydantic import JsonValue
from sqlalchemy import Connection

from connectors.model import Item, Patch, Ref
from rules.fields import ASSIGNEE
from rules.intents import Keep, KeptField, KeptFiles
from rules.ruleset import RuleSet
from sync import disputes, unpark
from sync.bodies import merge_bodies
from sync.carrying import carry, leaves, origin
from sync.merge import Agree, Conflict, Outcome, ToMirror, ToSource, Unmapped, merge, merge_labels, value_of
from sync.observe import target_of
from sync.pausing import is_labelled
from sync.people import Acquaintance, acquaint, note_strangers
from sync.store import effects, items, links, notices
from sync.store.effects import AT_REST, Effect, Kind
from sync.store.links import Base, Link
from sync.store.notices import Matter

TEXTS = ("title", "body", "labels")
"""What people wrote, as custom fields are too: it has an audience. Other fields hold one of few values."""


@dataclass(slots=True)
class Wanted:
    """What one end of a link should be changed to."""

    fields: dict[str, JsonValue] = field(default_factory=dict)
    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    other_end: dict[str, JsonValue] = field(default_factory=dict)
    """By field: the value at the end that is not written, which becomes its base with the receipt."""
    expects: dict[str, JsonValue] = field(default_factory=dict)
    """By field: what the end to be written held when this was decided."""
    shared: dict[str, JsonValue] = field(default_factory=dict)
    """By field: the part of what is written that both ends know, where it is not all of it."""

    def __bool__(self) -> bool:
        return bool(self.fields or self.add_labels or self.remove_labels)


def wants_comments(rules: RuleSet, known: Iterable[Link], ref: Ref) -> bool:
    """Whether comments of this item, which is an end of these links, are carried anywhere."""
    for link in known:
        keep = rules.keep(link.rule, link.action)
        if keep and keep.comments and link.mirror and leaves(keep.comments, ref == link.source):
            return True
    return False


def carries_files(rules: RuleSet, known: Iterable[Link], ref: Ref) -> list[tuple[Link, KeptFiles]]:
    """The links along which files of this item, which is an end of them, are carried, and how."""
    kept = [(link, rules.keep(link.rule, link.action)) for link in known if link.mirror and not link.held]
    return [
        (link, keep.files)
        for link, keep in kept
        if keep and keep.files and leaves(keep.files, ref == link.source)
    ]


def reconcile(tx: Connection, link: Link, keep: Keep, *, cause: int, now: float) -> None:
    """Enqueue what makes both ends agree, as far as they are known. ``link`` must have its mirror."""
    assert link.mirror is not None  # noqa: S101 - said in the docstring
    source, mirror = items.get(tx, link.source), items.get(tx, link.mirror)
    if source is None or mirror is None or source.item.deleted or mirror.item.deleted:
        return
    if is_labelled(source.item, mirror.item):
        return
    pending = effects.open_of_link(tx, link.id)
    _merge_fields(tx, link, keep, source.item, mirror.item, pending, cause=cause, now=now)
    if keep.comments:
        carry(tx, link, keep.comments, source, mirror, cause=cause, now=now)


def _merge_fields(
    tx: Connection,
    link: Link,
    keep: Keep,
    source: Item,
    mirror: Item,
    pending: list[Effect],
    *,
    cause: int,
    now: float,
) -> None:
    bases = links.bases_of(tx, link.id)
    to_mirror, to_source, agreed = Wanted(), Wanted(), dict[str, Base]()
    told = notices.of(tx, source.ref)
    for kept in keep.fields:
        name, base = kept.name, bases.get(kept.name)
        if name == "labels":
            merged = merge_labels(kept, base, source.labels, mirror.labels)
            if _may_show(kept, source, mirror):
                to_mirror.add_labels, to_mirror.remove_labels = (
                    merged.add_to_mirror,
                    merged.remove_from_mirror,
                )
            if _may_show(kept, mirror, source):
                to_source.add_labels, to_source.remove_labels = (
                    merged.add_to_source,
                    merged.remove_from_source,
                )
            if merged.base != base:
                agreed[name] = merged.base
            continue
        match _merge(tx, link, kept, base, source, mirror, now):
            case Agree(base):
                agreed[name] = base
                matter = None
            case ToMirror(value, _, shared):
                matter = _want(to_mirror, kept, value, shared, source, mirror)
            case ToSource(value, _, shared):
                matter = _want(to_source, kept, value, shared, mirror, source)
            case Conflict():
                matter = Matter.CONFLICT, _differ(name, source, mirror)
            case Unmapped(value, map) if name != ASSIGNEE:
                matter = Matter.UNRESOLVED, f"map {map} has no value for {value!r}; {name} was left alone"
            case _:
                matter = None
        _tell(tx, source.ref, name, matter, told, now)
        if matter and matter[0] is Matter.CONFLICT:
            disputes.held(tx, link, name, matter[1], source, mirror, cause)
        elif (Matter.CONFLICT, name) in told:
            disputes.over(tx, link, name, source, mirror, cause)
    links.put_bases(tx, link.id, agreed)
    _ask(tx, link, mirror, source, to_mirror, pending, cause=cause, now=now)
    _ask(tx, link, source, mirror, to_source, pending, cause=cause, now=now)


def _merge(
    tx: Connection, link: Link, kept: KeptField, base: Base | None, source: Item, mirror: Item, now: float
) -> Outcome:
    at_source, at_mirror = value_of(source, kept.name), value_of(mirror, kept.name)
    newer = source.updated >= mirror.updated
    if kept.name == "body":
        return merge_bodies(kept, base, source, mirror, source_is_newer=newer)
    if kept.name != ASSIGNEE:
        return merge(kept, base, at_source, at_mirror, source_is_newer=newer)
    changed = base is not None and base != Base(at_source, at_mirror)
    known = acquaint(tx, source, mirror, now) if changed else Acquaintance()
    kept = replace(kept, to_mirror=known.to_mirror, to_source=known.to_source)
    outcome = None if known.pending else merge(kept, base, at_source, at_mirror, source_is_newer=newer)
    note_strangers(tx, link.id, known, outcome, now)
    return outcome


def _differ(name: str, source: Item, mirror: Item) -> str:
    if name == "body":
        return f"one paragraph was edited in {source.ref} and in {mirror.ref}; make it read the same in both"
    ends = f"{value_of(source, name)!r} on {source.ref} and {value_of(mirror, name)!r} on {mirror.ref}"
    return f"{name} is {ends}; set one of them to the other's value"


def _want(
    wanted: Wanted, kept: KeptField, value: JsonValue, shared: JsonValue, here: Item, there: Item
) -> tuple[Matter, str] | None:
    """Have the field written ``there``, unless its text would reach too many people."""
    if not _may_show(kept, here, there):
        text = (
            f"{kept.name} of {here.ref} is for the {here.audience} audience and was not shown to the "
            f"{there.audience} one of {there.ref}; write publish: true at the field if that is meant"
        )
        return Matter.AUDIENCE, text
    wanted.fields[kept.name] = value
    wanted.other_end[kept.name] = value_of(here, kept.name)
    if shared is not None:
        wanted.shared[kept.name] = shared
    wanted.expects[kept.name] = value_of(there, kept.name)
    return None


def _may_show(kept: KeptField, here: Item, there: Item) -> bool:
    """Whether what people wrote ``here`` may be read by those who read ``there``."""
    is_text = kept.name in TEXTS or kept.name.startswith("custom.")
    return not is_text or kept.publish or here.audience.reaches(there.audience)


_FIELD_MATTERS = (Matter.CONFLICT, Matter.UNRESOLVED, Matter.AUDIENCE)


def forget(tx: Connection, link: Link, keep: Keep | None) -> None:
    """Nothing is the matter any more with the fields of a link that was taken apart."""
    for kept in keep.fields if keep else ():
        for matter in _FIELD_MATTERS:
            notices.withdraw(tx, matter, link.source, kept.name)


def _tell(
    tx: Connection,
    ref: Ref,
    name: str,
    matter: tuple[Matter, str] | None,
    told: set[tuple[Matter, str]],
    now: float,
) -> None:
    """Say what is the matter with the field, and take back what no longer is."""
    if matter:
        notices.tell(tx, matter[0], ref, name, matter[1], now)
    for kind in _FIELD_MATTERS:
        if (kind, name) in told and (matter is None or matter[0] is not kind):
            notices.withdraw(tx, kind, ref, name)


def _ask(
    tx: Connection,
    link: Link,
    item: Item,
    other: Item,
    wanted: Wanted,
    pending: list[Effect],
    *,
    cause: int,
    now: float,
) -> None:
    """Enqueue the change of one end, or bring the one that still waits there up to date."""
    target = target_of(item.ref)
    waiting = [effect for effect in pending if effect.target == target and effect.kind is Kind.UPDATE]
    patch = Patch(
        fields=wanted.fields,
        add_labels=wanted.add_labels,
        remove_labels=wanted.remove_labels,
        original=other.url if "body" in wanted.fields else None,
    )
    payload: dict[str, JsonValue] = {
        "ref": item.ref.model_dump(),
        "patch": patch.model_dump(mode="json"),
        "other_end": wanted.other_end,
        "expects": wanted.expects,
        "shared": wanted.shared,
    }
    if waiting:
        # One in hand is left alone: its receipt brings us here again. One that waits is amended.
        if waiting[0].state in AT_REST and waiting[0].payload != payload:
            unpark.amend(tx, waiting[0], payload, now)
    elif wanted:
        effects.add(
            tx,
            key=f"keep:{link.id}:{target}:{cause}",
            connection=item.ref.connection,
            target=target,
            kind=Kind.UPDATE,
            payload=payload,
            origin=origin(link, f"kept in sync: {', '.join(wanted.other_end) or 'labels'}"),
            cause=cause,
            link=link.id,
        )
