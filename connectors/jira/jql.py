"""Writing JQL."""

from __future__ import annotations


def literal(text: str) -> str:
    """``text`` as a value in a query, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
