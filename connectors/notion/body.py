"""The text of a page: read as a tree of blocks, and written block by block.

Notion can also give a page as Markdown in one call. That is not used: its dialect is not GFM (a line a
block, tabs, tables and callouts as tags), its first version is deprecated in favour of a second with other
rules, and both leave out bookmarks and embeds
(developers.notion.com/guides/data-apis/migrate-to-notion-flavored-markdown). Blocks cost one call for each
100 at the top and one for each that has others below it, and come back unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from connectors.model import JsonValue
from connectors.notion.answers import Block, Listing
from connectors.notion.client import NotionClient, Saved
from connectors.text import blocks

Node = dict[str, JsonValue]

LEVELS = 20
"""Deeper nesting than this is cut, so that a strange page cannot cost calls without end."""
BLOCKS_AT_TOP = 100
BLOCKS_IN_ALL = 1000
BYTES = 400_000
"""Limits of one request; Notion takes 500 KB, of which the rest of the request needs a little."""
KEPT = frozenset({"child_page", "child_database", "synced_block", "unsupported"})
"""Never deleted when a text is rewritten: they hold more than their own text."""


def read(client: NotionClient, page_id: str) -> str:
    """The page's text in Markdown."""
    return blocks.to_markdown(tree(client, page_id))


def tree(client: NotionClient, parent: str, level: int = 0) -> list[Node]:
    """The blocks below a page or block, each with its own children under ``children``."""
    found = list(client.listed(Listing[Node], f"blocks/{parent}/children"))
    for node in found:
        block = Block.model_validate(node)
        if block.has_children and block.type not in KEPT and level < LEVELS:
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


def append(client: NotionClient, page_id: str, nodes: Sequence[Node], after: str | None = None) -> None:
    """Add blocks at the end, or behind the block ``after``."""
    for portion in requests(nodes):
        if portion:
            body: Node = {"children": [*portion], **({"after": after} if after else {})}
            answer = client.write(Listing[Block], "PATCH", f"blocks/{page_id}/children", body)
            made = answer.children if isinstance(answer, Saved) else tuple(one.id for one in answer.results)
            if after and made:
                after = made[-1]


def rewrite(client: NotionClient, page_id: str, markdown: str) -> None:
    """Make the page's text this one, touching only blocks that differ.

    New blocks are added before old ones are deleted, so that no crash loses text, and repeating the whole
    is harmless: what is already there is not added again.
    """
    old = [
        _Standing(str(node["id"]), str(node.get("type")), blocks.to_markdown([node]))
        for node in tree(client, page_id)
    ]
    old = [block for block in old if block.text]
    new = blocks.from_markdown(markdown)
    doomed: list[_Standing] = []
    for edit in _edits(old, new):
        append(client, page_id, edit.added, edit.after)
        doomed += edit.deleted
    for block in doomed:
        if block.type not in KEPT:
            client.write(Block, "DELETE", f"blocks/{block.id}", {})


@dataclass(frozen=True, slots=True)
class _Standing:
    """A block that the page has."""

    id: str
    type: str
    text: str


@dataclass(frozen=True, slots=True)
class _Edit:
    """Blocks that take the place of others."""

    after: str | None
    added: Sequence[Node]
    deleted: Sequence[_Standing]


def _edits(old: Sequence[_Standing], new: Sequence[Node]) -> Iterator[_Edit]:
    """What turns ``old`` into ``new``.

    Blocks can be added behind another one but not in front of all (before version 2026-03-11), so what is
    to come first is added behind the old first block, which then goes and comes again behind it.
    """
    texts = [blocks.to_markdown([node]) for node in new]
    matcher = SequenceMatcher(None, [block.text for block in old], texts, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "insert" and i1 == 0 and old and old[0].type not in KEPT:
            yield _Edit(old[0].id, new[j1 : j2 + 1], old[:1])
        elif kind != "equal":
            behind = old[max(i2, 1) - 1].id if old else None
            yield _Edit(behind, new[j1:j2], old[i1:i2])
