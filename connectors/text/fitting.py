"""Markdown that is longer than a tool takes: its beginning, and a visible line that says what is missing."""

from __future__ import annotations

__all__ = ["fitting"]

_FENCE = "```"
_ROOM = 100
"""Characters for closing a fence and for the remark."""


def fitting(markdown: str, limit: int) -> str:
    """The text in at most ``limit`` characters, cut at the end of a line where that is not too far up."""
    if len(markdown) <= limit:
        return markdown
    kept = markdown[: limit - _ROOM]
    line_end = kept.rfind("\n")
    if line_end > limit // 2:
        kept = kept[:line_end]
    missing = len(markdown) - len(kept)
    if sum(line.lstrip().startswith(_FENCE) for line in kept.splitlines()) % 2:
        kept += f"\n{_FENCE}"
    return f"{kept}\n\n*Cut here: {missing:,} more characters are in the original.*"
