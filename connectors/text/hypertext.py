"""HTML into the tree: what agents, customers' mail programs and GitHub's authors write.

nh3 parses as a browser does and takes out what is not text; what is left is well-formed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import TypeAlias

import nh3

from connectors.text.tags import BLOCKS, CONTAINERS, HEADINGS, KEPT, MARKS, SILENT, TAG, VOID
from connectors.text.tree import (
    MAX_DEPTH,
    Align,
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
    safe_href,
    tidy,
    whole,
    with_box,
)
from connectors.text.weight import is_heavy

__all__ = ["read"]

_HIDDEN = re.compile(
    r"display:none|visibility:hidden|(?:font-size|max-height|opacity):0*(?:\.0+)?(?:px|pt|em|%)?(?:!important)?(?:;|$)|mso-hide:all"
)
_ATTRIBUTES = {
    "*": {"style", "hidden"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "code": {"class"},
    "pre": {"class", "lang"},
    "input": {"type", "checked"},
    "td": {"align"},
    "th": {"align"},
}
_cleaner = nh3.Cleaner(
    tags=set(KEPT),
    clean_content_tags=set(SILENT),
    attributes=_ATTRIBUTES,
    strip_comments=True,
    link_rel=None,
    url_schemes={"http", "https", "mailto", "tel", "cid"},
)
_ALIGNS: dict[str, Align] = {"left": "left", "center": "center", "right": "right"}
_NESTING = BLOCKS | {"blockquote", "ul", "ol", "table"} - {"p", "dd", "dt"}
_DEEPEST = 1000
_DEEPEST_READ = 2 * MAX_DEPTH - 8
"""Containers in one another that are kept: as many as are read again from Markdown, a table in the last."""
_ANY_TAG = re.compile(r"<[^<>]*>")
_SILENT_TAG = re.compile(rf"<(?:!|{'|'.join(sorted(SILENT))})", re.IGNORECASE)


def read(html: str) -> tuple[Block, ...]:
    """The blocks of an HTML text. Any string is valid. Tracking pixels, scripts and styles are left out.

    Of a text that is too heavy only the words are left, in one code block.
    """
    html = whole(html)
    if is_heavy(html):
        return (Code(_words(html)),)
    reader = _Reader()
    reader.feed(_cleaner.clean(_ANY_TAG.sub(" ", html) if _is_too_deep(html) else html))
    reader.close()
    return reader.finish()


def _words(html: str) -> str:
    """What stands between the tags, without scripts and styles, line by line."""
    if _SILENT_TAG.search(html) and not _is_too_deep(html):
        html = _cleaner.clean(
            html
        )  # a second or two for megabytes of tags: only where there is anything to hide
    words = unescape(_ANY_TAG.sub(" ", html))
    return "\n".join(line for part in words.splitlines() if (line := " ".join(part.split())))


def _is_too_deep(html: str) -> bool:
    """Whether it nests as no person and no mail program does; parsing that takes quadratic time."""
    depth = 0
    for hit in TAG.finditer(html):
        if hit[2].lower() in _NESTING:
            depth = max(0, depth - 1) if hit[1] else depth + 1
            if depth > _DEEPEST:
                return True
    return False


_Cell: TypeAlias = tuple[tuple[Block, ...], Align]


@dataclass(slots=True)
class _Frame:
    """A container that is open: where blocks and the text of the current paragraph gather."""

    tag: str
    blocks: list[Block] = field(default_factory=list)
    text: list[Inline] = field(default_factory=list)
    items: list[ListItem] = field(default_factory=list)
    rows: list[list[_Cell]] = field(default_factory=list)
    start: int | None = None
    align: Align = None
    layout: bool = False
    """Whether a table stands inside: then this one is for the layout."""
    level: int = 0

    def flush(self) -> None:
        """End the current paragraph."""
        content = tidy(self.text)
        self.text = []
        if content:
            self.blocks.append(Heading(self.level, content) if self.level else Paragraph(content))


class _Reader(HTMLParser):
    """Builds the tree from tags that nh3 has balanced."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._frames = [_Frame("body")]
        self._marks: dict[Mark, int] = {"strong": 0, "em": 0, "strike": 0, "code": 0}
        self._links: list[str | None] = []
        self._pre: list[str] | None = None
        self._language = ""
        self._too_deep = 0
        self._hidden = 0
        """How many elements are open from the one on that nobody sees; 0 when all is visible."""

    def finish(self) -> tuple[Block, ...]:
        self._frames[0].flush()
        return tuple(self._frames[0].blocks)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._hidden or _is_hidden(given):
            self._hidden += tag not in VOID
            return
        frame = self._frames[-1]
        if self._pre is not None:
            self._in_pre(tag, given)
        elif tag in CONTAINERS:
            self._open(tag, given)
        elif tag in BLOCKS or tag in HEADINGS:
            frame.flush()
            frame.level = HEADINGS.get(tag, 0)
        elif tag == "pre":
            frame.flush()
            self._pre, self._language = [], given.get("lang", "")
            self._in_pre(tag, given)
        elif tag == "hr":
            frame.flush()
            frame.blocks.append(Rule())
        elif tag == "br":
            self._break(frame)
        elif tag == "img":
            self._image(frame, given)
        elif tag == "input" and given.get("type") == "checkbox":
            frame.text.append(Span("[x] " if "checked" in given else "[ ] "))
        elif tag == "a":
            self._links.append(safe_href(given.get("href", "")))
        elif mark := MARKS.get(tag):
            self._marks[mark] += 1

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden -= tag not in VOID
            return
        frame = self._frames[-1]
        if self._pre is not None:
            if tag == "pre":
                frame.blocks.append(Code("".join(self._pre).strip("\n"), self._language))
                self._pre = None
        elif tag in CONTAINERS:
            self._close(tag)
        elif tag in BLOCKS or tag in HEADINGS:
            frame.flush()
            frame.level = 0
        elif tag == "a":
            self._links.pop()
        elif mark := MARKS.get(tag):
            self._marks[mark] -= 1

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._pre is not None:
            self._pre.append(data)
            return
        marks = frozenset(mark for mark, depth in self._marks.items() if depth > 0)
        self._frames[-1].text.append(Span(re.sub(r"[ \t\r\n\f]+", " ", data), marks, self._href))

    @property
    def _href(self) -> str | None:
        return next((link for link in reversed(self._links) if link), None)

    def _in_pre(self, tag: str, given: dict[str, str]) -> None:
        assert self._pre is not None  # noqa: S101 - for the type checker
        if tag == "br":
            self._pre.append("\n")
        hit = re.search(r"\blanguage-([\w+#.-]+)|\bhighlight-source-(\w+)", given.get("class", ""))
        if hit and not self._language:
            self._language = hit[1] or hit[2]

    @staticmethod
    def _break(frame: _Frame) -> None:
        """One is a line break; two in a row, as mail programs write them, are a new paragraph."""
        for part in reversed(frame.text):
            if isinstance(part, Span) and part.text == "\n":
                frame.flush()
                return
            if not isinstance(part, Span) or part.text.strip():
                break
        frame.text.append(Span("\n"))

    def _image(self, frame: _Frame, given: dict[str, str]) -> None:
        if any(re.fullmatch(r"[0-2](?:px)?", given.get(side, "")) for side in ("width", "height")):
            return
        src, alt = given.get("src", ""), given.get("alt", "")
        if src.lower().startswith(("http://", "https://")):
            frame.text.append(Image(src, alt, self._href))
        else:
            frame.text.append(Span(f"[image omitted: {alt or 'without a description'}]", href=self._href))

    def _open(self, tag: str, given: dict[str, str]) -> None:
        if len(self._frames) > _DEEPEST_READ:
            self._frames[-1].flush()
            self._too_deep += 1
            return
        if tag not in ("td", "th", "tr", "li"):
            self._frames[-1].flush()
        start = given.get("start", "1")
        number = int(start) if start.isascii() and start.isdigit() and len(start) < 10 else 1
        align = _ALIGNS.get(given.get("align", ""))
        self._frames.append(_Frame(tag, start=number if tag == "ol" else None, align=align))

    def _close(self, tag: str) -> None:
        if self._too_deep:
            self._frames[-1].flush()
            self._too_deep -= 1
            return
        frame = self._frames.pop()
        frame.flush()
        outer = self._frames[-1]
        match tag:
            case "blockquote":
                outer.blocks.append(Quote(tuple(frame.blocks)))
            case "li":
                outer.items.append(with_box(tuple(frame.blocks)))
            case "ul" | "ol":
                items = [*frame.items, *(ListItem((block,)) for block in frame.blocks)]
                _put_list(outer, List(tuple(items), frame.start))
            case "td" | "th":
                if not outer.rows:
                    outer.rows.append([])
                outer.rows[0].append((tuple(frame.blocks), frame.align))
            case "tr":
                outer.rows.extend(frame.rows)
                outer.blocks.extend(frame.blocks)
            case "table":
                outer.blocks.extend(frame.blocks)
                outer.blocks.extend(_table(frame.rows, layout=frame.layout))
                for around in self._frames:
                    around.layout = True


