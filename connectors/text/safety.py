"""Makes text from one tool harmless in another: nobody is notified, nothing is linked, nothing runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from connectors.text import reading, writing
from connectors.text.tree import (
    Block,
    Heading,
    Inline,
    Inlines,
    List,
    Paragraph,
    Quote,
    Span,
    Table,
    mention,
    person_of,
)

__all__ = ["bare", "defuse"]

_JOINER = "\u2060"
"""WORD JOINER: takes no room, allows no line break, and is no part of any tool's names or numbers."""

_MENTION = re.compile(r"(?<![A-Za-z0-9_])@(?=\w)")
_NUMBER = re.compile(r"#(?=\d)|\bGH-(?=\d)", re.IGNORECASE)

_LOGIN = re.compile(r"(?<![A-Za-z0-9_])@[A-Za-z0-9][A-Za-z0-9-]*")
_DEFUSED = re.compile(rf"(?<=[@#-]){_JOINER}")
_SUSPECT = re.compile(rf"@(?![\s{_JOINER}])|#(?![\s#{_JOINER}])|GH-(?!{_JOINER})|&", re.IGNORECASE)
"""What a mention or a reference could yet come of, escapes and entities included."""


def defuse(markdown: str, people: Mapping[str, str] | None = None) -> str:
    """The same words, none of them a mention (``@ann``) or a reference (``#12``, ``GH-12``, ``acme/app#12``).

    ``people`` says who may be mentioned after all: from an id in the text's own tool, or from ``@login``
    where the tool mentions by name, to the id in the target. Raw HTML keeps its words only, links to anything
    but web, mail and telephone addresses lose their target. Code is left as it is. Doing it twice changes
    nothing.
    """
    known = people or {}
    once = writing.write(_Defuser(known).blocks(reading.read(markdown)))
    if not _SUSPECT.search(once):
        return once
    # again, because marks that could not be written may have stood between an @ and its name
    return writing.write(_Defuser({id_: id_ for id_ in known.values()}).blocks(reading.read(once)))


def bare(text: str) -> str:
    """The text without the joiners that :func:`defuse` put into it."""
    return _DEFUSED.sub("", text)


@dataclass(frozen=True, slots=True)
class _Defuser:
    people: Mapping[str, str]

    def blocks(self, blocks: Iterable[Block]) -> tuple[Block, ...]:
        return tuple(self._block(block) for block in blocks)

    def _block(self, block: Block) -> Block:
        match block:
            case Paragraph(content):
                return Paragraph(self._line(content))
            case Heading(level, content):
                return Heading(level, self._line(content))
            case Quote(content):
                return Quote(self.blocks(content))
            case List(items):
                below = (replace(item, content=self.blocks(item.content)) for item in items)
                return replace(block, items=tuple(below))
            case Table(rows):
                return replace(block, rows=tuple(tuple(self._line(cell) for cell in row) for row in rows))
            case _:
                return block

    def _line(self, content: Inlines) -> Inlines:
        return tuple(changed for part in content for changed in self._inline(part))

    def _inline(self, part: Inline) -> Iterator[Inline]:
        if not isinstance(part, Span):
            yield replace(part, alt=_words(part.alt))
        elif person := person_of(part.href):
            target = self.people.get(person)
            yield mention(part.text, target) if target else Span(_words(part.text), part.marks)
        elif "code" in part.marks or _is_address(part):
            yield part
        elif part.href or "@" not in part.text or not self.people:
            yield replace(part, text=_words(part.text))
        else:
            yield from self._with_logins(part)

    def _with_logins(self, part: Span) -> Iterator[Inline]:
        """Names in the text that stand for somebody who is known."""
        end = 0
        for hit in _LOGIN.finditer(part.text):
            if target := self.people.get(hit.group().lower()):
                yield replace(part, text=_words(part.text[end : hit.start()]))
                yield mention(hit.group(), target)
                end = hit.end()
        yield replace(part, text=_words(part.text[end:]))


def _is_address(part: Span) -> bool:
    """Whether the text shows the very address that it links to."""
    return part.href is not None and part.href in (part.text, f"mailto:{part.text}")


def _words(text: str) -> str:
    text = _MENTION.sub(f"@{_JOINER}", text)
    return _NUMBER.sub(rf"\g<0>{_JOINER}", text)
