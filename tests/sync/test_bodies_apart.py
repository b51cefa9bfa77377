"""Where a body takes calls of its own, writes that are not about it go without them, and no edit is lost."""

from __future__ import annotations

import pytest

from connectors.model import Item, Patch, Ref
from sync.apply import work
from sync.poll import poll
from sync.store.database import Store
from sync.store.effects import State
from tests.sync.world import BUGS, OneByOne, World

WITH_BODY = BUGS.replace(
    "title: {direction: both, publish: true}",
    "title: {direction: both, publish: true}\n            body: {direction: both, publish: true}",
)


class Apart(OneByOne):
    asked: list[str] = []  # noqa: RUF012 - the engine opens its connectors itself

    def get_fields(self, known: Item) -> Item:
        self.asked.append("look")
        return self.get(known.ref).item.model_copy(update={"body": known.body})

    def update_fields(self, known: Item, patch: Patch) -> Item:
        self.asked.append("fields")
        return OneByOne.update(self, known.ref, patch).model_copy(update={"body": known.body})

    def update(self, ref: Ref, patch: Patch) -> Item:
        self.asked.append("whole")
        return super().update(ref, patch)


class ApartWorld(World):
    connector = Apart


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    monkeypatch.setattr(Apart, "asked", asked)
    return asked


def test_a_title_is_carried_without_the_body(store: Store, asked: list[str]) -> None:
    world = ApartWorld(store)
    source = world.report("It stops", text="Every time.")
    world.settle()
    asked.clear()
    world.edit(world.desk, source.id, title="It stops early")
    world.settle()
    assert world.mirror().title == "It stops early"
    assert "Every time." in world.mirror().text
    assert asked == ["look", "fields"]


def test_a_body_is_carried_with_a_look_at_all_of_it(store: Store, asked: list[str]) -> None:
    world = ApartWorld(store, WITH_BODY)
    source = world.report("It stops", text="Every time.")
    world.settle()
    asked.clear()
    world.edit(world.desk, source.id, text="Every second time.")
    world.settle()
    assert "Every second time." in world.mirror().text
    assert asked == ["whole"]


def test_a_body_that_was_edited_unseen_is_news_when_it_is_read(store: Store) -> None:
    world = ApartWorld(store, WITH_BODY)
    source = world.report("It stops", text="Every time.")
    world.settle()
    world.edit(world.tracker, world.mirror().id, text="Only on Mondays.")
    world.edit(world.desk, source.id, title="It stops early")
    poll(world.engine, "desk")
    assert work(world.engine, "tracker", "w") == 1
    assert world.desk.read(source.id).text == "Every time."
    world.settle()
    assert world.mirror().title == "It stops early"
    assert world.desk.read(source.id).text == world.mirror().text == "Only on Mondays."
    assert world.effects(State.PARKED) == []
