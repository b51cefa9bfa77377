"""Canonical Markdown into the tree: CommonMark with GFM's tables, strikethrough, check boxes and bare links.

Raw HTML keeps its words and loses its tags, so that nothing in a text can act in the tool it is carried to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from markdown_it import MarkdownIt, helpers
from markdown_it.rules_block import StateBlock, reference
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from connectors.text import hypertext, tags
from connectors.text.tree import (
    MAX_DEPTH,
    Align,
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
    person_of,
    plain_text,
    safe_href,
    tidy,
    whole,
    with_box,
)
from connectors.text.weight import as_it_is, is_heavy

__all__ = ["Passage", "passages", "read"]

_NESTING = 2 * MAX_DEPTH
"""markdown-it counts a list and its item as two levels, and drops what is deeper than its limit."""

_NEWLINES = re.compile(r"\r\n|\r")
_MARKS: dict[str, Mark] = {"strong": "strong", "em": "em", "s": "strike"}


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:
        """Read every link as a link: the tree drops targets that are not safe, and keeps the words."""
        return True

    def normalizeLink(self, url: str) -> str:
        """Leave addresses as they were written."""
        return url

    def normalizeLinkText(self, link: str) -> str:
        """Leave addresses as they were written."""
        return link


class _Helpers:
    """Those of markdown-it, with an end to the search for ``]``: quadratic for ``[[[[...``."""

    parseLinkDestination = staticmethod(helpers.parseLinkDestination)
    parseLinkTitle = staticmethod(helpers.parseLinkTitle)

    @staticmethod
    def parseLinkLabel(state: StateInline, start: int, disableNested: bool = False) -> int:
        if state.env["searched"] > state.env["at_most"]:
            return -1
        end = helpers.parseLinkLabel(state, start, disableNested)
        state.env["searched"] += (end if end >= 0 else state.posMax) - start
        return end


def _definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """As markdown-it's, save that ``[^1]: text`` is the text of a footnote and no address."""
    if state.src.startswith("[^", state.bMarks[start] + state.tShift[start]):
        return False
    return reference(state, start, end, silent)


_parser = _Parser("commonmark", {"maxNesting": _NESTING}).enable(["table", "strikethrough"])
_parser.helpers = _Helpers  # type: ignore[assignment]
_parser.block.ruler.at("reference", _definition)


def read(markdown: str) -> tuple[Block, ...]:
    """The blocks of a text. Any string is valid; one that is too deep or too heavy is one code block."""
    if is_heavy(markdown):
        return (as_it_is(whole(markdown)),)
    tokens = _tokens(markdown)
    if _is_too_deep(tokens):
        return (Code(markdown),)
    return tuple(_Blocks(tokens).until(None))


@dataclass(frozen=True, slots=True)
class Passage:
    """Some lines of a text as their author wrote them, and how they read; blank lines read as nothing."""

    source: str
    start: int
    end: int
    """The lines of the text from ``start`` up to and without ``end``."""
    blocks: tuple[Block, ...] = ()
    items: tuple[Passage, ...] = ()
    """Of a list, its items: each holds a list of this one item."""
    bullet: str = ""
    """Of a list and its items, the sign before them: ``-``, ``*``, ``+``, ``.`` or ``)``."""


def passages(markdown: str) -> list[Passage]:
    """A text cut into its blocks, line by line: put together, their sources are the text."""
    lines = _NEWLINES.sub("\n", markdown).split("\n")
    lines = [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
    if is_heavy(markdown):
        return [Passage(markdown, 0, len(lines), (as_it_is(whole(markdown)),))]
    tokens = _tokens(markdown)
    if _is_too_deep(tokens):
        return [Passage(markdown, 0, len(lines), (Code(markdown),))]
    return _cut(tokens, lines, 0, len(lines))


def _cut(tokens: Sequence[Token], lines: Sequence[str], start: int, end: int) -> list[Passage]:
    """The lines from ``start`` to ``end``, cut where one of the outermost tokens begins or ends."""
    found: list[Passage] = []
    at = start
    for group in _groups(tokens):
        first, last = group[0].map or [at, at]
        while last > first and not lines[last - 1].strip():
            last -= 1  # blank lines below a list count as its own
        if first > at:
            found.append(Passage("".join(lines[at:first]), at, first))
        found.append(_passage(group, lines, max(first, at), last))
        at = max(at, last)
    if at < end:
        found.append(Passage("".join(lines[at:end]), at, end))
    return found


def _passage(group: Sequence[Token], lines: Sequence[str], first: int, last: int) -> Passage:
    source, blocks = "".join(lines[first:last]), tuple(_Blocks(group).until(None))
    if not group[0].type.endswith("list_open"):
        return Passage(source, first, last, blocks)
    items: list[Passage] = []
    for item in _groups(group[1:-1]):
        begin, end = item[0].map or [first, first]
        alone = tuple(_Blocks([group[0], *item, group[-1]]).until(None))
        end = min(end, last)
        items.append(Passage("".join(lines[begin:end]), begin, end, alone, bullet=group[0].markup))
    whole = "".join(item.source for item in items) == source
    return Passage(source, first, last, blocks, tuple(items) if whole else (), group[0].markup)


def _groups(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The outermost tokens, each with all that is in it."""
    depth = start = 0
    for index, token in enumerate(tokens):
        if depth == 0:
            start = index
        depth += token.nesting
        if depth == 0:
            yield tokens[start : index + 1]


def _tokens(markdown: str) -> list[Token]:
    return _parser.parse(whole(markdown), {"searched": 0, "at_most": 20 * len(markdown) + 10_000})


def _is_too_deep(tokens: Sequence[Token]) -> bool:
    return any(token.level >= _NESTING - 1 for token in tokens)


class _Blocks:
    """Walks the token stream once, front to back."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = iter(tokens)

    def until(self, end: str | None) -> Iterator[Block]:
        for token in self._tokens:
            if token.type == end:
                return
            yield from self._block(token)

    def _block(self, token: Token) -> Iterator[Block]:
        match token.type:
            case "paragraph_open":
                if content := self._inlines("paragraph_close"):
                    yield Paragraph(content)
            case "heading_open":
                if content := self._inlines("heading_close"):
                    yield Heading(int(token.tag[1]), content)
            case "fence" | "code_block":
                words = token.info.split()
                yield Code(token.content.removesuffix("\n"), words[0] if words else "")
            case "hr":
                yield Rule()
            case "blockquote_open":
                if inner := tuple(self.until("blockquote_close")):
                    yield Quote(inner)
            case "bullet_list_open":
                yield List(tuple(self._items("bullet_list_close")))
            case "ordered_list_open":
                yield List(tuple(self._items("ordered_list_close")), int(token.attrs.get("start", 1)))
            case "table_open":
                yield self._table()
            case "html_block":
                yield from _html(token.content.rstrip("\n"))

    def _inlines(self, end: str) -> Inlines:
        content: Inlines = ()
        for token in self._tokens:
            if token.type == end:
                break
            content = _inlines(token.children or ())
        return content

    def _items(self, end: str) -> Iterator[ListItem]:
        for token in self._tokens:
            if token.type == end:
                return
            yield with_box(tuple(self.until("list_item_close")))

    def _table(self) -> Table:
        rows: list[tuple[Inlines, ...]] = []
        cells: list[Inlines] = []
        aligns: list[Align] = []
        for token in self._tokens:
            match token.type:
                case "table_close":
                    break
                case "tr_open":
                    cells = []
                case "tr_close":
                    rows.append(tuple(cells))
                case "th_open":
                    aligns.append(_align(str(token.attrs.get("style", ""))))
                    cells.append(self._inlines("th_close"))
                case "td_open":
                    cells.append(self._inlines("td_close"))
        return Table(tuple(rows), tuple(aligns))


def _html(source: str) -> Iterator[Block]:
    """What HTML formats is read as such; HTML that is shown or mentioned stays visible, tags and all."""
    if tags.is_formatting(source):
        yield from hypertext.read(source)
    elif "\n" in source:
        yield Code(source, "html")
    else:
        yield Paragraph(tidy([Span(source)]))


def _align(style: str) -> Align:
    for align in ("left", "center", "right"):
        if style == f"text-align:{align}":
            return align
    return None


def _inlines(tokens: Sequence[Token]) -> Inlines:
    return tidy(_Looks().spans(tokens))


class _Looks:
    """Which marks and which link are in force while walking through the tokens of one paragraph."""

    def __init__(self) -> None:
        self._open: dict[Mark, int] = dict.fromkeys(get_args(Mark), 0)
        self._marks: frozenset[Mark] = frozenset()
        self._link: str | None = None
        self._anchor: str | None = None
        self._paired: frozenset[str] = frozenset()

    def spans(self, tokens: Sequence[Token]) -> Iterator[Inline]:
        self._paired = _paired(tokens)
        for token in tokens:
            match token.type:
                case "text" | "text_special":
                    yield self._span(token.content)
                case "softbreak" | "hardbreak":
                    yield self._span("\n")
                case "code_inline":
                    yield self._span(token.content, "code")
                case "link_open":
                    href = str(token.attrs.get("href", ""))
                    self._link = href if person_of(href) else safe_href(href)
                case "link_close":
                    self._link = None
                case "image":
                    alt = plain_text(_inlines(token.children or ()))
                    yield Image(str(token.attrs.get("src", "")), alt, self._href)
                case "html_inline":
                    yield from self._html(token.content)
                case _:
                    self._mark(_MARKS.get(token.tag), token.nesting)

    @property
    def _href(self) -> str | None:
        return self._link or self._anchor

    def _span(self, text: str, *extra: Mark) -> Span:
        return Span(text, self._marks.union(extra) if extra else self._marks, self._href)

    def _mark(self, mark: Mark | None, step: int) -> None:
        if mark:
            self._open[mark] = max(0, self._open[mark] + step)
            self._marks = frozenset(mark for mark, depth in self._open.items() if depth > 0)

    def _html(self, source: str) -> Iterator[Inline]:
        """A tag that formats; anything else in angle brackets is text: ``List<String>``, ``the <body>``."""
        tag = tags.tag(source)
        if tag is None:
            yield self._span(source)
        elif tag.name == "br":
            yield self._span("\n")
        elif tag.name == "img" and "src" in tag.attrs:
            yield Image(tag.attrs["src"], tag.attrs.get("alt", ""), self._href)
        elif tag.name not in self._paired:
            yield from () if tag.name in ("!--", "wbr") else (self._span(source),)
        elif tag.name == "a":
            self._anchor = None if tag.closing else safe_href(tag.attrs.get("href", ""))
        else:
            self._mark(tags.MARKS.get(tag.name), -1 if tag.closing else 1)


def _paired(tokens: Sequence[Token]) -> frozenset[str]:
    """The names of the formatting tags that are both opened and closed."""
    found = [tag for token in tokens if token.type == "html_inline" and (tag := tags.tag(token.content))]
    opened = {tag.name for tag in found if not tag.closing}
    return frozenset(tag.name for tag in found if tag.closing and tag.name in opened & tags.INLINE)
