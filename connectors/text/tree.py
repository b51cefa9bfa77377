"""What a text is made of: the one form between Markdown and the four tools' own formats.

Every converter reads into this tree or writes from it, so that each of them knows one foreign format only.
It holds what GFM can say. A newline inside a paragraph is a line break, as in GitHub's comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from itertools import groupby
from typing import Literal, TypeAlias

Mark: TypeAlias = Literal["strong", "em", "strike", "code"]
Align: TypeAlias = Literal["left", "center", "right"] | None


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text with one look. ``"\\n"`` in it is a line break."""

    text: str
    marks: frozenset[Mark] = frozenset()
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by address, in the middle of text."""

    src: str
    alt: str = ""
    href: str | None = None


Inline: TypeAlias = Span | Image
Inlines: TypeAlias = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    content: Inlines


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    content: Inlines


@dataclass(frozen=True, slots=True)
class Code:
    """A fenced block."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line."""


@dataclass(frozen=True, slots=True)
class Quote:
    content: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class ListItem:
    content: tuple[Block, ...]
    checked: bool | None = None
    """``None`` for an item without a check box."""


@dataclass(frozen=True, slots=True)
class List:
    items: tuple[ListItem, ...]
    start: int | None = None
    """The first number, ``None`` for bullets."""


@dataclass(frozen=True, slots=True)
class Table:
    """The first row is the header. Every row has as many cells as ``aligns``."""

    rows: tuple[tuple[Inlines, ...], ...]
    aligns: tuple[Align, ...]


Block: TypeAlias = Paragraph | Heading | Code | Rule | Quote | List | Table

MAX_DEPTH = 40
"""How deep quotes and lists may nest. What is deeper is kept as plain text."""

_NEWLINE = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_HALF = re.compile(r"[\ud800-\udfff]")
_PLAIN = re.compile(r"\w+(?:[ ,.-]\w+)*")
_SAFE = re.compile(r"(?:https?://|mailto:|tel:)\S", re.IGNORECASE)
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.\-]*:")
_IGNORED = re.compile(r"[\x00-\x20\x7f]+")
_BOX = re.compile(r"\[([ xX])\](?:\s+|$)")
_BARE_URL = re.compile(r"\bhttps?://[^\s<>\"`|\\]*[^\s<>\"`|\\.,;:!?'*_~\]]")


def whole(text: str) -> str:
    """The text without halves of characters (unpaired surrogates), which no encoding can hold."""
    return _HALF.sub("\ufffd", text)


def safe_href(href: str) -> str | None:
    """The address if a click on it can do no harm: web, mail, telephone, or relative; otherwise ``None``.

    Browsers ignore control characters and blanks in a scheme, so ``java\\tscript:`` is one too.
    """
    href = _IGNORED.sub(lambda hit: "%20" if set(hit.group()) == {" "} else "", href.strip())
    if _SAFE.match(href):
        return href
    bare = _IGNORED.sub("", unescape(href.replace("%20", "")))
    return None if not bare or _SCHEME.match(bare) or bare.startswith(("//", "\\")) else href


def is_absolute(href: str) -> bool:
    """Whether the address means the same in every tool."""
    return _SAFE.match(href) is not None


def is_web(href: str) -> bool:
    """Whether a picture can be had there."""
    return href.lower().startswith(("http://", "https://"))


def with_box(content: tuple[Block, ...]) -> ListItem:
    """A list item, with its check box if its text begins with ``[ ]`` or ``[x]``."""
    first = content[0] if content else None
    if isinstance(first, Paragraph) and isinstance(words := first.content[0], Span) and not words.marks:
        box = _BOX.match(words.text)
        if box and not words.href:
            rest = tidy((Span(words.text[box.end() :]), *first.content[1:]))
            kept = (Paragraph(rest), *content[1:]) if rest else content[1:]
            return ListItem(kept, checked=box[1] != " ")
    return ListItem(content)


