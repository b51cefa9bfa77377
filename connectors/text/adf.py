"""Atlassian Document Format to and from canonical Markdown: Jira's descriptions and comments.

What ADF allows where: https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import count

from pydantic import JsonValue

from connectors.text import adf_reading, reading, writing
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
    bold,
    is_absolute,
    is_web,
    person_of,
    picture_as_words,
)

__all__ = [
    "Writer",
    "box_as_text",
    "from_markdown",
    "inlines",
    "paragraph",
    "table_row",
    "to_markdown",
    "without",
]

_MARKS = ("strong", "em", "strike", "code")
IN_TEXT = (Heading, Table, Rule, Quote)
"""What may stand neither in list items nor in quotes."""


def to_markdown(doc: Mapping[str, JsonValue]) -> str:
    """The document as text. Mentions become ``@Name``, files a line that names them."""
    return writing.write(adf_reading.read(doc))


def from_markdown(markdown: str) -> dict[str, JsonValue]:
    """A document that Jira accepts. The same text always gives the same document."""
    content = list(Writer().blocks(reading.read(markdown)))
    return {"type": "doc", "version": 1, "content": content}


class Writer:
    """Numbers the check boxes of one document, which need an id each: from ``first`` on."""

    def __init__(self, first: int = 1) -> None:
        self._ids = count(first)

    def blocks(self, blocks: Iterable[Block]) -> Iterator[JsonValue]:
        for block in blocks:
            yield from self._block(block)

    def _block(self, block: Block) -> Iterator[JsonValue]:
        match block:
            case Paragraph(content) if content and all(
                isinstance(part, Image) and is_web(part.src) for part in content
            ):
                yield from (_picture(part) for part in content if isinstance(part, Image))
            case Paragraph(content):
                yield paragraph(content)
            case Heading(level, content):
                yield {"type": "heading", "attrs": {"level": level}, "content": list(inlines(content))}
            case Code(text, language):
                node: dict[str, JsonValue] = {"type": "codeBlock", "content": _text(text)}
                if language:
                    node["attrs"] = {"language": language}
                yield node
            case Rule():
                yield {"type": "rule"}
            case Quote(content):
                inner = list(self.blocks(without(content, IN_TEXT, boxes=False)))
                yield {"type": "blockquote", "content": inner or [paragraph(())]}
            case List(items, _) if _is_tasks(block):
                yield self._tasks(items)
            case List(items, start):
                yield self._list(items, start)
            case Table():
                yield self._table(block)

    def _list(self, items: Iterable[ListItem], start: int | None) -> JsonValue:
        content: list[JsonValue] = [{"type": "listItem", "content": self._item(item)} for item in items]
        if start is None:
            return {"type": "bulletList", "content": content}
        return {"type": "orderedList", "attrs": {"order": start}, "content": content}

    def _item(self, item: ListItem) -> list[JsonValue]:
        blocks = tuple(without(box_as_text(item).content, IN_TEXT))
        content = list(self.blocks(blocks))
        starts_well = blocks and isinstance(blocks[0], Paragraph | Code)
        return content if starts_well else [paragraph(()), *content]

    def _tasks(self, items: Iterable[ListItem]) -> JsonValue:
        content: list[JsonValue] = []
        for item in items:
            state = "DONE" if item.checked else "TODO"
            words = item.content[0].content if item.content and isinstance(item.content[0], Paragraph) else ()
            attrs: dict[str, JsonValue] = {"localId": f"task-{next(self._ids)}", "state": state}
            content.append({"type": "taskItem", "attrs": attrs, "content": list(inlines(words))})
            content += [self._tasks(below.items) for below in item.content if isinstance(below, List)]
        return {"type": "taskList", "attrs": {"localId": f"tasks-{next(self._ids)}"}, "content": content}

    def _table(self, table: Table) -> JsonValue:
        kinds = ("tableHeader", *("tableCell" for _ in table.rows[1:]))
        rows: list[JsonValue] = [table_row(row, kind) for row, kind in zip(table.rows, kinds, strict=True)]
        return {"type": "table", "content": rows}


def _is_tasks(block: List) -> bool:
    """Whether ADF's own check boxes can hold the list: one line each, and lists of boxes below."""
    return block.start is None and all(
        item.checked is not None
        and all(isinstance(below, Paragraph) for below in item.content[:1])
        and all(isinstance(below, List) and _is_tasks(below) for below in item.content[1:])
        for item in block.items
    )


