"""Notion's blocks and rich text into the tree. Any JSON is valid; what is unknown is named, not dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from connectors.text import json
from connectors.text.json import Node
from connectors.text.tree import (
    MAX_DEPTH,
    Block,
    Code,
    Heading,
    Image,
    Inline,
    Inlines,
    List,
    ListItem,
    Mark,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
    mention,
    picture_of_words,
    plain_text,
    safe_href,
    tidy,
    with_box,
)
from connectors.text.writing import write, write_inlines

_NEWLINE = re.compile(r"\r\n|[\r\n\u2028\u2029]")
__all__ = ["loose_markdown", "read"]

_MARKS: dict[str, Mark] = {"bold": "strong", "italic": "em", "strikethrough": "strike", "code": "code"}
_HEADINGS = {"heading_1": 1, "heading_2": 2, "heading_3": 3, "heading_4": 4}
_LANGUAGE = re.compile(r"[\w+#.-]+")
_LISTS = frozenset({"bulleted_list_item", "numbered_list_item", "to_do"})
_WITHOUT_TEXT = frozenset({"table_of_contents", "breadcrumb"})


def read(blocks: Sequence[Node], depth: int = 0) -> tuple[Block, ...]:
    """The tree of a list of blocks; items of one list that follow one another become that list."""
    found: list[Block] = []
    for is_list, group in groupby(blocks, _list_kind):
        if is_list:
            items = tuple(_item(block, depth) for block in group)
            found.append(List(items, 1 if is_list == "numbered" else None))
        else:
            for block in group:
                found += _block(block, depth)
    return tuple(found)


def _list_kind(block: Node) -> str:
    kind = json.text(block, "type")
    return "" if kind not in _LISTS else "numbered" if kind == "numbered_list_item" else "bullets"


def _children(block: Node, depth: int) -> tuple[Block, ...]:
    content = json.child(block, json.text(block, "type"))
    nodes = json.nodes(block, "children") or json.nodes(content, "children")
    if depth < MAX_DEPTH:
        return read(nodes, depth + 1)
    return tuple(Paragraph((Span("[omitted: text nested too deeply]"),)) for _ in nodes[:1])


def _item(block: Node, depth: int) -> ListItem:
    content = json.child(block, json.text(block, "type"))
    blocks = (*_paragraph(_inlines(content)), *_children(block, depth))
    if json.text(block, "type") == "to_do":
        return ListItem(blocks, checked=content.get("checked") is True)
    return with_box(blocks)


def _paragraph(content: Iterable[Inline]) -> Iterator[Block]:
    if tidied := tidy(content):
        yield Paragraph(tidied)


def _block(block: Node, depth: int) -> Iterator[Block]:
    kind = json.text(block, "type")
    content = json.child(block, kind)
    match kind:
        case "heading_1" | "heading_2" | "heading_3" | "heading_4":
            if words := tidy(_inlines(content)):
                yield Heading(_HEADINGS[kind], words)
            yield from _children(block, depth)
        case "code":
            yield from _code(content)
        case "divider":
            yield Rule()
        case "quote" | "callout":
            yield Quote((*_paragraph(_inlines(content)), *_children(block, depth)))
        case "table":
            yield from _table(block)
        case "image":
            yield from _paragraph(_image(content))
        case "file" | "pdf" | "video" | "audio":
            yield from _paragraph(_file(content))
        case "bookmark" | "embed" | "link_preview":
            url = json.text(content, "url")
            name = plain_text(_inlines(content, "caption")) or url
            yield from _paragraph([Span(name, href=safe_href(url))])
        case "equation":
            yield Code(json.text(content, "expression"), "latex")
        case "child_page" | "child_database":
            yield from _paragraph([Span(json.text(content, "title"), frozenset({"strong"}))])
        case _ if kind in _WITHOUT_TEXT:
            return
        case _:
            words = tidy(_inlines(content))
            below = _children(block, depth)
            yield from _paragraph(words)
            yield from below
            if (
                "rich_text" not in content
                and not below
                and kind not in ("column", "column_list", "synced_block")
            ):
                yield from _paragraph([Span(f"[omitted: {kind or 'unknown part'}]")])


def _code(content: Node) -> Iterator[Block]:
    """Languages that Notion does not know are one word of caption; other captions stand below the code."""
    language, caption = json.text(content, "language"), tidy(_inlines(content, "caption"))
    words = plain_text(caption)
    if language in ("", "plain text"):
        language = words if _LANGUAGE.fullmatch(words) else ""
        caption = () if language else caption
    yield Code(plain_text(_inlines(content)), language)
    yield from _paragraph(caption)


def _table(block: Node) -> Iterator[Block]:
    content = json.child(block, "table")
    rows: list[list[Inlines]] = []
    for row in json.nodes(block, "children") or json.nodes(content, "children"):
        cells = json.child(row, "table_row").get("cells")
        if isinstance(cells, list):
            rows.append([tidy(_rich(json.nodes({"cell": cell}, "cell"))) for cell in cells])
    width = max((len(row) for row in rows), default=0)
    if width:
        yield Table(tuple(tuple(row + [()] * (width - len(row))) for row in rows), (None,) * width)


def _image(content: Node) -> Iterator[Inline]:
    """Pictures that Notion hosts have addresses that die after an hour: those are only named."""
    spans = tidy(_inlines(content, "caption"))
    caption, links = plain_text(spans), {span.href for span in spans}
    url = json.text(json.child(content, "external"), "url")
    yield (
        Image(url, caption, links.pop() if len(links) == 1 else None)
        if url
        else Span(f"[image omitted: {caption or 'without a caption'}]")
    )


def _file(content: Node) -> Iterator[Inline]:
    caption = plain_text(_inlines(content, "caption"))
    url = json.text(json.child(content, "external"), "url")
    name = caption or json.text(content, "name") or url or "file"
    yield Span(name, href=safe_href(url)) if url else Span(f"[attachment omitted: {name}]")


def _inlines(content: Node, name: str = "rich_text") -> Iterator[Inline]:
    yield from _rich(json.nodes(content, name))


def _rich(runs: Iterable[Node]) -> Iterator[Inline]:
    return map(picture_of_words, _spans(runs))


def _spans(runs: Iterable[Node]) -> Iterator[Span]:
    for run in runs:
        text = json.child(run, "text")
        words = json.text(run, "plain_text") or json.text(text, "content")
        href = json.text(json.child(text, "link"), "url") or json.text(run, "href")
        mentioned = json.child(json.child(run, "mention"), "user")
        if json.text(run, "type") == "mention" and mentioned:
            yield mention(words or "somebody", json.text(mentioned, "id"))
            continue
        given = json.child(run, "annotations")
        marks = frozenset(mark for name, mark in _MARKS.items() if given.get(name) is True)
        if run.get("type") == "equation":
            words = json.text(json.child(run, "equation"), "expression") or words
            marks |= {"code"}
        yield Span(words, marks, safe_href(href))


def loose_markdown(runs: Sequence[Node]) -> str:
    """Rich text as Markdown in which lists, quotes and tables typed as characters are what they look like."""
    pieces: list[str] = []
    line: list[Span] = []
    for span in _spans(runs):
        if "code" in span.marks and "\n" in span.text:
            pieces += [_line(line), "", *write((Code(span.text),)).split("\n"), ""]
            line = []
            continue
        first, *others = _NEWLINE.split(span.text)
        line.append(replace(span, text=first))
        for text in others:
            pieces.append(_line(line))
            line = [replace(span, text=text)]
    return "\n".join([*pieces, _line(line)])


def _line(line: Sequence[Span]) -> str:
    if not any(span.text for span in line):
        return ""
    first = line[0].text if line and not line[0].marks else ""
    return " " * (len(first) - len(first.lstrip(" "))) + write_inlines(line, signs=True)
