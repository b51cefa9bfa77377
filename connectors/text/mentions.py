"""People who are mentioned in a text, and stay so when it goes to another tool.

In its own tool a text mentions ``person:ID``. On its way it is ``person:HOME/ID``, where ``HOME`` is the
connection that the id means something in. At its target it is the target's id, or plain words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from connectors.text import safety
from connectors.text.rewriting import rewritten
from connectors.text.tree import Inline, Span, mention, person_of

__all__ = ["keep", "link_logins", "on_the_way", "settle", "travels", "write_logins"]

_TRAVELLER = re.compile(r"person:[\w-]+/")
_LOGIN = "login:"
_NAMED = re.compile(r"(?<![\w`@/.+-])@([A-Za-z0-9][A-Za-z0-9-]{0,38})(?![\w/-]|\.\w)", re.ASCII)
_LINK = re.compile(r"\[@(?:[^\]\\\n]|\\.)*\]\(person:login:([A-Za-z0-9-]{1,39})\)")


def on_the_way(markdown: str, home: str) -> str:
    """A text of the connection ``home``, defused but for the people whom it mentions."""
    return safety.defuse(markdown, lambda person: None if "/" in person else f"{home}/{person}")


def keep(markdown: str) -> str:
    """A text, defused but for the people in parts of it that are on their way already."""
    return safety.defuse(markdown, lambda person: person if "/" in person else None)


def travels(markdown: str) -> bool:
    """Whether anybody in the text is on the way."""
    return _TRAVELLER.search(markdown) is not None


def settle(markdown: str, people: Callable[[str, str], str | None]) -> str:
    """A text at its target: whoever was on the way is whom ``people`` says, from home and id, or words.

    All else is as it was, people whom the text mentions in its own tool included.
    """
    if not travels(markdown):
        return markdown

    def settled(part: Inline) -> Iterable[Inline]:
        home, _, person = _person(part).rpartition("/")
        return safety.harmless(part, lambda _: people(home, person)) if home else (part,)

    return rewritten(markdown, settled)


def link_logins(markdown: str) -> str:
    """The text of a tool where ``@ann`` mentions the one with that login: a link to ``person:login:ann``.

    As it was if it has none. A team (``@acme/devs``) is nobody, and neither is what stands in code.
    """
    if not _NAMED.search(markdown):
        return markdown
    found = False

    def linked(part: Inline) -> Iterable[Inline]:
        nonlocal found
        if not isinstance(part, Span) or part.href or "code" in part.marks:
            return (part,)
        parts = tuple(_split(part))
        found = found or len(parts) > 1
        return parts

    text = rewritten(markdown, linked)
    return text if found else markdown


def write_logins(markdown: str) -> str:
    """The text as such a tool wants it, with ``@ann`` for each link to a login."""
    return _LINK.sub(r"@\1", markdown)


def _person(part: Inline) -> str:
    return (person_of(part.href) or "") if isinstance(part, Span) else ""


def _split(span: Span) -> Iterator[Inline]:
    end = 0
    for hit in _NAMED.finditer(span.text):
        yield Span(span.text[end : hit.start()], span.marks)
        yield mention(hit[1], f"{_LOGIN}{hit[1]}")
        end = hit.end()
    yield Span(span.text[end:], span.marks)
