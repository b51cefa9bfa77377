# ruff: noqa: S101
"""What commenting must keep: every word, the order, and above all who may read it."""

from __future__ import annotations

import pytest

from connectors.abilities import ChecksComments, EditsComments, HidesComments
from connectors.conformance.world import World, ref
from connectors.errors import NotFound, Rejected
from connectors.model import Audience
from connectors.protocol import Connector

__all__ = ["Commenting"]


def editing(connector: Connector) -> EditsComments:
    if not isinstance(connector, EditsComments):
        pytest.skip("comments of the tool stay as they were written")
    return connector


class Commenting:
    @pytest.mark.parametrize("audience", list(Audience))
    def test_a_comment_reaches_its_audience_and_no_other(
        self, scene: World, connector: Connector, audience: Audience
    ) -> None:
        item = connector.create(scene.draft())
        draft = scene.comment_draft("For **your** eyes.", audience)
        if audience in scene.comment_audiences:
            written = connector.comment(item.ref, draft)
            assert written.audience == audience
            assert connector.comments(item.ref) == (written,)
        elif any(audience.reaches(offered) for offered in scene.comment_audiences):
            assert audience.reaches(connector.comment(item.ref, draft).audience)
        else:
            with pytest.raises(Rejected):
                connector.comment(item.ref, draft)
            assert connector.comments(item.ref) == ()

    def test_what_people_say_keeps_its_audience(self, scene: World, connector: Connector) -> None:
        item_id = scene.person_creates("Talked about")
        if Audience.INTERNAL in scene.comment_audiences:
            scene.person_comments(item_id, "Between us.", internal=True)
        if scene.comment_audiences[-1] is not Audience.INTERNAL:
            scene.person_comments(item_id, "For everybody.", internal=False)
        heard = {comment.body: comment.audience for comment in connector.comments(ref(item_id))}
        expected = {"Between us.": Audience.INTERNAL, "For everybody.": scene.comment_audiences[-1]}
        assert heard == {body: audience for body, audience in expected.items() if body in heard}
        assert heard

    def test_comments_are_oldest_first_without_the_body(self, scene: World, connector: Connector) -> None:
        item_id = scene.person_creates("Talked about", "The body.")
        for word in ("one", "two", "three"):
            scene.person_comments(item_id, word, internal=False)
            scene.advance(2)
        comments = connector.comments(ref(item_id))
        assert [comment.body for comment in comments] == ["one", "two", "three"]
        assert len({comment.id for comment in comments}) == 3
        assert all(comment.author and comment.author.name for comment in comments)
        assert all(comment.marker is None for comment in comments)

    def test_a_comment_is_found_by_what_was_sent(self, scene: World, connector: Connector) -> None:
        item = connector.create(scene.draft())
        draft, sent = scene.comment_draft(), scene.now()
        written = connector.comment(item.ref, draft)
        connector.comment(item.ref, scene.comment_draft("Something else."))
        scene.settle(connector)
        found = connector.find_comment(item.ref, draft, sent)
        assert found is not None
        assert found.id == written.id
        assert connector.find_comment(item.ref, scene.comment_draft("Never sent."), scene.now()) is None

    def test_the_same_words_of_a_person_are_not_ours(self, scene: World, connector: Connector) -> None:
        item_id = scene.person_creates("Talked about")
        sent = scene.now()
        scene.person_comments(item_id, "We are on it.", internal=False)
        scene.settle(connector)
        assert connector.find_comment(ref(item_id), scene.comment_draft("We are on it."), sent) is None

    def test_many_comments_are_all_read(self, scene: World, connector: Connector) -> None:
        item_id = scene.person_creates("Much talked about")
        for number in range(120):
            scene.person_comments(item_id, f"Comment {number}", internal=False)
        bodies = [comment.body for comment in connector.comments(ref(item_id))]
        assert bodies == [f"Comment {number}" for number in range(120)]

    def test_the_text_of_a_comment_arrives_readable(self, scene: World, connector: Connector) -> None:
        item = connector.create(scene.draft())
        log = "See [the log](https://logs.example.com/a_b):"
        text = f"{log}\n\n```\nx = a_b * 2 < 3\n```\n\n- größer\n- 📦 `x_y`"
        body = connector.comment(item.ref, scene.comment_draft(text)).body
        for words in ("https://logs.example.com/a_b", "x = a_b * 2 < 3", "größer", "📦 `x_y`"):
            assert words in body
        assert connector.comments(item.ref)[-1].body == body

    def test_a_text_that_is_too_long_says_where_the_rest_is(self, scene: World, connector: Connector) -> None:
        item, original = connector.create(scene.draft()), "https://elsewhere.example/browse/1"
        words = "word " * 20_000
        draft = scene.comment_draft(words).model_copy(update={"original": original})
        comment = connector.comment(item.ref, draft)
        assert comment.body.startswith("word word")
        assert original in comment.body or len(comment.body) >= len(words.rstrip())

    def test_an_edited_comment_has_its_new_text_and_its_marker(
        self, scene: World, connector: Connector
    ) -> None:
        able = editing(connector)
        item = connector.create(scene.draft())
        draft = scene.comment_draft("As it was.")
        written = connector.comment(item.ref, draft)
        edited = able.edit_comment(
            item.ref, written.id, draft.model_copy(update={"body": "As it is.", "marker": "lw-another"})
        )
        assert (edited.id, edited.body, edited.audience) == (written.id, "As it is.", written.audience)
        assert edited.marker == written.marker
        assert connector.comments(item.ref) == (edited,)

    def test_a_deleted_comment_is_gone_and_may_be_deleted_again(
        self, scene: World, connector: Connector
    ) -> None:
        able = editing(connector)
        item = connector.create(scene.draft())
        gone = connector.comment(item.ref, scene.comment_draft("Gone."))
        kept = connector.comment(item.ref, scene.comment_draft("Kept."))
        for _ in range(2):
            able.delete_comment(item.ref, gone.id)
        assert [comment.id for comment in connector.comments(item.ref)] == [kept.id]

    def test_a_comment_is_gone_once_it_was_deleted_and_not_before(
        self, scene: World, connector: Connector
    ) -> None:
        able = editing(connector)
        if not isinstance(connector, ChecksComments):
            pytest.skip("no comment can be asked for by itself")
        item = connector.create(scene.draft())
        comment = connector.comment(item.ref, scene.comment_draft())
        assert not connector.comment_is_gone(item.ref, comment.id)
        able.delete_comment(item.ref, comment.id)
        assert connector.comment_is_gone(item.ref, comment.id)
        if scene.person_deletes(item.ref.id):
            # Out of sight: that says nothing of its comments.
            with pytest.raises(NotFound):
                connector.comment_is_gone(item.ref, comment.id)

    def test_a_hidden_comment_is_for_the_team_alone_and_may_be_hidden_again(
        self, scene: World, connector: Connector
    ) -> None:
        if not isinstance(connector, HidesComments):
            pytest.skip("comments keep their readers")
        item = connector.create(scene.draft())
        shown = connector.comment(item.ref, scene.comment_draft("Shown.", scene.comment_audiences[-1]))
        for _ in range(2):
            connector.hide_comment(item.ref, shown.id)
        (hidden,) = connector.comments(item.ref)
        assert (hidden.id, hidden.audience) == (shown.id, Audience.INTERNAL)
