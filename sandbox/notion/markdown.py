"""Markdown as blocks and back: what a person types into the emulated window, and what the page shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from pydantic import JsonValue

from sandbox.notion import text
from sandbox.notion.blocks import LANGUAGES, NewBlock
from sandbox.notion.problem import Object
from sandbox.notion.state import Block, Workspace

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_MARKS = {"strong": "bold", "em": "italic", "s": "strikethrough"}


def blocks(markdown: str) -> list[NewBlock]:
    """Markdown as blocks, as Notion makes them when text is pasted."""
    return _blocks(SyntaxTreeNode(_PARSER.parse(markdown)).children)


def words(markdown: str) -> list[JsonValue]:
    """Markdown as the rich text of a comment: paragraphs keep their marks, anything else stays as typed."""
    paragraphs = SyntaxTreeNode(_PARSER.parse(markdown)).children
    if any(node.type != "paragraph" for node in paragraphs):
        return text.runs(markdown)
    joined: list[JsonValue] = []
    for node in paragraphs:
        joined += [text.run("\n\n"), *_inline(node)] if joined else _inline(node)
    return joined


def inline(markdown: str) -> list[JsonValue]:
    """One line of Markdown as rich text."""
    return _inline(SyntaxTreeNode(_PARSER.parseInline(markdown)))


def _blocks(nodes: Iterable[SyntaxTreeNode]) -> list[NewBlock]:
    made: list[NewBlock] = []
    for node in nodes:
        made += _list(node) if node.type in {"bullet_list", "ordered_list"} else [_block(node)]
    return made


def _block(node: SyntaxTreeNode) -> NewBlock:
    if node.type == "heading":
        level = min(int(node.tag[1]), 3)
        return _text(f"heading_{level}", _inline(node), is_toggleable=False)
    if node.type in {"fence", "code_block"}:
        language = node.info.strip() if node.info.strip() in LANGUAGES else "plain text"
        runs = text.runs(node.content.removesuffix("\n"))
        return NewBlock("code", {"rich_text": runs, "caption": [], "language": language})
    if node.type == "blockquote":
        first, *rest = _blocks(node.children) or [_text("paragraph", [])]
        return NewBlock("quote", {"rich_text": first.content.get("rich_text", []), "color": "default"}, rest)
    if node.type == "hr":
        return NewBlock("divider", {})
    if node.type == "table":
        return _table(node)
    return _text("paragraph", _inline(node) if node.children else text.runs(node.content.strip()))


def _text(kind: str, rich: list[JsonValue], children: Sequence[NewBlock] = (), **more: JsonValue) -> NewBlock:
    return NewBlock(kind, {"rich_text": rich, "color": "default", **more}, children)


def _list(node: SyntaxTreeNode) -> list[NewBlock]:
    kind = "bulleted_list_item" if node.type == "bullet_list" else "numbered_list_item"
    items = []
    for item in node.children:
        first, rest = (item.children[0], item.children[1:]) if item.children else (None, [])
        rich = _inline(first) if first is not None and first.type == "paragraph" else []
        start = str(rich[0]["plain_text"]) if rich and isinstance(rich[0], dict) else ""
        if start[:4].lower() in {"[ ] ", "[x] "}:
            rest_of_first = [*text.runs(start[4:]), *rich[1:]]
            items.append(_text("to_do", rest_of_first, _blocks(rest), checked=start[1].lower() == "x"))
        else:
            items.append(_text(kind, rich, _blocks(rest)))
    return items


def _table(node: SyntaxTreeNode) -> NewBlock:
    rows = [row for part in node.children for row in part.children]
    cells = [[list(_inline(cell)) for cell in row.children] for row in rows]
    made = [NewBlock("table_row", {"cells": [list(cell) for cell in row]}) for row in cells]
    head: Object = {"table_width": len(cells[0]), "has_column_header": True, "has_row_header": False}
    return NewBlock("table", head, made)


def _inline(node: SyntaxTreeNode) -> list[JsonValue]:
    runs: list[JsonValue] = []
    marks: list[str] = []
    link: str | None = None
    for token in (token for child in node.children for token in _tokens(child)):
        name = token.type.removesuffix("_open").removesuffix("_close")
        if name in _MARKS:
            marks = [*marks, _MARKS[name]] if token.nesting == 1 else marks[:-1]
        elif name == "link":
            link = str(token.attrGet("href")) if token.nesting == 1 else None
        else:
            breaks = token.type in {"softbreak", "hardbreak"}
            code = {"code": True} if token.type == "code_inline" else {}
            for part in text.runs("\n" if breaks else token.content):
                content = str(part["plain_text"]) if isinstance(part, dict) else ""
                runs.append(text.run(content, link=link, **dict.fromkeys(marks, True), **code))
    return runs


def _tokens(node: SyntaxTreeNode) -> list[Token]:
    return (node.token.children or []) if node.type == "inline" and node.token is not None else []


def plain(workspace: Workspace, children: Sequence[str], indent: str = "") -> str:
    """Blocks as simple Markdown, for the page that shows all four tools."""
    lines = []
    for identity in children:
        block = workspace.blocks[identity]
        lines.append(indent + _line(block))
        if block.children:
            lines.append(plain(workspace, block.children, indent + "  "))
    return "\n".join(lines)


_PREFIXES = {"heading_1": "# ", "heading_2": "## ", "heading_3": "### ", "quote": "> "}
_BULLETS = {"bulleted_list_item": "- ", "numbered_list_item": "1. "}


def _line(block: Block) -> str:
    words = text.plain(block.content.get("rich_text"))
    if block.type == "code":
        return f"```\n{words}\n```"
    if block.type == "to_do":
        return f"- [{'x' if block.content.get('checked') else ' '}] {words}"
    if block.type == "table_row":
        cells = block.content.get("cells")
        return (
            "| " + " | ".join(text.plain(cell) for cell in (cells if isinstance(cells, list) else [])) + " |"
        )
    return {"divider": "---"}.get(block.type, (_PREFIXES | _BULLETS).get(block.type, "") + words)
