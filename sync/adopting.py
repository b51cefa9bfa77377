"""Taking over pairs of items that belong together already: they are linked, and nothing is created.

The pairs come from a file. Each is judged before anything is done: linked it will be, linked it is, or it
cannot be, and why. Where both ends hold the same in a kept field, that is their base; where they differ, both
stay as they are until somebody edits one of them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Connection

from connectors.model import Item, Ref
from rules.fields import ASSIGNEE
from rules.ruleset import RuleSet
from sync import tying
from sync.decide import settle_links
from sync.merge import agree, value_of
from sync.naming import NotOne, meant
from sync.store import items, links
from sync.store.database import Store
from sync.tying import Way, ways

COLUMNS = ("source", "mirror", "rule", "action")
_BY_HEART = ("body", "labels", ASSIGNEE)
"""Kept fields of which two values that differ may mean the same."""


class NoPairs(Exception):
    """The file cannot be read as pairs: the message says where and what is expected."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of the file and where it stands."""

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two items as somebody named them."""

    source: Cell
    mirror: Cell
    rule: Cell | None = None
    action: Cell | None = None


class Verdict(StrEnum):
    LINKS = "to be linked"
    LINKED = "linked already"
    CANNOT = "not linked"


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of a pair."""

    verdict: Verdict
    place: str
    text: str
    way: Way | None = None
    differs: tuple[str, ...] = field(default=())
    """Kept fields that the two do not agree on, each with both values."""


# -- reading the file ------------------------------------------------------------------------------------


