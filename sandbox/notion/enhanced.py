"""Notion's own Markdown, which is not GitHub's: a line a block, tabs for what is below, tags for the rest.

Source: developers.notion.com/guides/data-apis/enhanced-markdown. Blocks that have no form in it come out as
``<unknown/>``, and stay where they are as long as that line does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from sandbox.notion import text
from sandbox.notion.blocks import LANGUAGES, NewBlock
from sandbox.notion.markdown import inline
from sandbox.notion.state import Block, Workspace

_ESCAPED = re.compile(r"([\\*~`$\[\]<>{}|^])")
_COLOR = re.compile(r'\s*\{color="([a-z_]+)"\}$')
_PREFIXES = {
    "heading_1": "# ",
    "heading_2": "## ",
    "heading_3": "### ",
    "bulleted_list_item": "- ",
    "numbered_list_item": "1. ",
    "quote": "> ",
    "paragraph": "",
}
_LINES = (
    ("heading_1", re.compile(r"# (.*)")),
    ("heading_2", re.compile(r"## (.*)")),
    ("heading_3", re.compile(r"#{3,6} (.*)")),
    ("to_do", re.compile(r"- \[([ xX])\] (.*)")),
    ("bulleted_list_item", re.compile(r"- (.*)")),
    ("numbered_list_item", re.compile(r"\d+\. (.*)")),
    ("quote", re.compile(r"> (.*)")),
)
_TAGS = {"<callout": "</callout>", "<details": "</details>", "<table": "</table>"}
_CELL = re.compile(r"<td[^>]*>(.*?)</td>")


def render(workspace: Workspace, blocks: Sequence[str]) -> list[str]:
    """The text of each block with all that is below it."""
    return ["\n".join(_rendered(workspace, workspace.blocks[identity])) for identity in blocks]


def _rendered(workspace: Workspace, block: Block) -> list[str]:
    children = [workspace.blocks[identity] for identity in block.children]
    below = [f"\t{line}" for child in children for line in _rendered(workspace, child)]
    content, rich = block.content, _runs(block.content.get("rich_text"))
    color = content.get("color", "default")
    mark = "" if color == "default" else f' {{color="{color}"}}'
    match block.type:
        case "to_do":
            return [f"- [{'x' if content.get('checked') else ' '}] {rich}{mark}", *below]
        case "code":
            return [f"```{content['language']}", *text.plain(content.get("rich_text")).split("\n"), "```"]
        case "divider":
            return ["---"]
        case "callout":
            return ["<callout>", f"\t{rich}", *below, "</callout>"]
        case "toggle":
            return ["<details>", f"<summary>{rich}</summary>", *below, "</details>"]
        case "table":
            head = ' header-row="true"' if content.get("has_column_header") else ""
            return [f"<table{head}>", *below, "</table>"]
        case "table_row":
            cells = content.get("cells")
            row = [f"<td>{_runs(cell)}</td>" for cell in (cells if isinstance(cells, list) else [])]
            return ["<tr>", *row, "</tr>"]
        case kind if kind in _PREFIXES:
            return [f"{_PREFIXES[kind]}{rich}{mark}" or "<empty-block/>", *below]
        case kind:
            return [f'<unknown id="{block.id}" alt="{kind}"/>']


def _runs(rich: JsonValue) -> str:
    parts = rich if isinstance(rich, list) else []
    return "".join(_run(part) for part in parts if isinstance(part, dict))


def _run(part: dict[str, JsonValue]) -> str:
    words, marks = str(part["plain_text"]), part.get("annotations")
    given = {name for name, value in marks.items() if value is True} if isinstance(marks, dict) else set()
    if "code" in given:
        return f"`{words}`"
    shown = _ESCAPED.sub(r"\\\1", words).replace("\n", "<br>")
    for name, sign in (("strikethrough", "~~"), ("italic", "*"), ("bold", "**")):
        shown = f"{sign}{shown}{sign}" if name in given else shown
    return f"[{shown}]({part['href']})" if part.get("href") else shown


@dataclass(frozen=True, slots=True)
class Piece:
    """A block at the top, in the words that it was read from."""

    source: str
    block: NewBlock | None
    """``None`` for what stands for a block that has no form here."""


def parse(markdown: str) -> list[Piece]:
    """The blocks at the top, each with those below it."""
    return [Piece("\n".join(lines), _parsed(lines)) for lines in _split(markdown.split("\n"))]


def _split(lines: Sequence[str]) -> Iterator[list[str]]:
    """The lines of each block: its own, those up to its closing tag, and those that are indented below."""
    position = 0
    while position < len(lines):
        line, end = lines[position], position + 1
        if not line.strip():
            position = end
            continue
        name = next((name for name in _TAGS if line.startswith(name)), None)
        closing = "```" if line.startswith("```") else _TAGS.get(name or "")
        if closing is not None:
            while end < len(lines) and lines[end].rstrip() != closing:
                end += 1
            end += 1
        else:
            while end < len(lines) and lines[end].startswith("\t"):
                end += 1
        yield list(lines[position:end])
        position = end


def _below(lines: Sequence[str]) -> list[NewBlock]:
    pieces = parse("\n".join(line.removeprefix("\t") for line in lines))
    return [piece.block for piece in pieces if piece.block is not None]


def _parsed(lines: Sequence[str]) -> NewBlock | None:
    first = lines[0].strip()
    if first.startswith("<unknown"):
        return None
    if first.startswith("```"):
        language = first[3:].strip() if first[3:].strip() in LANGUAGES else "plain text"
        return NewBlock(
            "code", {"rich_text": text.runs("\n".join(lines[1:-1])), "caption": [], "language": language}
        )
    if first == "---":
        return NewBlock("divider", {})
    if first == "<empty-block/>":
        return _words("paragraph", "")
    if first.startswith("<table"):
        return _table(lines)
    if first.startswith("<callout"):
        inner = [line.removeprefix("\t") for line in lines[1:-1]]
        callout = _words("callout", inner[0] if inner else "", _below(inner[1:]))
        return NewBlock("callout", {**callout.content, "icon": None}, callout.children)
    if first.startswith("<details"):
        summary = re.fullmatch(r"\s*<summary>(.*)</summary>\s*", lines[1]) if len(lines) > 1 else None
        return _words("toggle", summary.group(1) if summary else "", _below(lines[2 if summary else 1 : -1]))
    for kind, pattern in _LINES:
        found = pattern.fullmatch(first)
        if found:
            return _line(kind, found, _below(lines[1:]))
    return _words("paragraph", first, _below(lines[1:]))


def _line(kind: str, found: re.Match[str], below: Sequence[NewBlock]) -> NewBlock:
    made = _words(kind, found.groups()[-1], below)
    if kind == "to_do":
        return NewBlock(kind, {**made.content, "checked": found.group(1) in "xX"}, below)
    if kind.startswith("heading"):
        return NewBlock(kind, {**made.content, "is_toggleable": False}, below)
    return made


def _words(kind: str, words: str, below: Sequence[NewBlock] = ()) -> NewBlock:
    color = _COLOR.search(words)
    rich = inline(_COLOR.sub("", words).replace("<br>", "\n"))
    return NewBlock(kind, {"rich_text": rich, "color": color.group(1) if color else "default"}, below)


def _table(lines: Sequence[str]) -> NewBlock:
    rows = "".join(line.strip() for line in lines).split("<tr>")[1:]
    cells = [[inline(cell) for cell in _CELL.findall(row)] for row in rows]
    head = 'header-row="true"' in lines[0]
    about: dict[str, JsonValue] = {"table_width": max(map(len, cells), default=0)}
    made = [NewBlock("table_row", {"cells": [*row]}) for row in cells]
    return NewBlock("table", {**about, "has_column_header": head, "has_row_header": False}, made)
