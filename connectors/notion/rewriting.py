"""A page's text changed to another one by touching only the blocks that differ.

Blocks are compared by the Markdown they stand for. A block that stands for several, as a toggle or columns
do, is left alone when all of it is still there; one that differs is changed where it stands when the new one
is of its type, so that its id, the comments on it and its children survive. What holds more than its text
(subpages, hosted files) is never deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from connectors.model import JsonValue
from connectors.notion.answers import Block, Listing
from connectors.notion.body import CLOSED, Node, requests
from connectors.notion.client import NotionClient, Saved
from connectors.text import blocks

PLAIN = frozenset(
    {"paragraph", "heading_1", "heading_2", "heading_3", "bulleted_list_item", "numbered_list_item"}
    | {"to_do", "quote", "code", "table", "table_row"}
)
"""What Markdown says whole: changed in place."""
FILES = frozenset({"image", "file", "pdf", "video", "audio"})


def rewrite(client: NotionClient, page_id: str, old: Sequence[Node], markdown: str) -> None:
    """Make the text of a page, whose blocks are ``old``, this one.

    New blocks are added before old ones are deleted, so that no crash loses text, and repeating the whole
    is harmless: what is already there is not added again.
    """
    plan = _Plan()
    _compare(plan, page_id, old, blocks.from_markdown(markdown), client.version >= "2026-03-11")
    for addition in plan.additions:
        append(client, addition.parent, addition.nodes, addition.place)
    for block, content in plan.changes:
        client.write(Block, "PATCH", f"blocks/{block}", content)
    for block in plan.deletions:
        client.write(Block, "DELETE", f"blocks/{block}", {})


@dataclass(frozen=True, slots=True)
class Place:
    """Where new blocks go: behind the block ``after``, or before all others without one."""

    after: str | None


def append(client: NotionClient, parent: str, nodes: Sequence[Node], place: Place | None = None) -> None:
    """Add blocks, at the end unless a place is named."""
    for portion in requests(nodes):
        if portion:
            body: Node = {"children": [*portion], **(_position(client, place) if place else {})}
            answer = client.write(Listing[Block], "PATCH", f"blocks/{parent}/children", body)
            made = answer.children if isinstance(answer, Saved) else tuple(one.id for one in answer.results)
            if place and made:
                place = Place(made[-1])


def _position(client: NotionClient, place: Place) -> Node:
    """``after`` up to 2025-09-03, ``position`` since."""
    if client.version < "2026-03-11":
        return {"after": place.after}
    if place.after is None:
        return {"position": {"type": "start"}}
    return {"position": {"type": "after_block", "after_block": {"id": place.after}}}


@dataclass(frozen=True, slots=True)
class _Addition:
    parent: str
    nodes: Sequence[Node]
    place: Place | None


@dataclass(slots=True)
class _Plan:
    """What is to be done, in this order."""

    additions: list[_Addition] = field(default_factory=list)
    changes: list[tuple[str, Node]] = field(default_factory=list)
    deletions: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Standing:
    """A block that is there, and the blocks of our own making that it stands for, as text."""

    node: Node
    units: tuple[str, ...]

    @property
    def id(self) -> str:
        return str(self.node["id"])


def _compare(plan: _Plan, parent: str, old: Sequence[Node], new: Sequence[Node], can_start: bool) -> None:
    """Plan what makes the children ``old`` of ``parent`` into ``new``.

    ``can_start``: whether the API can add blocks before all others.
    """
    standing = [_Standing(node, units) for node in old if (units := _units(node))]
    kept = _kept(standing, new)
    if not can_start and kept and kept[0][0] == 0 < kept[0][1] and _may_go(standing[0].node):
        # Nothing can be added before the first block, so it makes room by becoming another one.
        del kept[0]
    at_old = at_new = 0
    for number, begin, end in [*kept, (len(standing), len(new), len(new))]:
        between, wanted = standing[at_old:number], new[at_new:begin]
        above = standing[at_old - 1].id if at_old else None
        if above is None and not can_start and old:
            above = between[0].id if between else str(old[0]["id"])
        pairs = _pairs(between, wanted, first_is_first=not (can_start or at_old))
        for mine, other in pairs:
            _change(plan, between[mine].node, wanted[other], can_start)
        _fill(plan, parent, between, wanted, pairs, Place(above) if old else None)
        at_old, at_new = number + 1, end


def _kept(old: Sequence[_Standing], new: Sequence[Node]) -> list[tuple[int, int, int]]:
    """Which old blocks stay as they are, each with the new ones from begin to end that it stands for."""
    theirs = [(number, unit) for number, block in enumerate(old) for unit in block.units]
    ours = [_text(node) for node in new]
    found: dict[int, list[int]] = {}
    for mine, other in _matching([unit for _, unit in theirs], ours):
        found.setdefault(theirs[mine][0], []).append(other)
    return [
        (number, places[0], places[-1] + 1)
        for number, places in found.items()
        if len(places) == len(old[number].units) == places[-1] + 1 - places[0]
    ]


def _matching(old: Sequence[object], new: Sequence[object]) -> Iterator[tuple[int, int]]:
    """Pairs of places at which both have the same, in order."""
    for match in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        yield from ((match.a + step, match.b + step) for step in range(match.size))


def _pairs(old: Sequence[_Standing], new: Sequence[Node], *, first_is_first: bool) -> list[tuple[int, int]]:
    """Old blocks that can become new ones where they stand, in order.

    ``first_is_first``: the first of the old can become the first of the new alone.
    """
    forms = ([_form(block.node) for block in old], [_form(node) for node in new])
    return [
        (mine, other)
        for mine, other in _matching(*forms)
        if _type(old[mine].node) in PLAIN and not (first_is_first and mine == 0 < other)
    ]


def _fill(
    plan: _Plan,
    parent: str,
    old: Sequence[_Standing],
    new: Sequence[Node],
    pairs: Sequence[tuple[int, int]],
    place: Place | None,
) -> None:
    """Plan the blocks to be added around the pairs, from ``place`` on, and those to be deleted."""
    done = 0
    for mine, other in pairs:
        if done < other:
            plan.additions.append(_Addition(parent, new[done:other], place))
        place, done = Place(old[mine].id), other + 1
    if done < len(new):
        plan.additions.append(_Addition(parent, new[done:], place))
    changed = {mine for mine, _ in pairs}
    doomed = (block for number, block in enumerate(old) if number not in changed)
    plan.deletions += [block.id for block in doomed if _may_go(block.node)]


def _change(plan: _Plan, old: Node, new: Node, can_start: bool) -> None:
    """Plan the change of a block, and of those below it, whose type stays."""
    own = {name: value for name, value in _content(new).items() if name != "children"}
    if _type(old) != "table" and _text(_alone(old)) != _text(_alone(new)):
        plan.changes.append((str(old["id"]), {_type(old): own}))
    below, wanted = _nodes(old.get("children")), _nodes(_content(new).get("children"))
    if below or wanted:
        _compare(plan, str(old["id"]), below, wanted, can_start)


def _units(node: Node) -> tuple[str, ...]:
    text = _text(node)
    if not text or _type(node) == "table_row":
        return (text,) if text else ()
    return tuple(_text(made) for made in blocks.from_markdown(text))


def _text(node: Node) -> str:
    """What a block stands for. A row needs a table around it."""
    if _type(node) == "table_row":
        return blocks.to_markdown([{"type": "table", "table": {}, "children": [node]}])
    return blocks.to_markdown([node])


def _form(node: Node) -> JsonValue:
    """What two blocks must share for one to become the other."""
    width = _content(node).get("table_width")
    return f"{_type(node)} {width}" if _type(node) == "table" else _type(node)


def _may_go(node: Node) -> bool:
    """Whether nothing is lost by deleting the block but text that is not wanted any more."""
    return _type(node) not in CLOSED and not is_hosted(node)


def is_hosted(node: Node) -> bool:
    """Whether the block holds a file that is nowhere but in Notion."""
    return _type(node) in FILES and _content(node).get("type") == "file"


def is_attached(node: Node) -> bool:
    """Whether the block may be an attachment or a link of ours: text is never written as these."""
    return is_hosted(node) or _type(node) == "bookmark"


def _alone(node: Node) -> Node:
    kind = _type(node)
    own = {name: value for name, value in _content(node).items() if name != "children"}
    return {"type": kind, kind: own}


def _type(node: Node) -> str:
    return str(node.get("type"))


def _content(node: Node) -> Node:
    content = node.get(_type(node))
    return content if isinstance(content, dict) else {}


def _nodes(value: JsonValue) -> list[Node]:
    return [node for node in value if isinstance(node, dict)] if isinstance(value, list) else []
