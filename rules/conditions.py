"""Conditions at work: each node answers yes or no by a closure, and can say why in the words of the rule."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from connectors.model import Item, JsonValue
from rules.fields import Value
from rules.problems import Mark
from rules.snapshot import LinkedItem, Snapshot


@dataclass(frozen=True, slots=True)
class Facts:
    """What a condition is asked about: an item, or the item at the other end of a link."""

    item: Item
    before: Item | None
    links: tuple[LinkedItem, ...]
    now: datetime
    link: str | None = None
    """The type of the link, when this is its other end."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> Facts:
        """The facts about the item of a snapshot."""
        return cls(snapshot.item, snapshot.before, snapshot.links, snapshot.now)

    @classmethod
    def of_link(cls, link: LinkedItem, now: datetime) -> Facts:
        """The facts about a linked item: here it has no history and no links of its own."""
        return cls(link.item, None, (), now, link.type)


Test = Callable[[Facts], bool]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a condition found: the answer, the condition in words, and where it is written."""

    kind: Literal["test", "named", "all", "any", "none"]
    holds: bool
    text: str
    mark: Mark
    found: str = ""
    """What the item holds, such as ``it is "open"``; empty unless it is a test."""
    parts: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """Something without which a condition cannot hold, and that an index can look up: the field holds,
    or as a list contains, one of these texts."""

    field: str
    values: frozenset[str]


class Node(ABC):
    """A compiled condition."""

    def __init__(self, mark: Mark, text: str, holds: Test, *, momentary: bool) -> None:
        self.mark = mark
        self.text = text
        """The condition in words."""
        self.holds = holds
        """Whether it holds for these facts."""
        self.momentary = momentary
        """Whether it speaks of a change, and so can hold only while that change is being observed."""

    @abstractmethod
    def explain(self, facts: Facts) -> Finding:
        """The answer for these facts, with what was found."""

    @abstractmethod
    def canonical(self) -> JsonValue:
        """The meaning of the condition without names and places, for its hash."""

    def guards(self) -> Iterator[Guard]:
        """Equalities without which the condition cannot hold."""
        return iter(())

    def asks_links(self) -> bool:
        """Whether a link that is made or unmade may change the answer."""
        return False

    def reads(self, field: str) -> bool:
        """Whether the item's own field of this name is asked about."""
        return False

    def because(self, facts: Facts) -> str:
        """Why it holds for facts for which it does."""
        return self.text


class Leaf(Node):
    """One test of one field."""

    def __init__(
        self,
        mark: Mark,
        text: str,
        holds: Test,
        *,
        field: str,
        operator: str,
        expected: JsonValue,
        read: Callable[[Facts], Value],
    ) -> None:
        super().__init__(mark, text, holds, momentary=operator.startswith("changed"))
        self.field = field
        self.operator = operator
        self.expected = expected
        self.read = read

    def reads(self, field: str) -> bool:
        return self.field == field

    def explain(self, facts: Facts) -> Finding:
        found = f"it is {show(self.read(facts))}"
        if self.momentary:
            was = None if facts.before is None else show(self.read(_earlier(facts.before, facts)))
            found = "it was not seen before" if was is None else f"it was {was}, {found}"
        return Finding("test", self.holds(facts), self.text, self.mark, found)

    def canonical(self) -> JsonValue:
        return [self.field, self.operator, self.expected]

    def guards(self) -> Iterator[Guard]:
        values = self.expected if isinstance(self.expected, list) else [self.expected]
        texts = frozenset(value for value in values if isinstance(value, str))
        if self.operator in ("is", "in", "has", "has_any", "changed_to") and len(texts) == len(
            set(map(str, values))
        ):
            yield Guard(self.field, texts)
        elif self.operator == "has_all":
            yield from (Guard(self.field, frozenset([text])) for text in texts)


class Group(Node):
    """All, any or none of several conditions."""

    def __init__(self, mark: Mark, word: Literal["all", "any", "none"], parts: tuple[Node, ...]) -> None:
        joined = ", ".join(part.text for part in parts)
        text = joined if word == "all" or (len(parts) == 1 and word == "any") else f"{word} of ({joined})"
        momentary = any(part.momentary for part in parts)
        super().__init__(
            mark, text, _combined(word, tuple(part.holds for part in parts)), momentary=momentary
        )
        self.word = word
        self.parts = parts

    def explain(self, facts: Facts) -> Finding:
        parts = tuple(part.explain(facts) for part in self.parts)
        return Finding(self.word, self.holds(facts), f"{self.word} of:", self.mark, parts=parts)

    def asks_links(self) -> bool:
        return any(part.asks_links() for part in self.parts)

    def reads(self, field: str) -> bool:
        return any(part.reads(field) for part in self.parts)

    def canonical(self) -> JsonValue:
        parts = [part.canonical() for part in self.parts]
        return parts[0] if self.word != "none" and len(parts) == 1 else [self.word, *parts]

    def guards(self) -> Iterator[Guard]:
        if self.word == "all" or (self.word == "any" and len(self.parts) == 1):
            for part in self.parts:
                yield from part.guards()

    def because(self, facts: Facts) -> str:
        if self.word == "none":
            return self.text
        held = [part.because(facts) for part in self.parts if part.holds(facts)]
        return ", ".join(held if self.word == "all" else held[:1])


class Named(Node):
    """A condition that has a name."""

    def __init__(self, mark: Mark, name: str, body: Node) -> None:
        super().__init__(mark, f"meets {name}", body.holds, momentary=body.momentary)
        self.body = body

    def explain(self, facts: Facts) -> Finding:
        body = self.body.explain(facts)
        return Finding("named", body.holds, self.text, self.mark, parts=(body,))

    def canonical(self) -> JsonValue:
        return self.body.canonical()

    def guards(self) -> Iterator[Guard]:
        return self.body.guards()

    def asks_links(self) -> bool:
        return self.body.asks_links()

    def reads(self, field: str) -> bool:
        return self.body.reads(field)


class Linked(Node):
    """At least one linked item is like this, or none is."""

    def __init__(self, mark: Mark, word: Literal["any", "none"], body: Node) -> None:
        def holds(facts: Facts) -> bool:
            return wanted is any(body.holds(Facts.of_link(link, facts.now)) for link in facts.links)

        wanted = word == "any"
        text = f"{'a' if wanted else 'no'} linked item where {body.text}"
        super().__init__(mark, text, holds, momentary=False)
        self.word = word
        self.body = body

    def explain(self, facts: Facts) -> Finding:
        links = ", ".join(f"{link.item.ref} by {link.type}" for link in facts.links)
        found = f"it is linked to {links}" if links else "it has no links"
        return Finding("test", self.holds(facts), self.text, self.mark, found)

    def canonical(self) -> JsonValue:
        return ["links", self.word, self.body.canonical()]

    def asks_links(self) -> bool:
        return True


def _combined(word: str, tests: tuple[Test, ...]) -> Test:
    def every(facts: Facts) -> bool:
        return all(test(facts) for test in tests)

    def some(facts: Facts) -> bool:
        return any(test(facts) for test in tests)

    def none(facts: Facts) -> bool:
        return not any(test(facts) for test in tests)

    return {"all": every, "any": some, "none": none}[word]


def _earlier(before: Item, facts: Facts) -> Facts:
    return Facts(before, None, (), facts.now)


def show(value: Value) -> str:
    """A value as messages show it: texts in quotes, long ones cut."""
    if value is None:
        return "not set"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M UTC")
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= 80 else f"{shown[:76]}...{shown[-1]}"
