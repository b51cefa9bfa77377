"""Changing and deleting comments of our own."""

from __future__ import annotations

import pytest

from connectors.abilities import EditsComments
from connectors.errors import NotFound, Rejected
from connectors.model import Audience, CommentDraft
from tests.connectors.github_rig import APP, SDK, Rig, rig

__all__ = ["rig"]


def said(body: str, **given: object) -> CommentDraft:
    return CommentDraft.model_validate({"body": body, "marker": "lw-c1", **given})


def test_an_edited_comment_keeps_its_marker_and_its_place(rig: Rig) -> None:
    assert isinstance(rig.connector, EditsComments)
    made = rig.connector.comment(rig.ref(1), said("First"))
    edited = rig.connector.edit_comment(rig.ref(1), made.id, said("Second", marker="lw-other"))
    assert (edited.id, edited.body, edited.marker) == (made.id, "Second", "lw-c1")
    assert rig.connector.comments(rig.ref(1))[-1] == edited


def test_a_comment_of_a_person_gets_no_marker_by_being_edited(rig: Rig) -> None:
    [theirs] = rig.connector.comments(rig.ref(1))
    assert rig.connector.edit_comment(rig.ref(1), theirs.id, said("Corrected")).marker is None


def test_an_edit_reaches_nobody_new(rig: Rig) -> None:
    made = rig.sandbox.call(lambda: rig.service.person_creates(title="Public", body="b", container=SDK))
    rig.sandbox.call(lambda: rig.service.person_comments(made, "Hello", internal=False))
    ref = rig.ref(1, SDK)
    [comment] = rig.connector.comments(ref)
    with pytest.raises(Rejected, match="northwind/sdk is public"):
        rig.connector.edit_comment(ref, comment.id, said("secret"))
    assert rig.connector.edit_comment(ref, comment.id, said("open", audience=Audience.PUBLIC)).body == "open"


def test_a_deleted_comment_is_gone_and_deleting_it_again_is_no_failure(rig: Rig) -> None:
    made = rig.connector.comment(rig.ref(1), said("Oops"))
    for _ in range(2):
        rig.connector.delete_comment(rig.ref(1), made.id)
    assert [comment.body for comment in rig.connector.comments(rig.ref(1))] == ["Seen."]


def test_a_comment_that_is_out_of_sight_does_not_count_as_deleted(rig: Rig) -> None:
    made = rig.connector.comment(rig.ref(1), said("Still there"))
    repository = rig.service.state.repository(APP)
    assert repository
    repository.access = "none"
    with pytest.raises(NotFound):
        rig.connector.delete_comment(rig.ref(1), made.id)
    assert rig.service.state.comments[int(made.id)].body.startswith("Still there")


def test_editing_what_is_gone_is_not_found(rig: Rig) -> None:
    with pytest.raises(NotFound):
        rig.connector.edit_comment(rig.ref(1), "4711", said("Nothing"))


def test_comments_are_written_where_the_repository_is_called_now(rig: Rig) -> None:
    made = rig.connector.comment(rig.ref(1), said("First"))
    rig.sandbox.call(lambda: rig.service.person_renames(APP, "core"))
    ref = rig.ref(1, "northwind/core").model_copy(update={"key": "northwind/app#1"})
    assert rig.connector.edit_comment(ref, made.id, said("Second")).body == "Second"
    rig.connector.delete_comment(ref, made.id)
    assert int(made.id) not in rig.service.state.comments
