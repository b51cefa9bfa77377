"""Plain text made safe inside Markdown: what a value says is shown, and formats nothing."""

from __future__ import annotations

import re

# An underscore inside a word formats nothing in GFM, and snake_case is common in titles.
_INLINE = re.compile(r"[\\`*\[\]<&~|$]|(?<![^\W_])_|_(?![^\W_])")
_BLOCK = re.compile(r"^[ \t]*(?:([#>+=-])|(\d{1,9})([.)]))", re.MULTILINE)


def escape_markdown(text: str) -> str:
    """The Markdown that reads as ``text``. Indentation of lines is dropped: four spaces would mean code."""
    escaped = _INLINE.sub(lambda match: "&amp;" if match[0] == "&" else "\\" + match[0], text)
    lines = (line.strip() for line in escaped.split("\n"))
    return _BLOCK.sub(_block, "\n".join(lines))


def escape_url(url: str) -> str:
    """An address that ends a Markdown link nowhere but at its own end."""
    return re.sub(
        r"[\s()<>\\\"`*\[\]|]", lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), url
    )


def _block(match: re.Match[str]) -> str:
    marker, number, dot = match.groups()
    return f"\\{marker}" if marker else f"{number}\\{dot}"
