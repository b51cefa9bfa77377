"""Jira's wiki markup to GitHub-flavoured Markdown: the part of it that bug reports use.

Code stays untouched to the letter. What has no counterpart (colours, panels) loses its frame and keeps its
text; what is not markup, such as ``list[0]`` or ``<View>``, comes out as the literal text that it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_VERBATIM = re.compile(r"\{(code|noformat)(?::([^}\n]*))?\}", re.IGNORECASE)
_FRAME = re.compile(
    r"\{(?:color|panel|section|column|anchor|info|note|tip|warning)(?::[^}\n]*)?\}", re.IGNORECASE
)
_QUOTE = re.compile(r"\{quote\}", re.IGNORECASE)
_HEADING = re.compile(r"h([1-6])\.\s*(.*)")
_ITEM = re.compile(r"\s*([*#-]+)\s+(.*)")
_ROW = re.compile(r"\s*(\|\|?)(.*?)\|*\s*")
_INLINE = re.compile(
    r"\{\{(?P<mono>.+?)\}\}"
    r"|!(?P<image>[^\s!|]+\.(?:png|jpe?g|gif|bmp|svg))(?:\|[^!\n]*)?!"
    r"|\[(?P<link>[^\]\[\n]+)\]"
    r"|(?<![\w*\\])\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<![\w-])\+(?P<inserted>[^\s+](?:[^+\n]*[^\s+])?)\+(?![\w+])"
    r"|(?P<html><(?=[A-Za-z/!?]))"
)
_ADDRESS = re.compile(r"(?:https?|ftp|mailto):\S+")


def to_markdown(wiki: str) -> str:
    """The text in Markdown. Never fails: what is not understood is kept as it stands."""
    parts = [text if verbatim else _prose(text) for text, verbatim in _split(wiki.replace("\r\n", "\n"))]
    return "\n\n".join(part for part in (part.strip("\n") for part in parts) if part.strip())


def _split(wiki: str) -> Iterator[tuple[str, bool]]:
    """Prose and fenced code in turn; an unclosed block reaches to the end."""
    position = 0
    while opening := _VERBATIM.search(wiki, position):
        yield wiki[position : opening.start()], False
        closing = re.compile(rf"\{{{opening[1]}\}}", re.IGNORECASE).search(wiki, opening.end())
        end = closing.start() if closing else len(wiki)
        yield _fence(wiki[opening.end() : end], _language(opening[2] or "")), True
        position = closing.end() if closing else end
    yield wiki[position:], False


def _language(options: str) -> str:
    """The language in ``java``, ``java|title=A.java`` or ``title=A.java|lang=java``."""
    for option in options.split("|"):
        name, _, value = option.rpartition("=")
        if name in ("", "lang", "language"):
            return re.sub(r"[^\w+#-]", "", value).lower()
    return ""


def _fence(code: str, language: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code.strip(chr(10))}\n{fence}"


def _prose(text: str) -> str:
    pieces = _QUOTE.split(_FRAME.sub("", text))
    for index, piece in enumerate(pieces):
        lines = _blocks(piece)
        pieces[index] = "\n".join(f"> {line}".rstrip() for line in lines) if index % 2 else "\n".join(lines)
    return "\n\n".join(piece.strip("\n") for piece in pieces if piece.strip())


def _blocks(text: str) -> list[str]:
    """Line by line: headings, lists, tables, quotes, rules; a blank line wherever Markdown needs one."""
    lines: list[str] = []
    before = ""
    for line in text.strip("\n").split("\n"):
        kind, converted = _line(line, before)
        if kind != before and lines and lines[-1].strip() and kind != "blank":
            lines.append("")
        lines += converted
        before = kind
    return lines


def _line(line: str, before: str) -> tuple[str, list[str]]:
    """What kind of block a line belongs to, and the line in Markdown."""
    if not line.strip():
        return "blank", [""]
    if heading := _HEADING.fullmatch(line.strip()):
        return "heading", [f"{'#' * int(heading[1])} {_inline(heading[2])}"]
    if re.fullmatch(r"\s*-{4,}\s*", line):
        return "rule", ["---"]
    if line.startswith("bq. "):
        return "quote", [f"> {_inline(line[4:])}"]
    if item := _ITEM.fullmatch(line):
        marks = item[1]
        indent = "".join("   " if mark == "#" else "  " for mark in marks[:-1])
        return "list", [f"{indent}{'1.' if marks[-1] == '#' else '-'} {_inline(item[2])}"]
    if line.lstrip().startswith("|") and (row := _ROW.fullmatch(line)):
        cells = [_inline(cell.strip()) for cell in re.split(r"\|\|?", row[2])]
        rows = [f"| {' | '.join(cells)} |"]
        if before != "table":
            head = rows if row[1] == "||" else [f"| {' | '.join('' for _ in cells)} |"]
            rows = [*head, f"|{' --- |' * len(cells)}", *([] if row[1] == "||" else rows)]
        return "table", rows
    return "paragraph", [_inline(line)]


def _inline(text: str) -> str:
    return _INLINE.sub(_mark, text)


def _mark(found: re.Match[str]) -> str:
    if found["mono"] is not None:
        ticks = "``" if "`" in found["mono"] else "`"
        return f"{ticks}{found['mono']}{ticks}"
    if found["image"] is not None:
        name = found["image"]
        return f"![]({name})" if _ADDRESS.fullmatch(name) else f"`{name}`"
    if found["link"] is not None:
        return _link(found[0], found["link"])
    if found["bold"] is not None:
        return f"**{_inline(found['bold'])}**"
    if found["inserted"] is not None:
        return _inline(found["inserted"])
    return "\\<"


def _link(whole: str, inside: str) -> str:
    text, _, target = inside.partition("|")
    target = target.partition("|")[0].strip()
    if _ADDRESS.fullmatch(target):
        return f"[{text.strip()}]({target})"
    if _ADDRESS.fullmatch(inside.strip()):
        return f"<{inside.strip()}>"
    if inside.startswith("~"):
        return inside[1:]
    if inside.startswith("^"):
        return f"`{inside[1:]}`"
    return whole