def _is_hidden(given: dict[str, str]) -> bool:
    """Whether nobody sees the element: mails carry such text for previews and for machines that read them."""
    style = re.sub(r"\s", "", given.get("style", "")).lower()
    return "hidden" in given or _HIDDEN.search(style) is not None


def _put_list(outer: _Frame, block: List) -> None:
    """Mail programs put a list below an item beside it, instead of inside."""
    if outer.tag in ("ul", "ol") and outer.items:
        last = outer.items[-1]
        outer.items[-1] = ListItem((*last.content, block), last.checked)
    else:
        outer.blocks.append(block)


def _table(rows: list[list[_Cell]], *, layout: bool) -> Iterator[Block]:
    """A table, or, where a mail program used one for its layout, just what stands in it."""
    width = max((len(row) for row in rows), default=0)
    cells = [content for row in rows for content, _ in row]
    plain = all(isinstance(block, Paragraph) for content in cells for block in content)
    if layout or not plain or width < 2 or len(rows) < 2:
        for content in cells:
            yield from content
        return
    padded = [[as_line(content) for content, _ in row] + [()] * (width - len(row)) for row in rows]
    aligns = [align for _, align in rows[0]] + [None] * (width - len(rows[0]))
    yield Table(tuple(tuple(row) for row in padded), tuple(aligns))
