"""A transferred issue gets another id and number: what the connector says of the old one, and does not do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.abilities import ReplacesIds
from connectors.errors import NotFound
from connectors.model import CommentDraft, Patch, Ref
from tests.connectors.github_rig import APP, SDK, Rig, draft, limited, rig

__all__ = ["limited", "rig"]


def transfer(rig: Rig, ref: Ref, to: str = SDK) -> str:
    moved: str = rig.sandbox.call(lambda: rig.service.person_transfers(ref.id, to))
    return moved


@pytest.mark.parametrize("seen_before", [True, False])
def test_what_it_is_now(rig: Rig, seen_before: bool) -> None:
    old = rig.ref(1)
    connector = rig.connector if seen_before else rig.open()
    assert isinstance(connector, ReplacesIds)
    if seen_before:
        assert connector.moved(old) is None
    new = transfer(rig, old)
    move = connector.moved(old)
    assert move
    assert (move.to.id, move.to.key, move.watched) == (new, f"{SDK}#1", True)
    assert connector.get(move.to).item.ref.key == f"{SDK}#1"


def test_a_repository_that_is_not_read_is_none_of_ours(rig: Rig) -> None:
    old = rig.ref(1)
    transfer(rig, old)
    move = rig.open(repositories=[APP]).moved(old)
    assert move
    assert not move.watched


def test_a_repository_that_was_renamed_is_still_read(rig: Rig) -> None:
    old = rig.ref(1)
    transfer(rig, old)
    rig.sandbox.call(lambda: rig.service.person_renames(SDK, "kit"))
    move = rig.open().moved(old)
    assert move
    assert (move.to.key, move.watched) == ("northwind/kit#1", True)


def test_a_renamed_repository_moves_no_issue(rig: Rig) -> None:
    old = rig.ref(1)
    rig.sandbox.call(lambda: rig.service.person_renames(APP, "core"))
    assert rig.connector.moved(old) is None
    assert [comment.body for comment in rig.connector.comments(old)] == ["Seen."]


def test_moved_twice_it_is_found_at_the_end(rig: Rig) -> None:
    old = rig.ref(1)
    first = transfer(rig, old)
    last = transfer(rig, Ref(connection="gh", id=first), APP)
    move = rig.connector.moved(old)
    assert move
    assert move.to.id == last


def test_a_deleted_issue_became_nothing(rig: Rig) -> None:
    old = rig.ref(2)
    rig.sandbox.call(lambda: rig.service.person_deletes(old.id))
    with pytest.raises(NotFound):
        rig.connector.moved(old)


def test_the_comments_of_what_it_became_are_not_its_own(rig: Rig) -> None:
    """The list of its comments leads there: they have other ids, and would look like new ones."""
    old = rig.ref(1)
    said = rig.connector.comment(old, CommentDraft(body="ours", marker="lw-9"))
    assert len(rig.connector.comments(old)) == 2
    transfer(rig, old)
    with pytest.raises(NotFound, match="is there now"):
        rig.connector.comments(old)
    with pytest.raises(NotFound, match="is there now"):
        rig.open().find_comment(old, CommentDraft(body="ours", marker="lw-9"), datetime.now(UTC))
    with pytest.raises(NotFound):
        rig.connector.edit_comment(old, said.id, CommentDraft(body="better", marker="lw-9"))
    with pytest.raises(NotFound):
        rig.connector.update(old, Patch(fields={"title": "t"}))


def test_an_issue_that_was_made_and_then_transferred_is_found(rig: Rig) -> None:
    made = rig.connector.create(draft())
    new = transfer(rig, made.ref)
    found = rig.connector.find(draft(), datetime.now(UTC))
    assert found
    assert found.ref.id == new