def as_line(blocks: Iterable[Block]) -> Inlines:
    """Blocks squeezed into a table cell: their words, one line for each paragraph."""
    parts: list[Inline] = []
    for block in blocks:
        parts.append(Span("\n"))
        match block:
            case Paragraph(content) | Heading(_, content):
                parts += content
            case Code(text):
                parts.append(Span(text, frozenset({"code"})))
            case Quote(content):
                parts += as_line(content)
            case List(items):
                for item in items:
                    parts += [Span("\n• "), *as_line(item.content)]
            case Table(rows):
                for row in rows:
                    parts.append(Span("\n"))
                    for cell in row:
                        parts += [*cell, Span(" · ")]
            case Rule():
                pass
    return tidy(parts)


_PERSON = "person:"
_PERSON_ID = re.compile(r"(?:([\w-]{1,64})/)?([\w:.@-]{1,128})", re.ASCII)


def mention(name: str, id: str) -> Span:
    """Somebody mentioned by the tool's own means. In Markdown it is a link to ``person:ID``.

    The id means something in the text's own tool alone. On its way to another tool it is ``HOME/ID``,
    which becomes the target's id or plain words (:mod:`connectors.text.mentions`).
    """
    text = f"@{name.removeprefix('@')}"
    known = _PERSON_ID.fullmatch(id)
    return Span(text, href=f"{_PERSON}{id}") if known and not known[1] else Span(text)


def mentioned_as(span: Span, id: str) -> Span:
    """A mention, by another id."""
    return replace(span, href=f"{_PERSON}{id}") if _PERSON_ID.fullmatch(id) else Span(span.text)


def person_of(href: str | None) -> str | None:
    """The id of the person that a link mentions, if it does."""
    if href is None or not href.startswith(_PERSON):
        return None
    known = _PERSON_ID.fullmatch(href, len(_PERSON))
    return known[0] if known else None


_PICTURE = "image: "


def picture_as_words(image: Image) -> Span:
    """A picture where none can stand: words that link to it, and by which it is known when they come back."""
    return Span(f"{_PICTURE}{image.alt or image.src}", href=image.src)


def picture_of_words(span: Span) -> Inline:
    """The picture that a link stands for, or the span as it is."""
    if not span.href or span.marks or not span.text.startswith(_PICTURE) or not is_web(span.href):
        return span
    alt = span.text.removeprefix(_PICTURE)
    return Image(span.href, "" if alt == span.href else alt)


def bold(content: Inlines) -> Inlines:
    """The same in bold, where a heading cannot stand."""
    return tuple(replace(p, marks=p.marks | {"strong"}) if isinstance(p, Span) else p for p in content)


def one_line(content: Inlines) -> Inlines:
    """The same with blanks in place of line breaks, where there is room for one line only."""
    return tuple(replace(p, text=p.text.replace("\n", " ")) if isinstance(p, Span) else p for p in content)


def plain_text(content: Iterable[Inline]) -> str:
    """The words alone."""
    return "".join(part.text if isinstance(part, Span) else part.alt for part in content)


def tidy(content: Iterable[Inline]) -> Inlines:
    """The same text in its one normal form.

    Bare addresses are links, no blanks stand at the edge of a line or of a mark, neighbours of one look are
    one span, empty spans are gone.
    """
    content = tuple(content)
    if len(content) == 1 and isinstance(only := content[0], Span) and _PLAIN.fullmatch(only.text):
        return content  # most cells, most lines: worth the short cut
    parts = _merge(_unmark_blanks(_link_bare_urls(_merge(_clean(_whole_mentions(content))))))
    return _merge(_strip_lines(_merge(_unlink_blanks(parts))))


def _whole_mentions(content: Iterable[Inline]) -> Iterator[Inline]:
    """A mention is one plain span, however its name was formatted."""
    for href, group in groupby(content, lambda part: part.href if person_of(part.href) else None):
        if href is None:
            yield from group
        else:
            yield Span(" ".join(plain_text(group).split()), href=href)


def _clean(content: Iterable[Inline]) -> Iterator[Inline]:
    for part in content:
        if isinstance(part, Image):
            if src := safe_href(part.src):
                yield replace(part, src=src, alt=" ".join(part.alt.split()))
            else:
                yield Span(part.alt, href=part.href)
        elif "code" in part.marks:
            text = " ".join(part.text.split())
            yield replace(part, text=text) if text else Span(" ")
        else:
            text = _NEWLINE.sub("\n", part.text.replace("\x00", "\ufffd"))
            yield part if text == part.text else replace(part, text=text)


