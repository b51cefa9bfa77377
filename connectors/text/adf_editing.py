"""An edit of Markdown written into a document of Jira's: panels, macros, mentions and colours stay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pydantic import JsonValue

from connectors.text import adf, adf_reading, editing, json, line_editing, reading, writing
from connectors.text.json import Node
from connectors.text.tree import (
    Block,
    Code,
    Heading,
    Image,
    Inlines,
    List,
    ListItem,
    Paragraph,
    Quote,
    Span,
    Table,
    as_line,
    plain_text,
    with_box,
)

__all__ = ["edited"]

_TASK = re.compile(r"tasks?-(\d{1,9})")
_KNOWN = frozenset(
    {
        *("paragraph", "heading", "codeBlock", "rule", "text", "hardBreak", "mention", "emoji", "date"),
        *("status", "inlineCard", "blockCard", "embedCard", "placeholder", "listItem", "taskItem"),
        *("decisionItem", "tableCell", "tableHeader", "blockquote", "panel"),
    }
)
"""Nodes without content that Markdown can say."""


def edited(doc: Node, markdown: str) -> dict[str, JsonValue]:
    """The document changed so that it reads as ``markdown``; what reads the same already stays as it is."""
    nodes = json.nodes(doc, "content")
    form = _Blocks(adf.Writer(_first_free(doc)))
    content = editing.apply(nodes, reading.read(markdown), form, editing.key)
    return {**doc, "type": "doc", "version": 1, "content": _listed(content)}


def _first_free(doc: Node) -> int:
    """A number that no check box of the document has."""
    ids = (json.text(json.child(node, "attrs"), "localId") for node in _all(doc))
    taken = (int(hit[1]) for id_ in ids if (hit := _TASK.fullmatch(id_)))
    return max(taken, default=0) + 1


def _all(doc: Node) -> Iterator[Node]:
    waiting = [doc]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += json.nodes(node, "content")


def _listed(nodes: Iterable[Node]) -> list[JsonValue]:
    return [dict(node) for node in nodes]


def _with(node: Node, content: Iterable[Node], **attrs: JsonValue) -> Node:
    """The node with another content, and with some attributes changed."""
    kept: dict[str, JsonValue] = {**json.child(node, "attrs"), **attrs}
    return {**node, **({"attrs": kept} if kept else {}), "content": _listed(content)}


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Nodes that hold blocks."""

    writer: adf.Writer

    def read(self, node: Node) -> tuple[Block, ...]:
        return adf_reading.read({"content": [dict(node)]})

    def write(self, units: Sequence[Block]) -> list[Node]:
        return [node for node in self.writer.blocks(units) if isinstance(node, Mapping)]

    def stays(self, node: Node) -> bool:
        leaves = [leaf for leaf in _all(node) if not json.nodes(leaf, "content")]
        return all(json.text(leaf, "type") not in _KNOWN and not _is_external(leaf) for leaf in leaves)

    def edit(self, node: Node, units: tuple[Block, ...]) -> list[Node]:
        changed = self._edit(json.text(node, "type"), node, units)
        return self.write(units) if changed is None else [changed]

    def _edit(self, kind: str, node: Node, units: tuple[Block, ...]) -> Node | None:
        """The node with these blocks in it; ``None`` where it has to be written anew."""
        match kind, units:
            case "paragraph", [Paragraph(content)] if not _only_images(content):
                return _with(node, _line(node, content))
            case "heading", [Heading(level, content)]:
                return _with(node, _line(node, content), level=level)
            case "codeBlock", [Code(text, language)]:
                words: list[Node] = [{"type": "text", "text": text}] if text else []
                return _with(node, words, **({"language": language} if language else {}))
            case "blockquote", [Quote(content)]:
                return self._below(node, adf.without(content, adf.IN_TEXT, boxes=False))
            case "panel", [Quote(content)]:
                return self._below(node, adf.without(content, (Table, Quote)))
            case "bulletList" | "orderedList" | "decisionList", [List(items, start)]:
                if (start is None) == (kind == "orderedList"):
                    return None
                below = editing.apply(json.nodes(node, "content"), items, _Items(self), editing.key)
                return _with(node, below, **({} if start is None else {"order": start}))
            case "taskList", [List(items)] if _are_boxes(node, items):
                below = editing.apply(json.nodes(node, "content"), items, _Tasks(self), editing.key)
                return _with(node, below)
            case "table", [Table(rows)]:
                return _table(node, rows)
            case "expand" | "nestedExpand", [Paragraph(title), *rest] if _is_title(title):
                below = editing.apply(json.nodes(node, "content"), rest, self, editing.key)
                return _with(node, below, title=plain_text(title))
            case _ if any("content" in child for child in json.nodes(node, "content")):
                return self._below(node, units)
            case _:
                return None

    def _below(self, node: Node, content: Iterable[Block]) -> Node | None:
        """The node with what is in it edited; ``None`` where nothing would be left in it."""
        below = editing.apply(json.nodes(node, "content"), tuple(content), self, editing.key)
        return _with(node, below) if below else None


def _is_external(leaf: Node) -> bool:
    attrs = json.child(leaf, "attrs")
    return json.text(leaf, "type") == "media" and json.text(attrs, "type") == "external"


def _only_images(content: Inlines) -> bool:
    return all(isinstance(part, Image) for part in content)


def _is_title(content: Inlines) -> bool:
    return all(isinstance(part, Span) and part.marks == {"strong"} for part in content)


