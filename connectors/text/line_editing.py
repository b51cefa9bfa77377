"""An edit within one line or paragraph: words that were not changed keep their node, with all it says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeAlias, TypeVar

from connectors.text.editing import opcodes
from connectors.text.safety import bare
from connectors.text.tree import Image, Inline, Inlines, Span, person_of

__all__ = ["Kept", "Native", "edited"]

N = TypeVar("N")

_WORD = re.compile(r"\w+|\s|[^\w\s]\u2060?")
_Token: TypeAlias = tuple[str, object, object]
"""A word and its look; what two tokens must share to be the same."""


@dataclass(frozen=True, slots=True)
class Native(Generic[N]):
    """A node of a line, and how it reads."""

    node: N
    content: Inlines
    divisible: bool
    """Whether a part of its words can stand without the rest: those of plain text can, a mention's cannot."""


@dataclass(frozen=True, slots=True)
class Kept(Generic[N]):
    """A node that stays, or the part of its words that does."""

    node: N
    text: str | None = None
    """``None`` for the whole node."""


def edited(natives: Sequence[Native[N]], wanted: Inlines) -> list[Kept[N] | Inline]:
    """The line that reads as ``wanted``, made of the nodes that are there as far as they hold it."""
    owners, old = _old(natives)
    new = [token for part in wanted for token in _tokens(part)]
    made: list[Kept[N] | Inline] = []
    for tag, a, b, c, d in opcodes([token for token, _ in old], [token for token, _ in new]):
        if tag == "equal":
            made += _equal(natives, owners, range(a, b), [inline for _, inline in new[c:d]])
        else:
            made += [inline for _, inline in new[c:d]]
    return list(_joined(made))


def _old(natives: Sequence[Native[N]]) -> tuple[list[int], list[tuple[_Token, Inline]]]:
    owners: list[int] = []
    tokens: list[tuple[_Token, Inline]] = []
    for index, native in enumerate(natives):
        found = [token for part in native.content for token in _tokens(part)]
        owners += [index] * len(found)
        tokens += found
    return owners, tokens


def _tokens(part: Inline) -> Iterator[tuple[_Token, Inline]]:
    if isinstance(part, Image):
        yield ("\0image", part.src, part.alt), part
        return
    # a mention that became words on the other side is still the same when they come back
    href = None if person_of(part.href) else part.href
    for word in _WORD.findall(part.text):
        yield (bare(word), part.marks, href), replace(part, text=word)


def _equal(
    natives: Sequence[Native[N]], owners: Sequence[int], places: range, words: Sequence[Inline]
) -> Iterator[Kept[N] | Inline]:
    """What both have, from the nodes. Of a node that cannot be divided either everything stays or nothing."""
    at = places.start
    while at < places.stop:
        owner, native = owners[at], natives[owners[at]]
        end = at
        while end < len(owners) and owners[end] == owner:
            end += 1
        here = words[at - places.start : min(end, places.stop) - places.start]
        if native.divisible:
            yield Kept(native.node, "".join(word.text for word in here if isinstance(word, Span)))
        elif end <= places.stop and (at == 0 or owners[at - 1] != owner):
            yield Kept(native.node)
        else:
            yield from here
        at = min(end, places.stop)


def _joined(parts: Iterable[Kept[N] | Inline]) -> Iterator[Kept[N] | Inline]:
    """Neighbours that are alike as one."""
    last: Kept[N] | Inline | None = None
    for part in parts:
        match last, part:
            case Kept(node, str(before)), Kept(same, str(after)) if node is same:
                last = Kept(node, before + after)
                continue
            case Span(before, marks, href), Span(after) if (marks, href) == (part.marks, part.href):
                last = Span(before + after, marks, href)
                continue
        if last is not None:
            yield last
        last = part
    if last is not None:
        yield last
