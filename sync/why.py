"""Why something happened to an item, or did not: its journal, its links, and each rule's own account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from connectors.model import Item, JsonValue
from rules.explain import Explanation, explain
from rules.problems import did_you_mean
from rules.ruleset import RuleSet
from rules.snapshot import Memory, Snapshot
from sync.decide import linked_items
from sync.history import Event, events, moment
from sync.pausing import PAUSE_LABEL, is_labelled
from sync.store import items, journal, links, truths
from sync.store.database import Store
from sync.store.journal import Entry
from sync.store.links import Link


class UnknownItem(Exception):
    """No such item has been seen: the message says what was looked for."""


class UnknownRule(Exception):
    """There is no rule of this name: the message says which there are."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule makes of the item as it is now, and when it last fired on it."""

    explanation: Explanation
    fired: datetime | None

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "rule": self.explanation.rule,
            "verdict": self.explanation.verdict.value,
            "fired": self.fired.isoformat() if self.fired else None,
            "text": str(self.explanation),
        }


@dataclass(frozen=True, slots=True)
class Tie:
    """A link of the item, as people ask about it."""

    type: str
    item: Item
    """The item at its other end."""
    stopped: str | None
    """Why nothing is carried along it for now."""


@dataclass(frozen=True, slots=True)
class Account:
    """All that is known of why an item is as it is."""

    item: Item
    links: tuple[Tie, ...]
    events: tuple[Event, ...]
    rules: tuple[Judged, ...]

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "item": self.item.model_dump(mode="json"),
            "links": [
                {"type": tie.type, "item": tie.item.ref.model_dump(), "stopped": tie.stopped}
                for tie in self.links
            ],
            "events": [{"at": event.at.isoformat(), "what": event.what} for event in self.events],
            "rules": [judged.as_json() for judged in self.rules],
        }


def why(store: Store, rules: RuleSet, name: str, *, rule: str | None, now: float) -> Account:
    """The account of the item that people call ``name``. Raises UnknownItem and UnknownRule."""
    if rule is not None and rules.find(rule) is None:
        known = [one.id for one in rules.rules]
        hint = did_you_mean(rule, known) or f"there are: {', '.join(known)}"
        raise UnknownRule(f"there is no rule '{rule}'\n  {hint}")
    with store.read() as view:
        found = items.find(view, name) or items.formerly(view, name)
        if not found:
            raise UnknownItem(
                f"no item '{name}' has been seen\n"
                "  write its key (ZD-7, ENG-12, acme/app#3) or connection:id; the next poll brings new items"
            )
        stored = found[0]
        ref = stored.item.ref
        linked = linked_items(view, links.of(view, ref), ref)
        snapshot = Snapshot(
            item=stored.item,
            before=stored.item,
            links=linked,
            now=datetime.fromtimestamp(now, UTC),
            transition=stored.observation,
        )
        since = {key: datetime.fromtimestamp(at, UTC) for key, at in truths.activated(view).items()}
        memory = Memory(truths=truths.of(view, ref), activated=since)
        lines = journal.of(view, ref)
        fired = _fired(lines)
        return Account(
            item=stored.item,
            links=tuple(_ties(view, stored.item)),
            events=tuple(events(view, lines)),
            rules=tuple(
                Judged(explanation, fired.get(explanation.rule))
                for explanation in explain(rules, snapshot, memory, rule)
            ),
        )


def _ties(view: Connection, item: Item) -> Iterator[Tie]:
    for link in links.of(view, item.ref):
        other = items.get(view, end) if (end := link.other(item.ref)) else None
        if other:
            yield Tie(link.type, other.item, _stopped(view, link, item, other.item))


def _stopped(view: Connection, link: Link, item: Item, other: Item) -> str | None:
    if labelled := [str(one.ref) for one in (item, other) if is_labelled(one)]:
        return f"on hold, by the label {PAUSE_LABEL} of {' and '.join(labelled)}"
    if not link.held:
        return None
    held = [
        line
        for ref in (item.ref, other.ref)
        for line in journal.of(view, ref)
        if line.kind is Entry.COMMANDED and line.detail["command"] == "hold"
    ]
    since = max((moment(line) for line in held), default=None)
    when = f" since {since:%Y-%m-%d %H:%M} UTC" if since else ""
    return f"on hold{when}, by a comment: /loop resume lets it go on"


def _fired(lines: Sequence[journal.Line]) -> dict[str, datetime]:
    """When each rule last fired."""
    return {
        str(rule): moment(line)
        for line in lines
        if line.kind is Entry.FIRED and isinstance(line.detail["rules"], list)
        for rule in line.detail["rules"]
    }
