"""From conditions as they are written to conditions at work; what cannot hold is refused here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors.model import JsonValue
from rules.conditions import Group, Leaf, Linked, Named, Node
from rules.fields import FIELDS, LINK_TYPES, Field, FieldType, find_field
from rules.names import Names
from rules.operators import OPERATORS, NotRe2, Read, phrase
from rules.problems import Mark, did_you_mean
from rules.when import Condition, FieldTest

_LINK_TYPE = Field("type", FieldType.CHOICE, lambda _: None, "The type of the link", LINK_TYPES)


@dataclass
class ConditionCompiler:
    """Compiles conditions; named ones once for items and once for linked items, where they differ."""

    conditions: Mapping[str, Condition]
    names: Names
    _named: dict[tuple[str, bool], Node | None] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def compile(self, condition: Condition, *, linked: bool = False) -> Node:
        """The condition at work. What is wrong in it is reported and left out."""
        parts: list[Node] = []
        for key in condition.written():
            mark = condition.mark(key)
            match key:
                case "all" | "any" | "none":
                    branches = getattr(condition, key)
                    parts.append(
                        Group(mark, key, tuple(self.compile(one, linked=linked) for one in branches))
                    )
                case "meets":
                    parts += self._meets(condition, linked=linked)
                case "links":
                    parts += self._links(condition, linked=linked)
                case _:
                    parts += self._tests(key, condition, linked=linked)
        if condition.is_empty:
            self.names.report(condition.mark(), "an empty condition: everything would meet it")
        return parts[0] if len(parts) == 1 else Group(condition.mark(), "all", tuple(parts))

    def named(self, name: str, *, linked: bool = False) -> Node | None:
        """The named condition; ``None`` if it is not there or leads back to itself."""
        if (name, linked) not in self._named:
            self._named[name, linked] = None
            self._open.append(name)
            self._named[name, linked] = self.compile(self.conditions[name], linked=linked)
            self._open.pop()
        return self._named[name, linked]

    def check_unused(self) -> None:
        """Compile the named conditions that nothing uses, so that their mistakes show too."""
        for name in self.conditions:
            if not any((name, linked) in self._named for linked in (False, True)):
                self.named(name)

    def _meets(self, condition: Condition, *, linked: bool) -> Iterator[Node]:
        written = condition.meets
        for number, name in enumerate([written] if isinstance(written, str) else written or []):
            mark = condition.value_mark("meets", number)
            if name not in self.conditions:
                self.names.unknown("condition", name, mark, self.conditions)
            elif name in self._open:
                circle = " → ".join([*self._open[self._open.index(name) :], name])
                self.names.report(mark, f"condition '{name}' depends on itself: {circle}")
            elif (body := self.named(name, linked=linked)) is not None:
                yield Named(condition.mark("meets"), name, body)

    def _links(self, condition: Condition, *, linked: bool) -> Iterator[Node]:
        if linked:
            self.names.report(condition.mark("links"), "the links of a linked item are not known here")
            return
        test = condition.links
        if test is None or test.is_empty:
            self.names.report(condition.mark("links"), "'links' needs 'any' or 'none'")
            return
        if test.any is not None:
            yield Linked(test.mark("any"), "any", self.compile(test.any, linked=True))
        if test.none is not None:
            yield Linked(test.mark("none"), "none", self.compile(test.none, linked=True))

    def _tests(self, name: str, condition: Condition, *, linked: bool) -> Iterator[Leaf]:
        known = _LINK_TYPE if linked and name == "type" else find_field(name)
        written = condition.tests()[name]
        if known is None:
            self.names.unknown("field", name, condition.mark(name), FIELDS)
        elif not isinstance(written, FieldTest):
            operator = "in" if isinstance(written, list) else "is"
            expected: JsonValue = [*written] if isinstance(written, list) else written
            yield from self._leaf(known, operator, expected, _Spot(condition, name))
        elif written.is_empty:
            hint = "write a value or a test"
            self.names.report(condition.mark(name), f"'{name}' says nothing about the field", hint)
        else:
            for operator in written.written():
                if linked and operator.startswith("changed"):
                    message = f"'{operator}' cannot be asked of a linked item: only its present is known"
                    self.names.report(written.mark(operator), message)
                else:
                    yield from self._leaf(
                        known, operator, written.expected(operator), _Spot(written, operator)
                    )

    def _leaf(self, known: Field, operator: str, expected: JsonValue, spot: _Spot) -> Iterator[Leaf]:
        meaning = OPERATORS[operator]
        if known.type not in meaning.types:
            self._unfit(known, operator, spot)
            return
        if meaning.compares and not self._comparable(known, expected, spot):
            return
        read: Read = (lambda facts: facts.link) if known is _LINK_TYPE else _of_item(known)
        try:
            holds = meaning.build(read, expected)
        except NotRe2 as error:
            self.names.report(spot.value(), f"not a regular expression that RE2 takes: {error}")
            return
        yield Leaf(
            spot.key(),
            phrase(known.name, operator, expected),
            holds,
            field=known.name,
            operator=operator,
            expected=expected,
            read=read,
        )

    def _unfit(self, known: Field, operator: str, spot: _Spot) -> None:
        fitting = ", ".join(name for name, other in OPERATORS.items() if known.type in other.types)
        instead = {"is": "has", "in": "has_any"}.get(operator) if known.type is FieldType.LABELS else None
        hint = f"write {known.name}: {{{instead}: ...}}" if instead else f"it takes {fitting}"
        message = f"'{operator}' cannot be asked of {known.name}, which is {known.type.value}"
        self.names.report(spot.key(), message, hint)

    def _comparable(self, known: Field, expected: JsonValue, spot: _Spot) -> bool:
        """Whether the field can ever hold what it is compared with."""
        fits = True
        for number, value in enumerate(expected if isinstance(expected, list) else [expected]):
            if (wrong := _mismatch(known, value)) is not None:
                self.names.report(spot.value(number), *wrong)
                fits = False
        return fits


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a test is written: a key of a part."""

    part: Condition | FieldTest
    name: str

    def key(self) -> Mark:
        return self.part.mark(self.name)

    def value(self, entry: int | None = None) -> Mark:
        return self.part.value_mark(self.name, entry)


def _mismatch(known: Field, value: JsonValue) -> tuple[str, str] | None:
    """Why a field of this type never has this value, and what to write instead."""
    match known.type:
        case FieldType.TEXT | FieldType.LABELS | FieldType.CHOICE if not isinstance(value, str):
            shown = str(value).lower() if isinstance(value, bool) else str(value)
            return f"{known.name} is a text, and {shown} is none", f'write "{shown}" in quotes'
        case FieldType.CHOICE if value not in known.choices:
            hint = did_you_mean(str(value), known.choices) or f"it can be {', '.join(known.choices)}"
            return f"{known.name} is never '{value}'", hint
        case FieldType.NUMBER if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{known.name} is a number, and '{value}' is none", ""
        case FieldType.FLAG if not isinstance(value, bool):
            return f"{known.name} is true or false, never '{value}'", ""
        case _:
            return None


def _of_item(known: Field) -> Read:
    read = known.read
    return lambda facts: read(facts.item)
