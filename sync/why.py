"""Why something happened to an item, or did not: its journal, its links, and each rule's own account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from connectors.model import Item, JsonValue
from rules.explain import Explanation, explain
from rules.ruleset import RuleSet
from rules.snapshot import Memory, Snapshot
from sync.decide import linked_items
from sync.store import effects, items, journal, links, truths
from sync.store.database import Store
from sync.store.journal import Entry


class UnknownItem(Exception):
    """No such item has been seen: the message says what was looked for."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an item's history."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Account:
    """All that is known of why an item is as it is."""

    item: Item
    links: tuple[tuple[str, Item], ...]
    """(type of the link, the item at its other end)."""
    events: tuple[Event, ...]
    rules: tuple[Explanation, ...]

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "item": self.item.model_dump(mode="json"),
            "links": [{"type": type, "item": item.ref.model_dump()} for type, item in self.links],
            "events": [{"at": event.at.isoformat(), "what": event.what} for event in self.events],
            "rules": [str(explanation) for explanation in self.rules],
        }


def why(store: Store, rules: RuleSet, name: str, *, rule: str | None, now: float) -> Account:
    """The account of the item that people call ``name``. Raises UnknownItem."""
    with store.read() as view:
        found = items.find(view, name)
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
        return Account(
            item=stored.item,
            links=tuple((link.type, link.item) for link in linked),
            events=tuple(_event(view, line) for line in journal.of(view, ref)),
            rules=tuple(explain(rules, snapshot, memory, rule)),
        )


def _event(view: Connection, line: journal.Line) -> Event:
    return Event(datetime.fromtimestamp(line.at, UTC), _words(view, line))


def _words(view: Connection, line: journal.Line) -> str:
    detail = line.detail
    effect = effects.get(view, line.effect) if line.effect else None
    because = f" because {effect.origin['reason']}" if effect and effect.origin["reason"] else ""
    by = f" (rule {effect.origin['rule']}, effect {effect.id})" if effect else ""
    match line.kind:
        case Entry.OBSERVED:
            return f"seen by {detail['via']}: {_seen(detail)}".rstrip(": ")
        case Entry.FIRED:
            return f"rules fired: {_list(detail['rules'])}"
        case Entry.INTENDED:
            return f"decided to {_verb(effect)}{by}{because}"
        case Entry.DONE:
            return f"{_verb(effect)} done on {detail.get('on') or (effect and effect.target)}{by}"
        case Entry.FAILED | Entry.PARKED:
            return f"{_verb(effect)} {line.kind.value}{by}: {detail['error']}"
        case Entry.SKIPPED | Entry.RETRIED:
            return f"a person {line.kind.value} {_verb(effect)}{by}"


def _verb(effect: effects.Effect | None) -> str:
    if effect is None:
        return "an effect"
    return {"create": "create in", "update": "update in", "comment": "comment in"}[
        effect.kind
    ] + f" {effect.connection}"


def _seen(detail: object) -> str:
    if not isinstance(detail, dict):
        return ""
    comments = len(detail.get("comments", []))
    fields = _list(detail.get("fields", []))
    return ", ".join(filter(None, [fields, f"{comments} comments" if comments else ""]))


def _list(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else ""
