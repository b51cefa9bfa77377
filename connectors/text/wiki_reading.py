"""Jira's wiki markup into the tree. Any string is valid; what is not markup is the text that it was.

Source of the notation: "Text Formatting Notation Help" in every Jira Data Center
(``/secure/WikiRendererHelpAction.jspa?section=all``). As there, macros come first: what stands between
``{quote}`` and ``{quote}`` is one thing within its line, whatever lines it has itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from connectors.text.tree import (
    Block,
    Code,
    Heading,
    Inline,
    Inlines,
    List,
    Paragraph,
    Quote,
    Rule,
    Span,
    Table,
    as_line,
    tidy,
    whole,
    with_box,
)
from connectors.text.weight import is_heavy
from connectors.text.wiki_lines import ESCAPABLE, PICTURE, Ahead, inlines

__all__ = ["JOINER", "LANGUAGES", "read"]

JOINER = "\u2060"
"""WORD JOINER: stands behind the brace of what would end a code block."""
LANGUAGES = frozenset(
    re.findall(
        r"\S+",
        "actionscript ada applescript bash c c# c++ cpp css erlang go groovy haskell html java javascript js "
        "json lua none nyan objc perl php python r rainbow ruby scala sh sql swift visualbasic xml yaml",
    )
)
"""What Jira can colour; it complains above the code of any other."""
FRAMES = 2
"""How deep quotes and panels are read as such: Jira's own stand in one another no deeper."""
LEVELS = 12
"""How deep lists are read as such."""

_MACRO = re.compile(
    r"\\[\\{]"
    r"|(?P<mono>\{\{)"
    r"|\{(?P<verbatim>code|noformat)(?::(?P<options>[^{}\n]*))?\}"
    r"|\{(?P<frame>quote|panel|info|note|tip|warning)(?P<title>:[^{}\n]*)?\}"
    r"|\{(?:color|section|column|anchor)(?::[^{}\n]*)?\}",
    re.IGNORECASE,
)
_ENDS = {name: re.compile(rf"\{{{name}\}}", re.IGNORECASE) for name in ("code", "noformat")}
_JOINED = re.compile(rf"(?<=\{{){JOINER}(?={JOINER}*(?:code|noformat)\}})", re.IGNORECASE)
_PLACE = re.compile(r"\x00(\d+)\x00")
_RULE = re.compile(r"\s*-{4,}\s*")
_HEADING = re.compile(r"\s*h([1-6])\.(?:\s+(.*))?")
_QUOTED = re.compile(r"\s*bq\.\s+(.*)")
_ITEM = re.compile(r"\s*(?=-\s|[-*#]*[*#]|-+\s+\S)([-*#]+)\s(.*)")
_ROW = re.compile(r"\s*\|")
_ROW_END = re.compile(r"(?<!\\)(?:\\\\)*\|\s*$")
_CELL = re.compile(rf"\\(?:\\|{ESCAPABLE})|\[[^\[\]\n]*\]|{PICTURE}|(?P<end>\|\|?)")


def read(wiki: str) -> tuple[Block, ...]:
    """The blocks of a text; one that is too heavy is one code block."""
    if is_heavy(wiki):
        return (Code(whole(wiki)),)
    frames = _Frames()
    text = wiki.replace("\x00", "\ufffd").replace("\r\n", "\n").replace("\r", "\n")
    position, mono_ends, line_ends = 0, Ahead(text, "}}"), Ahead(text, "\n")
    while macro := _MACRO.search(text, position):
        frames.text(text[position : macro.start()])
        position = macro.end()
        if macro["verbatim"]:
            end = _ENDS[macro["verbatim"].lower()].search(text, position)
            code = text[position : end.start() if end else len(text)]
            frames.embed(tuple(_code(macro["options"] or "", code)))
            position = end.end() if end else len(text)
        elif macro["frame"]:
            frames.turn(macro["frame"].lower(), macro["title"])
        elif macro["mono"]:
            ends = mono_ends.of(position)
            if ends is not None and ends < (line_ends.of(position) or len(text)):
                position = ends
            frames.text(text[macro.start() : position])
        elif macro[0].startswith("\\"):
            frames.text(macro[0])
    frames.text(text[position:])
    return frames.finish()


def _code(options: str, text: str) -> Iterator[Block]:
    language, title = "", ""
    for option in options.split("|"):
        name, _, value = option.rpartition("=")
        if name.strip() in ("", "lang", "language"):
            language = value.strip() or language
        elif name.strip() == "title":
            title = value.strip()
    if language == "none":
        language, title = (title, "") if re.fullmatch(r"[\w+#.-]+", title) else ("", title)
    if title:
        yield Paragraph((Span(title, frozenset({"strong"})),))
    text = re.sub(r"\A[^\S\n]*\n|\n[^\S\n]*\Z", "", text)
    yield Code(_JOINED.sub("", text), re.sub(r"[^\w+#.-]", "", language))


@dataclass(slots=True)
class _Frame:
    title: str = ""
    text: list[str] = field(default_factory=list)
    embedded: list[tuple[Block, ...]] = field(default_factory=list)
    """What macros made, in the places that ``text`` keeps for them."""


