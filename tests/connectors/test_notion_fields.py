"""A row is looked at and changed without its text where the text does not matter: its blocks cost calls."""

from __future__ import annotations

import pytest

from connectors.abilities import ReadsBodiesApart
from connectors.errors import Rejected
from connectors.model import Item, Patch, Ref
from connectors.notion import NotionConnector
from tests.conformance.notion_world import NotionWorld

RETITLED = Patch(fields={"title": "Export stops early", "priority": "Low"})


@pytest.fixture
def known(scene: NotionWorld, notion: NotionConnector) -> Item:
    """A row as it was read; everything that is asked once has been."""
    item_id = scene.person_creates("Export fails", "At 10,000 rows.", ["export"])
    return notion.get(Ref(connection="notion", id=item_id)).item


def requests(scene: NotionWorld, since: int) -> list[str]:
    """What was asked since then, without ids."""
    return [f"{method} {path.split('/')[2]}" for method, path in scene.gate.calls[since:]]


def test_a_change_of_fields_is_one_call(scene: NotionWorld, notion: NotionConnector, known: Item) -> None:
    assert isinstance(notion, ReadsBodiesApart)
    since = len(scene.gate.calls)
    after = notion.update_fields(known, RETITLED)
    assert requests(scene, since) == ["PATCH pages"]
    assert (after.title, after.priority) == ("Export stops early", "Low")
    assert notion.get(known.ref).item == after


def test_a_look_at_fields_is_one_call(scene: NotionWorld, notion: NotionConnector, known: Item) -> None:
    scene.person_edits_title(known.ref.id, "Export stops")
    since = len(scene.gate.calls)
    assert notion.get_fields(known).title == "Export stops"
    assert requests(scene, since) == ["GET pages"]


def test_labels_keep_those_that_others_set_meanwhile(
    scene: NotionWorld, notion: NotionConnector, known: Item
) -> None:
    scene.sandbox.call(lambda: scene.service.person_sets(known.ref.id, add_label="urgent"))
    since = len(scene.gate.calls)
    after = notion.update_fields(known, Patch(add_labels=("seen",), remove_labels=("export",)))
    assert after.labels == ("seen", "urgent")
    assert requests(scene, since) == ["GET pages", "PATCH pages"]


def test_a_row_that_was_moved_is_changed_where_it_is(scene: NotionWorld, known: Item) -> None:
    databases = [{"name": name} for name in ("Feedback", "PRDs")]
    notion = scene.connect("notion", scene.gate, databases=databases)
    scene.sandbox.call(lambda: scene.service.person_moves(known.ref.id, "PRDs"))
    after = notion.update_fields(known, Patch(fields={"title": "Moved and renamed"}))
    notion.close()
    assert (after.title, after.container) == ("Moved and renamed", "PRDs")


def test_one_in_the_bin_is_told_to_be_there(scene: NotionWorld, notion: NotionConnector, known: Item) -> None:
    scene.sandbox.call(lambda: scene.service.person_trashes(known.ref.id))
    with pytest.raises(Rejected, match="in the bin"):
        notion.update_fields(known, RETITLED)


def test_a_late_save_is_read_and_not_repeated(
    scene: NotionWorld, notion: NotionConnector, known: Item
) -> None:
    scene.service.quirks.saved_but_503 = 1
    since = len(scene.gate.calls)
    assert notion.update_fields(known, RETITLED).title == "Export stops early"
    assert requests(scene, since) == ["PATCH pages", "GET pages"]
