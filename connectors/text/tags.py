"""Which HTML tags there are, and what becomes of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

from connectors.text.tree import Mark

__all__ = [
    "BLOCKS",
    "CONTAINERS",
    "HEADINGS",
    "KEPT",
    "MARKS",
    "SILENT",
    "TAG",
    "Tag",
    "escape_unknown",
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

_SHOWN = _words("title textarea style xmp iframe noembed noframes script plaintext")
"""GFM shows these as they are written: https://github.github.com/gfm/#disallowed-raw-html-extension-"""
_DROPPED = _words(
    """applet area audio base button canvas col colgroup embed frame frameset head link map math meta noscript
    object optgroup option param picture select source svg template track video"""
)
_KNOWN = (KEPT | _DROPPED) - _SHOWN
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag as it stands in a Markdown text. A comment is a tag named ``!``."""

    name: str
    closing: bool
    attrs: dict[str, str]


def tag(source: str) -> Tag | None:
    """The HTML tag that ``source`` is; ``None`` for what is shown as text: ``<String>``, ``<script>``."""
    if source.startswith(("<!", "<?")):
        return Tag("!", False, {})
    hit = TAG.match(source)
    if hit is None or hit[2].lower() not in _KNOWN:
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


def escape_unknown(source: str) -> str:
    """HTML in which the tags that Markdown shows as text have become text."""
    return TAG.sub(lambda hit: hit.group() if hit[2].lower() in _KNOWN else f"&lt;{hit[1]}{hit[2]}", source)
