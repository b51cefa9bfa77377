"""Markdown that is longer than a tool takes: its beginning, and a visible line that says what is missing."""

from __future__ import annotations

from collections.abc import Callable

from connectors.text.tree import is_web

__all__ = ["fitting"]

_FENCE = "```"


def fitting(
    markdown: str,
    longest: int,
    *,
    size: Callable[[str], int] = len,
    limit: int | None = None,
    original: str | None = None,
) -> str:
    """The text, or as much of it as fits with a remark: cut at the end of a line if that is not too far up.

    It fits if it has no more than ``longest`` characters, and its ``size`` in the tool's own form is no more
    than ``limit``, which is ``longest`` as well by default. ``original`` is where the whole text can be read.
    """

    def fits(text: str) -> bool:
        return len(text) <= longest and size(text) <= (longest if limit is None else limit)

    if fits(markdown):
        return markdown
    kept, beyond = 0, min(len(markdown), longest) + 1
    while beyond - kept > 1:
        length = (kept + beyond) // 2
        if fits(_cut(markdown, length, original)):
            kept = length
        else:
            beyond = length
    return _cut(markdown, kept, original)


def _cut(markdown: str, length: int, original: str | None) -> str:
    kept = markdown[:length]
    line_end = kept.rfind("\n")
    if line_end > length // 2:
        kept = kept[:line_end]
    missing = len(markdown) - len(kept)
    if sum(line.lstrip().startswith(_FENCE) for line in kept.splitlines()) % 2:
        kept += f"\n{_FENCE}"
    where = f"[the original](<{original}>)" if original and is_web(original) else "the original"
    return f"{kept}\n\nCut here: {missing:,} more characters are in {where}."
