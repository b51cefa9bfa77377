"""The text of a page as a tree of blocks: how it is read, and in what portions it is written.

Notion can also give a page as Markdown in one call. That is not used: its dialect is not GFM (a line a
block, tabs, tables and callouts as tags), its first version is deprecated in favour of a second with other
rules, and both leave out bookmarks and embeds
(developers.notion.com/guides/data-apis/migrate-to-notion-flavored-markdown). Blocks cost one call for each
100 at the top and one for each that has others below it, and come back unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from connectors.model import JsonValue
from connectors.notion.answers import Block, Listing
from connectors.notion.client import NotionClient

Node = dict[str, JsonValue]

LEVELS = 20
"""Deeper nesting than this is cut, so that a strange page cannot cost calls without end."""
BLOCKS_AT_TOP = 100
BLOCKS_IN_ALL = 1000
BYTES = 400_000
"""Limits of one request; Notion takes 500 KB, of which the rest of the request needs a little."""
CLOSED = frozenset({"child_page", "child_database", "synced_block", "unsupported"})
"""What hangs below these is no part of the page's own text."""


def tree(client: NotionClient, parent: str, level: int = 0) -> list[Node]:
    """The blocks below a page or block, each with its own children under ``children``."""
    found = list(client.listed(Listing[Node], f"blocks/{parent}/children"))
    for node in found:
        block = Block.model_validate(node)
        if block.has_children and block.type not in CLOSED and level < LEVELS:
            node["children"] = [*tree(client, block.id, level + 1)]
    return found


def requests(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """The blocks in portions that one request may bring; at least one portion, which may be empty."""
    portion: list[Node] = []
    count = size = 0
    for node in nodes:
        more, length = _count(node), len(json.dumps(node))
        full = len(portion) == BLOCKS_AT_TOP or count + more > BLOCKS_IN_ALL or size + length > BYTES
        if portion and full:
            yield portion
            portion, count, size = [], 0, 0
        portion.append(node)
        count, size = count + more, size + length
    yield portion


def _count(node: Mapping[str, JsonValue]) -> int:
    below = (content.get("children") for content in node.values() if isinstance(content, dict))
    lists = (children for children in below if isinstance(children, list))
    return 1 + sum(_count(child) for children in lists for child in children if isinstance(child, dict))
