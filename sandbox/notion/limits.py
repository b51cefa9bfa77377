"""Notion's size limits, with the wording of its refusals (developers.notion.com/reference/request-limits)."""

from __future__ import annotations

from pydantic import JsonValue

from sandbox.notion.problem import Object, Problem, invalid
from sandbox.notion.text import units

ELEMENTS = 100
BLOCKS = 1000
BYTES = 500_000
DEPTH = 2
"""How many levels below its outermost one a request may bring."""
LENGTHS = {
    ("text", "content"): 2000,
    ("link", "url"): 2000,
    ("equation", "expression"): 1000,
    ("email",): 200,
    ("phone_number",): 200,
    ("url",): 2000,
}
"""UTF-16 units by the last names of a path."""


def check_bytes(body: bytes) -> None:
    """Refuse a body over 500 KB."""
    if len(body) > BYTES:
        raise Problem(413, "validation_error", f"Request body is over the limit of {BYTES} bytes.")


def check(body: Object) -> None:
    """Refuse arrays, texts and trees that are too big, naming the first place that is."""
    _walk(body, "body", ())
    blocks = sum(_blocks(child, f"body.children[{i}]", 0) for i, child in enumerate(_children(body)))
    if blocks > BLOCKS:
        raise invalid(f"body failed validation: body.children has {blocks} blocks, should be ≤ `{BLOCKS}`.")


def _walk(value: JsonValue, place: str, names: tuple[str, ...]) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _walk(inner, f"{place}.{name}", (*names, name))
    elif isinstance(value, list):
        if len(value) > ELEMENTS:
            raise _too_long(place, ELEMENTS, len(value))
        for index, inner in enumerate(value):
            _walk(inner, f"{place}[{index}]", names)
    elif isinstance(value, str):
        limit = LENGTHS.get(names[-2:]) or LENGTHS.get(names[-1:])
        if limit and units(value) > limit:
            raise _too_long(place, limit, units(value))


def _too_long(place: str, limit: int, length: int) -> Problem:
    return invalid(f"body failed validation: {place}.length should be ≤ `{limit}`, instead was `{length}`.")


def _children(holder: JsonValue) -> list[JsonValue]:
    children = holder.get("children") if isinstance(holder, dict) else None
    return children if isinstance(children, list) else []


def _blocks(block: JsonValue, place: str, depth: int) -> int:
    """How many blocks there are from here down; refuses the level that is one too deep."""
    if not isinstance(block, dict):
        return 0
    count = 1
    for name, content in block.items():
        inner = _children(content)
        if inner and depth >= DEPTH:
            raise invalid(f"body failed validation: {place}.{name}.children should be not present.")
        count += sum(
            _blocks(child, f"{place}.{name}.children[{i}]", depth + 1) for i, child in enumerate(inner)
        )
    return count
