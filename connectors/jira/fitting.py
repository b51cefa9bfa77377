"""Texts that are longer than Jira takes.

Jira refuses descriptions and comments over 32,767 characters and summaries over 255. Of texts it counts the
wiki markup, on Cloud too, where it makes that of the document itself: escapes and tables make a text grow.
"""

from __future__ import annotations

from connectors.text import wiki
from connectors.text.fitting import fitting as shortened

LONGEST = 30_000
"""Characters of markup that we send; the rest of the limit is for what Jira writes otherwise than we do."""
LONGEST_TITLE = 255


def fitting(markdown: str, original: str | None = None) -> str:
    """The text, or its beginning with a visible remark on how much is missing."""
    return shortened(markdown, LONGEST, size=_size, original=original)


def _size(markdown: str) -> int:
    # No character of Markdown becomes more than six of markup.
    return len(markdown) if len(markdown) * 6 <= LONGEST else len(wiki.from_markdown(markdown))


def fitting_title(title: str) -> str:
    """The title, or its beginning with an ellipsis."""
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}…"
