"""An edit of Markdown written into an HTML text: frames, classes, videos and whatever was not edited stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser

from connectors.errors import Rejected
from connectors.text import editing, html, hypertext, reading, writing
from connectors.text.tags import BLOCKS, CONTAINERS, FRAMES, HEADINGS, VOID
from connectors.text.tree import Block, Heading, Inlines, List, ListItem, Paragraph, Quote, Table, as_line
from connectors.text.weight import is_heavy

__all__ = ["edited"]

_BLOCKS = BLOCKS | CONTAINERS | frozenset(HEADINGS) | {"pre", "hr", "iframe", "video", "object", "figure"}


def edited(source: str, markdown: str) -> str:
    """The HTML changed so that it reads as ``markdown``; what reads the same already stays to the letter.

    Raises :exc:`~connectors.errors.Rejected` where the HTML is so heavy that only its words were read.
    """
    wanted = reading.read(markdown)
    if is_heavy(source):
        if hypertext.read(source) == wanted:
            return source
        raise Rejected(
            f"a text of {len(source):,} characters of HTML is read for its words alone, and an edit of them "
            "cannot be written into it",
            advice="edit it in its own tool, or divide it",
        )
    text = "".join(piece.source for piece in editing.apply(_pieces(source), wanted, _Blocks(), editing.key))
    canonical = writing.write(hypertext.read(html.from_markdown(markdown)))
    # pieces that have come together may mean something else: then the text counts more than its frame
    return text if writing.write(hypertext.read(text)) == canonical else html.from_markdown(markdown)


@dataclass(frozen=True, slots=True)
class _Piece:
    """One element, or a run of text and elements within a line."""

    source: str
    tag: str = ""
    """Of an element that stands alone: its name."""
    opening: int = 0
    closing: int = 0
    """Where its content begins and ends in ``source``."""

    @property
    def inner(self) -> str:
        return self.source[self.opening : self.closing]

    def holding(self, inner: str) -> _Piece:
        """The same element with other content."""
        source = self.source[: self.opening] + inner + self.source[self.closing :]
        return replace(self, source=source, closing=self.opening + len(inner))


def _pieces(source: str) -> list[_Piece]:
    """The HTML cut at its outermost block elements; in one piece where its tags are not balanced."""
    splitter = _Splitter(source)
    splitter.feed(source)
    splitter.close()
    return splitter.pieces() if splitter.balanced else [_Piece(source)]


class _Splitter(HTMLParser):
    """Notes where the outermost elements begin and end."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=False)
        self._source = source
        self._starts = [0]
        for line in source.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._open: list[tuple[str, int, int]] = []
        self._found: list[_Piece] = []
        self._at = 0
        self.balanced = True

    def pieces(self) -> list[_Piece]:
        self._text_until(len(self._source))
        return self._found

    def close(self) -> None:
        super().close()
        self.balanced = self.balanced and not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        begin = self._offset()
        end = begin + len(self.get_starttag_text() or "")
        if tag not in VOID:
            self._open.append((tag, begin, end))
        elif tag == "hr" and not self._open:
            self._text_until(begin)
            self._found.append(_Piece(self._source[begin:end], tag, end - begin, end - begin))
            self._at = end

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # outside of SVG a browser takes <div/> for <div>
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open[-1][0] != tag:
            self.balanced = False
            return
        _, begin, inside = self._open.pop()
        if self._open or tag not in _BLOCKS:
            return
        close = self._offset()
        end = self._source.find(">", close) + 1 or len(self._source)
        self._text_until(begin)
        self._found.append(_Piece(self._source[begin:end], tag, inside - begin, close - begin))
        self._at = end

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def _text_until(self, end: int) -> None:
        if end > self._at:
            self._found.append(_Piece(self._source[self._at : end]))
        self._at = max(self._at, end)


class _Blocks:
    """Pieces that hold blocks."""

    def read(self, node: _Piece) -> tuple[Block, ...]:
        return hypertext.read(node.source)

    def write(self, units: Sequence[Block]) -> list[_Piece]:
        return [_Piece("\n" + html.from_markdown(writing.write(units)) + "\n")] if units else []

    def stays(self, node: _Piece) -> bool:
        return False

    def edit(self, node: _Piece, units: tuple[Block, ...]) -> list[_Piece]:
        changed = self._edit(node, units)
        return self.write(units) if changed is None else [changed]

    def _edit(self, node: _Piece, units: tuple[Block, ...]) -> _Piece | None:
        """The element with these blocks in it; ``None`` where it has to be written anew."""
        match node.tag, units:
            case "p", [Paragraph(content)]:
                return node.holding(html.inlines(content))
            case tag, [Heading(level, content)] if HEADINGS.get(tag) == level:
                return node.holding(html.inlines(content))
            case "blockquote", [Quote(content)]:
                return node.holding(self._below(node, content))
            case "ul", [List(items, None)]:
                return _with_items(node, items)
            case "ol", [List(items, int(start))] if [
                b.start for b in self.read(node) if isinstance(b, List)
            ] == [start]:
                return _with_items(node, items)
            case "table", [Table(rows)]:
                return _with_cells(node, [cell for row in rows for cell in row])
            case tag, _ if tag in FRAMES:
                return node.holding(self._below(node, units))
            case _:
                return None

    def _below(self, node: _Piece, units: Sequence[Block]) -> str:
        return "".join(one.source for one in editing.apply(_pieces(node.inner), units, self, editing.key))


def _with_items(node: _Piece, items: Sequence[ListItem]) -> _Piece:
    return node.holding(
        "".join(one.source for one in editing.apply(_pieces(node.inner), items, _Items(), editing.key))
    )


class _Items:
    """The items of a list, and the blanks between them."""

    def read(self, node: _Piece) -> tuple[ListItem, ...]:
        found = hypertext.read(f"<ul>{node.source}</ul>")
        return tuple(item for block in found if isinstance(block, List) for item in block.items)

    def write(self, units: Sequence[ListItem]) -> list[_Piece]:
        return [_Piece(html.item(unit)) for unit in units]

    def stays(self, node: _Piece) -> bool:
        return False

    def edit(self, node: _Piece, units: tuple[ListItem, ...]) -> list[_Piece]:
        [unit, *others] = units
        if node.tag == "li" and unit.checked is None:
            below = editing.apply(_pieces(node.inner), unit.content, _InItem(), editing.key)
            return [node.holding("".join(one.source for one in below)), *self.write(others)]
        return self.write(units)


class _InItem(_Blocks):
    """What stands in an item: its first line is no paragraph of its own."""

    def write(self, units: Sequence[Block]) -> list[_Piece]:
        if units and isinstance(first := units[0], Paragraph):
            return [_Piece(html.inlines(first.content)), *super().write(units[1:])]
        return super().write(units)


def _with_cells(node: _Piece, wanted: Sequence[Inlines]) -> _Piece | None:
    """The table with other words in its cells; ``None`` when it has other cells now."""
    cells = iter(wanted)
    changed = _filled(node, cells)
    return changed if changed is not None and next(cells, None) is None else None


def _filled(node: _Piece, cells: Iterator[Inlines]) -> _Piece | None:
    if node.tag in ("td", "th"):
        content = next(cells, None)
        if content is None:
            return None
        return node if as_line(hypertext.read(node.inner)) == content else node.holding(html.inlines(content))
    if node.tag not in ("table", "thead", "tbody", "tfoot", "tr"):
        return node
    made = [_filled(piece, cells) for piece in _pieces(node.inner)]
    return node.holding("".join(piece.source for piece in made if piece)) if all(made) else None
