"""Two edits of one text, made at two places, brought together paragraph by paragraph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from connectors.text import editing, reading, writing
from connectors.text.tree import Block, List, ListItem

__all__ = ["merged"]


def merged(base: str, one: str, other: str) -> str | None:
    """The text with both edits of ``base`` in it; ``None`` where both changed the same place differently.

    A place is a paragraph, a heading, an item of a list, and so on; what one side left alone is as the other
    wants it. The result is canonical Markdown.
    """
    texts = [tuple(_parts(reading.read(text))) for text in (base, one, other)]
    kept: list[_Part] = []
    at = (0, 0, 0)
    for here in _stable([[part.key for part in parts] for parts in texts]):
        stretches = [parts[start:end] for parts, start, end in zip(texts, at, here, strict=True)]
        counts = _which([[part.key for part in stretch] for stretch in stretches])
        if counts is None:
            return None
        kept += stretches[counts]
        kept += texts[0][here[0] : here[0] + 1]
        at = (here[0] + 1, here[1] + 1, here[2] + 1)
    return writing.write(_together(kept))


@dataclass(frozen=True, slots=True)
class _Part:
    """A block, or one item of a list."""

    content: Block | ListItem
    key: str
    start: int | None = None
    """Of an item: the first number of its list."""
    first: bool = False
    """Whether it begins its list."""


def _parts(blocks: Iterable[Block]) -> Iterator[_Part]:
    for block in blocks:
        if not isinstance(block, List):
            yield _Part(block, editing.key(block))
            continue
        kind = "-" if block.start is None else "1"
        for index, item in enumerate(block.items):
            yield _Part(item, kind + editing.key(item), block.start, first=index == 0)


def _together(parts: Iterable[_Part]) -> Iterator[Block]:
    items: list[_Part] = []
    for part in parts:
        if items and not (isinstance(part.content, ListItem) and _is_same_list(items[0], part)):
            yield _list(items)
            items = []
        if isinstance(part.content, ListItem):
            items.append(part)
        else:
            yield part.content
    if items:
        yield _list(items)


def _is_same_list(first: _Part, part: _Part) -> bool:
    return not part.first and (first.start is None) == (part.start is None)


def _list(items: Sequence[_Part]) -> List:
    content = tuple(part.content for part in items if isinstance(part.content, ListItem))
    return List(content, items[0].start)


def _stable(keys: Sequence[Sequence[str]]) -> Iterator[tuple[int, int, int]]:
    """The places, by text, of what no side touched; at last the three ends."""
    base, one, other = keys
    in_one, in_other = _same(base, one), _same(base, other)
    for place in range(len(base)):
        if place in in_one and place in in_other:
            yield place, in_one[place], in_other[place]
    yield len(base), len(one), len(other)


def _same(base: Sequence[str], text: Sequence[str]) -> dict[int, int]:
    equal = (code for code in editing.opcodes(base, text) if code[0] == "equal")
    return {a + step: c + step for _, a, b, c, _ in equal for step in range(b - a)}


def _which(stretches: Sequence[Sequence[str]]) -> int | None:
    """Whose stretch counts: that of the one side that changed it, either where both did the same."""
    base, one, other = stretches
    if other == base or one == other:
        return 1
    return 2 if one == base else None