@dataclass(frozen=True, slots=True)
class _Items:
    """The items of a list of bullets, numbers or decisions."""

    blocks: _Blocks

    def read(self, node: Node) -> tuple[ListItem, ...]:
        return (with_box(adf_reading.read(node)),)

    def write(self, units: Sequence[ListItem]) -> list[Node]:
        # a list without numbers writes the same items as one with them
        [made] = self.blocks.write((List(tuple(adf.box_as_text(unit) for unit in units)),))
        return json.nodes(made, "content")

    def stays(self, node: Node) -> bool:
        return self.blocks.stays(node)

    def edit(self, node: Node, units: tuple[ListItem, ...]) -> list[Node]:
        [unit, *others] = units
        if json.text(node, "type") == "decisionItem" and len(unit.content) == 1:
            [only] = unit.content
            if isinstance(only, Paragraph):
                return [_with(node, _line(node, only.content)), *(self.write(others) if others else [])]
        content = tuple(adf.without(adf.box_as_text(unit).content, adf.IN_TEXT))
        below = editing.apply(json.nodes(node, "content"), content, self.blocks, editing.key)
        starts_well = below and json.text(below[0], "type") in ("paragraph", "codeBlock", "mediaSingle")
        made = [_with(node, below)] if starts_well else self.write((unit,))
        return made + (self.write(others) if others else [])


@dataclass(frozen=True, slots=True)
class _Tasks:
    """The items of a flat list of check boxes."""

    blocks: _Blocks

    def read(self, node: Node) -> tuple[ListItem, ...]:
        state = json.text(json.child(node, "attrs"), "state")
        return (ListItem(adf_reading.read(node), checked=state == "DONE"),)

    def write(self, units: Sequence[ListItem]) -> list[Node]:
        [made] = self.blocks.write((List(tuple(units)),))
        return json.nodes(made, "content")

    def stays(self, node: Node) -> bool:
        return False

    def edit(self, node: Node, units: tuple[ListItem, ...]) -> list[Node]:
        [unit, *others] = units
        words = unit.content[0].content if unit.content and isinstance(unit.content[0], Paragraph) else ()
        changed = _with(node, _line(node, words), state="DONE" if unit.checked else "TODO")
        return [changed, *(self.write(others) if others else [])]


def _are_boxes(node: Node, items: Sequence[ListItem]) -> bool:
    flat = all(json.text(child, "type") == "taskItem" for child in json.nodes(node, "content"))
    lines = all(
        item.checked is not None
        and all(isinstance(block, Paragraph) for block in item.content)
        and len(item.content) < 2
        for item in items
    )
    return flat and lines


def _table(node: Node, rows: Sequence[tuple[Inlines, ...]]) -> Node | None:
    """The table with other words in its cells; ``None`` when its columns changed."""
    old = json.nodes(node, "content")
    widths = {len(json.nodes(row, "content")) for row in old} | {len(row) for row in rows}
    return _with(node, editing.apply(old, rows, _Rows(), _row_key)) if len(widths) == 1 else None


_Row = tuple[Inlines, ...]


def _row_key(row: _Row) -> str:
    return writing.write((Table((row,), (None,) * len(row)),))


class _Rows:
    """The rows of a table, all as wide as the wanted ones."""

    def read(self, node: Node) -> tuple[_Row, ...]:
        return (tuple(as_line(adf_reading.read(cell)) for cell in json.nodes(node, "content")),)

    def write(self, units: Sequence[_Row]) -> list[Node]:
        return [adf.table_row(unit, "tableCell") for unit in units]

    def stays(self, node: Node) -> bool:
        return False

    def edit(self, node: Node, units: tuple[_Row, ...]) -> list[Node]:
        [unit, *others] = units
        cells = zip(json.nodes(node, "content"), self.read(node)[0], unit, strict=True)
        changed = [cell if now == wanted else _cell(cell, wanted) for cell, now, wanted in cells]
        return [_with(node, changed), *self.write(others)]


def _cell(cell: Node, wanted: Inlines) -> Node:
    below = json.nodes(cell, "content")
    if len(below) == 1 and json.text(below[0], "type") == "paragraph":
        return _with(cell, [_with(below[0], _line(below[0], wanted))])
    return _with(cell, [adf.paragraph(wanted)])


def _native(node: Node) -> line_editing.Native[Node]:
    content = tuple(adf_reading.inline(node))
    return line_editing.Native(node, content, json.text(node, "type") == "text" and not _only_images(content))


def _line(node: Node, wanted: Inlines) -> list[Node]:
    """The words of a node that holds a line or a paragraph."""
    natives = [_native(child) for child in json.nodes(node, "content")]
    made: list[Node] = []
    for part in line_editing.edited(natives, wanted):
        if isinstance(part, line_editing.Kept):
            made.append(part.node if part.text is None else {**part.node, "text": part.text})
        else:
            made += [new for new in adf.inlines([part]) if isinstance(new, Mapping)]
    return [_joined(list(run)) for _, run in groupby(made, _look)]


def _look(node: Node) -> object:
    """Equal for text nodes that can be one; Jira joins neighbours of one look itself."""
    return node.get("marks", []) if json.text(node, "type") == "text" else id(node)


def _joined(run: Sequence[Node]) -> Node:
    return run[0] if len(run) == 1 else {**run[0], "text": "".join(json.text(node, "text") for node in run)}
