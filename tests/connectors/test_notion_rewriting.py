"""A page's text is changed by touching only the blocks that differ, in both versions of the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import OutcomeUnknown
from connectors.model import Draft, Item, Patch
from connectors.notion import NotionConnector
from connectors.text import blocks
from sandbox.faults import Fault
from sandbox.notion.state import Block
from tests.conformance.notion_world import NotionWorld, OlderNotionWorld

OLD = "# Head\n\nFirst.\n\n- a\n- b\n\nLast."


@pytest.fixture(params=[NotionWorld, OlderNotionWorld], ids=["2026-03-11", "2025-09-03"])
def scene(request: pytest.FixtureRequest) -> Iterator[NotionWorld]:
    world: NotionWorld = request.param()
    try:
        yield world
    finally:
        world.close()


def made(notion: NotionConnector, text: str) -> Item:
    return notion.create(Draft(container="Feedback", title="Export fails", body=text, marker="lw-1"))


def rewritten(notion: NotionConnector, item: Item, text: str) -> str:
    return notion.update(item.ref, Patch(fields={"body": text})).body


def standing(scene: NotionWorld, item: Item) -> list[Block]:
    workspace = scene.service.workspace
    return [workspace.blocks[identity] for identity in workspace.pages[item.ref.id].blocks]


def writes(scene: NotionWorld) -> list[str]:
    """The requests that changed blocks since the last look."""
    told = [
        f"{method} {'children' if path.endswith('children') else 'block'}"
        for method, path in scene.gated
        if method != "GET" and path.startswith("/v1/blocks")
    ]
    scene.gated.clear()
    return told


@pytest.mark.parametrize(
    ("new", "asked"),
    [
        (OLD, []),
        (OLD.replace("First.", "First, *changed*."), ["PATCH block"]),
        (OLD.replace("- b", "- b\n- c") + "\n\nMore.", ["PATCH children", "PATCH children"]),
        (OLD.replace("First.\n\n", ""), ["DELETE block"]),
        ("First.\n\nLast.", ["DELETE block", "DELETE block", "DELETE block"]),
        ("", ["DELETE block"] * 5),
    ],
)
def test_only_what_differs_is_asked_for(
    scene: NotionWorld, notion: NotionConnector, new: str, asked: list[str]
) -> None:
    item = made(notion, OLD)
    writes(scene)
    assert rewritten(notion, item, new) == new
    assert writes(scene) == asked


def test_a_new_beginning(scene: NotionWorld, notion: NotionConnector) -> None:
    item = made(notion, OLD)
    assert rewritten(notion, item, f"New top.\n\n{OLD}") == f"New top.\n\n{OLD}"


def test_a_changed_block_keeps_its_id_and_what_is_below_it(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    item = made(notion, "- one\n  - below\n- [ ] two\n\n> quote\n\n```python\na = 1\n```")
    before = [block.id for block in standing(scene, item)]
    below = standing(scene, item)[0].children
    text = "- one, changed\n  - below\n- [x] two\n\n> quote, changed\n\n```shell\na = 2\n```"
    assert rewritten(notion, item, text) == text
    assert [block.id for block in standing(scene, item)] == before
    assert standing(scene, item)[0].children == below


def test_a_change_below_a_block_touches_that_alone(scene: NotionWorld, notion: NotionConnector) -> None:
    item = made(notion, "- one\n  - deep\n    - deeper\n- two")
    writes(scene)
    text = "- one\n  - deep\n    - deepest\n    - and more\n- two"
    assert rewritten(notion, item, text) == text
    assert writes(scene) == ["PATCH children", "PATCH block"]


def test_a_cell_is_changed_in_its_row(scene: NotionWorld, notion: NotionConnector) -> None:
    table = "| plan | rows |\n| --- | --- |\n| free | 100 |\n| pro | 10,000 |"
    item = made(notion, table)
    writes(scene)
    text = f"{table.replace('100', '200')}\n| team | 1 |"
    assert rewritten(notion, item, text) == text
    assert writes(scene) == ["PATCH children", "PATCH block"]


def test_what_markdown_cannot_say_stays_where_its_text_stays(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    """A toggle with what it hides is two paragraphs to Markdown; one that is not edited stays a toggle."""
    item = made(notion, "Before.\n\n- Hidden\n  - below\n\nAfter.")
    toggle = standing(scene, item)[1]
    toggle.type = "toggle"
    text = notion.get(item.ref).item.body
    assert rewritten(notion, item, text.replace("After.", "After all.")) == text.replace(
        "After.", "After all."
    )
    assert standing(scene, item)[1] is toggle
    assert toggle.children


def test_subpages_and_hosted_files_are_never_deleted(scene: NotionWorld, notion: NotionConnector) -> None:
    item = made(notion, "Text.\n\nFile.")
    page, file = standing(scene, item)
    page.type, page.content = "child_page", {"title": "Notes"}
    file.type, file.content = (
        "pdf",
        {"type": "file", "file": {"url": "https://files.example/a"}, "caption": []},
    )
    assert "Other." in rewritten(notion, item, "Other.")
    assert {page.id, file.id} <= {block.id for block in standing(scene, item)}


def test_many_new_blocks_in_the_middle_keep_their_order(scene: NotionWorld, notion: NotionConnector) -> None:
    item = made(notion, "First.\n\nLast.")
    middle = "\n\n".join(f"Paragraph {number}" for number in range(230))
    text = f"First.\n\n{middle}\n\nLast."
    assert rewritten(notion, item, text) == text


def test_a_late_save_of_blocks_goes_on_behind_them(scene: NotionWorld, notion: NotionConnector) -> None:
    item = made(notion, "First.\n\nLast.")
    middle = "\n\n".join(f"Paragraph {number}" for number in range(130))
    text = f"First.\n\n{middle}\n\nLast."
    scene.service.quirks.saved_but_503 = 1
    assert rewritten(notion, item, text) == text


def test_a_rewrite_cut_short_loses_nothing_and_is_completed(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    item = made(notion, OLD)
    text = "- New.\n- Newer.\n- Newest.\n\nLast."
    scene.sandbox.faults["notion"].active.append(Fault("lose_request", "DELETE"))
    with pytest.raises(OutcomeUnknown):
        rewritten(notion, item, text)
    halfway = notion.get(item.ref).item.body
    assert "Newest." in halfway
    assert "First." in halfway
    assert rewritten(notion, item, text) == text


BLOCKS = st.sampled_from(
    [
        *("Text.", "Other text.", "# Head", "## Sub", "> Said", "---", "```\ncode\n```", "- a", "- b\n  - c"),
        *("1. one\n2. two", "- [x] done", "| a | b |\n| --- | --- |\n| 1 | 2 |", "| a |\n| --- |\n| 1 |"),
    ]
)
TEXTS = st.lists(BLOCKS, max_size=6).map("\n\n".join)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=TEXTS, new=TEXTS)
def test_any_text_becomes_any_other(scene: NotionWorld, notion: NotionConnector, old: str, new: str) -> None:
    item = made(notion, old)
    wanted = blocks.to_markdown(blocks.from_markdown(new))
    assert rewritten(notion, item, new) == wanted
    writes(scene)
    assert rewritten(notion, item, new) == wanted
    assert writes(scene) == []
