# ruff: noqa: S101
"""What writing must do: exactly what was asked, so that it can be found again, and nothing beside it."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from connectors.abilities import ReadsBodiesApart, RetiresItems
from connectors.conformance.world import World, marker, ref
from connectors.errors import NotFound, Rejected
from connectors.model import Draft, Item, Patch
from connectors.protocol import Connector

__all__ = ["RICH_TEXT", "Writing"]

RICH_TEXT = """\
The export *stops* at **10,000** rows, see [the guide](https://docs.example.com/export_limits?a=1&b=2).

- first `snake_case_name`
- second: 2 * 3 < 7
  - nested 🚀 größer

1. one
2. two

```python
def rows(limit: int = 10_000) -> str:
    return "<b>not bold</b>"  # * not * emphasis *
```

| plan | rows |
| --- | --- |
| free | 100 |
| pro | 10,000 |
"""


def _differences(before: Item, after: Item) -> set[str]:
    """Names of the attributes that differ, save the time of the last change."""
    names = set(type(before).model_fields) - {"updated"}
    return {name for name in names if getattr(before, name) != getattr(after, name)}


class Writing:
    def test_create_returns_the_item_as_it_is(self, scene: World, connector: Connector) -> None:
        draft = scene.draft("A new item")
        item = connector.create(draft)
        assert item.title == "A new item"
        assert "10,000 rows" in item.body
        assert item.container == scene.container
        assert item.marker == draft.marker
        assert item.audience == connector.audience(scene.container)
        assert item.ref.connection == connector.connection
        assert connector.get(item.ref).item == item

    def test_create_sets_what_the_draft_names(self, scene: World, connector: Connector) -> None:
        fields = dict([scene.custom] if scene.custom else [])
        labels = ("alpha", "beta") if scene.labels else ()
        draft = Draft(
            container=scene.container,
            title="With everything",
            body="Text",
            priority=scene.priority,
            status=scene.status,
            labels=labels,
            custom=fields,
            marker=marker(),
        )
        item = connector.create(draft)
        assert item.labels == labels
        if scene.status:
            assert item.status == scene.status
        if scene.priority:
            assert item.priority == scene.priority
        for name, value in fields.items():
            assert item.custom[name] == value

    def test_the_marker_is_found(self, scene: World, connector: Connector) -> None:
        draft = scene.draft()
        sent = scene.now()
        item = connector.create(draft)
        scene.settle(connector)
        found = connector.find(draft, sent)
        assert found is not None
        assert found.ref == item.ref
        assert found.marker == draft.marker

    def test_an_unknown_marker_is_not_found(self, scene: World, connector: Connector) -> None:
        connector.create(scene.draft())
        scene.settle(connector)
        assert connector.find(scene.draft(), scene.now()) is None

    def test_items_of_people_have_no_marker(self, scene: World, connector: Connector) -> None:
        item_id = scene.person_creates("Mine", "Written by hand.")
        assert connector.get(ref(item_id)).item.marker is None

    @pytest.mark.parametrize("name", ["title", "body", "status", "priority", "custom"])
    def test_update_writes_what_it_names_alone(self, scene: World, connector: Connector, name: str) -> None:
        custom, custom_value = scene.custom or ("", None)
        values: dict[str, JsonValue] = {
            "title": "Another title",
            "body": "Another text." if scene.body_changes else None,
            "status": scene.status,
            "priority": scene.priority,
            "custom": custom_value,
        }
        if values[name] is None:
            pytest.skip(f"the tool has no {name} that could be changed")
        labels = ["kept"] if scene.labels else []
        before = connector.get(ref(scene.person_creates("A title", "A text.", labels))).item
        field = f"custom.{custom}" if name == "custom" else name
        after = connector.update(before.ref, Patch(fields={field: values[name]}))
        # an item may be closed by its status, and have its title in its address
        along = {"status": {"closed"}, "title": {"url"}}.get(name, set())
        assert {name} <= _differences(before, after) <= {name} | along
        assert (after.custom[custom] if name == "custom" else getattr(after, name)) == values[name]
        assert connector.get(before.ref).item == after

    def test_labels_come_and_go_one_by_one(self, scene: World, connector: Connector) -> None:
        if not scene.labels:
            pytest.skip("the tool has no labels")
        item_id = scene.person_creates("Labelled", "", ["stays", "goes"])
        item = connector.update(
            ref(item_id), Patch(add_labels=("comes",), remove_labels=("goes", "never-there"))
        )
        assert item.labels == ("comes", "stays")
        assert connector.get(ref(item_id)).item.labels == ("comes", "stays")

    def test_updating_to_the_same_changes_nothing(self, scene: World, connector: Connector) -> None:
        before = connector.create(scene.draft("The same", "The **same** text."))
        same = {"title": before.title, "body": before.body} if scene.body_changes else {"title": before.title}
        after = connector.update(before.ref, Patch(fields={**same}))
        assert _differences(before, after) == set()
        assert after.marker == before.marker

    def test_a_marker_survives_a_new_body(self, scene: World, connector: Connector) -> None:
        draft = scene.draft()
        item = connector.create(draft)
        if not scene.body_changes:
            with pytest.raises(Rejected):
                connector.update(item.ref, Patch(fields={"body": "All new."}))
            return
        assert connector.update(item.ref, Patch(fields={"body": "All new."})).marker == draft.marker

    def test_text_arrives_readable(self, scene: World, connector: Connector) -> None:
        body = connector.create(scene.draft("Rich", RICH_TEXT)).body
        assert "def rows(limit: int = 10_000) -> str:" in body
        assert '    return "<b>not bold</b>"  # * not * emphasis *' in body
        assert "https://docs.example.com/export_limits?a=1&b=2" in body
        for words in (
            "*stops*",
            "**10,000**",
            "`snake_case_name`",
            "nested 🚀 größer",
            "one",
            "two",
            "free",
            "100",
            "pro",
        ):
            assert words in body

    def test_text_settles(self, scene: World, connector: Connector) -> None:
        """What was read can be written back, and reads the same: otherwise two tools never agree."""
        once = connector.create(scene.draft("Rich", RICH_TEXT)).body
        assert connector.create(scene.draft("Rich again", once)).body == once

    def test_fields_are_read_and_written_beside_a_known_body(
        self, scene: World, connector: Connector
    ) -> None:
        if not isinstance(connector, ReadsBodiesApart):
            pytest.skip("the tool tells the body with the rest")
        item = connector.create(scene.draft("Before"))
        known = item.model_copy(update={"body": "As it was."})
        assert connector.get_fields(known) == known
        after = connector.update_fields(known, Patch(fields={"title": "After"}))
        assert (after.title, after.body) == ("After", "As it was.")
        assert connector.get(item.ref).item == after.model_copy(update={"body": item.body})

    def test_what_is_retired_is_gone_or_over_and_may_be_retired_again(
        self, scene: World, connector: Connector
    ) -> None:
        if not isinstance(connector, RetiresItems):
            pytest.skip("what was made stays")
        item, other = connector.create(scene.draft()), connector.create(scene.draft())
        for _ in range(2):
            connector.retire(item.ref)
        try:
            left = connector.get(item.ref).item
            assert left.deleted or left.closed
        except NotFound:
            pass
        stays = connector.get(other.ref).item
        assert (stays.deleted, stays.closed) == (False, other.closed)
