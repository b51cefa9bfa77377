"""Notion's blocks and rich text to and from canonical Markdown.

Limits (https://developers.notion.com/reference/request-limits): 2,000 UTF-16 units in one text, 100
elements in any array, two levels of children in one request.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue

from connectors.text import blocks_reading, reading, writing
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
    is_web,
    one_line,
    person_of,
    picture_as_words,
)

__all__ = ["from_markdown", "pieces", "plain", "rich_text", "to_markdown"]

MAX_UNITS = 2000
"""Length of one text or link, in UTF-16 code units."""
MAX_ELEMENTS = 100
"""Length of any array."""
MAX_LEVELS = 2
"""Levels of children below a block in one request."""

_LANGUAGES = """
    abap arduino bash basic c clojure coffeescript c++ c# css dart diff docker elixir elm erlang
    flow fortran f# gherkin glsl go graphql groovy haskell html java javascript json julia
    kotlin latex less lisp livescript lua makefile markdown markup matlab mermaid nix
    objective-c ocaml pascal perl php powershell prolog protobuf python r reason ruby rust sass
    scala scheme scss shell sql swift typescript vb.net verilog vhdl webassembly xml yaml
"""
_ALIASES = {
    "console": "shell",
    "cpp": "c++",
    "cs": "c#",
    "csharp": "c#",
    "dockerfile": "docker",
    "js": "javascript",
    "jsx": "javascript",
    "kt": "kotlin",
    "md": "markdown",
    "py": "python",
    "rb": "ruby",
    "rs": "rust",
    "sh": "shell",
    "ts": "typescript",
    "tsx": "typescript",
    "yml": "yaml",
    "zsh": "shell",
}


def to_markdown(blocks: Sequence[Mapping[str, JsonValue]]) -> str:
    """The blocks as text. Children are looked for under ``children``, of the block or of its content."""
    return writing.write(blocks_reading.read(blocks))


def from_markdown(markdown: str) -> list[dict[str, JsonValue]]:
    """Blocks within Notion's limits, save that of 100 blocks a request, which is the sender's to keep."""
    return list(_blocks(reading.read(markdown), 0))


def plain(rich_text: Sequence[Mapping[str, JsonValue]]) -> str:
    """A rich text array as Markdown, as in comments and properties (for a title, join its ``plain_text``).

    What a person typed as Markdown, such as ``- `` at the start of a line, is taken for Markdown.
    """
    return writing.write(reading.read(blocks_reading.loose_markdown(rich_text)))


def rich_text(markdown: str) -> list[dict[str, JsonValue]]:
    """A text of any structure as one rich text array: lists and quotes keep their signs as characters."""
    return _runs(_flat(reading.read(markdown), ""))


def _blocks(blocks: Iterable[Block], level: int) -> Iterator[dict[str, JsonValue]]:
    for block in blocks:
        yield from _block(block, level)


def _block(block: Block, level: int) -> Iterator[dict[str, JsonValue]]:
    match block:
        case Paragraph(content):
            yield from _paragraph(content)
        case Heading(heading, content):
            yield from _with_text(f"heading_{min(heading, 3)}", content, (), MAX_LEVELS)
        case Code(text, language):
            name = _ALIASES.get(language.lower(), language.lower())
            chunks = [_run(Span(chunk)) for chunk in pieces(text)]
            known = name in _LANGUAGES.split()
            caption: list[JsonValue] = [] if known or not name else [_run(Span(name[:MAX_UNITS]))]
            for at in range(0, max(len(chunks), 1), MAX_ELEMENTS):
                part: list[JsonValue] = [*chunks[at : at + MAX_ELEMENTS]]
                looks: dict[str, JsonValue] = {"language": name if known else "plain text"}
                yield _make("code", {"rich_text": part, **looks, **({"caption": caption} if caption else {})})
        case Rule():
            yield _make("divider", {})
        case Quote(content):
            first, rest = _head(content)
            yield from _with_text("quote", first, rest, level)
        case List(items, start):
            for item in items:
                yield from _item(item, start, level)
        case Table():
            yield from _table(block, level)


def _paragraph(content: Inlines) -> Iterator[dict[str, JsonValue]]:
    """Pictures that stand alone are picture blocks."""
    if content and all(map(_is_picture, content)):
        for part in content:
            if isinstance(part, Image):
                words = Span(part.alt, href=part.href)
                caption: list[JsonValue] = [
                    _run(replace(words, text=chunk)) for chunk in pieces(_shown(words))
                ]
                external: dict[str, JsonValue] = {"url": part.src}
                yield _make("image", {"type": "external", "external": external, "caption": caption})
        return
    yield from _with_text("paragraph", content, (), MAX_LEVELS)


def _is_picture(part: Inline) -> bool:
    """Whether a picture block can hold it: where it leads to is said by its caption."""
    return isinstance(part, Image) and is_web(part.src) and bool(part.alt or not part.href)


def _item(item: ListItem, start: int | None, level: int) -> Iterator[dict[str, JsonValue]]:
    first, rest = _head(item.content)
    if item.checked is not None:
        yield from _with_text("to_do", first, rest, level, checked=item.checked)
    else:
        yield from _with_text(
            "bulleted_list_item" if start is None else "numbered_list_item", first, rest, level
        )


def _head(content: tuple[Block, ...]) -> tuple[Inlines, tuple[Block, ...]]:
    """The words that go into the block itself, and what goes below it."""
    if content and isinstance(first := content[0], Paragraph):
        return first.content, content[1:]
    return (), content


def _with_text(
    kind: str, content: Inlines, below: tuple[Block, ...], level: int, **more: JsonValue
) -> Iterator[dict[str, JsonValue]]:
    """A block with its text, its children, and behind it what was too deep, too long or too many for it."""
    runs = _runs(content)
    own: list[JsonValue] = [*runs[:MAX_ELEMENTS]]
    children = list(_blocks(below, level + 1))
    spilled = children if level >= MAX_LEVELS else children[MAX_ELEMENTS:]
    kept: list[JsonValue] = [] if level >= MAX_LEVELS else [*children[:MAX_ELEMENTS]]
    yield _make(kind, {"rich_text": own, **more, **({"children": kept} if kept else {})})
    for at in range(MAX_ELEMENTS, len(runs), MAX_ELEMENTS):
        yield _make("paragraph", {"rich_text": [*runs[at : at + MAX_ELEMENTS]]})
    yield from spilled


def _table(table: Table, level: int) -> Iterator[dict[str, JsonValue]]:
    """Tables too long for one request are several, each with the header; too wide or deep ones are code."""
    if len(table.aligns) > MAX_ELEMENTS or level >= MAX_LEVELS:
        yield from _block(Code(writing.write((table,))), level)
        return
    head, rest = table.rows[0], table.rows[1:]
    for at in range(0, max(len(rest), 1), MAX_ELEMENTS - 1):
        rows = (head, *rest[at : at + MAX_ELEMENTS - 1])
        children: list[JsonValue] = [
            _make("table_row", {"cells": [[*_runs(cell)[:MAX_ELEMENTS]] for cell in row]}) for row in rows
        ]
        yield _make(
            "table",
            {
                "table_width": len(table.aligns),
                "has_column_header": True,
                "has_row_header": False,
                "children": children,
            },
        )


def _make(kind: str, content: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {"object": "block", "type": kind, kind: content}


def _flat(blocks: Iterable[Block], indent: str) -> Iterator[Inline]:
    for index, block in enumerate(blocks):
        if index:
            yield Span(
                "\n" + indent if isinstance(block, List) and indent else f"\n{indent.rstrip()}\n{indent}"
            )
        match block:
            case Paragraph(content):
                yield from _indented(content, indent)
            case Heading(level, content):
                yield from (Span(f"{'#' * level} "), *one_line(content))
            case Code(text):
                yield Span(text, frozenset({"code"}))
            case Rule():
                yield Span("---")
            case Quote(content):
                yield Span("> ")
                yield from _flat(content, indent + "> ")
            case List(items, start):
                yield from _flat_items(items, start, indent)
            case Table():
                yield Span(writing.write((block,)), frozenset({"code"}))


def _flat_items(items: Iterable[ListItem], start: int | None, indent: str) -> Iterator[Inline]:
    for number, item in enumerate(items, start or 0):
        if number > (start or 0):
            yield Span("\n" + indent)
        bullet = "- " if start is None else f"{number}. "
        box = {None: "", True: "[x] ", False: "[ ] "}[item.checked]
        yield Span(bullet + box)
        yield from _flat(item.content, indent + " " * len(bullet))


def _indented(content: Inlines, indent: str) -> Iterator[Inline]:
    for part in content:
        yield replace(part, text=part.text.replace("\n", "\n" + indent)) if isinstance(part, Span) else part


def _runs(content: Iterable[Inline]) -> list[dict[str, JsonValue]]:
    """Rich text elements; beyond 100 of them, looks and links are given up so that the words fit."""
    parts = [part if isinstance(part, Span) else picture_as_words(part) for part in content]
    runs = [_run(replace(part, text=chunk)) for part in parts for chunk in pieces(_shown(part))]
    if len(runs) <= MAX_ELEMENTS:
        return runs
    return [_run(Span(chunk)) for chunk in pieces("".join(_shown(part) for part in parts))]


def _shown(span: Span) -> str:
    """The words, and the address where it cannot be a link: relative, or too long for Notion."""
    if span.href not in (None, span.text) and not _is_link(span.href) and not person_of(span.href):
        return f"{span.text} ({span.href})"
    return span.text


def _is_link(href: str) -> bool:
    return is_absolute(href) and len(href) <= MAX_UNITS // 2


def _run(span: Span) -> dict[str, JsonValue]:
    if person := person_of(span.href):
        return {"type": "mention", "mention": {"type": "user", "user": {"id": person}}}
    link: JsonValue = {"url": span.href} if span.href and _is_link(span.href) else None
    names = {"strong": "bold", "em": "italic", "strike": "strikethrough", "code": "code"}
    annotations: dict[str, JsonValue] = {names[mark]: True for mark in sorted(span.marks)}
    run: dict[str, JsonValue] = {"type": "text", "text": {"content": span.text, "link": link}}
    if annotations:
        run["annotations"] = annotations
    return run


def pieces(text: str) -> Iterator[str]:
    """Pieces of at most 2,000 UTF-16 units, never through the middle of a character."""
    units = text.encode("utf-16-le", "surrogatepass")
    start = 0
    while start < len(units):
        end = min(start + 2 * MAX_UNITS, len(units))
        if end < len(units) and 0xD8 <= units[end - 1] <= 0xDB:
            end -= 2
        yield units[start:end].decode("utf-16-le", "surrogatepass")
        start = end
