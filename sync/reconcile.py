"""Bringing the two ends of a mirror link towards agreement: fields merged, comments carried over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue
from sqlalchemy import Connection

from connectors.model import Comment, Item, Patch, Ref
from rules.intents import Direction, Keep, KeptComments, KeptField
from rules.ruleset import RuleSet
from sync.merge import Agree, Conflict, ToMirror, ToSource, Unmapped, merge, merge_labels, value_of
from sync.observe import target_of
from sync.store import effects, items, links, notices
from sync.store.effects import Effect, Kind, State
from sync.store.links import Base, Link
from sync.store.notices import Matter
from sync.wording import carried_comment


@dataclass(slots=True)
class Wanted:
    """What one end of a link should be changed to, and what the other end holds for it."""

    fields: dict[str, JsonValue] = field(default_factory=dict)
    add_labels: list[str] = field(default_factory=list)
    remove_labels: list[str] = field(default_factory=list)
    other_end: dict[str, JsonValue] = field(default_factory=dict)
    """By field: the value at the end that is not written, which becomes its base with the receipt."""

    def __bool__(self) -> bool:
        return bool(self.fields or self.add_labels or self.remove_labels)


def wants_comments(rules: RuleSet, known: Iterable[Link], ref: Ref) -> bool:
    """Whether comments of this item, which is an end of these links, are carried anywhere."""
    for link in known:
        keep = rules.keep(link.rule, link.action)
        if keep and keep.comments and link.mirror and _leaves(keep.comments, ref == link.source):
            return True
    return False


def reconcile(tx: Connection, link: Link, keep: Keep, *, cause: int, now: float) -> None:
    """Enqueue what makes both ends agree, as far as they are known. ``link`` must have its mirror."""
    assert link.mirror is not None  # noqa: S101 - said in the docstring
    source, mirror = items.get(tx, link.source), items.get(tx, link.mirror)
    if source is None or mirror is None:
        return
    pending = effects.open_of_link(tx, link.id)
    _merge_fields(tx, link, keep, source.item, mirror.item, pending, cause=cause, now=now)
    if keep.comments:
        _carry_comments(tx, link, keep.comments, source.item, mirror.item, cause=cause, now=now)


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
    for kept in keep.fields:
        if kept.name == "labels":
            _merge_labels(kept, bases.get("labels"), source, mirror, to_mirror, to_source)
            continue
        outcome = merge(
            kept,
            bases.get(kept.name),
            value_of(source, kept.name),
            value_of(mirror, kept.name),
            source_is_newer=source.updated >= mirror.updated,
        )
        match outcome:
            case Agree(base):
                agreed[kept.name] = base
                notices.withdraw(tx, Matter.CONFLICT, source.ref, kept.name)
            case ToMirror(value, at_source):
                to_mirror.fields[kept.name] = value
                to_mirror.other_end[kept.name] = at_source
            case ToSource(value, at_mirror):
                to_source.fields[kept.name] = value
                to_source.other_end[kept.name] = at_mirror
            case Conflict(at_source, at_mirror):
                text = (
                    f"{kept.name} is {at_source!r} on {source.ref} and {at_mirror!r} on {mirror.ref}; "
                    "set one of them to the other's value"
                )
                notices.tell(tx, Matter.CONFLICT, source.ref, kept.name, text, now)
            case Unmapped(value, map):
                text = f"map {map} has no value for {value!r}; {kept.name} was left alone"
                notices.tell(tx, Matter.UNRESOLVED, source.ref, kept.name, text, now)
            case None:
                pass
    links.put_bases(tx, link.id, agreed)
    _ask(tx, link, mirror, to_mirror, pending, cause=cause)
    _ask(tx, link, source, to_source, pending, cause=cause)


def _merge_labels(
    kept: KeptField, base: Base | None, source: Item, mirror: Item, to_mirror: Wanted, to_source: Wanted
) -> None:
    at_mirror, at_source = merge_labels(kept, base, source.labels, mirror.labels)
    to_mirror.add_labels, to_mirror.remove_labels = at_mirror
    to_source.add_labels, to_source.remove_labels = at_source
    to_mirror.other_end["labels"] = list(source.labels)
    to_source.other_end["labels"] = list(mirror.labels)


def _ask(
    tx: Connection, link: Link, item: Item, wanted: Wanted, pending: list[Effect], *, cause: int
) -> None:
    """Enqueue the change of one end, or bring the one that still waits there up to date."""
    target = target_of(item.ref)
    waiting = [effect for effect in pending if effect.target == target and effect.kind is Kind.UPDATE]
    patch = Patch(
        fields=wanted.fields,
        add_labels=tuple(wanted.add_labels),
        remove_labels=tuple(wanted.remove_labels),
    )
    payload: dict[str, JsonValue] = {
        "ref": item.ref.model_dump(),
        "patch": patch.model_dump(mode="json"),
        "other_end": wanted.other_end,
    }
    if waiting:
        # One in hand is left alone: its receipt brings us here again. One that waits is amended.
        if waiting[0].state is State.PENDING and waiting[0].payload != payload:
            effects.amend(tx, waiting[0].id, payload)
    elif wanted:
        effects.add(
            tx,
            key=f"keep:{link.id}:{target}:{cause}",
            connection=item.ref.connection,
            target=target,
            kind=Kind.UPDATE,
            payload=payload,
            origin=_origin(link, f"kept in sync: {', '.join(wanted.other_end)}"),
            cause=cause,
            link=link.id,
        )


def _carry_comments(
    tx: Connection,
    link: Link,
    kept: KeptComments,
    source: Item,
    mirror: Item,
    *,
    cause: int,
    now: float,
) -> None:
    for side, here, there in (("source", source, mirror), ("mirror", mirror, source)):
        if _leaves(kept, side == "source"):
            for comment in items.uncarried(tx, here.ref, link.id, at_source=side == "source"):
                _carry_comment(tx, link, kept, comment, side, here, there, cause=cause, now=now)


def _carry_comment(
    tx: Connection,
    link: Link,
    kept: KeptComments,
    comment: Comment,
    side: str,
    here: Item,
    there: Item,
    *,
    cause: int,
    now: float,
) -> None:
    if not (kept.publish or comment.audience.reaches(kept.audience)):
        text = (
            f"rule {link.rule} would show {comment.audience} comments of {here.ref} to the {kept.audience} "
            f"audience; write publish: true there if that is meant"
        )
        notices.tell(tx, Matter.AUDIENCE, here.ref, f"comment {comment.id}", text, now)
        return
    effects.add(
        tx,
        key=f"carry:{link.id}:{target_of(here.ref)}:{comment.id}",
        connection=there.ref.connection,
        target=target_of(there.ref),
        kind=Kind.COMMENT,
        payload={
            "ref": there.ref.model_dump(),
            "body": carried_comment(comment, here),
            "audience": kept.audience.value,
            "carries": {"side": side, "comment": comment.id},
        },
        origin=_origin(link, f"comment of {here.ref} carried over"),
        cause=cause,
        link=link.id,
    )


def _leaves(kept: KeptComments, from_source: bool) -> bool:
    """Whether comments of this end are carried to the other."""
    one_way = Direction.TO_MIRROR if from_source else Direction.TO_SOURCE
    return kept.direction in (Direction.BOTH, one_way)


def _origin(link: Link, reason: str) -> Mapping[str, JsonValue]:
    return {"rule": link.rule, "action": link.action, "place": "", "reason": reason}
