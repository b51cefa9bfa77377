"""Makes text from one tool harmless in another: nobody is notified, nothing is linked, nothing runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from connectors.text.rewriting import rewritten
from connectors.text.tree import Inline, Span, mentioned_as, person_of

__all__ = ["People", "as_alive", "bare", "defuse", "harmless"]

People: TypeAlias = Callable[[str], str | None]
"""From the id of somebody who is mentioned to the id to mention instead; ``None``: words are enough."""

_JOINER = "\u2060"
"""WORD JOINER: takes no room, allows no line break, and is no part of any tool's names or numbers."""

_MENTION = re.compile(r"(?<![A-Za-z0-9_])@(?=\w)")
_NUMBER = re.compile(r"#(?=\d)|\bGH-(?=\d)", re.IGNORECASE)

_DEFUSED = re.compile(rf"(?<=[@#-]){_JOINER}")
_ALIVE = re.compile(r"(?:(?<![A-Za-z0-9_])@|#|\bGH-)\w[\w/-]*", re.IGNORECASE)
_SUSPECT = re.compile(rf"@(?![\s{_JOINER}])|#(?![\s#{_JOINER}])|GH-(?!{_JOINER})|&", re.IGNORECASE)
"""What a mention or a reference could yet come of, escapes and entities included."""


def nobody(person: str) -> None:
    """Whom a text may mention, unless somebody says otherwise."""


def defuse(markdown: str, people: People = nobody) -> str:
    """The same words, none of them a mention (``@ann``) or a reference (``#12``, ``GH-12``, ``acme/app#12``).

    ``people`` says who stays mentioned, and as whom. Raw HTML keeps its words only, links to anything but
    web, mail and telephone addresses lose their target. Code is left as it is. Twice changes no more.
    """
    kept: set[str] = set()

    def remembered(person: str) -> str | None:
        if target := people(person):
            kept.add(target)
        return target

    once = rewritten(markdown, lambda part: harmless(part, remembered))
    if not _SUSPECT.search(once):
        return once
    # again, because marks that could not be written may have stood between an @ and its name
    return rewritten(once, lambda part: harmless(part, lambda person: person if person in kept else None))


def bare(text: str) -> str:
    """The text without the joiners that :func:`defuse` put into it."""
    return _DEFUSED.sub("", text)


def as_alive(markdown: str, home: str) -> str:
    """A text on its way home, where it replaces ``home``: what means something there already still does.

    What was defused on the way out is as it was, and nobody is notified who was not before.
    """
    if _JOINER not in markdown:
        return markdown
    alive: dict[str, Span] = {}

    def look(part: Inline) -> tuple[Inline]:
        if isinstance(part, Span) and person_of(part.href):
            alive[part.text] = part
        elif isinstance(part, Span) and not part.href and "code" not in part.marks:
            alive.update((word, Span(word)) for word in _ALIVE.findall(part.text))
        return (part,)

    rewritten(home, look)
    asleep = sorted((_words(word) for word in alive), key=len, reverse=True)
    if not asleep:
        return markdown
    found = re.compile(rf"(?:{'|'.join(map(re.escape, asleep))})(?![\w/-])")

    def woken(part: Inline) -> Iterator[Inline]:
        if not isinstance(part, Span) or part.href or "code" in part.marks:
            yield part
            return
        end = 0
        for hit in found.finditer(part.text):
            yield replace(part, text=part.text[end : hit.start()])
            yield replace(alive[bare(hit[0])], marks=part.marks)
            end = hit.end()
        yield replace(part, text=part.text[end:])

    return rewritten(markdown, woken)


def harmless(part: Inline, people: People) -> Iterator[Inline]:
    """A part of a line, defused."""
    if not isinstance(part, Span):
        yield replace(part, alt=_words(part.alt))
    elif person := person_of(part.href):
        target = people(person)
        yield mentioned_as(part, target) if target else Span(_words(part.text), part.marks)
    elif "code" in part.marks or _is_address(part):
        yield part
    else:
        yield replace(part, text=_words(part.text))


def _is_address(part: Span) -> bool:
    """Whether the text shows the very address that it links to."""
    return part.href is not None and part.href in (part.text, f"mailto:{part.text}")


def _words(text: str) -> str:
    text = _MENTION.sub(f"@{_JOINER}", text)
    return _NUMBER.sub(rf"\g<0>{_JOINER}", text)
