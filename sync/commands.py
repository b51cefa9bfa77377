"""What a comment asks of Loopwright: lines of their own that begin with ``/loop``. Pure.

A line counts where a person wrote it as one: at the top of the text, outside code, quotes, lists and the
history of a mail. Nothing that is carried from one tool to another has such a line (see :func:`apart`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from connectors.text.mail import cut_history
from connectors.text.reading import read
from connectors.text.tree import Inline, Inlines, Paragraph, Span, person_of, plain_text, tidy
from connectors.text.writing import write
from rules.problems import did_you_mean

_BEGINS = re.compile(r"/loop(?=\s|$)", re.IGNORECASE)
_HINT = re.compile(r"/loop\b", re.IGNORECASE)
_LONGEST = 200
"""Characters of a line that are looked at: what is longer is prose."""


class Verb(StrEnum):
    LINK = "link"
    UNLINK = "unlink"
    HOLD = "hold"
    RESUME = "resume"
    WHY = "why"
    HELP = "help"


USAGE = {
    Verb.LINK: ("/loop link KEY", "links this item with one that exists, such as ENG-12 or acme/app#7"),
    Verb.UNLINK: (
        "/loop unlink",
        "takes the link apart and deletes nothing; with a KEY, one of several",
    ),
    Verb.HOLD: ("/loop hold", "keeps this item's links still until you resume them"),
    Verb.RESUME: ("/loop resume", "goes on, with all that happened meanwhile"),
    Verb.WHY: ("/loop why", "tells what was done here lately, and why"),
    Verb.HELP: ("/loop help", "tells this"),
}
"""How each is written, and what it does."""
_TAKES_KEY = {Verb.LINK: True, Verb.UNLINK: False}
"""Those that are about another item, and whether it has to be named."""


@dataclass(frozen=True, slots=True)
class Command:
    verb: Verb
    key: str = ""
    """The other item, as it was written: a key or an address."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A line that was meant as a command, and what is wrong with it."""

    text: str


def commands(markdown: str) -> list[Command | Mistake]:
    """What the comment asks for, in its order."""
    if not _HINT.search(markdown):
        return []
    return [
        _parse(line)
        for block in read(cut_history(markdown))
        if isinstance(block, Paragraph)
        for line in _lines(block.content)
        if _is_command(line)
    ]


def apart(markdown: str, *, obeyed: bool) -> str:
    """The text as it is carried, without a line that would be a command where it goes.

    Where people of the team wrote it (``obeyed``) the line was for us and is left out; the words of anybody
    else are shown as code. Empty when nothing else was said.
    """
    if not _HINT.search(markdown):
        return markdown

    def changed(line: Inlines) -> Inlines:
        if not _is_command(line):
            return line
        return () if obeyed else (Span(_words(line), frozenset({"code"})),)

    blocks = read(markdown)
    kept = [_paragraph(block, changed) if isinstance(block, Paragraph) else block for block in blocks]
    if kept == list(blocks):
        return markdown
    return write(block for block in kept if block != Paragraph(()))


def _paragraph(block: Paragraph, change: Callable[[Inlines], Inlines]) -> Paragraph:
    lines = list(_lines(block.content))
    changed = [change(line) for line in lines]
    return block if changed == lines else Paragraph(tidy(_joined(changed)))


def _joined(lines: Iterable[Inlines]) -> Iterator[Inline]:
    for line in lines:
        if line:
            yield from line
            yield Span("\n")


def _lines(content: Inlines) -> Iterator[Inlines]:
    """A paragraph's lines."""
    line: list[Inline] = []
    for part in content:
        if not isinstance(part, Span):
            line.append(part)
            continue
        first, *others = part.text.split("\n")
        line.append(replace(part, text=first))
        for text in others:
            yield _unpadded(line)
            line = [replace(part, text=text)]
    yield _unpadded(line)


def _unpadded(line: Iterable[Inline]) -> Inlines:
    return tuple(part for part in line if not isinstance(part, Span) or part.text)


def _is_command(line: Inlines) -> bool:
    first = line[0] if line else None
    if not isinstance(first, Span) or "code" in first.marks or first.href:
        return False
    return _BEGINS.match(plain_text(line).lstrip()) is not None and len(plain_text(line)) <= _LONGEST


def _words(line: Inlines) -> str:
    """The line with the address in place of each link's words: that is what tells which item is meant."""
    parts = [
        part.href if isinstance(part, Span) and part.href and not person_of(part.href) else plain_text([part])
        for part in line
    ]
    return " ".join("".join(parts).split())


def _parse(line: Inlines) -> Command | Mistake:
    _, *words = _words(line).split()
    if not words:
        return Command(Verb.HELP)
    name, *rest = words
    try:
        verb = Verb(name.lower().rstrip(".,;:!?"))
    except ValueError:
        hint = did_you_mean(name, Verb) or f"there are: {', '.join(Verb)}"
        return Mistake(f"there is no command {quoted(name)}; {hint}")
    if verb not in _TAKES_KEY:
        return Command(verb) if not rest else Mistake(f"{quoted(USAGE[verb][0])} stands alone on its line")
    if len(rest) > 1 or (_TAKES_KEY[verb] and not rest):
        return Mistake(f"write one key after {verb}, such as {quoted(f'/loop {verb} ENG-12')}")
    return Command(verb, rest[0].rstrip(".,;:!?") if rest else "")


def quoted(words: str) -> str:
    """Somebody's words as code in an answer, where they can do nothing."""
    bare = words.replace("`", "'")
    return f"`{bare[:60]}…`" if len(bare) > 60 else f"`{bare}`"
