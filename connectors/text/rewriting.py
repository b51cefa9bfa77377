"""A text with something done to its lines, wherever they stand: in headings, quotes, lists, tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

from connectors.text import reading, writing
from connectors.text.tree import Block, Heading, Inline, Inlines, List, Paragraph, Quote, Table

__all__ = ["Change", "rewritten"]

Change: TypeAlias = Callable[[Inline], Iterable[Inline]]
"""What becomes of a part of a line."""


def rewritten(markdown: str, change: Change) -> str:
    """The text, in canonical Markdown, with each part of each line changed; code blocks stay as they are."""
    return writing.write(_blocks(reading.read(markdown), change))


def _blocks(blocks: Iterable[Block], change: Change) -> tuple[Block, ...]:
    return tuple(_block(block, change) for block in blocks)


def _block(block: Block, change: Change) -> Block:
    match block:
        case Paragraph(content):
            return Paragraph(_line(content, change))
        case Heading(level, content):
            return Heading(level, _line(content, change))
        case Quote(content):
            return Quote(_blocks(content, change))
        case List(items):
            below = (replace(item, content=_blocks(item.content, change)) for item in items)
            return replace(block, items=tuple(below))
        case Table(rows):
            return replace(block, rows=tuple(tuple(_line(cell, change) for cell in row) for row in rows))
        case _:
            return block


def _line(content: Inlines, change: Change) -> Inlines:
    return tuple(changed for part in content for changed in change(part))
