# ruff: noqa: S101
"""What is done to many items at once must come to the same as one by one, in fewer requests."""

from __future__ import annotations

import pytest

from connectors.abilities import CreatesMany, GetsMany, UpdatesMany
from connectors.conformance.world import World, latest, pages, ref
from connectors.errors import ConnectorError, OutcomeUnknown, Rejected
from connectors.model import Comment, Patch, Ref
from connectors.protocol import Connector

__all__ = ["Apart", "Many"]


def gets(connector: Connector) -> GetsMany:
    if not isinstance(connector, GetsMany):
        pytest.skip("the tool reads one item at a time")
    return connector


def creates(connector: Connector) -> CreatesMany:
    if not isinstance(connector, CreatesMany):
        pytest.skip("the tool creates one item at a time")
    return connector


def updates(connector: Connector) -> UpdatesMany:
    if not isinstance(connector, UpdatesMany):
        pytest.skip("the tool changes one item at a time")
    return connector


class Many:
    def test_many_are_read_as_each_would_be(self, scene: World, connector: Connector) -> None:
        many = gets(connector)
        ids = [scene.person_creates(f"Item {number}") for number in range(3)]
        scene.person_comments(ids[1], "A first look.", internal=False)
        scene.settle(connector)
        connector.get(ref(ids[1]))  # and whatever a connector asks only once
        before = scene.calls()
        seen = many.get_many([ref(item_id) for item_id in ids])
        assert scene.calls() - before < len(ids), "reading three takes fewer than three requests"
        found = {one.item.ref.id: one for one in seen}
        for item_id in ids:
            assert found[item_id].item == connector.get(ref(item_id)).item
            if found[item_id].complete:
                assert found[item_id].comments == connector.comments(ref(item_id))

    def test_those_that_cannot_be_read_are_left_out(self, scene: World, connector: Connector) -> None:
        many = gets(connector)
        item_id = scene.person_creates("There")
        scene.settle(connector)
        seen = many.get_many([ref(scene.unknown_id), ref(item_id)])
        assert [one.item.ref.id for one in seen] == [item_id]

    def test_many_are_created_as_each_would_be(self, scene: World, connector: Connector) -> None:
        many = creates(connector)
        drafts = [scene.draft(f"Made {number}") for number in range(3)]
        made = many.create_many(drafts, scene.advance)
        refs = [one for one in made if isinstance(one, Ref)]
        assert len(refs) == len(drafts), made
        for draft, one in zip(drafts, refs, strict=True):
            item = connector.get(one).item
            assert (item.title, item.container, item.marker) == (draft.title, draft.container, draft.marker)
            assert "10,000 rows" in item.body

    def test_one_refused_draft_stops_no_other(self, scene: World, connector: Connector) -> None:
        many = creates(connector)
        good, other = scene.draft("Good"), scene.draft("Good as well")
        bad = scene.draft("Nowhere to go").model_copy(update={"container": "no such place"})
        first, refused, last = many.create_many([good, bad, other], scene.advance)
        assert isinstance(refused, Rejected), refused
        assert isinstance(first, Ref), first
        assert isinstance(last, Ref), last
        assert connector.get(first).item.title == "Good"
        assert connector.get(last).item.title == "Good as well"

    def test_a_lost_answer_leaves_each_draft_open_and_each_is_found(
        self, scene: World, connector: Connector
    ) -> None:
        many = creates(connector)
        connector.create(scene.draft("Warm-up"))
        drafts, sent = [scene.draft(f"Made once {number}") for number in range(2)], scene.now()
        scene.break_next("lose_answer")
        try:
            outcomes: tuple[Ref | ConnectorError, ...] = many.create_many(drafts, scene.advance)
        except OutcomeUnknown as error:
            outcomes = (error, error)
        assert all(isinstance(one, OutcomeUnknown) for one in outcomes), outcomes
        scene.settle(connector)
        for draft in drafts:
            found = connector.find(draft, sent)
            assert found is not None
            assert found.marker == draft.marker

    def test_many_are_changed_as_each_would_be(self, scene: World, connector: Connector) -> None:
        many = updates(connector)
        ids = [scene.person_creates(f"Before {number}") for number in range(3)]
        patches = [
            (ref(item_id), Patch(fields={"title": f"After {number}"})) for number, item_id in enumerate(ids)
        ]
        assert many.update_many(patches, scene.advance) == (None,) * 3
        assert [connector.get(ref(item_id)).item.title for item_id in ids] == [
            "After 0",
            "After 1",
            "After 2",
        ]

    def test_many_labels_come_and_go_one_by_one(self, scene: World, connector: Connector) -> None:
        many = updates(connector)
        if not scene.labels:
            pytest.skip("the tool has no labels")
        ids = [scene.person_creates("Labelled", "", labels) for labels in (["stays", "goes"], ["stays"])]
        patch = Patch(add_labels=("comes",), remove_labels=("goes",))
        assert many.update_many([(ref(item_id), patch) for item_id in ids], scene.advance) == (None, None)
        assert [connector.get(ref(item_id)).item.labels for item_id in ids] == [("comes", "stays")] * 2

    def test_one_unknown_item_stops_no_other_change(self, scene: World, connector: Connector) -> None:
        many = updates(connector)
        item_id = scene.person_creates("Before")
        patch = Patch(fields={"title": "After"})
        refused, done = many.update_many(
            [(ref(scene.unknown_id), patch), (ref(item_id), patch)], scene.advance
        )
        assert isinstance(refused, ConnectorError)
        assert done is None
        assert connector.get(ref(item_id)).item.title == "After"


class Apart:
    """Comments that come apart from their items."""

    def test_comments_that_follow_do_follow(self, scene: World, connector: Connector) -> None:
        ids = [scene.person_creates(f"Item {number}") for number in range(3)]
        for item_id in ids:
            for word in ("one", "two"):
                scene.person_comments(item_id, word, internal=False)
                scene.advance(2)
        scene.settle(connector)
        read = list(pages(connector, None))
        found = latest([seen for page in read for seen in page.observations])
        if not any(found[item_id].comments_follow for item_id in ids):
            pytest.skip("the tool lists comments with their items")
        heard: dict[str, dict[str, Comment]] = {}
        for said in (said for page in read for said in page.said):
            heard.setdefault(said.ref.id, {}).update({comment.id: comment for comment in said.comments})
        for item_id in ids:
            assert found[item_id].comments_follow
            assert tuple(heard[item_id].values()) == connector.comments(ref(item_id))

    def test_a_later_comment_follows_as_well(self, scene: World, connector: Connector) -> None:
        item_id = scene.person_creates("Talked about")
        scene.settle(connector)
        read = list(pages(connector, None))
        if not any(seen.comments_follow for page in read for seen in page.observations):
            pytest.skip("the tool lists comments with their items")
        scene.advance(20)
        scene.person_comments(item_id, "Late", internal=False)
        scene.settle(connector)
        later = list(pages(connector, read[-1].cursor))
        bodies = [
            comment.body
            for page in later
            for said in page.said
            if said.ref.id == item_id
            for comment in said.comments
        ]
        assert set(bodies) == {"Late"}

    def test_our_own_comment_follows_with_its_marker(self, scene: World, connector: Connector) -> None:
        item = connector.create(scene.draft())
        draft = scene.comment_draft()
        written = connector.comment(item.ref, draft)
        scene.settle(connector)
        heard = {
            comment.id: comment
            for page in pages(connector, None)
            for said in page.said
            for comment in said.comments
        }
        if not heard:
            pytest.skip("the tool lists comments with their items")
        assert heard[written.id].marker == written.marker
