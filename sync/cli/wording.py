"""How commands print."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import JsonValue


def as_json(value: Mapping[str, JsonValue]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def ago(seconds: float | None) -> str:
    """A span of time as people say it."""
    if seconds is None:
        return "never"
    if seconds < 2:
        return "just now"
    if seconds < 120:
        return f"{seconds:.0f} s ago"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min ago"
    return f"{seconds / 3600:.0f} h ago"
