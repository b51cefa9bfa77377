"""Makes text from one tool harmless in another: nobody is notified, nothing is linked, nothing runs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from connectors.text import reading, writing
from connectors.text.tree import Block, Heading, Inline, Inlines, List, Paragraph, Quote, Span, Table

__all__ = ["defuse"]

_JOINER = "\u2060"
"""WORD JOINER: takes no room, allows no line break, and is no part of any tool's names or numbers."""

_MENTION = re.compile(r"(?<![A-Za-z0-9_])@(?=\w)")
_NUMBER = re.compile(r"#(?=\d)|\bGH-(?=\d)", re.IGNORECASE)

_SUSPECT = re.compile(rf"@(?![\s{_JOINER}])|#(?![\s#{_JOINER}])|GH-(?!{_JOINER})|&", re.IGNORECASE)
"""What a mention or a reference could yet come of, escapes and entities included."""


def defuse(markdown: str) -> str:
    """The same words, none of them a mention (``@ann``) or a reference (``#12``, ``GH-12``, ``acme/app#12``).

    Raw HTML keeps its words only, links to anything but web, mail and telephone addresses lose their target.
    Code is left as it is. Doing it twice changes nothing.
    """
    once = writing.write(_blocks(reading.read(markdown)))
    if not _SUSPECT.search(once):
        return once
    # again, because marks that could not be written may have stood between an @ and its name
    return writing.write(_blocks(reading.read(once)))


def _blocks(blocks: Iterable[Block]) -> tuple[Block, ...]:
    return tuple(_block(block) for block in blocks)


def _block(block: Block) -> Block:
    match block:
        case Paragraph(content):
            return Paragraph(_inlines(content))
        case Heading(level, content):
            return Heading(level, _inlines(content))
        case Quote(content):
            return Quote(_blocks(content))
        case List(items):
            return replace(block, items=tuple(replace(item, content=_blocks(item.content)) for item in items))
        case Table(rows):
            return replace(block, rows=tuple(tuple(_inlines(cell) for cell in row) for row in rows))
        case _:
            return block


def _inlines(content: Inlines) -> Inlines:
    return tuple(_inline(part) for part in content)


def _inline(part: Inline) -> Inline:
    if not isinstance(part, Span):
        return replace(part, alt=_words(part.alt))
    if "code" in part.marks or _is_address(part):
        return part
    return replace(part, text=_words(part.text))


def _is_address(part: Span) -> bool:
    """Whether the text shows the very address that it links to."""
    return part.href is not None and part.href in (part.text, f"mailto:{part.text}")


def _words(text: str) -> str:
    text = _MENTION.sub(f"@{_JOINER}", text)
    return _NUMBER.sub(rf"\g<0>{_JOINER}", text)
