"""Atlassian Document Format into the tree. Any JSON is valid; what is unknown is named, not dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from connectors.text import json
from connectors.text.json import Node
from connectors.text.tree import (
    MAX_DEPTH,
    Block,
    Code,
    Heading,
    Image,
    Inline,
    List,
    ListItem,
    Mark,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
    as_line,
    mention,
    picture_of_words,
    safe_href,
    tidy,
    with_box,
)

__all__ = ["inline", "read"]

_MARKS: dict[str, Mark] = {"strong": "strong", "em": "em", "strike": "strike", "code": "code"}
_INLINE = frozenset(
    {
        "text",
        "hardBreak",
        "mention",
        "emoji",
        "date",
        "status",
        "inlineCard",
        "placeholder",
        "mediaInline",
        "inlineExtension",
    }
)


def read(doc: Node, depth: int = 0) -> tuple[Block, ...]:
    """The blocks of a document or of any node that holds blocks."""
    blocks: list[Block] = []
    loose: list[Inline] = []
    for node in json.nodes(doc, "content"):
        if json.text(node, "type") in _INLINE:
            loose += inline(node)
            continue
        blocks += _paragraph(loose)
        loose = []
        blocks += _block(node, depth + 1)
    blocks += _paragraph(loose)
    return tuple(blocks)


def _paragraph(content: Iterable[Inline]) -> Iterator[Block]:
    if tidied := tidy(content):
        yield Paragraph(tidied)


def _block(node: Node, depth: int) -> Iterator[Block]:
    attrs = json.child(node, "attrs")
    if depth > MAX_DEPTH:
        yield from _paragraph([Span(_words(node))])
        return
    match kind := json.text(node, "type"):
        case "paragraph" | "caption":
            yield from _paragraph(_inlines(node))
        case "heading":
            if content := tidy(_inlines(node)):
                yield Heading(json.number(attrs, "level", 1), content)
        case "codeBlock":
            yield Code(_words(node), json.text(attrs, "language"))
        case "rule":
            yield Rule()
        case "blockquote" | "panel":
            yield Quote(read(node, depth))
        case "bulletList" | "decisionList":
            yield List(tuple(with_box(read(item, depth + 1)) for item in json.nodes(node, "content")))
        case "orderedList":
            items = tuple(with_box(read(item, depth + 1)) for item in json.nodes(node, "content"))
            yield List(items, max(0, json.number(attrs, "order", 1)))
        case "taskList":
            yield List(tuple(_tasks(node, depth)))
        case "table":
            yield from _table(node, depth)
        case "expand" | "nestedExpand":
            yield from _paragraph([Span(json.text(attrs, "title"), frozenset({"strong"}))])
            yield from read(node, depth)
        case "media":
            yield from _paragraph(_media(node))
        case "blockCard" | "embedCard":
            yield from _paragraph(_card(attrs))
        case _ if "content" in node:
            yield from read(node, depth)
        case _:
            name = json.text(attrs, "extensionKey", "title") or kind or "unknown part"
            yield from _paragraph([Span(f"[omitted: {name}]")])


def _tasks(node: Node, depth: int) -> Iterator[ListItem]:
    """Items with their boxes. A list below an item is its neighbour in ADF and inside it in Markdown."""
    waiting: ListItem | None = None
    for child in json.nodes(node, "content"):
        if json.text(child, "type") == "taskList" and depth < MAX_DEPTH:
            below = List(tuple(_tasks(child, depth + 1)))
            waiting = ListItem((*waiting.content, below), waiting.checked) if waiting else ListItem((below,))
            continue
        if waiting:
            yield waiting
        state = json.text(json.child(child, "attrs"), "state")
        waiting = ListItem(read(child, depth + 1), checked=state == "DONE")
    if waiting:
        yield waiting


def _table(node: Node, depth: int) -> Iterator[Block]:
    rows = [
        [as_line(read(cell, depth + 2)) for cell in json.nodes(row, "content")]
        for row in json.nodes(node, "content")
    ]
    width = max((len(row) for row in rows), default=0)
    if width:
        yield Table(tuple(tuple(row + [()] * (width - len(row))) for row in rows), (None,) * width)


def _inlines(node: Node) -> Iterator[Inline]:
    for child in json.nodes(node, "content"):
        yield from inline(child)


def inline(node: Node) -> Iterator[Inline]:
    """The text of one node that stands within a line."""
    attrs = json.child(node, "attrs")
    match kind := json.text(node, "type"):
        case "text":
            yield _span(node)
        case "hardBreak":
            yield Span("\n")
        case "mention":
            name = json.text(attrs, "text") or json.text(attrs, "id") or "somebody"
            yield mention(name, json.text(attrs, "id"))
        case "emoji":
            yield Span(json.text(attrs, "text", "shortName"))
        case "date":
            yield Span(_date(attrs))
        case "status":
            yield Span(json.text(attrs, "text"), frozenset({"strong"}))
        case "placeholder":
            yield Span(json.text(attrs, "text"))
        case "inlineCard":
            yield from _card(attrs)
        case "mediaInline" | "media":
            yield from _media(node)
        case _ if "content" in node:
            yield Span(_words(node))
        case _:
            yield Span(f"[omitted: {json.text(attrs, 'extensionKey') or kind or 'unknown part'}]")


def _span(node: Node) -> Inline:
    names = (json.text(mark, "type") for mark in json.nodes(node, "marks"))
    marks = frozenset(_MARKS[name] for name in names if name in _MARKS)
    return picture_of_words(Span(json.text(node, "text"), marks, _link(node)))


def _link(node: Node) -> str | None:
    links = (mark for mark in json.nodes(node, "marks") if json.text(mark, "type") == "link")
    return next((safe_href(json.text(json.child(link, "attrs"), "href")) for link in links), None)


def _date(attrs: Node) -> str:
    """ADF keeps milliseconds since 1970 as a string."""
    stamp = json.text(attrs, "timestamp")
    try:
        return datetime.fromtimestamp(int(stamp) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return stamp


def _card(attrs: Node) -> Iterator[Inline]:
    url = json.text(attrs, "url") or json.text(json.child(attrs, "data"), "url", "name")
    yield Span(url or "[omitted: a card without an address]", href=safe_href(url))


def _media(node: Node) -> Iterator[Inline]:
    attrs = json.child(node, "attrs")
    if json.text(attrs, "type") == "external":
        yield Image(json.text(attrs, "url"), json.text(attrs, "alt"), _link(node))
    else:
        yield Span(f"[attachment omitted: {json.text(attrs, 'alt') or 'file'}]")


def _words(node: Node) -> str:
    """All text in a node, however deep, without recursion."""
    found: list[str] = []
    waiting = [node]
    while waiting:
        current = waiting.pop()
        found.append(json.text(current, "text") or ("\n" if current.get("type") == "hardBreak" else ""))
        waiting += reversed(json.nodes(current, "content"))
    return "".join(found)
