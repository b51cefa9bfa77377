"""YAML as people expect it, with the place of every key and value.

YAML 1.2 scalars (``on``, ``no`` and ``12:30`` stay text), no anchors, aliases or tags, one document, no
key twice, bounded in size and depth. It is built from the parser's events rather than its node tree: only
they show anchors, and a file nested too deeply is refused before it is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import isfinite

import yaml
from pydantic import JsonValue

from rules.problems import Mark, Problem, RuleProblems, Source

MAX_CHARACTERS = 4_000_000
MAX_DEPTH = 40

_NULL = re.compile(r"null|Null|NULL|~|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]{1,100}")
_OCTAL = re.compile(r"0o[0-7]{1,100}")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,100}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,100}|[0-9]{1,100}(\.[0-9]{0,100})?)([eE][-+]?[0-9]{1,5})?")

_ADVICE = {
    "found character that cannot start any token": (
        "indent with spaces, and quote a text that starts with @, ` or %"
    ),
    "mapping values are not allowed in this context": "quote a text that has ': ' in it",
    "did not find expected key": "check the indentation, and quotes that are not closed",
    "could not find expected ':'": "a key is followed by a colon and a space",
}


class Block(dict[str, JsonValue]):
    """A mapping that knows where it, its keys and its values stand."""

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.keys_at: dict[str, Mark] = {}
        self.values_at: dict[str, Mark] = {}

    def at(self, key: str, entry: int | None = None) -> Mark:
        """Where the value of ``key`` stands, or an entry of it; the key itself if it is a collection."""
        value = self.get(key)
        if isinstance(value, Row) and entry is not None:
            return value.items_at[entry]
        if isinstance(value, dict | list):
            return self.key(key)
        return self.values_at.get(key, self.mark)

    def key(self, key: str) -> Mark:
        """Where ``key`` stands, or the mapping itself if it has no such key."""
        return self.keys_at.get(key, self.mark)


class Row(list[JsonValue]):
    """A sequence that knows where it and its entries stand."""

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.items_at: list[Mark] = []


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of a document: what is there, where its key or entry is written, and where its value is."""

    data: JsonValue
    key: Mark
    value: Mark


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file: plain data (:class:`Block`, :class:`Row`, scalars) and the places of its parts."""

    source: Source
    data: JsonValue
    mark: Mark

    def find(self, path: Iterable[str | int]) -> Spot:
        """The part that a path leads to. Steps that the document does not have are passed over."""
        spot = Spot(self.data, self.mark, self.mark)
        for step in path:
            here = spot.data
            if isinstance(here, Block) and isinstance(step, str) and step in here:
                spot = Spot(here[step], here.key(step), here.at(step))
            elif isinstance(here, Row) and isinstance(step, int) and step < len(here):
                spot = Spot(here[step], here.items_at[step], here.items_at[step])
        return spot


def load_yaml(text: str, name: str) -> Document:
    """Read a YAML document. Raises :class:`RuleProblems` on the first place where it is none."""
    source = Source(name, tuple(text.splitlines()))
    start = Mark(source, 1, 1)
    if len(text) > MAX_CHARACTERS:
        raise RuleProblems([Problem.at(start, f"the file is longer than {MAX_CHARACTERS:,} characters")])
    builder = _Builder(source)
    try:
        data, mark = builder.document(_events(text))
    except yaml.MarkedYAMLError as error:
        raise RuleProblems([_syntax(source, error)]) from None
    except yaml.reader.ReaderError as error:
        raise RuleProblems([_unprintable(source, text, error)]) from None
    if builder.problems:
        raise RuleProblems(builder.problems)
    return Document(source, data, mark or start)


def _events(text: str) -> Iterator[yaml.Event]:
    return yaml.parse(text, Loader=yaml.CSafeLoader)


def _syntax(source: Source, error: yaml.MarkedYAMLError) -> Problem:
    at = error.problem_mark or error.context_mark
    mark = Mark(source, at.line + 1, at.column + 1) if at else Mark(source, 1, 1)
    said = error.problem or "not YAML"
    return Problem.at(mark, f"not valid YAML: {said}", _ADVICE.get(said, ""))


def _unprintable(source: Source, text: str, error: yaml.reader.ReaderError) -> Problem:
    before = text[: error.position]
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Problem.at(Mark(source, line, column), "a character that a text file cannot hold")


class _Builder:
    """Turns parser events into data; notes every mistake and goes on where it can."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def document(self, events: Iterator[yaml.Event]) -> tuple[JsonValue, Mark | None]:
        data: JsonValue = None
        mark: Mark | None = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._report(event, "a second document: a file holds one")
                    break
            elif isinstance(event, yaml.NodeEvent):
                data, mark = self._node(event, events, 0)
        return data, mark

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> tuple[JsonValue, Mark]:
        mark = self._mark(event)
        if isinstance(event, yaml.AliasEvent):
            self._report(event, "aliases are not allowed", "write the value out")
            return None, mark
        if getattr(event, "anchor", None):
            self._report(
                event, "anchors are not allowed", "give the condition, map or template a name instead"
            )
        if getattr(event, "tag", None):
            self._report(event, "tags are not allowed")
        if isinstance(event, yaml.ScalarEvent):
            return (scalar(event.value) if event.implicit[0] else event.value), mark
        if depth == MAX_DEPTH:
            raise RuleProblems([*self.problems, Problem.at(mark, f"nested more than {MAX_DEPTH} deep")])
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(mark, events, depth), mark
        return self._mapping(mark, events, depth), mark

    def _sequence(self, mark: Mark, events: Iterator[yaml.Event], depth: int) -> Row:
        row = Row(mark)
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            value, at = self._node(event, events, depth + 1)
            row.append(value)
            row.items_at.append(at)
        return row

    def _mapping(self, mark: Mark, events: Iterator[yaml.Event], depth: int) -> Block:
        block = Block(mark)
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            _, key_mark = self._node(event, events, depth + 1)
            value, value_mark = self._node(next(events), events, depth + 1)
            if not isinstance(event, yaml.ScalarEvent):
                self._report(event, "a key is a plain text")
                continue
            if event.value in block:
                first = block.keys_at[event.value].line
                self.problems.append(
                    Problem.at(key_mark, f"'{event.value}' is already there, in line {first}")
                )
                continue
            block[event.value] = value
            block.keys_at[event.value] = key_mark
            block.values_at[event.value] = value_mark
        return block

    def _mark(self, event: yaml.Event) -> Mark:
        start, end = event.start_mark, event.end_mark
        assert start is not None and end is not None  # noqa: S101, PT018 - the parser marks every event
        same_line = isinstance(event, yaml.ScalarEvent) and start.line == end.line
        return Mark(
            self.source, start.line + 1, start.column + 1, end.column - start.column if same_line else 1
        )

    def _report(self, event: yaml.Event, message: str, hint: str = "") -> None:
        self.problems.append(Problem.at(self._mark(event), message, hint))


def scalar(text: str) -> JsonValue:
    """The value of a plain (unquoted) scalar by the core schema of YAML 1.2; not a number: text."""
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text) and isfinite(float(text)):
        return float(text)
    return text
