"""Links that people make and take apart, by a comment or at a terminal."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.model import Item, JsonValue
from rules.ruleset import RuleSet
from sync import reconcile
from sync.naming import meant
from sync.store import effects, journal, links, notices
from sync.store.database import Store
from sync.store.links import Link
from sync.store.notices import Matter

MIRROR = "mirror"


class NotLinked(Exception):
    """There is no such link: the message says of which items."""


@dataclass(frozen=True, slots=True)
class Way:
    """A mirror action that goes from where one item lives to where another one does."""

    source: Item
    mirror: Item
    rule: str
    action: str


def ways(rules: RuleSet, one: Item, other: Item) -> list[Way]:
    """The ways between two items, in either direction."""
    return [
        Way(source, mirror, rule, action)
        for source, mirror in ((one, other), (other, one))
        for rule, action in rules.mirrors_of(source, mirror)
    ]


def tie(tx: Connection, way: Way, *, since: float) -> int | None:
    """Link the two as if the rule had made the mirror; ``None`` where the source has another one there.

    Nothing said or attached before ``since`` is carried.
    """
    return links.tie(
        tx,
        type=MIRROR,
        rule=way.rule,
        action=way.action,
        ends=(way.source.ref, way.mirror.ref),
        container=way.mirror.container,
        since=since,
    )


def take_apart(tx: Connection, rules: RuleSet, link: Link, now: float) -> None:
    """Cut the link and give up what waits to be written along it; nothing is deleted at either end."""
    links.cut(tx, link.id)
    ends = [end for end in (link.source, link.mirror) if end]
    for effect in effects.give_up(tx, link.id):
        for end in ends:
            notices.withdraw(tx, Matter.PARKED, end, f"effect {effect}")
        journal.write(tx, journal.Entry.SKIPPED, link.source, {}, at=now, effect=effect)
    reconcile.forget(tx, link, rules.keep(link.rule, link.action))


def unlink(store: Store, rules: RuleSet, one: str, other: str, now: float) -> tuple[Item, Item]:
    """Take apart the link of two items as they are named; which they were. Raises NotOne and NotLinked."""
    with store.write() as tx:
        here, there = meant(tx, one), meant(tx, other)
        known = [link for link in links.of(tx, here.ref) if link.other(here.ref) == there.ref]
        if not known:
            raise NotLinked(
                f"{here.ref} and {there.ref} are not linked\n  loopwright why {here.ref} says with what"
            )
        for link in known:
            take_apart(tx, rules, link, now)
        note(tx, here, "unlink", f"{here.ref} and {there.ref} are no longer linked", now)
        note(tx, there, "unlink", f"{here.ref} and {there.ref} are no longer linked", now)
    return here, there


def note(tx: Connection, item: Item, command: str, outcome: str, now: float) -> None:
    """Somebody did this at a terminal: the item's history tells of it."""
    detail: dict[str, JsonValue] = {"command": command, "outcome": outcome, "at": "a terminal"}
    journal.write(tx, journal.Entry.COMMANDED, item.ref, detail, at=now)