class _Frames:
    """Quotes and panels that are open, the whole text first. One tag both opens and closes."""

    def __init__(self) -> None:
        self._frames = [_Frame()]
        self._names: list[str] = []
        self._open: Counter[str] = Counter()

    def text(self, text: str) -> None:
        self._frames[-1].text.append(text)

    def embed(self, blocks: tuple[Block, ...]) -> None:
        frame = self._frames[-1]
        frame.text.append(f"\x00{len(frame.embedded)}\x00")
        frame.embedded.append(blocks)

    def turn(self, name: str, title: str | None) -> None:
        if title is None and self._open[name]:
            while self._close() != name:
                pass
            return
        self._open[name] += 1
        self._names.append(name)
        if len(self._names) <= FRAMES:
            found = re.search(r"title=([^|]*)", title or "")
            self._frames.append(_Frame(found[1].strip() if found else ""))

    def _close(self) -> str:
        name = self._names.pop()
        self._open[name] -= 1
        if len(self._names) < FRAMES:
            frame = self._frames.pop()
            heading: Iterable[Block] = _paragraph([Span(frame.title, frozenset({"strong"}))])
            content = (*heading, *_Blocks(frame.embedded).read("".join(frame.text)))
            self.embed((Quote(content),) if content else ())
        return name

    def finish(self) -> tuple[Block, ...]:
        while self._names:
            self._close()
        return _Blocks(self._frames[0].embedded).read("".join(self._frames[0].text))


def _paragraph(content: Iterable[Inline]) -> Iterator[Block]:
    if tidied := tidy(content):
        yield Paragraph(tidied)


@dataclass(slots=True)
class _OpenList:
    sign: str
    items: list[list[Block | _OpenList]]

    def closed(self) -> List:
        items = (
            [part.closed() if isinstance(part, _OpenList) else part for part in item] for item in self.items
        )
        return List(tuple(with_box(tuple(item)) for item in items), 1 if self.sign == "#" else None)


class _Blocks:
    """Line by line."""

    def __init__(self, embedded: list[tuple[Block, ...]]) -> None:
        self._embedded = embedded
        self._blocks: list[Block] = []
        self._lists: list[_OpenList] = []
        """The list that is open, the one in its last item, and so on."""
        self._lines: list[str] = []
        """Of the paragraph so far."""
        self._row: list[str] = []
        """Of the table's row so far, while it has no end."""
        self._rows: list[list[Inlines]] = []

    def read(self, text: str) -> tuple[Block, ...]:
        for line in text.split("\n"):
            self._line(line)
        self._end()
        return tuple(self._blocks)

    def _line(self, line: str) -> None:
        if not line.strip():
            self._end()
        elif _ROW.match(line) or self._row:
            self._table_line(line)
        elif heading := _HEADING.fullmatch(line):
            self._end()
            if content := tidy(self._loose(heading[2] or "")):
                self._blocks.append(Heading(int(heading[1]), content))
        elif _RULE.fullmatch(line):
            self._end()
            self._blocks.append(Rule())
        elif quoted := _QUOTED.fullmatch(line):
            self._end()
            self._blocks += (Quote((block,)) for block in _paragraph(self._loose(quoted[1])))
        elif item := _ITEM.fullmatch(line):
            self._end_table()
            self._item(item[1][:LEVELS], item[2])
        elif line.strip() == r"\\":
            self._end_paragraph()
        else:
            self._end_table()
            self._lines.append(line)

    def _loose(self, text: str) -> Iterator[Inline]:
        """A line where no block can stand: what macros made is squeezed into it."""
        position = 0
        for place in _PLACE.finditer(text):
            yield from inlines(text[position : place.start()])
            yield from as_line(self._embedded[int(place[1])])
            position = place.end()
        yield from inlines(text[position:])

    def _item(self, signs: str, text: str) -> None:
        self._end_paragraph()
        level = len(signs)
        if len(self._lists) >= level and self._lists[level - 1].sign != signs[-1]:
            level -= 1
        if level == 0:
            self._end()
        del self._lists[level:]
        if len(self._lists) == len(signs):
            self._lists[-1].items.append([])
        for sign in signs[len(self._lists) :]:
            opened = _OpenList(sign, [[]])
            if self._lists:
                self._lists[-1].items[-1].append(opened)
            self._lists.append(opened)
        self._lines.append(text)

    def _table_line(self, line: str) -> None:
        if not self._rows and not self._row:
            self._end()
        if self._row and _ROW.match(line):
            self._end_row()
        self._row.append(line)
        if _ROW_END.search(line):
            self._end_row()

    def _end_row(self) -> None:
        text = "\n".join(self._row).strip()
        self._row = []
        text = text.removeprefix("||") if text.startswith("||") else text.removeprefix("|")
        cells, position = [], 0
        for token in _CELL.finditer(text):
            if token["end"]:
                cells.append(text[position : token.start()])
                position = token.end()
        if text[position:].strip():
            cells.append(text[position:])
        self._rows.append([as_line(_Blocks(self._embedded).read(cell)) for cell in cells])

    def _end(self) -> None:
        """A blank line ends whatever there is."""
        self._end_paragraph()
        if self._lists:
            self._blocks.append(self._lists[0].closed())
            self._lists = []
        self._end_table()

    def _end_paragraph(self) -> None:
        lines, self._lines = self._lines, []
        words: list[Inline] = []
        for line in lines:
            position = 0
            for place in _PLACE.finditer(line):
                words += inlines(line[position : place.start()])
                self._add(_paragraph(words))
                self._add(self._embedded[int(place[1])])
                words, position = [], place.end()
            words += [*inlines(line[position:]), Span("\n")]
        self._add(_paragraph(words))

    def _add(self, blocks: Iterable[Block]) -> None:
        if self._lists:
            self._lists[-1].items[-1] += blocks
        else:
            self._blocks += blocks

    def _end_table(self) -> None:
        if self._row:
            self._end_row()
        rows, self._rows = self._rows, []
        width = max((len(row) for row in rows), default=0)
        if width:
            filled = tuple(tuple(row + [()] * (width - len(row))) for row in rows)
            self._blocks.append(Table(filled, (None,) * width))