def box_as_text(item: ListItem) -> ListItem:
    """The item with its check box as text, where ADF has none."""
    if item.checked is None:
        return item
    box = Span("[x] " if item.checked else "[ ] ")
    first = item.content[0] if item.content else None
    if isinstance(first, Paragraph) and not all(isinstance(part, Image) for part in first.content):
        return ListItem((Paragraph((box, *first.content)), *item.content[1:]))
    return ListItem((Paragraph((box,)), *item.content))


def without(
    content: Iterable[Block], refused: tuple[type[Block], ...], *, boxes: bool = True
) -> Iterator[Block]:
    """The blocks, with those that ADF does not allow inside lists and quotes turned into what it does.

    Without ``boxes``, check boxes are words: quotes have none.
    """
    for block in content:
        if isinstance(block, List) and not boxes:
            block = replace(block, items=tuple(box_as_text(item) for item in block.items))
        if not isinstance(block, refused):
            yield block
            continue
        match block:
            case Heading(_, words):
                yield Paragraph(bold(words))
            case Quote(inner):
                yield from without(inner, refused, boxes=boxes)
            case Table():
                yield Code(writing.write((block,)))
            case Rule():
                yield Paragraph((Span("———"),))


def table_row(row: Iterable[Inlines], kind: str) -> dict[str, JsonValue]:
    """A row of cells of one kind: ``tableHeader`` or ``tableCell``."""
    cells: list[JsonValue] = [{"type": kind, "attrs": {}, "content": [paragraph(cell)]} for cell in row]
    return {"type": "tableRow", "content": cells}


def paragraph(content: Inlines) -> dict[str, JsonValue]:
    """A paragraph of these words."""
    return {"type": "paragraph", "content": list(inlines(content))}


def _picture(image: Image) -> JsonValue:
    attrs: dict[str, JsonValue] = {"type": "external", "url": image.src}
    if image.alt:
        attrs["alt"] = image.alt
    media: dict[str, JsonValue] = {"type": "media", "attrs": attrs}
    if image.href and is_absolute(image.href):
        media["marks"] = [{"type": "link", "attrs": {"href": image.href}}]
    return {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [media]}


def inlines(content: Iterable[Inline]) -> Iterator[JsonValue]:
    """The nodes of a line."""
    for part in content:
        if isinstance(part, Image):
            words = picture_as_words(part)
            yield from _words(words.text, [], words.href)
            continue
        if person := person_of(part.href):
            yield {"type": "mention", "attrs": {"id": person, "text": part.text}}
            continue
        marks = ["code"] if "code" in part.marks else [mark for mark in _MARKS if mark in part.marks]
        yield from _words(part.text, marks, part.href)


def _words(text: str, marks: Iterable[str], href: str | None) -> Iterator[JsonValue]:
    """Text nodes with line breaks between them. Jira has no relative links: there the address is shown."""
    looks: list[JsonValue] = [{"type": mark} for mark in marks]
    if href and is_absolute(href):
        looks.append({"type": "link", "attrs": {"href": href}})
    elif href:
        text = f"{text} ({href})"
    for index, line in enumerate(text.split("\n")):
        if index:
            yield {"type": "hardBreak"}
        if line:
            yield {"type": "text", "text": line, "marks": looks} if looks else {"type": "text", "text": line}


def _text(text: str) -> list[JsonValue]:
    return [{"type": "text", "text": text}] if text else []
