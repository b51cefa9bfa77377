"""An edit of a text written into the tool's own document: what was not edited stays to the letter.

The document is read into the tree node by node. What the wanted text shares with it keeps its node, with all
that Markdown cannot say of it; what was changed is changed inside its node, where the tool's form knows how
(:meth:`Form.edit`); only what is new is written anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Protocol, TypeVar

from connectors.text import writing
from connectors.text.safety import bare
from connectors.text.tree import Block, List, ListItem

__all__ = ["Form", "Part", "apply", "key", "opcodes", "pairs"]

N = TypeVar("N")
U = TypeVar("U")

_WORD = re.compile(r"\w+")

MOST_ALIGNED = 10_000
"""Beyond so many pairs of changed parts, words are not looked at to tell which became which."""
MOST_COMPARED = 4_000_000
"""Beyond so many pairs of changed parts, all of them are taken for changed: comparing is quadratic."""


class Form(Protocol[N, U]):
    """How one kind of node, ``N``, is read into units of the tree, ``U``, and changed to hold others."""

    def read(self, node: N) -> tuple[U, ...]:
        """The units that the node holds; none for what people do not see."""
        ...

    def write(self, units: Sequence[U]) -> list[N]:
        """New nodes that hold the units."""
        ...

    def edit(self, node: N, units: tuple[U, ...]) -> list[N]:
        """The node with other units in it, as much as possible of it kept."""
        ...

    def stays(self, node: N) -> bool:
        """Whether it holds something that the tree cannot: then it stays, though nothing of it is wanted."""
        ...


def key(unit: Block | ListItem) -> str:
    """What two units have in common if they read the same, joiners of defused words aside."""
    return bare(writing.write((List((unit,)),)) if isinstance(unit, ListItem) else writing.write((unit,)))


def apply(nodes: Sequence[N], wanted: Sequence[U], form: Form[N, U], key: Callable[[U], str]) -> list[N]:
    """The nodes that read as ``wanted``, made of ``nodes`` as far as these hold it already."""
    read = [form.read(node) for node in nodes]
    staying = [form.stays(node) for node in nodes]
    owners = [index for index, units in enumerate(read) for _ in units]
    old = [
        Part(key(unit), type(unit).__name__, staying[owner])
        for owner, unit in zip(owners, _flat(read), strict=True)
    ]
    new = [Part(key(unit), type(unit).__name__) for unit in wanted]
    owner_of = _owners(pairs(old, new), owners, len(wanted))
    made: list[N] = []
    at = 0
    for index, node in enumerate(nodes):
        start = next((place for place in range(at, len(wanted)) if owner_of[place] == index), None)
        if start is None:
            made += [node] if not read[index] or staying[index] else []
            continue
        made += form.write(wanted[at:start]) if start > at else []
        at = start
        while at < len(wanted) and owner_of[at] == index:
            at += 1
        mine = tuple(wanted[start:at])
        same = [key(unit) for unit in mine] == [key(unit) for unit in read[index]]
        made += [node] if same else form.edit(node, mine)
    return made + (form.write(wanted[at:]) if at < len(wanted) else [])


def _flat(read: Iterable[Sequence[U]]) -> Iterator[U]:
    for units in read:
        yield from units


@dataclass(frozen=True, slots=True)
class Part:
    """A unit as it is compared."""

    key: str
    kind: str
    stays: bool = False
    """What stands for something that the tree cannot hold is never taken for an older form of other words."""


def pairs(old: Sequence[Part], new: Sequence[Part]) -> dict[int, int]:
    """By place in ``new``: the place in ``old`` of what it is, or of what it was before it was edited."""
    found: dict[int, int] = {}
    for tag, a, b, c, d in opcodes([part.key for part in old], [part.key for part in new]):
        if tag == "equal":
            found.update(zip(range(c, d), range(a, b), strict=True))
        elif tag == "replace":
            found.update((c + there, a + here) for there, here in _alike(old[a:b], new[c:d]))
    return found


def _alike(old: Sequence[Part], new: Sequence[Part]) -> list[tuple[int, int]]:
    """Pairs of places in ``new`` and ``old``, in order, such that what they hold has most words in common."""
    if len(old) * len(new) > MOST_ALIGNED:
        kinds = opcodes([part.kind for part in old], [part.kind for part in new])
        return [(k + s, i + s) for tag, i, j, k, _ in kinds if tag == "equal" for s in range(j - i)]
    words = [set(_WORD.findall(part.key)) for part in old], [set(_WORD.findall(part.key)) for part in new]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            alike = _likeness(old[i], new[j], words[0][i], words[1][j])
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + alike)
    found, i, j = [], 0, 0
    while i < len(old) and j < len(new):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            found.append((j, i))
            i, j = i + 1, j + 1
    return found


def _likeness(old: Part, new: Part, old_words: set[str], new_words: set[str]) -> float:
    if old.kind != new.kind or old.stays:
        return 0.0
    return 0.01 + len(old_words & new_words) / max(1, len(old_words | new_words))


@dataclass(frozen=True, slots=True)
class _Ends:
    """How much two sequences share at their beginning and at their end."""

    head: int
    tail: int


def opcodes(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[tuple[str, int, int, int, int]]:
    """As difflib's, with the shared ends cut off first and an end to the work in between."""
    ends = _ends(old, new)
    if ends.head:
        yield "equal", 0, ends.head, 0, ends.head
    a, b = ends.head, len(old) - ends.tail
    c, d = ends.head, len(new) - ends.tail
    if (b - a) * (d - c) > MOST_COMPARED:
        yield "replace", a, b, c, d
    elif b > a or d > c:
        for tag, i, j, k, m in SequenceMatcher(None, old[a:b], new[c:d], autojunk=False).get_opcodes():
            yield tag, a + i, a + j, c + k, c + m
    if ends.tail:
        yield "equal", b, len(old), d, len(new)


def _ends(old: Sequence[Hashable], new: Sequence[Hashable]) -> _Ends:
    shortest = min(len(old), len(new))
    head = next((at for at in range(shortest) if old[at] != new[at]), shortest)
    rest = shortest - head
    tail = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
    return _Ends(head, tail)


def _owners(found: dict[int, int], owners: Sequence[int], length: int) -> list[int | None]:
    """The node of each wanted unit. What is new goes into the node that holds both its neighbours."""
    owned = [owners[found[place]] if place in found else None for place in range(length)]
    before: list[int | None] = []
    last: int | None = None
    for owner in owned:
        last = owner if owner is not None else last
        before.append(last)
    following: int | None = None
    for place in reversed(range(length)):
        following = owned[place] if owned[place] is not None else following
        if owned[place] is None and following is not None and before[place] == following:
            owned[place] = following
    return owned
