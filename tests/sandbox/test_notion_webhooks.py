"""Webhooks of the emulated Notion: thin, signed, aggregated, and tried for a day."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

import pytest

from sandbox.trouble import Fault, HookFaultKind
from tests.sandbox.notion_desk import Desk, Json, desk, inside, objects

__all__ = ["desk"]

SECRET = "sandbox-secret"


def subscribed(desk: Desk, act: Callable[[], object] = lambda: None) -> None:
    def subscribe() -> None:
        desk.service.subscribe(desk.hook_url)
        act()

    desk.sandbox.call(subscribe)
    desk.events()
    desk.delivered.clear()


def relabel(desk: Desk, label: str) -> None:
    page = next(iter(desk.service.source("PRDs").rows))
    desk.sandbox.call(lambda: desk.service.person_sets(page, add_label=label))


def test_the_handshake_is_one_unsigned_post_with_the_verification_token(desk: Desk) -> None:
    desk.sandbox.call(lambda: desk.service.subscribe(desk.hook_url))
    assert desk.events() == [{"verification_token": SECRET}]
    assert "x-notion-signature" not in desk.delivered[0]["headers"]


def test_events_are_signed_with_the_verification_token(desk: Desk) -> None:
    subscribed(desk)
    relabel(desk, "exports")
    desk.events()
    [sent] = desk.delivered
    digest = hmac.new(SECRET.encode(), sent["body"], hashlib.sha256).hexdigest()
    assert sent["headers"]["x-notion-signature"] == f"sha256={digest}"
    assert not [name for name in sent["headers"] if "timestamp" in name], "time is told in the body alone"


def test_bodies_are_thin_ids_without_values(desk: Desk) -> None:
    subscribed(desk)
    page = desk.row("PRDs")
    desk.sandbox.call(lambda: desk.service.person_sets(page, status="In review", add_label="exports"))
    [event] = desk.events()
    assert (event["type"], event["entity"]) == ("page.properties_updated", {"id": page, "type": "page"})
    data = inside(event, "data")
    properties = desk.service.source("PRDs").properties
    assert data["updated_properties"] == [properties["Status"].id, properties["Tags"].id]
    assert "%40" in properties["Status"].id, "ids as in addresses"
    assert inside(data, "parent")["data_source_id"] == desk.source("PRDs")
    for value in ("In review", "exports", "Faster"):
        assert value not in json.dumps(event)


def test_a_comment_event_names_the_page_and_the_author(desk: Desk) -> None:
    subscribed(desk)
    page = desk.row("PRDs")
    said: Json = {"parent": {"page_id": page}, "rich_text": [{"text": {"content": "Hi"}}]}
    comment = desk.call("POST", "/v1/comments", said)["id"]
    desk.call("PATCH", f"/v1/comments/{comment}", {"rich_text": [{"text": {"content": "Ho"}}]})
    desk.call("DELETE", f"/v1/comments/{comment}")
    # Deliveries overtake one another.
    events = {str(event["type"]): event for event in desk.events()}
    assert events.keys() == {"comment.created", "comment.updated", "comment.deleted"}
    created = events["comment.created"]
    assert inside(created, "data")["page_id"] == page
    assert [author["type"] for author in objects(created["authors"])] == ["bot"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (cast(Json, {"in_trash": True}), "page.deleted"),
        (cast(Json, {"is_locked": True}), "page.locked"),
        (cast(Json, {"is_locked": False}), "page.unlocked"),
    ],
)
def test_each_change_has_an_event_type_of_its_own(desk: Desk, body: Json, kind: str) -> None:
    subscribed(desk)
    desk.call("PATCH", f"/v1/pages/{desk.row('PRDs')}", body)
    assert [event["type"] for event in desk.events()] == [kind]


def test_each_act_of_people_has_an_event_type_of_its_own(desk: Desk) -> None:
    subscribed(desk)
    page, service = desk.row("PRDs"), desk.service
    acts: dict[str, Callable[[], object]] = {
        "page.created": lambda: service.person_creates(title="New", body="", container="PRDs"),
        "page.properties_updated": lambda: service.person_sets(page, title="Renamed"),
        "page.content_updated": lambda: service.person_writes(page, "All new."),
        "page.moved": lambda: service.person_moves(page, "Feedback"),
        "page.deleted": lambda: service.person_trashes(page),
        "page.undeleted": lambda: service.acts.trash(
            service.workspace.pages[page], service.workspace.person(), restore=True
        ),
        "comment.created": lambda: service.person_comments(page, "Hi", internal=True),
    }
    for act in acts.values():
        desk.sandbox.call(act)
        desk.sandbox.call(service.outbox.flush)
    assert sorted(str(event["type"]) for event in desk.events()) == sorted(acts)


def test_a_schema_event_tells_what_became_of_which_column(desk: Desk) -> None:
    subscribed(desk)
    asked: Json = {"properties": {"Points": {"number": {}}, "Priority": None}}
    desk.call("PATCH", f"/v1/data_sources/{desk.source('PRDs')}", asked)
    [event] = desk.events()
    assert event["type"] == "data_source.schema_updated"
    changed = objects(inside(event, "data")["updated_properties"])
    assert [(one["name"], one["action"]) for one in changed] == [
        ("Points", "created"),
        ("Priority", "deleted"),
    ]


def held(desk: Desk, act: Callable[[], object]) -> list[Json]:
    """The events of what happens within one window of aggregation."""

    def acts() -> None:
        desk.service.outbox.held = True
        act()
        desk.service.outbox.held = False
        desk.service.outbox.flush()

    subscribed(desk)
    desk.sandbox.call(acts)
    return desk.events()


def test_events_about_one_page_are_aggregated(desk: Desk) -> None:
    page = desk.row("PRDs")
    workspace = desk.service.workspace

    def act() -> None:
        desk.service.person_sets(page, status="In review")
        desk.service.person_sets(page, priority="Low", status="Shipped")
        prop = desk.service.source("PRDs").properties["Name"]
        desk.service.acts.set_values(workspace.pages[page], {prop.id: []}, workspace.bot)

    [event] = held(desk, act)
    assert event["type"] == "page.properties_updated"
    assert len(cast(list[str], inside(event, "data")["updated_properties"])) == 3
    assert [author["type"] for author in objects(event["authors"])] == ["person", "bot"]


def test_of_a_page_that_came_and_went_nothing_is_told(desk: Desk) -> None:
    def act() -> None:
        gone = desk.service.person_creates(title="Oops", body="", container="PRDs")
        desk.service.person_sets(gone, status="In review")
        desk.service.person_trashes(gone)

    assert held(desk, act) == []


def test_locks_and_comments_are_not_aggregated(desk: Desk) -> None:
    page = desk.service.workspace.pages[desk.row("PRDs")]
    person = desk.service.workspace.person()

    def act() -> None:
        for locked in (True, False, True):
            desk.service.acts.lock(page, person, locked=locked)
        desk.service.person_comments(page.id, "One", internal=True)
        desk.service.person_comments(page.id, "Two", internal=True)

    kinds = [str(event["type"]) for event in held(desk, act)]
    assert sorted(kinds) == [*["comment.created"] * 2, *["page.locked"] * 2, "page.unlocked"]


def test_a_delivery_is_tried_eight_times_within_a_day(desk: Desk) -> None:
    desk.sandbox.clock.freeze()
    subscribed(desk)
    desk.answers += [500, 404, 302, 410, 500, 500, 500, 500, 500]
    relabel(desk, "exports")
    begun, waits = desk.sandbox.clock.now(), list[timedelta]()
    while len(desk.events()) < 8:
        count, before = len(desk.delivered), desk.sandbox.clock.now()
        while len(desk.delivered) == count:
            desk.sandbox.clock.advance(15)
            desk.events()
        waits.append(desk.sandbox.clock.now() - before)
    assert waits == sorted(set(waits)), "further and further apart"
    assert timedelta(hours=20) < desk.sandbox.clock.now() - begun < timedelta(hours=24)
    desk.sandbox.clock.advance(7 * 86_400)
    events = desk.events()
    assert [event["attempt_number"] for event in events] == list(range(1, 9))
    assert len({str(event["id"]) for event in events}) == 1, "known by its id"
    for sent in desk.delivered:
        digest = hmac.new(SECRET.encode(), sent["body"], hashlib.sha256).hexdigest()
        assert sent["headers"]["x-notion-signature"] == f"sha256={digest}"


def test_a_delivery_that_was_taken_is_not_repeated(desk: Desk) -> None:
    desk.sandbox.clock.freeze()
    subscribed(desk)
    desk.answers.append(503)
    relabel(desk, "exports")
    for _ in range(3):
        desk.events()
        desk.sandbox.clock.advance(86_400)
    assert [event["attempt_number"] for event in desk.events()] == [1, 2]


@pytest.mark.parametrize(
    ("kind", "order"),
    [("doubled", [1, 1, 2]), ("out_of_order", [2, 1]), ("missing", [2]), ("late", [2, 1])],
)
def test_deliveries_come_doubled_out_of_order_late_or_not_at_all(
    desk: Desk, kind: HookFaultKind, order: list[int]
) -> None:
    subscribed(desk)
    fault = Fault(kind, "properties_updated")
    desk.sandbox.call(lambda: desk.sandbox.faults["notion"].active.append(fault))
    desk.sandbox.clock.freeze()
    relabel(desk, "one")
    first = desk.sandbox.clock.now()
    desk.events()
    desk.sandbox.clock.advance(2)
    relabel(desk, "two")
    desk.events()
    desk.sandbox.clock.advance(3_600)
    moments = [datetime.fromisoformat(str(event["timestamp"])) for event in desk.events()]
    assert [1 if moment - first < timedelta(seconds=1) else 2 for moment in moments] == order
