"""How much markup is read: what is heavier could not be answered at once, and is kept as it is.

Reading takes time for each sign, hardly any for plain words. What the tools take as one text is never too
heavy (65,536 characters at most, ``api-facts``); a file or an article of several hundred kilobytes may be.
"""

from __future__ import annotations

import re

from connectors.text.tree import Code

__all__ = ["as_it_is", "is_heavy"]

HEAVIEST = 70_000
_PLAIN = 100
"""Plain characters that take as long as one sign."""
_SIGNS = "\n*_`<>[]|#@{}~!\\&:-"
_FENCED = re.compile(r"\A(?P<fence>`{3,})(?P<language>[^\n`]*)\n(?P<text>.*)\n(?P=fence)\Z", re.DOTALL)


def is_heavy(text: str) -> bool:
    """Whether reading the text as markup could take more than a second."""
    plain = len(text) // _PLAIN
    return len(text) + plain > HEAVIEST and plain + sum(map(text.count, _SIGNS)) > HEAVIEST


def as_it_is(markdown: str) -> Code:
    """A heavy text as one code block; one that is such a block already is no other."""
    fenced = _FENCED.match(markdown)
    if fenced and f"\n{fenced['fence']}" not in f"\n{fenced['text']}":
        return Code(fenced["text"], fenced["language"])
    return Code(markdown)
