"""Reading foreign JSON that may hold anything: what is not of the expected type counts as absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pydantic import JsonValue

from connectors.text.tree import whole

Node: TypeAlias = Mapping[str, JsonValue]


def nodes(node: Node, name: str) -> list[Node]:
    """The objects in the list under ``name``."""
    value = node.get(name)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, Sequence) else []


def child(node: Node, name: str) -> Node:
    """The object under ``name``, or an empty one."""
    value = node.get(name)
    return value if isinstance(value, Mapping) else {}


def text(node: Node, *names: str) -> str:
    """The first non-empty string under one of the names, or ``""``."""
    return next((whole(value) for name in names if isinstance(value := node.get(name), str) and value), "")


def number(node: Node, name: str, default: int) -> int:
    """The whole number under ``name``."""
    value = node.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else default
