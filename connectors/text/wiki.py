"""Jira's wiki markup to and from canonical Markdown: descriptions and comments of Jira Data Center.

What the markup cannot say is said plainer: lists count from one, columns have no alignment, quotes stand in
one another twice at most (the second as a panel), tables and headings in lists are code and bold words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from connectors.text import reading, wiki_reading, writing
from connectors.text.adf import without
from connectors.text.tree import (
    Block,
    Code,
    Heading,
    Image,
    Inline,
    Inlines,
    List,
    ListItem,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
    is_absolute,
    one_line,
    person_of,
    picture_as_words,
    tidy,
)
from connectors.text.wiki_reading import JOINER, LANGUAGES

__all__ = ["from_markdown", "to_markdown", "write"]

_SPECIAL = re.compile(
    r"(?<=[^\W_])[*_+^~\-](?=[^\W_])|(?<=[^\S\n])[*_+^~\-](?=\s)"  # as they are: snake_case, 2 * 3
    r"|(?P<special>[*_+^~\-{\[|]|!(?=\S)|\?(?=\?)|\((?=[a-z*!?+/\-]{1,5}\))|[:;](?=[)(DPp]))"
    r"|(?P<line_start>^(?:h(?=[1-6]\.)|b(?=q\.)|\#))"
    r"|(?P<backslash>\\(?!\s|[^\W_]))"
    r"|(?P<entity>&(?=\#?\w+;))",
    re.MULTILINE,
)
_IN_LINK = re.compile(r"\\?[\[\]|]")
_CODE_END = re.compile(rf"(?<=\{{)(?={JOINER}*(?:code|noformat)\}})", re.IGNORECASE)
_WEB = re.compile(r"https?://\S", re.IGNORECASE)
_SIGNS = (("em", "_"), ("strong", "*"), ("strike", "-"))
_BREAK = "\\\\ "
_BEFORE_SIGN, _BEHIND_SIGN = re.compile(r"[\s(]"), re.compile(r"[\s.,;:!?)]")
_FRAMES = ("quote", "panel")


def to_markdown(wiki: str) -> str:
    """The text as Markdown. Mentions become ``@name``, files a line that names them."""
    return writing.write(wiki_reading.read(wiki))


def from_markdown(markdown: str) -> str:
    """Markup that Jira shows as the Markdown meant. The same text always gives the same markup."""
    return write(reading.read(markdown))


def write(blocks: Iterable[Block], quoted: int = 0) -> str:
    """The blocks, within so many quotes."""
    written = (_block(block, quoted) for block in blocks)
    return "\n\n".join(text for text in written if text)


def _block(block: Block, quoted: int) -> str:
    match block:
        case Paragraph(content):
            return _line(content)
        case Heading(level, content):
            words = _line(one_line(content))
            return f"h{max(1, min(level, 6))}. {words}" if words else ""
        case Code(text, language):
            return _code(text, language)
        case Rule():
            return "----"
        case Quote(content):
            inner = write(content, quoted + 1)
            frame = f"{{{_FRAMES[quoted]}}}" if quoted < len(_FRAMES) else ""
            return f"{frame}\n{inner}\n{frame}" if inner and frame else inner
        case List():
            return "\n".join(_list(block, "", quoted, other=False))
        case Table(rows, aligns):
            return "\n".join(_rows(rows)) if aligns else ""


def _code(text: str, language: str) -> str:
    """Without a language Jira would take ``{code}`` for Java."""
    text = _CODE_END.sub(JOINER, re.sub(r"\r\n?", "\n", text.replace("\x00", "\ufffd")))
    word = re.sub(r"[^\w+#.-]", "", language)
    if not word:
        return f"{{noformat}}\n{text}\n{{noformat}}"
    known = word.lower() in LANGUAGES - {"none"}
    return f"{{code:{word if known else f'none|title={word}'}}}\n{text}\n{{code}}"


def _rows(rows: Sequence[Sequence[Inlines]]) -> Iterator[str]:
    for number, row in enumerate(rows):
        edge = "|" if number else "||"
        cells = (_line(cell, _BREAK) or " " for cell in row)
        yield edge + edge.join(cells) + edge


def _list(block: List, signs: str, quoted: int, *, other: bool) -> Iterator[str]:
    """``other`` gives bullets the other sign, where they would be taken for those of the list before."""
    signs += "#" if block.start is not None else "-" if other else "*"
    for item in block.items:
        yield from _item(item, signs, quoted)


def _item(item: ListItem, signs: str, quoted: int) -> Iterator[str]:
    """All but lists goes on in the lines below, without an empty one."""
    content = list(without(item.content, (Heading, Table, Rule)))
    if item.checked is not None:
        first = content[0] if content else None
        box = Span("[x] " if item.checked else "[ ] ")
        if isinstance(first, Paragraph):
            content[0] = Paragraph((box, *first.content))
        else:
            content.insert(0, Paragraph((box,)))
    line = f"{signs} "
    before: Block | None = None
    other = False
    for block in content:
        if isinstance(block, List):
            yield line
            other = isinstance(before, List) and (before.start is None) == (block.start is None) and not other
            *lines, line = _list(block, signs, quoted, other=other)
            yield from lines
        elif text := _block(block, quoted):
            if isinstance(before, Paragraph | List) and isinstance(block, Paragraph):
                yield from (line, r"\\")
                line = text
            else:
                line += text if before is None else f"\n{text}"
        before = block
    yield line


@dataclass(frozen=True, slots=True)
class _Piece:
    """A run of words with one look, or a link."""

    text: str
    marks: frozenset[str] = frozenset()


def _line(content: Inlines, line_break: str = "\n") -> str:
    """The words of a paragraph. Looks that would not be read where they stand are left out."""
    tidied = tidy(content)
    text = _joined(_pieces(tidied, line_break))
    if any(isinstance(part, Span) and part.marks - {"code"} for part in tidied) and not _reads(text, tidied):
        plain = (replace(p, marks=p.marks & {"code"}) if isinstance(p, Span) else p for p in tidied)
        text = _joined(_pieces(tidy(plain), line_break))
    return text


def _reads(text: str, content: Inlines) -> bool:
    """Whether the text has the looks that it is to have."""
    read = wiki_reading.read(text)
    return len(read) == 1 and isinstance(read[0], Paragraph) and _looks(read[0].content) == _looks(content)


def _looks(content: Inlines) -> list[tuple[str, frozenset[str]]]:
    return [(part.text, frozenset(part.marks)) for part in content if isinstance(part, Span) and part.marks]


def _pieces(content: Inlines, line_break: str) -> Iterator[_Piece]:
    for href, group in groupby(content, lambda part: part.href):
        parts = tuple(group)
        if href is None:
            yield from (_piece(part, line_break) for part in parts)
        elif person := person_of(href):
            yield _Piece(f"[~{person}]")
        elif is_absolute(href):
            yield _link(parts, href)
        else:
            yield from (_piece(part, line_break) for part in parts)
            yield _Piece(_escaped(f" ({href})"))


def _piece(part: Inline, line_break: str, *, linked: bool = False) -> _Piece:
    """A bracket or a bar in the words of a link would end them, also where it is escaped."""
    if isinstance(part, Image):
        return _Piece(_picture(part))
    text = _escaped(part.text)
    if linked:
        text = _IN_LINK.sub(lambda sign: f"&#{ord(sign[0][-1])};", text)
    if "code" in part.marks:
        code = text.replace("}", "\\}")
        return _Piece(f"{{{{{code}}}}}", part.marks - {"code"})
    return _Piece(text.replace("\n", _BREAK if part.marks else line_break), part.marks)


def _picture(image: Image) -> str:
    if not _WEB.match(image.src):
        return _escaped(f"{picture_as_words(image).text} ({image.src})")
    alt = re.sub(r"[^\w \-.]", lambda sign: f"&#{ord(sign[0])};", image.alt)
    return f"!{_target(image.src)}{f'|alt={alt}' if alt else ''}!"


def _link(parts: Sequence[Inline], href: str) -> _Piece:
    marks = [part.marks - {"code"} if isinstance(part, Span) else frozenset() for part in parts]
    shared = frozenset.intersection(*marks)
    match parts:
        case [Span(text, looks)] if "code" not in looks and href in (text, f"mailto:{text}"):
            if _target(href) == href:
                return _Piece(f"[{href}]", shared)
    inner = (replace(p, marks=p.marks - shared, href=None) if isinstance(p, Span) else p for p in parts)
    words = _joined(_piece(part, _BREAK, linked=True) for part in inner)
    return _Piece(f"[{words}|{_target(href)}]", shared)


def _target(href: str) -> str:
    """An address within a link or a picture, with what would end it percent-encoded."""
    encoded = re.sub(
        r"[\s\\|\[\]{}!<>\"]", lambda hit: "".join(f"%{byte:02X}" for byte in hit[0].encode()), href
    )
    return re.sub(r"&(?=#?\w+;)", "&amp;", encoded)


def _joined(pieces: Iterable[_Piece]) -> str:
    """The signs of a look in braces wherever something touches them."""
    listed = list(pieces)
    written: list[str] = []
    for piece, following in zip(listed, [*listed[1:], _Piece("")], strict=False):
        before = written[-1][-1:] if written else ""
        behind = following.text[:1] if not following.marks else "*"
        tight = not (_BEFORE_SIGN.match(before or " ") and _BEHIND_SIGN.match(behind or " "))
        text = piece.text
        for mark, sign in _SIGNS:
            if mark in piece.marks:
                text = f"{{{sign}}}{text}{{{sign}}}" if tight else f"{sign}{text}{sign}"
        written.append(text)
    return "".join(written)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(_escape, text)


def _escape(hit: re.Match[str]) -> str:
    match hit.lastgroup:
        case "special":
            return f"\\{hit[0]}"
        case "line_start" | "backslash":
            return f"&#{ord(hit[0])};"
        case "entity":
            return "&amp;"
    return hit[0]
