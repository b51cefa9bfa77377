"""An edit written into a text as its author formatted it: lines that were not edited stay to the letter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from connectors.text import editing, reading, writing
from connectors.text.reading import Passage
from connectors.text.tree import Block, Code, List, ListItem

__all__ = ["edited"]

_BULLET = re.compile(r"^(\d*)[-.]")


def edited(source: str, markdown: str) -> str:
    """The text changed so that it reads as ``markdown``.

    Comments, link definitions, blank lines, the author's own bullets and underlines stay where nothing was
    edited.
    """
    passages, wanted = reading.passages(source), reading.read(markdown)
    unread = [passage.blocks for passage in passages] == [(Code(source),)]
    if (
        unread
        and len(wanted) == 1
        and isinstance(code := wanted[0], Code)
        and reading.read(code.text) == wanted
    ):
        return code.text  # too heavy or too deep to be read: what is edited is its source
    text = _together(editing.apply(passages, wanted, _Passages(), editing.key))
    text = text if source.endswith("\n") else text.rstrip("\n")
    # lines that have come together may mean something else: then the text counts more than its looks
    return text if reading.read(text) == wanted else writing.write(wanted)


def _together(passages: Sequence[Passage]) -> str:
    """The sources one after the other, with a blank line between those that did not follow one another."""
    text, at = "", 0
    for passage in passages:
        if text and passage.start != at:
            if not passage.source.strip() and text.endswith("\n\n"):
                at = passage.end
                continue
            if not text.endswith("\n\n"):
                text += "\n" if text.endswith("\n") else "\n\n"
        text += passage.source
        at = passage.end
    return text


def _new(source: str) -> Passage:
    return Passage(source + "\n", -1, -1)


class _Passages:
    def read(self, node: Passage) -> tuple[Block, ...]:
        return node.blocks

    def write(self, units: Sequence[Block]) -> list[Passage]:
        return [_new(writing.write(units))] if units else []

    def stays(self, node: Passage) -> bool:
        return False

    def edit(self, node: Passage, units: tuple[Block, ...]) -> list[Passage]:
        [first, *others] = units
        old = node.blocks[0]
        if node.items and isinstance(first, List) and isinstance(old, List) and first.start == old.start:
            items = editing.apply(node.items, first.items, _Items(first.start, node.bullet), editing.key)
            changed = replace(node, source="".join(item.source for item in items))
        else:
            changed = replace(node, source=writing.write((first,)) + "\n")
        return [changed, *self.write(others)]


class _Items:
    """The items of a list, each a passage with a list of one."""

    def __init__(self, start: int | None, bullet: str) -> None:
        self._start = start
        self._bullet = bullet

    def read(self, node: Passage) -> tuple[ListItem, ...]:
        [only] = node.blocks
        return only.items if isinstance(only, List) else ()

    def write(self, units: Sequence[ListItem]) -> list[Passage]:
        return [_new(self._item(unit)) for unit in units]

    def _item(self, unit: ListItem) -> str:
        return _BULLET.sub(rf"\g<1>{self._bullet}", writing.write((List((unit,), self._start),)))

    def stays(self, node: Passage) -> bool:
        return False

    def edit(self, node: Passage, units: tuple[ListItem, ...]) -> list[Passage]:
        return self.write(units)
