"""Where the two ends of a link do not agree at the moment, and why: what a person may want to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from pydantic import JsonValue
from sqlalchemy import Connection

from connectors.model import Item
from rules.fields import ASSIGNEE
from rules.intents import KeptField
from rules.ruleset import RuleSet
from sync.bodies import merge_bodies
from sync.merge import Agree, merge, merge_labels, value_of
from sync.store import effects, items, links, notices, sweeps
from sync.store.database import Store
from sync.store.effects import Effect, Kind
from sync.store.links import Base, Link
from sync.store.notices import Matter

LONGEST = 80
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that does not agree, or the claim of a mirror that is not there."""

    source: str
    mirror: str
    field: str
    at_source: str
    at_mirror: str
    reason: str


@dataclass(frozen=True, slots=True)
class Census:
    """What the last sweep of a connection found, or how far the one under way is."""

    connection: str
    under_way: bool
    ended: datetime | None
    seen: int
    missed: int
    unseen: int


@dataclass(frozen=True, slots=True)
class Drift:
    differences: tuple[Difference, ...]
    gone: tuple[str, ...]
    """Known items that cannot be read any more."""
    census: tuple[Census, ...]

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "differences": [asdict(one) for one in self.differences],
            "gone": list(self.gone),
            "census": [
                {**asdict(one), "ended": one.ended.isoformat() if one.ended else None} for one in self.census
            ],
        }


def drift(store: Store, rules: RuleSet, connections: Sequence[str]) -> Drift:
    """Hold all links against what is known of their ends; asks no tool anything."""
    with store.read() as view:
        found = tuple(difference for link in links.mirrors(view) for difference in _of(view, rules, link))
        lost = notices.of_matter(view, Matter.GONE)
        gone = tuple(f"{items.key_of(view, one.ref) or one.ref}: {one.text}" for one in lost)
        census = tuple(_census(view, name) for name in connections)
    return Drift(found, gone, census)


def _census(view: Connection, name: str) -> Census:
    at = sweeps.get(view, name)
    ended = datetime.fromtimestamp(at.ended, UTC) if at.ended else None
    return Census(name, at.began is not None, ended, at.seen, at.missed, at.unseen)


def _of(view: Connection, rules: RuleSet, link: Link) -> Iterator[Difference]:
    keep = rules.keep(link.rule, link.action)
    source = items.get(view, link.source)
    mirror = items.get(view, link.mirror) if link.mirror else None
    waiting = effects.open_of_link(view, link.id)
    if source is None or keep is None:
        return
    if mirror is None:
        why = _of_writes(waiting) or "its making was given up, or it has not been read yet"
        yield Difference(str(source.item.ref), link.mirror_connection, "mirror", "", "not there", why)
        return
    bases = links.bases_of(view, link.id)
    told = notices.by_subject(view, link.source)
    for kept in keep.fields:
        if _agree(kept, bases.get(kept.name), source.item, mirror.item):
            continue
        reason = (
            ("a person put the link on hold" if link.held else "")
            or told.get(kept.name)
            or _of_writes([one for one in waiting if one.kind is Kind.UPDATE])
            or "nothing waits for it: it was skipped, or the next sweep brings it into step"
        )
        at_source, at_mirror = (_shown(value_of(end.item, kept.name)) for end in (source, mirror))
        refs = str(source.item.ref), str(mirror.item.ref)
        yield Difference(*refs, kept.name, at_source, at_mirror, reason)


def _agree(kept: KeptField, base: Base | None, source: Item, mirror: Item) -> bool:
    if kept.name == "labels":
        merged = merge_labels(kept, base, source.labels, mirror.labels)
        changes = (
            merged.add_to_mirror,
            merged.remove_from_mirror,
            merged.add_to_source,
            merged.remove_from_source,
        )
        return not any(changes)
    at_source, at_mirror = value_of(source, kept.name), value_of(mirror, kept.name)
    if kept.name == ASSIGNEE:
        return base is None or base == Base(at_source, at_mirror)
    newer = source.updated >= mirror.updated
    if kept.name == "body":
        outcome = merge_bodies(kept, base, source, mirror, source_is_newer=newer)
    else:
        outcome = merge(kept, base, at_source, at_mirror, source_is_newer=newer)
    return outcome is None or isinstance(outcome, Agree)


def _of_writes(waiting: Sequence[Effect]) -> str:
    if not waiting:
        return ""
    first = waiting[0]
    return f"write {first.id} is {first.state.value}" + (f": {first.error}" if first.error else "")


def _shown(value: JsonValue) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
