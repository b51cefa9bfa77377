"""A Markdown file taken apart and put together: front matter, the first heading, the text below it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.text.github import from_markdown, hidden, hide, to_markdown

_FRONT = re.compile(r"---\n.*?\n---\n+", re.DOTALL)
_HEADING = re.compile(r"\s*(?:#[ \t]+([^\n]*?)(?:[ \t]+#*)?|([^\s][^\n]*)\n=+)[ \t]*\n+")
_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True, slots=True)
class MarkdownFile:
    front: str
    """Front matter, which is kept as it is."""
    title: str
    """Empty where the file begins without a heading."""
    body: str
    marker: str | None
    newline: str = "\n"

    @classmethod
    def parse(cls, content: str) -> MarkdownFile:
        text = content.replace("\r\n", "\n")
        text += "" if text.endswith("\n") else "\n"
        front = _FRONT.match(text)
        start = front.end() if front else 0
        heading = _HEADING.match(text, start)
        rest = text[heading.end() if heading else start :]
        return cls(
            front=text[:start],
            title=(heading[1] or heading[2] or "").strip() if heading else "",
            body=to_markdown(rest),
            marker=hidden(rest),
            newline="\r\n" if "\r\n" in content else "\n",
        )

    def __str__(self) -> str:
        heading = f"# {self.title}" if self.title else ""
        marker = hide(self.marker) if self.marker else ""
        text = "\n\n".join(filter(None, (heading, from_markdown(self.body), marker)))
        before = (
            "\n" if text.startswith("---") and not self.front else self.front
        )  # a rule is no front matter
        return (before + (f"{text}\n" if text else "")).replace("\n", self.newline)


def matching(globs: Sequence[str]) -> re.Pattern[str]:
    """The paths that any of the globs names: ``**/`` is any folders, ``*`` and ``?`` stay within one."""
    patterns = (
        "".join(_WILD.get(part, re.escape(part)) for part in re.split(r"(\*\*/|\*\*|\*|\?)", glob))
        for glob in globs
    )
    return re.compile("|".join(patterns) or r"(?!)")
