"""The rules that a new installation starts with: the examples, as far as their tools are connected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from pydantic import JsonValue

from rules.yaml import Block, Row, load_yaml

SECTIONS = ("rules", "tests")


def starters(text: str, connected: Set[str]) -> str:
    """A rule file in which what needs other tools than the connected ones is commented out."""
    data = load_yaml(text, "rules").data
    assert isinstance(data, Block)  # noqa: S101 - a file of ours
    conditions = data.get("conditions")
    lines = text.splitlines()
    for section in SECTIONS:
        entries = data.get(section, [])
        assert isinstance(entries, Row)  # noqa: S101
        dropped = [
            number for number, entry in enumerate(entries) if set(_tools(entry, conditions)) - connected
        ]
        for number in dropped:
            for line in _lines(lines, entries.items_at[number].line - 1):
                lines[line] = f"#{lines[line]}"
        if len(dropped) == len(entries):
            lines[data.key(section).line - 1] = f"{section}: [] # without the brackets once there are some"
    return "\n".join(lines) + "\n"


def _tools(value: JsonValue, conditions: JsonValue) -> Iterator[str]:
    """Every tool that a rule or a test names, also by way of the conditions that it ``meets``."""
    if isinstance(value, list):
        for one in value:
            yield from _tools(one, conditions)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key in ("system", "to") and isinstance(one, str):
                yield one
            elif key == "meets" and isinstance(conditions, Mapping):
                for name in one if isinstance(one, list) else [one]:
                    yield from _tools(conditions[str(name)], conditions)
            else:
                yield from _tools(one, conditions)


def _lines(lines: list[str], first: int) -> Iterator[int]:
    """The lines of the entry of a list that begins at ``first``, without the comment above it."""
    yield first
    indent = lines[first].index("-")
    for number in range(first + 1, len(lines)):
        line = lines[number]
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            return
        if line.strip():
            yield number
