"""The tree into canonical Markdown, escaped no more than it takes to be read back as the same tree."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from connectors.text.reading import read
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
    one_line,
    tidy,
)

__all__ = ["write", "write_inlines"]

_SPECIAL = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|\n|$)"  # a backslash that would escape something
    r"|`"
    r"|(?<!\s)\*|\*(?!\s)|(?<![^\W_])_|_(?![^\W_])"  # not: 2 * 3, snake_case
    r"|~"
    r"|\](?=[(\[:])|!(?=\[)"
    r"|<(?=[a-zA-Z/!?])"
    r"|&(?=#?\w+;)"
)
_SPECIAL_IN_LINK = re.compile(_SPECIAL.pattern.replace(r"\](?=[(\[:])", r"[\[\]]"))
_LINE_START = re.compile(
    r"^(?:(?=[-+*>](?:\s|$))|(?=>)|(?=#{1,6}(?:\s|$))|(?=\[[ xX]\](?:\s|$))|(?=[-=|:][-=|: ]*$))",
    re.MULTILINE,
)
_NUMBER = re.compile(r"^(\d{1,9})([.)])(?=\s|$)", re.MULTILINE)


def write(blocks: Iterable[Block]) -> str:
    """GFM Markdown, without a newline at the end. Reading and writing it again changes nothing."""
    return _write(blocks, other=False)


def _write(blocks: Iterable[Block], *, other: bool) -> str:
    """``other`` gives the first block, if it is a list, the other marker."""
    written: list[str] = []
    previous: Block | None = None
    for block in blocks:
        if previous is not None:
            other = _same_list(previous, block) and not other
        if text := _block(block, other=other):
            written.append(text)
            previous = block
    return "\n\n".join(written)


def _same_list(one: Block, two: Block) -> bool:
    """Whether Markdown would take two lists in a row for one, if their markers were the same."""
    return isinstance(one, List) and isinstance(two, List) and (one.start is None) == (two.start is None)


def _block(block: Block, *, other: bool) -> str:
    match block:
        case Paragraph(content):
            return write_inlines(content)
        case Heading(level, content):
            return _heading(level, content)
        case Code(text, language):
            return _fence(text, language)
        case Rule():
            return "***"
        case Quote(content):
            text = write(content)
            return _indent(text, "> ", "> ") if text else ""
        case List():
            return _list(block, other=other)
        case Table():
            return _table(block)


def _heading(level: int, content: Inlines) -> str:
    text = write_inlines(one_line(content), signs=True)
    text = re.sub(r"#(?=#*$)", r"\\#", text)
    return f"{'#' * max(1, min(level, 6))} {text}" if text else ""


def _fence(text: str, language: str) -> str:
    text = re.sub(r"\r\n?", "\n", text)
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    word = re.sub(r"[^\w+#.-]", "", language)
    return f"{fence}{word}\n{text}\n{fence}"


def _indent(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *(rest + line if line else rest.rstrip() for line in lines[1:])])


def _list(block: List, *, other: bool) -> str:
    written = []
    for number, item in enumerate(block.items, block.start or 0):
        bullet = ("+" if other else "-") if block.start is None else f"{number}{')' if other else '.'}"
        written.append(_item(item, bullet + " "))
    return "\n".join(written)


def _item(item: ListItem, bullet: str) -> str:
    text = _item_text(item.content)
    if item.checked is not None:
        box = "[x] " if item.checked else "[ ] "
        text = (
            box + text
            if item.content and isinstance(item.content[0], Paragraph)
            else f"{box.strip()}\n\n{text}"
        )
    return _indent(text, bullet, " " * len(bullet)).rstrip() if text else bullet.rstrip()


def _item_text(content: Sequence[Block]) -> str:
    """Like :func:`write`, but a list right below its paragraph follows without an empty line."""
    if (
        len(content) > 1
        and isinstance(content[0], Paragraph)
        and isinstance(below := content[1], List)
        and below.start in (None, 1)
        and below.items[0].content
    ):
        return f"{write(content[:1])}\n{write(content[1:])}"
    # a list right behind the marker takes the other one: "- - -" would be a line across the page
    return _write(content, other=True)


def _table(table: Table) -> str:
    if not table.aligns:
        return ""
    rules = {None: "---", "left": ":--", "center": ":-:", "right": "--:"}
    lines = [[_cell(cell) for cell in row] for row in table.rows]
    lines.insert(1, [rules[align] for align in table.aligns])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(content: Inlines) -> str:
    return write_inlines(content).replace("\n", "<br>").replace("|", r"\|")


def write_inlines(content: Iterable[Inline], *, signs: bool = False) -> str:
    """One paragraph. Marks that Markdown cannot express where they stand are left out, never shown as stars.

    With ``signs``, what looks like a list or a quote at the start of a line is not escaped.
    """
    tidied = tidy(content)
    text = _spans(tidied)
    if any(isinstance(part, Span) and part.marks - {"code"} for part in tidied) and read(
        _protected(text)
    ) != (Paragraph(tidied),):
        bare = (replace(p, marks=p.marks & {"code"}) if isinstance(p, Span) else p for p in tidied)
        text = _spans(tidy(bare))
    return text if signs else _protected(text)


def _protected(text: str) -> str:
    return _NUMBER.sub(r"\1\\\2", _LINE_START.sub(r"\\", text))


def _spans(content: Sequence[Inline]) -> str:
    pieces: list[str] = []
    for href, group in groupby(content, lambda part: part.href):
        parts = tuple(group)
        piece = _link(parts, href) if href else "".join(_piece(part) for part in parts)
        if piece.startswith("[") and pieces and pieces[-1].endswith("!"):
            pieces[-1] = pieces[-1][:-1] + r"\!"
        pieces.append(piece)
    return "".join(pieces)


def _link(parts: Sequence[Inline], href: str) -> str:
    shared = frozenset.intersection(*(p.marks if isinstance(p, Span) else frozenset() for p in parts)) - {
        "code"
    }
    if len(parts) == 1 and isinstance(only := parts[0], Span) and "code" not in only.marks:
        if only.text == href and re.match(r"[a-z][a-z0-9+.-]+:[^\s<>\\]*$", href):
            return _wrap(f"<{href}>", shared)
        if href == f"mailto:{only.text}" and re.match(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+$", only.text):
            return _wrap(f"<{only.text}>", shared)
    inner = "".join(
        _piece(replace(p, marks=p.marks - shared) if isinstance(p, Span) else p, True) for p in parts
    )
    return _wrap(f"[{inner}]({_target(href)})", shared)


def _piece(part: Inline, in_link: bool = False) -> str:
    if isinstance(part, Image):
        return f"![{_escape(part.alt, True)}]({_target(part.src)})"
    if "code" in part.marks:
        return _wrap(_code(part.text), part.marks - {"code"})
    return _wrap(_escape(part.text, in_link), part.marks)


def _wrap(text: str, marks: Iterable[str]) -> str:
    for mark, sign in (("em", "*"), ("strong", "**"), ("strike", "~~")):
        if mark in marks:
            text = f"{sign}{text}{sign}"
    return text


def _escape(text: str, in_link: bool) -> str:
    return (_SPECIAL_IN_LINK if in_link else _SPECIAL).sub(r"\\\g<0>", text)


def _code(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _target(href: str) -> str:
    """An address between the brackets of a link, with what would end it percent-encoded."""
    encoded = re.sub(r"[\s<>\\\x00-\x1f]", lambda hit: f"%{ord(hit.group()):02X}", href)
    return (
        f"<{encoded}>"
        if re.search(r"[()]", encoded)
        else encoded.replace("&", "&amp;")
        if re.search(r"&#?\w+;", encoded)
        else encoded
    )