def _link_bare_urls(content: Iterable[Inline]) -> Iterator[Inline]:
    for part in content:
        if isinstance(part, Image) or part.href or "code" in part.marks or "://" not in part.text:
            yield part
            continue
        end = 0
        for hit in _BARE_URL.finditer(part.text):
            url = _balanced(hit.group())
            yield replace(part, text=part.text[end : hit.start()])
            yield replace(part, text=url, href=url)
            end = hit.start() + len(url)
        yield replace(part, text=part.text[end:])


def _balanced(url: str) -> str:
    """Without closing brackets that were opened before the address, as in ``(see https://a.example)``."""
    surplus = url.count(")") - url.count("(")
    while surplus > 0 and url.endswith(")"):
        url = url[:-1].rstrip(".,;:!?'*_~")
        surplus -= 1
    return url


def _unmark_blanks(content: Iterable[Inline]) -> Iterator[Inline]:
    for part in content:
        if isinstance(part, Image) or not part.marks:
            yield part
        else:
            yield from _peel(part, Span(part.text, href=part.href), both=(True, True))


def _unlink_blanks(content: Sequence[Inline]) -> Iterator[Inline]:
    """Blanks at the two ends of a link are outside it; those inside stay, whatever the looks in it."""
    for index, part in enumerate(content):
        before = content[index - 1].href if index else None
        after = content[index + 1].href if index + 1 < len(content) else None
        if isinstance(part, Image) or not part.href:
            yield part
        else:
            yield from _peel(part, Span(part.text), both=(before != part.href, after != part.href))


def _peel(part: Span, blank: Span, *, both: tuple[bool, bool]) -> Iterator[Span]:
    """``part`` with the blanks at its start, its end or both made to look like ``blank``."""
    text = part.text
    if text and not (both[0] and text[0].isspace()) and not (both[1] and text[-1].isspace()):
        yield part
        return
    start = len(text) - len(text.lstrip()) if both[0] else 0
    end = max(start, len(text.rstrip())) if both[1] else len(text)
    yield replace(blank, text=text[:start])
    yield replace(part, text=text[start:end])
    yield replace(blank, text=text[end:])


def _merge(content: Iterable[Inline]) -> Inlines:
    merged: list[Inline] = []
    texts: list[str] = []
    for part in content:
        last = merged[-1] if merged else None
        if isinstance(part, Span) and not part.text:
            continue
        if (
            isinstance(part, Span)
            and isinstance(last, Span)
            and part.marks == last.marks
            and part.href == last.href
        ):
            texts.append(part.text)
            continue
        if isinstance(last, Span) and len(texts) > 1:
            merged[-1] = replace(last, text="".join(texts))
        merged.append(part)
        texts = [part.text] if isinstance(part, Span) else []
    if merged and isinstance(merged[-1], Span) and len(texts) > 1:
        merged[-1] = replace(merged[-1], text="".join(texts))
    return tuple(merged)


def _strip_lines(content: Sequence[Inline]) -> Iterator[Inline]:
    """No blanks around line breaks, no empty lines, none at the start and the end."""
    fresh = True
    for index, part in enumerate(content):
        if isinstance(part, Image):
            yield part
            fresh = False
            continue
        text = _strip_each_line(part.text, fresh, index == len(content) - 1)
        yield part if text == part.text else replace(part, text=text)
        if text:
            fresh = text.endswith("\n")


def _strip_each_line(text: str, at_start: bool, at_end: bool) -> str:
    lines = text.split("\n")
    first, last = lines[0], lines[-1]
    if len(lines) == 1:
        return (
            (first.strip() if at_end else first.lstrip())
            if at_start
            else (first.rstrip() if at_end else first)
        )
    kept = [stripped for line in lines[1:-1] if (stripped := line.strip())]
    first = first.strip() if at_start else first.rstrip()
    last = last.strip() if at_end else last.lstrip()
    head = [] if at_start and not first else [first]
    tail = [] if at_end and not last else [last]
    return "\n".join(head + kept + tail)
