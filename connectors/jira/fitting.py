"""Texts that are longer than Jira takes.

Jira refuses descriptions and comments over 32,767 characters, counted in a markup that it expands them to.
"""

from __future__ import annotations

LONGEST = 30_000
"""Characters of Markdown that we send; the rest of the limit is for what the markup adds."""
_FENCE = "```"


def fitting(markdown: str) -> str:
    """The text, or its beginning with a visible remark on how much is missing."""
    if len(markdown) <= LONGEST:
        return markdown
    kept = markdown[:LONGEST]
    line_end = kept.rfind("\n")
    if line_end > LONGEST // 2:
        kept = kept[:line_end]
    missing = len(markdown) - len(kept)
    if sum(line.lstrip().startswith(_FENCE) for line in kept.splitlines()) % 2:
        kept += f"\n{_FENCE}"
    return f"{kept}\n\n*Cut here: {missing:,} more characters are in the original.*"
