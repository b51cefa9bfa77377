"""Texts that are longer than Zendesk takes: comments may have 64 KB (api-facts, section 2 of zendesk)."""

from __future__ import annotations

from connectors.text import html
from connectors.text.fitting import fitting as shortened

LONGEST = 64_000
"""Bytes of HTML that we send; the rest of the limit is for what Zendesk writes otherwise than we do."""


def fitting(markdown: str, original: str | None) -> str:
    """The text in HTML, or its beginning with a visible remark on how much is missing."""
    return html.from_markdown(shortened(markdown, LONGEST, size=_size, original=original))


def _size(markdown: str) -> int:
    return len(html.from_markdown(markdown).encode())
