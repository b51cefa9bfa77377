"""Ties of Notion's pages: relations by the names of their columns, and addresses as bookmarks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.abilities import LinksItems
from connectors.errors import Rejected
from connectors.model import ItemLink, JsonValue, LinkDraft, Patch, Ref
from connectors.notion import NotionConnector
from sandbox.notion.blocks import NewBlock
from sandbox.notion.databases import new_property
from tests.conformance.notion_world import NotionWorld

ISSUE = "https://northwind.atlassian.example/browse/ENG-1"


@pytest.fixture
def scene() -> Iterator[NotionWorld]:
    """Feedback has a relation to product documents."""
    world = NotionWorld()
    documents = world.service.source("PRDs")
    prop = new_property("Documents", "relation", {"data_source_id": documents.id})
    prop.target_database = documents.database
    world.service.source("Feedback").properties["Documents"] = prop
    try:
        yield world
    finally:
        world.close()


def row(scene: NotionWorld, database: str = "Feedback") -> Ref:
    return Ref(connection="notion", id=next(iter(scene.service.source(database).rows)))


def draft(relation: str, to: Ref | None = None, **more: str) -> LinkDraft:
    return LinkDraft(relation=relation, to=to, marker="lw-1", **more)


def ends(links: tuple[ItemLink, ...]) -> list[tuple[str, Ref | None]]:
    return [(link.relation, link.to) for link in links]


def related(scene: NotionWorld, count: int) -> None:
    """Somebody relates the row to so many pages."""
    acts, source = scene.service.acts, scene.service.source("PRDs")
    person, page = scene.service.workspace.person(), scene.service.workspace.pages[row(scene).id]
    made = [acts.create_page(person, {}, [], source=source).id for _ in range(count)]
    value: list[JsonValue] = [{"id": identity} for identity in made]
    prop = scene.service.source("Feedback").properties["Documents"]
    scene.sandbox.call(lambda: acts.set_values(page, {prop.id: value}, person))


def test_a_relation_is_a_tie_by_the_name_of_its_column(scene: NotionWorld, notion: NotionConnector) -> None:
    assert isinstance(notion, LinksItems)
    document = row(scene, "PRDs")
    made = notion.link(row(scene), draft("documents", document))
    assert ends(notion.links(row(scene))) == ends((made,)) == [("Documents", document)]
    assert notion.get(row(scene)).item.custom["documents"] == [document.id]
    notion.unlink(row(scene), made.id)
    assert notion.links(row(scene)) == ()
    notion.unlink(row(scene), made.id)


def test_all_that_a_page_is_related_to_is_kept(scene: NotionWorld, notion: NotionConnector) -> None:
    """Also what Notion does not show at first: a relation is written as a whole."""
    related(scene, 30)
    before = notion.links(row(scene))
    made = notion.link(row(scene), draft("Documents", row(scene, "PRDs")))
    assert len(before) == 30
    assert notion.links(row(scene)) == (*before, made)
    notion.unlink(row(scene), before[7].id)
    assert notion.links(row(scene)) == (*before[:7], *before[8:], made)


def test_a_relation_that_no_column_holds_is_refused_with_those_there_are(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    with pytest.raises(Rejected, match="Did you mean 'Documents'"):
        notion.link(row(scene), draft("Document", row(scene, "PRDs")))


def test_an_address_is_a_bookmark_and_no_part_of_the_text(
    scene: NotionWorld, notion: NotionConnector
) -> None:
    before = notion.get(row(scene)).item.body
    made = notion.link(row(scene), draft("relates to", url=ISSUE, title="ENG-1: Export fails"))
    assert notion.links(row(scene)) == (made,)
    assert (made.relation, made.url, made.title) == ("relates to", ISSUE, "ENG-1: Export fails")
    assert notion.get(row(scene)).item.body == before
    notion.update(row(scene), Patch(fields={"body": "All new."}))
    assert notion.links(row(scene)) == (made,), "and outlives it"
    notion.unlink(row(scene), made.id)
    assert notion.links(row(scene)) == ()
    notion.unlink(row(scene), made.id)


@pytest.mark.parametrize("kind", ["relation", "address"])
def test_repeating_a_tie_makes_no_second_one(scene: NotionWorld, notion: NotionConnector, kind: str) -> None:
    document = row(scene, "PRDs")
    wanted = draft("Documents", document) if kind == "relation" else draft("relates to", url=ISSUE)
    assert notion.link(row(scene), wanted) == notion.link(row(scene), wanted)
    assert len(notion.links(row(scene))) == 1


def test_a_tie_saved_late_is_made(scene: NotionWorld, notion: NotionConnector) -> None:
    notion.check()
    for wanted in (draft("Documents", row(scene, "PRDs")), draft("relates to", url=ISSUE)):
        scene.service.quirks.saved_but_503 = 1
        assert notion.link(row(scene), wanted) in notion.links(row(scene))


def test_a_bookmark_that_somebody_set_is_text_and_stays(scene: NotionWorld, notion: NotionConnector) -> None:
    page, person = scene.service.workspace.pages[row(scene).id], scene.service.workspace.person()
    block = NewBlock("bookmark", {"url": ISSUE, "caption": []})
    (theirs,) = scene.sandbox.call(lambda: scene.service.acts.append(page, [block], person, None))
    assert notion.links(row(scene)) == ()
    assert ISSUE in notion.get(row(scene)).item.body
    notion.unlink(row(scene), f"bookmark/{theirs}")
    assert theirs in page.blocks