def read(name: str, text: str) -> list[Pair]:
    """The pairs of a CSV file: two columns, or as its first line names them. Raises NoPairs."""
    lines = text.removeprefix("\ufeff").splitlines()
    first = lines[0] if lines else ""
    mark = next((one for one in "\t;," if one in first), ",")
    rows = [_cells(name, number, line, mark) for number, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise NoPairs(f"{name} is empty: write one pair of keys a line, such as ZD-9,ENG-12")
    named = [cell.text.lower() for cell in rows[0]]
    columns = named if {"source", "mirror"} <= {*named} else list(COLUMNS)
    if columns is named:
        for cell in rows.pop(0):
            if cell.text.lower() not in COLUMNS:
                raise NoPairs(f"{cell.place}: no column '{cell.text}'; there are: {', '.join(COLUMNS)}")
    return [_pair(row, columns) for row in rows]


def _cells(name: str, number: int, line: str, mark: str) -> list[Cell]:
    cells, column = [], 1
    for text in next(csv.reader([line], delimiter=mark)):
        place = f"{name}:{number}:{column}"
        column += len(text) + len(mark) + (2 + text.count('"') if line[column - 1 : column] == '"' else 0)
        cells.append(Cell(text.strip(), place))
    return cells


def _pair(row: Sequence[Cell], columns: Sequence[str]) -> Pair:
    found = {column: cell for column, cell in zip(columns, row, strict=False) if cell.text}
    if lacking := [column for column in ("source", "mirror") if column not in found]:
        raise NoPairs(f"{row[0].place}: no {lacking[0]}: write two keys a line, such as ZD-9,ENG-12")
    return Pair(found["source"], found["mirror"], found.get("rule"), found.get("action"))


# -- judging and doing -----------------------------------------------------------------------------------


def plan(store: Store, rules: RuleSet, pairs: Sequence[Pair]) -> list[Judged]:
    """What would become of each pair; nothing is done."""
    with store.read() as view:
        return list(_judge_all(view, rules, pairs))


def adopt(store: Store, rules: RuleSet, pairs: Sequence[Pair], now: float) -> list[Judged]:
    """Link the pairs that can be; what became of each. Doing it again does nothing."""
    done = []
    for pair in pairs:
        with store.write() as tx:
            (judged,) = _judge_all(tx, rules, [pair])
            if judged.way:
                judged = _link(tx, rules, judged, judged.way, now)
        done.append(judged)
    return done


def _link(tx: Connection, rules: RuleSet, judged: Judged, way: Way, now: float) -> Judged:
    number = tying.tie(tx, way, since=now)
    if number is None:
        return Judged(
            Verdict.CANNOT, judged.place, f"{way.source.ref} is just being given another counterpart"
        )
    stored = items.get(tx, way.source.ref)
    settle_links(tx, rules, [links.get(tx, number)], cause=stored.observation if stored else 0, now=now)
    outcome = f"{way.source.ref} and {way.mirror.ref} are linked, and kept in sync by the rule {way.rule}"
    for item in (way.source, way.mirror):
        tying.note(tx, item, "adopt", outcome, now)
    return judged


def _judge_all(view: Connection, rules: RuleSet, pairs: Sequence[Pair]) -> Iterator[Judged]:
    planned: dict[tuple[Ref, str, str], Judged] = {}
    for pair in pairs:
        judged = _judge(view, rules, pair)
        if judged.way:
            key = (judged.way.source.ref, judged.way.mirror.ref.connection, judged.way.mirror.container)
            earlier = planned.setdefault(key, judged)
            if earlier is not judged and earlier.way:
                same = earlier.way.mirror.ref == judged.way.mirror.ref
                text = f"{earlier.text}, at {earlier.place}"
                judged = Judged(Verdict.LINKED if same else Verdict.CANNOT, judged.place, text)
        yield judged


def _judge(view: Connection, rules: RuleSet, pair: Pair) -> Judged:
    ends = []
    for cell in (pair.source, pair.mirror):
        try:
            ends.append(meant(view, cell.text))
        except NotOne as error:
            return Judged(Verdict.CANNOT, cell.place, f"'{cell.text}': {error}")
    one, other = ends
    place = pair.source.place
    if one.ref == other.ref:
        return Judged(Verdict.CANNOT, place, f"{one.ref} is both of the two")
    names = f"{one.ref} and {other.ref}"
    if any(link.other(one.ref) == other.ref for link in links.of(view, one.ref)):
        return Judged(Verdict.LINKED, place, names)
    found = [way for way in ways(rules, one, other) if _is_asked_for(way, pair)]
    if len(found) != 1:
        return Judged(Verdict.CANNOT, (pair.rule or pair.source).place, _no_way(found, one, other, pair))
    (way,) = found
    there = links.between(view, way.source.ref, way.mirror.ref.connection, way.mirror.container)
    if there:
        has = str(there.mirror and (items.key_of(view, there.mirror) or there.mirror))
        what = f"{way.source.ref} has a counterpart in {way.mirror.container} already, {has}"
        return Judged(
            Verdict.CANNOT, place, what if there.mirror else f"a mirror of {way.source.ref} is being made"
        )
    return Judged(
        Verdict.LINKS, place, f"{names}, by the rule {way.rule}", way, tuple(_differences(rules, way))
    )


def _is_asked_for(way: Way, pair: Pair) -> bool:
    rule, action = pair.rule, pair.action
    return (rule is None or rule.text == way.rule) and (action is None or action.text == way.action)


def _no_way(found: Sequence[Way], one: Item, other: Item, pair: Pair) -> str:
    places = f"{one.container} and {other.container}"
    if found:
        rules = ", ".join(sorted({way.rule for way in found}))
        return f"several mirrors go between {places}, of {rules}: name one in a column rule or action"
    asked = f"the rule '{pair.rule.text}' has none" if pair.rule else "no rule has one"
    return f"{asked} that mirrors between {places}"


def _differences(rules: RuleSet, way: Way) -> Iterator[str]:
    keep = rules.keep(way.rule, way.action)
    for kept in keep.fields if keep else ():
        if kept.name not in _BY_HEART:
            here, there = value_of(way.source, kept.name), value_of(way.mirror, kept.name)
            if not agree(kept, here, there):
                yield f"{kept.name}: {here!r} on {way.source.ref}, {there!r} on {way.mirror.ref}"
