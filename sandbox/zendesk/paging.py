"""The two ways in which Zendesk's lists go on: by number, and by cursor."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import TypeVar
from urllib.parse import urlencode

from sandbox.zendesk.wire import PAGE, Body, Call, Refusal

T = TypeVar("T")

MOST_OFFSET_PAGES = 100


def encode_cursor(position: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def decode_cursor(text: str) -> int:
    try:
        position = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error) as error:
        raise Refusal(400, {"error": "InvalidPaginationParameter", "description": "page[after]"}) from error
    if not isinstance(position, int):
        raise Refusal(400, {"error": "InvalidPaginationParameter", "description": "page[after]"})
    return position


def page(call: Call, rows: Sequence[T]) -> tuple[list[T], Body]:
    """One page of ``rows`` and its paging members: by cursor when ``page[size]`` is given, else by number."""
    if "page[size]" in call.query or "page[after]" in call.query:
        return _cursor_page(call, rows)
    number = call.number("page", 1, most=1_000_000)
    if number > MOST_OFFSET_PAGES:
        message = f"Offset pagination stops at page {MOST_OFFSET_PAGES}; use cursor pagination"
        raise Refusal(400, {"error": {"title": "Invalid attribute", "message": message}})
    size = call.number("per_page", PAGE, most=PAGE)
    start = (number - 1) * size

    def at(which: int) -> str:
        return f"{call.url}?{urlencode({**call.query, 'page': which})}"

    paging: Body = {
        "count": len(rows),
        "next_page": at(number + 1) if start + size < len(rows) else None,
        "previous_page": at(number - 1) if number > 1 else None,
    }
    return list(rows[start : start + size]), paging


def _cursor_page(call: Call, rows: Sequence[T]) -> tuple[list[T], Body]:
    size = call.number("page[size]", PAGE, most=PAGE)
    after = call.query.get("page[after]")
    start = decode_cursor(after) if after else 0
    chosen = list(rows[start : start + size])
    end = start + len(chosen)
    more = end < len(rows)
    after_cursor = encode_cursor(end) if chosen else None
    following = f"{call.url}?{urlencode({**call.query, 'page[after]': after_cursor})}" if more else None
    paging: Body = {
        "meta": {
            "has_more": more,
            "after_cursor": after_cursor,
            "before_cursor": encode_cursor(start) if chosen else None,
        },
        "links": {"next": following, "prev": None},
    }
    return chosen, paging
