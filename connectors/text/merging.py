"""Edits of a text, made at two places, brought together paragraph by paragraph.

A place is a paragraph, a heading, an item of a list, and so on. All results are canonical Markdown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from connectors.text import editing, reading, writing
from connectors.text.safety import as_alive
from connectors.text.tree import Block, List, ListItem

__all__ = ["Side", "carried", "merged", "same"]

Side: TypeAlias = Literal["one", "other"]


def same(one: str, other: str) -> bool:
    """Whether the two read the same."""
    return one == other or [part.key for part in _parts(one)] == [part.key for part in _parts(other)]


def merged(base: str, one: str, other: str, *, wins: Side | None = None) -> str | None:
    """The text with both edits of ``base`` in it.

    Where both changed the same place differently, it is as the side that ``wins`` has it; ``None`` where none
    does.
    """
    texts = [_parts(text) for text in (base, one, other)]
    kept: list[_Part] = []
    at = (0, 0, 0)
    for here in _stable([[part.key for part in parts] for parts in texts]):
        stretches = [parts[start:end] for parts, start, end in zip(texts, at, here, strict=True)]
        chosen = _chosen(stretches, wins)
        if chosen is None:
            return None
        kept += chosen
        kept += texts[0][here[0] : here[0] + 1]
        at = (here[0] + 1, here[1] + 1, here[2] + 1)
    return writing.write(_together(kept))


def carried(before: str, after: str, there: str) -> str:
    """``there``, a text that was made of ``before``, with the edit in it that made ``after`` of that.

    What differed between the two stays as it is ``there``, unless it is what was edited: words that were put
    around it, a look that the tool does not have.
    """
    old, new, kept = _parts(before), _parts(after), _parts(there)
    found = editing.pairs(_compared(old), _compared(kept))
    place = {here: there for there, here in found.items()}
    slots: list[list[_Part]] = [[], *([part] for part in kept)]
    """What stands before all places, and at each."""
    for tag, a, b, c, d in editing.opcodes([part.key for part in old], [part.key for part in new]):
        last = _last(place, a, len(kept))
        for here in range(a, b):
            last = place.get(here, last)
            if tag != "equal":
                slots[last + 1] = [] if here in place else slots[last + 1]
                slots[last + 1] += new[c : c + 1] if c < d else []
            elif here in place and old[here].first is not new[c].first:
                slots[last + 1][0] = replace(kept[last], first=new[c].first)
            c += 1
        slots[last + 1] += new[c:d]
    return as_alive(writing.write(_together(part for slot in slots for part in slot)), there)


def _compared(parts: Iterable[_Part]) -> list[editing.Part]:
    return [editing.Part(part.key, type(part.content).__name__) for part in parts]


def _last(place: Mapping[int, int], at: int, end: int) -> int:
    """The place behind which something new at ``at`` belongs; -1 is the beginning."""
    before = max((here for here in place if here < at), default=None)
    if before is not None:
        return place[before]
    behind = min((here for here in place if here >= at), default=None)
    return end - 1 if behind is None else place[behind] - 1


@dataclass(frozen=True, slots=True)
class _Part:
    """A block, or one item of a list."""

    content: Block | ListItem
    key: str
    start: int | None = None
    """Of an item: the first number of its list."""
    first: bool = False
    """Whether it begins its list."""


def _parts(text: str) -> list[_Part]:
    return [*_split(reading.read(text))]


def _split(blocks: Iterable[Block]) -> Iterator[_Part]:
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


def _chosen(stretches: Sequence[Sequence[_Part]], wins: Side | None) -> Sequence[_Part] | None:
    """What becomes of the same stretch of three texts, in which nothing is the same in all of them."""
    if len({len(stretch) for stretch in stretches}) == 1 and len(stretches[0]) > 1:
        # as many as before on both sides: neighbours may have been edited by one side each
        each = [_chosen([[part] for part in place], wins) for place in zip(*stretches, strict=True)]
        return None if None in each else [part for place in each if place for part in place]
    base, one, other = ([part.key for part in stretch] for stretch in stretches)
    if other == base or one == other:
        return stretches[1]
    if one == base:
        return stretches[2]
    return {"one": stretches[1], "other": stretches[2], None: None}[wins]
