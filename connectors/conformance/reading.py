# ruff: noqa: S101
"""What reading must give: everything, as it is, once more rather than not at all, and cheaply."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest

from connectors.conformance.world import World, latest, read_all, ref
from connectors.errors import NotFound
from connectors.model import Patch
from connectors.protocol import Connector

__all__ = ["Reading"]


class Reading:
    def test_is_a_connector(self, connector: Connector) -> None:
        assert isinstance(connector, Connector)
        undescribed = [
            name for name, field in type(connector).Settings.model_fields.items() if not field.description
        ]
        assert undescribed == []

    def test_check_names_the_account(self, connector: Connector) -> None:
        account = connector.check()
        assert account.name
        assert account.id
        assert account.site

    def test_everything_is_found_from_the_beginning(self, scene: World, connector: Connector) -> None:
        ids = [scene.person_creates(f"Item {number}", "Some **text**.") for number in range(3)]
        scene.person_comments(ids[1], "A first look.", internal=False)
        scene.settle(connector)
        found = latest(read_all(connector, None)[0])
        assert set(ids) <= set(found)
        for item_id in ids:
            assert found[item_id].item == connector.get(ref(item_id)).item

    def test_what_people_wrote_arrives(self, scene: World, connector: Connector) -> None:
        labels = ["beta", "alpha"] if scene.labels else []
        item_id = scene.person_creates("Größe 📦 is wrong", "First line.\n\nSecond *line*.", labels)
        item = connector.get(ref(item_id)).item
        assert item.ref == ref(item_id)
        assert item.ref.key
        assert item.url
        assert item.system == type(connector).system
        assert item.container == scene.container
        assert item.title == "Größe 📦 is wrong"
        assert "First line." in item.body
        assert "Second" in item.body
        assert set(labels) <= set(item.labels)
        assert list(item.labels) == sorted(set(item.labels))
        assert item.audience == connector.audience(scene.container)
        assert item.created.utcoffset() is not None
        assert item.created <= item.updated
        assert item.marker is None
        assert not item.closed
        assert not item.deleted

    def test_comments_that_come_along_are_the_comments(self, scene: World, connector: Connector) -> None:
        item_id = scene.person_creates("With comments")
        scene.person_comments(item_id, "One", internal=False)
        scene.person_comments(item_id, "Two", internal=False)
        scene.settle(connector)
        along = latest(read_all(connector, None)[0])[item_id]
        comments = connector.comments(ref(item_id))
        if along.complete:
            assert along.comments == comments
        else:
            assert set(along.comments or ()) <= set(comments)

    def test_a_cursor_is_a_string_that_survives_a_restart(self, scene: World, connector: Connector) -> None:
        item_id = scene.person_creates("Before")
        scene.settle(connector)
        cursor = json.loads(json.dumps(read_all(connector, None)[1]))
        connector.close()
        scene.person_edits_title(item_id, "After")
        scene.settle(connector)
        another = scene.connect(connector.connection, scene.gate)
        try:
            found = latest(read_all(another, cursor)[0])
            assert found[item_id].item.title == "After"
        finally:
            another.close()

    def test_each_later_change_is_seen(self, scene: World, connector: Connector) -> None:
        item_id = scene.person_creates("Title 0")
        _, cursor = read_all(connector, None)
        for number in range(1, 4):
            scene.advance(20)
            scene.person_edits_title(item_id, f"Title {number}")
            seen, cursor = read_all(connector, cursor)
        scene.settle(connector)
        later, _ = read_all(connector, cursor)
        titles = [each.item.title for each in [*seen, *later] if each.item.ref.id == item_id]
        assert titles[-1:] == ["Title 3"]

    def test_nothing_is_lost_when_people_edit_between_pages(self, scene: World, connector: Connector) -> None:
        ids = [scene.person_creates(f"Item {number}") for number in range(scene.page_size + 5)]
        scene.settle(connector)
        first = connector.changes(None)
        assert first.more, "World.page_size is too small for a second page"
        scene.person_edits_title(ids[0], "Edited, seen before")
        scene.person_edits_title(ids[-1], "Edited, not seen yet")
        rest, cursor = read_all(connector, first.cursor)
        scene.settle(connector)
        later, _ = read_all(connector, cursor)
        found = latest([*first.observations, *rest, *later])
        assert set(ids) - set(found) == set()
        assert found[ids[0]].item.title == "Edited, seen before"
        assert found[ids[-1]].item.title == "Edited, not seen yet"

    def test_an_idle_poll_is_cheap_and_ends(self, scene: World, connector: Connector) -> None:
        scene.person_creates("The only one")
        scene.settle(connector)
        _, cursor = read_all(connector, None)
        scene.settle(connector)
        _, cursor = read_all(connector, cursor)
        for _ in range(3):
            scene.settle(connector)
            before = scene.calls()
            _, cursor = read_all(connector, cursor)
            assert scene.calls() - before <= scene.idle_calls

    def test_a_moved_item_is_the_same_item(self, scene: World, connector: Connector) -> None:
        item_id = scene.person_creates("On its way")
        before = connector.get(ref(item_id)).item.ref
        if not scene.person_moves(item_id):
            pytest.skip("this world moves nothing")
        scene.settle(connector)
        after = connector.get(before).item.ref
        assert after == before
        assert after.key != before.key
        assert connector.update(before, Patch(fields={"title": "Arrived"})).title == "Arrived"

    def test_a_deleted_item_hides_no_other(self, scene: World, connector: Connector) -> None:
        gone, kept = scene.person_creates("Gone"), scene.person_creates("Kept")
        scene.settle(connector)
        _, cursor = read_all(connector, None)
        if not scene.person_deletes(gone):
            pytest.skip("this world deletes nothing")
        scene.person_edits_title(kept, "Kept and edited")
        scene.settle(connector)
        found = latest(read_all(connector, cursor)[0])
        assert found[kept].item.title == "Kept and edited"
        assert gone not in found or found[gone].item.deleted
        with suppress(NotFound):  # which is what a tool without a bin says
            assert connector.get(ref(gone)).item.deleted

    def test_what_people_set_is_read(self, scene: World, connector: Connector) -> None:
        item_id = scene.person_creates("To be worked on")
        if scene.labels:
            scene.person_adds_label(item_id, "urgent")
            assert "urgent" in connector.get(ref(item_id)).item.labels
        if scene.status is None:
            pytest.skip("the tool has no status")
        before = connector.get(ref(item_id)).item.status
        scene.person_sets_status(item_id, scene.status)
        assert connector.get(ref(item_id)).item.status == scene.status != before
