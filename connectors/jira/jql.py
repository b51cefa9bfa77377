"""Writing JQL."""

from __future__ import annotations


def narrowed(jql: str, clause: str) -> str:
    """The query, of what matches ``clause`` alone; in the same order."""
    condition, order, fields = jql.partition(" ORDER BY ")
    return f"({condition}) AND {clause}{order}{fields}"


def literal(text: str) -> str:
    """``text`` as a value in a query, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
