"""An edit written into Jira's wiki markup: paragraphs that were not edited stay to the letter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from connectors.text import editing, wiki, wiki_reading
from connectors.text.tree import Block

__all__ = ["edited"]

_GAP = re.compile(r"\n(?:[^\S\n]*\n)+")
_MACRO = re.compile(
    r"\{(?:code|noformat|quote|panel|color|info|note|tip|warning|expand)\b[^}\n]*\}", re.IGNORECASE
)
MOST_TRIED = 50
"""After so many ends of pieces that were none, the rest is one piece: trying is quadratic."""
_MENTION = re.compile(r"\[(@[^\[\]]*)\]\(<?person:[^)]*\)")


@dataclass(frozen=True, slots=True)
class _Passage:
    """A piece of the markup that can be read by itself, and where it stood; -1 for a new one."""

    source: str
    blocks: tuple[Block, ...]
    start: int = -1
    end: int = -1


def edited(source: str, markdown: str) -> str:
    """The markup changed so that it reads as ``markdown``.

    Colours, the looks of panels and other macros, mentions and escapes stay where nothing was edited.
    """
    written = wiki.from_markdown(markdown)
    wanted = wiki_reading.read(written)
    if _alike(wiki_reading.read(source), wanted):
        return source
    core = source.replace("\r\n", "\n").strip("\n")
    text = _together(core, editing.apply(list(_passages(core)), wanted, _Passages(), _key))
    # pieces that have come together may mean something else: then the text counts more than its looks
    return text if _alike(wiki_reading.read(text), wanted) else written


def _alike(one: Sequence[Block], other: Sequence[Block]) -> bool:
    return list(map(_key, one)) == list(map(_key, other))


def _key(block: Block) -> str:
    """A mention that became words on the other side is still the same when they come back."""
    return _MENTION.sub(r"\1", editing.key(block))


def _passages(source: str) -> Iterator[_Passage]:
    """The pieces between blank lines, as far as each reads alone as it does among the others."""
    whole = wiki_reading.read(source)
    start = looked = at = macros = failed = 0
    for gap in _GAP.finditer(source):
        macros += len(_MACRO.findall(source, looked, gap.start()))
        looked = gap.start()
        if macros % 2 or failed > MOST_TRIED:
            continue
        piece = source[start : gap.start()]
        blocks = wiki_reading.read(piece)
        if whole[at : at + len(blocks)] != blocks:
            failed += 1
            continue
        yield _Passage(piece, blocks, start, gap.start())
        at += len(blocks)
        start = gap.end()
    yield _Passage(source[start:], whole[at:], start, len(source))


def _together(source: str, passages: Sequence[_Passage]) -> str:
    """The pieces one after the other, with what stood between those that followed one another."""
    text, end = "", -1
    for passage in passages:
        between = source[end : passage.start] if min(end, passage.start) >= 0 else ""
        if text:
            text += "\n\n" if between.strip() else between or "\n\n"
        text += passage.source
        end = passage.end
    return text


class _Passages:
    def read(self, node: _Passage) -> tuple[Block, ...]:
        return node.blocks

    def write(self, units: Sequence[Block]) -> list[_Passage]:
        return [_Passage(wiki.write(units), tuple(units))] if units else []

    def edit(self, node: _Passage, units: tuple[Block, ...]) -> list[_Passage]:
        return [replace(node, source=wiki.write(units), blocks=units)]

    def stays(self, node: _Passage) -> bool:
        return False
