"""A line of Jira's wiki markup into spans: looks, links, pictures, mentions, escapes.

Marks follow the rule of Jira's own renderer: a sign opens a look where no letter stands before it and no
blank behind it, and closes one the other way round; ``{*}`` does so anywhere.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

from connectors.text.tree import (
    Image,
    Inline,
    Mark,
    Span,
    mention,
    person_of,
    safe_href,
)

__all__ = ["ESCAPABLE", "PICTURE", "Ahead", "inlines"]

ESCAPABLE = r"[*_\-+^~?{}\[\]!|#(:;&@]"
"""What a backslash takes its meaning from; before anything else it is a backslash."""
PICTURE = r"!(?P<src>[a-zA-Z][\w+.\-]*:[^\s!|]+|[^\s!|][^!|\n]*\.\w{1,8})(?:\|(?P<looks>[^!\n]*))?!"
_ENTITY = r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});"
_TOKEN = re.compile(
    r"(?P<line_break>\\\\)"
    rf"|\\(?P<escaped>{ESCAPABLE})"
    rf"|(?P<entity>{_ENTITY})"
    r"|(?P<code>\{\{)"
    r"|\[(?P<link>[^\[\]\n]+)\]"
    rf"|{PICTURE}"
    r"|(?P<address>\b(?:https?|ftp)://[^\s|\[\]{}<>\"\\]+)"
    r"|\{(?P<braced>[*_+^~-]|\?\?)\}"
    r"|(?P<sign>[*_+^~-]|\?\?)"
)
_IN_CODE = re.compile(rf"\\(?P<escaped>{ESCAPABLE})|(?P<entity>{_ENTITY})")
_LOOKS: dict[str, Mark] = {"*": "strong", "_": "em", "-": "strike"}
"""Of the other signs (inserted, superscript, subscript, citation) the words are kept."""
_RELATIVE = re.compile(r"[#/.]")
_ALT = re.compile(r"\balt=\"?([^\",]*)")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:\S")
_CODE: frozenset[Mark] = frozenset({"code"})


def inlines(line: str) -> Iterator[Inline]:
    """What stands in one line, not yet tidy."""
    return _Line(line, linked=False).read()


class Ahead:
    """Where a string comes next, asked with positions that only grow: all answers together take one look."""

    def __init__(self, text: str, wanted: str) -> None:
        self._text = text
        self._wanted = wanted
        self._at = -1

    def of(self, position: int) -> int | None:
        if self._at < position and self._at != len(self._text):
            found = self._text.find(self._wanted, position)
            self._at = found if found >= 0 else len(self._text)
        return self._at if self._at != len(self._text) else None


class _Line:
    """One line, or the words of a link."""

    def __init__(self, text: str, *, linked: bool) -> None:
        self._text = text
        self._linked = linked
        self._parts: list[Inline] = []
        self._opened: list[tuple[str, int]] = []
        """Signs that wait for their like, and where they stand among the parts."""
        self._waiting: Counter[str] = Counter()
        self._begins: dict[int, list[Mark]] = defaultdict(list)
        self._ends: dict[int, list[Mark]] = defaultdict(list)
        self._code_ends = Ahead(text, "}}")

    def read(self) -> Iterator[Inline]:
        position = 0
        while token := _TOKEN.search(self._text, position):
            self._add(self._text[position : token.start()])
            position = self._token(token)
        self._add(self._text[position:])
        return self._marked()

    def _add(self, text: str) -> None:
        if text:
            self._parts.append(Span(text))

    def _token(self, token: re.Match[str]) -> int:
        """Take it in, and say where to go on."""
        match token.lastgroup:
            case "line_break":
                self._add("\n")
            case "escaped":
                self._add(token["escaped"])
            case "entity":
                self._add(unescape(token["entity"]))
            case "code":
                return self._code(token.end())
            case "link":
                return self._link(token)
            case "src" | "looks":
                self._picture(token)
            case "address":
                address = token["address"].rstrip("*_+^~")
                self._add(_without_entities(address))
                return token.start() + len(address)
            case "braced":
                self._sign(token["braced"], token[0], opens=True, closes=True)
            case _:
                self._bare_sign(token)
        return token.end()

    def _code(self, start: int) -> int:
        end = self._code_ends.of(start)
        content = "" if end is None else self._text[start:end]
        if end is None or not content.strip():
            self._add("{{")
            return start
        words = _IN_CODE.sub(lambda hit: hit["escaped"] or unescape(hit["entity"]), content)
        self._parts.append(Span(words, _CODE))
        return end + 2

    def _picture(self, token: re.Match[str]) -> None:
        source, looks = _without_entities(token["src"]), token["looks"] or ""
        alt = _ALT.search(looks)
        if _SCHEME.match(source):
            self._parts.append(Image(source, _without_entities(alt[1]) if alt else ""))
        else:
            self._add(f"[attachment omitted: {source}]")

    def _link(self, token: re.Match[str]) -> int:
        words, target = (None, token["link"]) if self._linked else _target(token["link"])
        target = target.strip()
        found = () if self._linked else tuple(_linked(words, target))
        if not found:
            self._add("[")
            return token.start() + 1
        self._parts += found
        return token.end()

    def _bare_sign(self, token: re.Match[str]) -> None:
        before = self._text[max(0, token.start() - 1) : token.start()]
        behind = self._text[token.end() : token.end() + 1]
        opens = not before.isalnum() and bool(behind.strip())
        closes = bool(before.strip()) and not behind.isalnum()
        self._sign(token[0], token[0], opens=opens, closes=closes)

    def _sign(self, sign: str, written: str, *, opens: bool, closes: bool) -> None:
        if closes and self._waiting[sign] and self._opened[-1] != (sign, len(self._parts) - 1):
            self._close(sign)
            return
        if opens:
            self._opened.append((sign, len(self._parts)))
            self._waiting[sign] += 1
        self._parts.append(Span(written))

    def _close(self, sign: str) -> None:
        """Between the two the look holds; signs that stand alone between them are characters."""
        while True:
            opened, at = self._opened.pop()
            self._waiting[opened] -= 1
            if opened == sign:
                break
        self._parts[at] = Span("")
        if look := _LOOKS.get(sign):
            self._begins[at].append(look)
            self._ends[len(self._parts)].append(look)

    def _marked(self) -> Iterator[Inline]:
        looks: Counter[Mark] = Counter()
        for at, part in enumerate(self._parts):
            looks.subtract(self._ends.get(at, ()))
            looks.update(self._begins.get(at, ()))
            held = frozenset(look for look, times in looks.items() if times)
            yield replace(part, marks=part.marks | held) if isinstance(part, Span) and held else part


def _target(link: str) -> tuple[str | None, str]:
    """The words of a link, if it has any, and its target: a tip may follow it."""
    parts = link.rsplit("|", 2)
    if len(parts) == 1:
        return None, link
    if len(parts) == 3 and not _is_target(parts[2]) and _is_target(parts[1]):
        return parts[0], parts[1]
    return "|".join(parts[:-1]), parts[-1]


def _is_target(text: str) -> bool:
    return _SCHEME.match(text.strip()) is not None or text.strip()[:1] in ("#", "/", "~", "^")


def _linked(words: str | None, target: str) -> Iterator[Inline]:
    """Nothing where brackets are only brackets."""
    name = target[1:].strip()
    if target.startswith("~") and person_of(mention(name, name).href):
        yield mention(name, name)
    elif target.startswith("^") and name:
        yield Span(f"[attachment omitted: {name}]")
    elif _SCHEME.match(target) or (words and _RELATIVE.match(target)):
        href = safe_href(_without_entities(target))
        if words is None or not words.strip():
            yield Span(_without_entities(target).removeprefix("mailto:"), href=href)
            return
        yield from (replace(part, href=href) for part in _Line(words, linked=True).read())


def _without_entities(text: str) -> str:
    return re.sub(_ENTITY, lambda hit: unescape(hit[0]), text)
