"""Makes text from one tool harmless in another: nobody is notified, nothing is linked, nothing runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from connectors.text.rewriting import rewritten
from connectors.text.tree import Inline, Span, mentioned_as, person_of

__all__ = ["People", "bare", "defuse", "harmless"]

People: TypeAlias = Callable[[str], str | None]
"""From the id of somebody who is mentioned to the id to mention instead; ``None``: words are enough."""

_JOINER = "\u2060"
"""WORD JOINER: takes no room, allows no line break, and is no part of any tool's names or numbers."""

_MENTION = re.compile(r"(?<![A-Za-z0-9_])@(?=\w)")
_NUMBER = re.compile(r"#(?=\d)|\bGH-(?=\d)", re.IGNORECASE)

_DEFUSED = re.compile(rf"(?<=[@#-]){_JOINER}")
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
