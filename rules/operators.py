"""The tests of the language: which types of field each can be asked of, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import re2

from connectors.model import JsonValue
from rules.conditions import Facts, Test, show
from rules.fields import FieldType, Value, same

Read = Callable[[Facts], Value]

_SINGLE = frozenset((FieldType.TEXT, FieldType.CHOICE, FieldType.NUMBER, FieldType.FLAG, FieldType.ANY))
_TEXT = frozenset((FieldType.TEXT, FieldType.ANY))
_NUMBER = frozenset((FieldType.NUMBER, FieldType.ANY))
_TIME = frozenset((FieldType.TIME, FieldType.ANY))
_LIST = frozenset((FieldType.LABELS, FieldType.ANY))
_EVERY = frozenset(FieldType)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class NotRe2(Exception):
    """A pattern that RE2 does not take. The message says why."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A test of a field."""

    types: frozenset[FieldType]
    build: Callable[[Read, JsonValue], Test]
    """The test of what ``read`` gives, against what the rule expects."""
    words: str
    """How it reads between the name of the field and the expected value."""
    compares: bool = False
    """Whether the expected value is one that the field itself could hold."""


def _one_of(expected: JsonValue) -> Callable[[Value], bool]:
    values = _listed(expected)
    if all(isinstance(value, str) for value in values):
        texts = frozenset(cast("list[str]", values))
        return lambda value: isinstance(value, str) and value in texts
    return lambda value: any(same(value, one) for one in values)


def _listed(expected: JsonValue) -> list[JsonValue]:
    return expected if isinstance(expected, list) else [expected]


def _is(read: Read, expected: JsonValue) -> Test:
    equals = _one_of(expected)
    return lambda facts: equals(read(facts))


def _is_not(read: Read, expected: JsonValue) -> Test:
    equals = _one_of(expected)
    return lambda facts: not equals(read(facts))


def _entries(value: Value) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _has_any(read: Read, expected: JsonValue) -> Test:
    equals = _one_of(expected)
    return lambda facts: any(equals(entry) for entry in _entries(read(facts)))


def _has_all(read: Read, expected: JsonValue) -> Test:
    wanted = _listed(expected)

    def test(facts: Facts) -> bool:
        entries = _entries(read(facts))
        return all(any(same(entry, one) for entry in entries) for one in wanted)

    return test


def _folded(expected: JsonValue) -> tuple[str, ...]:
    return tuple(str(one).casefold() for one in _listed(expected))


def _contains(read: Read, expected: JsonValue) -> Test:
    parts = _folded(expected)

    def test(facts: Facts) -> bool:
        value = read(facts)
        if not isinstance(value, str):
            return False
        text = value.casefold()
        return any(part in text for part in parts)

    return test


def _starts_with(read: Read, expected: JsonValue) -> Test:
    starts = _folded(expected)

    def test(facts: Facts) -> bool:
        value = read(facts)
        return isinstance(value, str) and value.casefold().startswith(starts)

    return test


def _matches(read: Read, expected: JsonValue) -> Test:
    options = re2.Options()
    options.log_errors = False
    try:
        pattern = re2.compile(str(expected), options)
    except re2.error as error:
        raise NotRe2(
            str(error.args[0], "utf-8") if isinstance(error.args[0], bytes) else str(error)
        ) from None

    def test(facts: Facts) -> bool:
        value = read(facts)
        # RE2 works on UTF-8, which has no half of a surrogate pair.
        return (
            isinstance(value, str) and pattern.search(value.encode("utf-8", "replace").decode()) is not None
        )

    return test


def _exists(read: Read, expected: JsonValue) -> Test:
    return lambda facts: (read(facts) not in (None, "", [])) is expected


def _number(value: Value) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _less_than(read: Read, expected: JsonValue) -> Test:
    limit = cast("float", expected)
    return lambda facts: (number := _number(read(facts))) is not None and number < limit


def _more_than(read: Read, expected: JsonValue) -> Test:
    limit = cast("float", expected)
    return lambda facts: (number := _number(read(facts))) is not None and number > limit


def duration(text: str) -> timedelta:
    """``30m``, ``12h``, ``7d`` or ``4w`` as a length of time."""
    return timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]])


def moment(value: Value) -> datetime | None:
    """The point in time that a field holds: a custom field may hold it as an ISO 8601 text."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _older_than(read: Read, expected: JsonValue) -> Test:
    age = duration(str(expected))
    return lambda facts: (time := moment(read(facts))) is not None and facts.now - time > age


def _newer_than(read: Read, expected: JsonValue) -> Test:
    age = duration(str(expected))
    return lambda facts: (time := moment(read(facts))) is not None and facts.now - time <= age


def _was(read: Read, facts: Facts) -> tuple[bool, Value]:
    """Whether the field has just changed, and what it was before."""
    if facts.before is None:
        return False, None
    was = read(Facts(facts.before, None, (), facts.now))
    now = read(facts)
    return was != now or isinstance(was, bool) != isinstance(now, bool), was


def _changed(read: Read, expected: JsonValue) -> Test:
    return lambda facts: _was(read, facts)[0] is expected


def _changed_from(read: Read, expected: JsonValue) -> Test:
    equals = _one_of(expected)

    def test(facts: Facts) -> bool:
        changed, was = _was(read, facts)
        return changed and equals(was)

    return test


def _changed_to(read: Read, expected: JsonValue) -> Test:
    equals = _one_of(expected)
    return lambda facts: _was(read, facts)[0] and equals(read(facts))


OPERATORS: Mapping[str, Operator] = {
    "is": Operator(_SINGLE, _is, "is", compares=True),
    "is_not": Operator(_SINGLE, _is_not, "is not", compares=True),
    "in": Operator(_SINGLE, _is, "is one of", compares=True),
    "not_in": Operator(_SINGLE, _is_not, "is none of", compares=True),
    "has": Operator(_LIST, _has_any, "has", compares=True),
    "has_any": Operator(_LIST, _has_any, "has any of", compares=True),
    "has_all": Operator(_LIST, _has_all, "has all of", compares=True),
    "contains": Operator(_TEXT, _contains, "contains"),
    "starts_with": Operator(_TEXT, _starts_with, "starts with"),
    "matches": Operator(_TEXT, _matches, "matches"),
    "exists": Operator(_EVERY, _exists, "exists"),
    "less_than": Operator(_NUMBER, _less_than, "is less than"),
    "more_than": Operator(_NUMBER, _more_than, "is more than"),
    "older_than": Operator(_TIME, _older_than, "is older than"),
    "newer_than": Operator(_TIME, _newer_than, "is newer than"),
    "changed": Operator(_EVERY, _changed, "has changed"),
    "changed_from": Operator(_SINGLE, _changed_from, "has changed from", compares=True),
    "changed_to": Operator(_SINGLE, _changed_to, "has changed to", compares=True),
}


def phrase(field: str, operator: str, expected: JsonValue) -> str:
    """A test in words, such as ``status is one of "open", "new"``."""
    if operator == "exists":
        return f"{field} is set" if expected else f"{field} is not set"
    if operator == "changed":
        return f"{field} has changed" if expected else f"{field} has not changed"
    if operator in ("older_than", "newer_than"):
        return f"{field} {OPERATORS[operator].words} {expected}"
    values = ", ".join(show(value) for value in _listed(expected))
    return f"{field} {OPERATORS[operator].words} {values}"
