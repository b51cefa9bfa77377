"""Releases as items: read whenever one of the newest has changed, reworded, never made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from connectors.errors import NotFound, Rejected
from connectors.model import Audience, CommentDraft, Item, JsonValue, Kind, Patch, Ref
from sandbox.github.records import Release
from tests.connectors.github_rig import APP, SDK, Rig, rig

__all__ = ["rig"]


@pytest.fixture
def releasing(rig: Rig) -> Iterator[Rig]:
    """A rig whose connector reads releases."""
    made = replace(rig, connector=rig.open(releases=True))
    yield made
    made.connector.close()


def release(
    rig: Rig, tag: str = "v1.2", *, place: str = APP, body: str = "Faster.", draft: bool = False
) -> Release:
    repository = rig.service.state.repository(place)
    assert repository

    def make() -> Release:
        return rig.service.publishing.add_release(
            repository, rig.service.bot, tag=tag, name=f"Release {tag}", body=body, draft=draft
        )

    return rig.sandbox.call(make)


def ref(made: Release) -> Ref:
    key = f"{made.repository.full_name}@{made.tag}"
    return Ref(connection="gh", id=f"release:{made.id}", key=key)


def read(rig: Rig, cursor: str | None = None) -> tuple[dict[str, Item], str]:
    items, cursor = rig.all_changes(cursor)
    return {item.ref.key: item for item in items if item.kind is Kind.RELEASE}, cursor


def test_a_release_in_the_canonical_form(releasing: Rig) -> None:
    made = release(releasing, body="Faster.\r\n\r\nAnd *safer*.")
    found, _ = read(releasing)
    item = found["northwind/app@v1.2"]
    assert (item.ref, item.container) == (ref(made), APP)
    assert (item.title, item.body) == ("Release v1.2", "Faster.\n\nAnd *safer*.")
    assert (item.status, item.closed, item.custom) == ("published", True, {"tag": "v1.2"})
    assert (item.audience, item.created, item.updated) == (Audience.INTERNAL, made.created, made.updated)
    assert urlsplit(item.url).path == f"/{APP}/releases/tag/v1.2"
    assert item.requester
    assert item.requester.name == "loopwright"
    assert releasing.connector.get(ref(made)).item == item
    assert releasing.connector.comments(ref(made)) == ()
    assert releasing.connector.links(ref(made)) == ()


def test_releases_are_left_out_unless_they_are_asked_for(rig: Rig) -> None:
    release(rig)
    assert read(rig)[0] == {}
    assert not any("/releases" in call for call in rig.gate.calls)


def test_a_draft_is_internal_even_in_a_public_repository(releasing: Rig) -> None:
    shown, hidden = release(releasing, "v1", place=SDK), release(releasing, "v2", place=SDK, draft=True)
    assert releasing.connector.get(ref(shown)).item.audience is Audience.PUBLIC
    item = releasing.connector.get(ref(hidden)).item
    assert (item.audience, item.status, item.closed) == (Audience.INTERNAL, "draft", False)


def test_a_look_that_finds_nothing_new_is_answered_304(releasing: Rig) -> None:
    release(releasing)
    _, cursor = read(releasing)
    assert read(releasing, cursor)[0] == {}
    made = release(releasing, "v1.3")
    found, cursor = read(releasing, cursor)
    assert ref(made).key in found
    releasing.connector.update(ref(made), Patch(fields={"body": "Slower."}))
    found, cursor = read(releasing, cursor)
    assert found[ref(made).key].body == "Slower."
    assert read(releasing, cursor)[0] == {}


def test_all_are_read_at_first_and_the_newest_hundred_when_one_has_changed(releasing: Rig) -> None:
    releasing.sandbox.clock.freeze()
    for number in range(101):
        release(releasing, f"v{number}")
        releasing.sandbox.clock.advance(1)
    found, cursor = read(releasing)
    assert len(found) == 101
    release(releasing, "v101")
    assert len(read(releasing, cursor)[0]) == 100


def test_older_releases_come_again_when_everything_is_read(releasing: Rig) -> None:
    releasing.sandbox.clock.freeze()
    oldest = release(releasing, "v0")
    for number in range(1, 102):
        releasing.sandbox.clock.advance(1)
        release(releasing, f"v{number}")
    _, cursor = read(releasing)
    releasing.connector.update(ref(oldest), Patch(fields={"title": "The first"}))
    assert ref(oldest).key not in read(releasing, cursor)[0]
    releasing.sandbox.clock.advance(timedelta(hours=25).total_seconds())
    releasing.connector.check()
    assert read(releasing, cursor)[0][ref(oldest).key].title == "The first"


def test_a_release_is_reworded_and_published(releasing: Rig) -> None:
    made = release(releasing, draft=True)
    patch = Patch(fields={"title": "One", "body": "New.", "status": "prerelease"})
    item = releasing.connector.update(ref(made), patch)
    assert (item.title, item.body, item.status) == ("One", "New.", "prerelease")
    assert releasing.connector.update(ref(made), Patch(fields={"status": "published"})).closed
    assert releasing.connector.update(ref(made), Patch()).title == "One"


@pytest.mark.parametrize(
    "fields", [{"status": "closed"}, {"title": None}, {"body": 5}, {"assignee": "1"}, {"custom.tag": "v2"}]
)
def test_what_a_release_does_not_have_is_refused(releasing: Rig, fields: dict[str, JsonValue]) -> None:
    made = release(releasing)
    with pytest.raises(Rejected):
        releasing.connector.update(ref(made), Patch(fields=fields))
    with pytest.raises(Rejected, match="no labels"):
        releasing.connector.update(ref(made), Patch(add_labels=("x",)))
    with pytest.raises(Rejected, match="has no comments"):
        releasing.connector.comment(ref(made), CommentDraft(body="Hm", marker="lw-1"))


def test_a_release_is_found_where_its_repository_is_called_now(releasing: Rig) -> None:
    made = release(releasing)
    stale = ref(made)
    releasing.sandbox.call(lambda: releasing.service.person_renames(APP, "suite"))
    assert releasing.connector.update(stale, Patch(fields={"title": "One"})).container == "northwind/suite"
    releasing.sandbox.call(lambda: releasing.service.publishing.delete_release(made, releasing.service.bot))
    with pytest.raises(NotFound):
        releasing.connector.get(stale)
