"""HTML to and from canonical Markdown: Zendesk's ``html_body``."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from connectors.text import hypertext, reading, writing
from connectors.text.tree import (
    Align,
    Block,
    Code,
    Heading,
    Image,
    Inline,
    List,
    ListItem,
    Paragraph,
    Quote,
    Rule,
    Table,
    person_of,
)

__all__ = ["from_markdown", "inlines", "item", "to_markdown"]

_TAGS = {"em": "em", "strong": "strong", "strike": "del", "code": "code"}


def to_markdown(html: str) -> str:
    """What a person sees of the HTML, without scripts, styles and tracking pixels."""
    return writing.write(hypertext.read(html))


def from_markdown(markdown: str) -> str:
    """HTML of paragraphs, lists, tables and the like, with every character of the text escaped."""
    return _blocks(reading.read(markdown))


def _blocks(blocks: Iterable[Block]) -> str:
    return "\n".join(_block(block) for block in blocks)


def _block(block: Block) -> str:
    match block:
        case Paragraph(content):
            return f"<p>{inlines(content)}</p>"
        case Heading(level, content):
            return f"<h{level}>{inlines(content)}</h{level}>"
        case Code(text, language):
            name = f' class="language-{escape(language)}"' if language else ""
            return f"<pre><code{name}>{escape(text, quote=False)}\n</code></pre>"
        case Rule():
            return "<hr>"
        case Quote(content):
            return f"<blockquote>{_blocks(content)}</blockquote>"
        case List(items, start):
            tag = "ul" if start is None else "ol"
            first = f' start="{start}"' if start not in (None, 1) else ""
            return f"<{tag}{first}>{''.join(item(one) for one in items)}</{tag}>"
        case Table():
            return _table(block)


def item(unit: ListItem) -> str:
    """An item of a list, with its check box as text: Zendesk takes form elements out."""
    box = {None: "", True: "[x] ", False: "[ ] "}[unit.checked]
    first, rest = unit.content[:1], unit.content[1:]
    if first and isinstance(only := first[0], Paragraph):
        return f"<li>{box}{inlines(only.content)}{_blocks(rest)}</li>"
    return f"<li>{box}{_blocks(unit.content)}</li>"


def _table(table: Table) -> str:
    rows = []
    for index, row in enumerate(table.rows):
        tag = "td" if index else "th"
        cells = zip(row, table.aligns, strict=True)
        written = (f"<{tag}{_align(align)}>{inlines(cell)}</{tag}>" for cell, align in cells)
        rows.append(f"<tr>{''.join(written)}</tr>")
    return f"<table>{''.join(rows)}</table>"


def _align(align: Align) -> str:
    return f' align="{align}"' if align else ""


def inlines(content: Iterable[Inline]) -> str:
    """The HTML of a line."""
    return "".join(_inline(part) for part in content)


def _inline(part: Inline) -> str:
    if isinstance(part, Image):
        html = f'<img src="{escape(part.src)}" alt="{escape(part.alt)}">'
    else:
        html = escape(part.text, quote=False).replace("\n", "<br>")
        for mark, tag in _TAGS.items():
            if mark in part.marks:
                html = f"<{tag}>{html}</{tag}>"
    # Zendesk knows no mentions
    return f'<a href="{escape(part.href)}">{html}</a>' if part.href and not person_of(part.href) else html
