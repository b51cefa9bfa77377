"""A Markdown file taken apart and put together: front matter, the first heading, the text below it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.text.github import from_markdown, hidden, hide, rewritten, unmarked

_FRONT = re.compile(r"\ufeff?(?:(---|\+\+\+)[ \t]*\n(?:.*?\n)?\1[ \t]*(?:\n+|\Z))?", re.DOTALL)
"""Also where there is none, but for the mark that some editors begin a file with."""
_HEADING = re.compile(
    r"\n* {0,3}(?:#(?:[ \t]+([^\n]*))?|((?![-*+>][ \t]|[<`~#])[^\s][^\n]*)\n=+[ \t]*)(?:\n+|\Z)"
)
_CLOSING = re.compile(r"(?:^|[ \t])#+$")
_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_MARKDOWN = r"(?=.*\.(?i:md|mdx|markdown)\Z)"


@dataclass(frozen=True, slots=True)
class MarkdownFile:
    """Put together again, it is to the letter what it was: only what is changed is written anew."""

    front: str
    """Front matter, which is kept as it is."""
    heading: str
    """As it is written, with the blank lines around it; empty where the file begins without one."""
    text: str
    """What follows, as its author wrote it, the marker included."""
    newline: str = "\n"

    @classmethod
    def parse(cls, content: str) -> MarkdownFile:
        text = content.replace("\r\n", "\n")
        found = _FRONT.match(text)
        front = found[0] if found else ""
        heading = _HEADING.match(text, len(front))
        rest = heading.end() if heading else len(front)
        newline = "\r\n" if "\r\n" in content else "\n"
        return cls(front, text[len(front) : rest], text[rest:], newline)

    @classmethod
    def new(cls, title: str, body: str, marker: str) -> MarkdownFile:
        text = "\n\n".join(filter(None, (from_markdown(body), hide(marker))))
        return cls("", "", f"{text}\n").entitled(title)

    @property
    def title(self) -> str:
        """The words of the heading, as Markdown; empty where there is none."""
        found = _HEADING.match(self.heading)
        words = (found[1] or found[2] or "").strip() if found else ""
        return _CLOSING.sub("", words).rstrip() if found and found[1] else words

    @property
    def body(self) -> str:
        """Nobody is mentioned in a file: an ``@ann`` there is words."""
        return unmarked(self.text)

    @property
    def marker(self) -> str | None:
        return hidden(self.text)

    def entitled(self, title: str) -> MarkdownFile:
        """With another heading, or with none."""
        words = " ".join(title.split())
        if _CLOSING.search(words):
            words += " #"  # signs at the end of a heading are none of its words, unless others follow
        before = self.heading[: len(self.heading) - len(self.heading.lstrip("\n"))]
        behind = self.heading[len(self.heading.rstrip("\n")) :] or "\n\n"
        return replace(self, heading=f"{before}# {words}{behind}" if words else "")

    def reworded(self, body: str) -> MarkdownFile:
        """With another text: what is not edited of it stays as it is, and so does the marker."""
        words = rewritten(self.body, body)
        if words == self.body:
            return self
        marker = hide(self.marker) if self.marker else ""
        text = "\n\n".join(filter(None, (words.strip("\n"), marker)))
        blank = self.text[: len(self.text) - len(self.text.lstrip("\n"))]
        alone = bool(self.heading) and not self.text.strip()
        heading = self.heading.rstrip("\n") + "\n\n" if alone else self.heading
        return replace(self, heading=heading, text=f"{blank}{text}\n" if text else "")

    def __str__(self) -> str:
        text = self.heading + self.text
        front = self.front
        if front.endswith(("---", "+++")) and text:
            front += "\n"
        elif not front and MarkdownFile.parse(text).front:
            front = "\n"  # two rules are no front matter
        return (front + text).replace("\n", self.newline)


def matching(globs: Sequence[str]) -> re.Pattern[str]:
    """The paths of Markdown files that any of the globs names: ``**/`` is any folders, ``*`` and ``?`` stay
    within one."""
    patterns = (
        "".join(_WILD.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*\*|\*|\?)", glob))
        for glob in globs
    )
    return re.compile(f"{_MARKDOWN}(?:{'|'.join(patterns) or '(?!)'})")
