"""Which HTML tags there are, and what becomes of each."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser

from connectors.text.tree import Mark

__all__ = [
    "BLOCKS",
    "CONTAINERS",
    "FRAMES",
    "HEADINGS",
    "KEPT",
    "MARKS",
    "SILENT",
    "TAG",
    "VOID",
    "Tag",
    "tag",
]

MARKS: dict[str, Mark] = {
    "b": "strong",
    "strong": "strong",
    "i": "em",
    "em": "em",
    "s": "strike",
    "del": "strike",
    "strike": "strike",
    "code": "code",
    "kbd": "code",
    "samp": "code",
    "tt": "code",
}
HEADINGS = {f"h{level}": level for level in range(1, 7)}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BLOCKS = _words(
    """address article aside body caption center dd details dialog div dl dt fieldset figcaption figure footer
    form header hgroup html legend main nav p section summary tbody tfoot thead"""
)
"""They begin a paragraph of their own."""
CONTAINERS = _words("blockquote ul ol li table tr td th")
_INLINE = _words(
    """a abbr acronym bdi bdo big br cite data dfn font img input ins label mark nobr q ruby rt rp small span
    sub sup time u var wbr"""
)
KEPT = BLOCKS | CONTAINERS | _INLINE | frozenset(MARKS) | frozenset(HEADINGS) | {"pre", "hr"}
"""All that is looked at; of other tags only the content is."""
SILENT = _words("script style head title template noscript svg math select textarea")
"""What stands in these is no text."""

VOID = _words("area base br col embed hr img input link meta source track wbr")
"""They have no content and no end."""
FRAMES = _words("div section article main aside header footer figure details center")
"""Blocks that only hold others."""

INLINE = frozenset(MARKS) | _words("a abbr big cite dfn font ins mark q small span sub sup u var")
"""In Markdown, formatting within a line: if it is closed there too."""
_FORMATTING = (
    INLINE
    | frozenset(HEADINGS)
    | _words(
        """blockquote br caption center dd details div dl dt figcaption figure hr img input li ol p picture
        pre source summary table tbody td tfoot th thead tr ul wbr"""
    )
)
"""In Markdown, formatting of a whole block."""
_UNCLOSED = _words("br dd details dt hr img input li p source tbody td tfoot th thead tr wbr")
"""They need no end, or have it behind an empty line."""

TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")
_WHOLE_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag as it stands in a Markdown text. A comment is a tag named ``!--``."""

    name: str
    closing: bool
    attrs: dict[str, str]


def tag(source: str) -> Tag | None:
    """What ``source`` is, if it is one tag or one comment."""
    if source.startswith("<!--"):
        return Tag("!--", False, {})
    hit = TAG.match(source)
    if hit is None:
        return None
    parser = _Attributes()
    parser.feed(source)
    return Tag(hit[2].lower(), bool(hit[1]), parser.found)


class _Attributes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found = {name: value or "" for name, value in attrs}


def is_formatting(block: str) -> bool:
    """Whether somebody formatted a Markdown text with this HTML, rather than showing or mentioning HTML.

    Formatting uses well-known tags and closes what it opens, or stands alone on its lines.
    """
    source = without_comments(block)
    if "<!" in source or "<?" in source:
        return False
    ends = Counter[str]()
    for hit in TAG.finditer(source):
        name = hit[2].lower()
        if name not in _FORMATTING:
            return False
        if name not in _UNCLOSED:
            ends[name] += -1 if hit[1] else 1
    return not any(ends.values()) or not _WHOLE_TAG.sub("", source).strip()


def without_comments(source: str) -> str:
    """The HTML without its comments; one that does not end is no comment."""
    first, *others = source.split("<!--")
    kept = [first]
    for piece in others:
        _, end, rest = piece.partition("-->")
        kept.append(rest if end else f"<!--{piece}")
    return "".join(kept)
