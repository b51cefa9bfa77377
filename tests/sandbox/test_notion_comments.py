"""Comments in the emulated Notion: only open threads are listed, and nothing tells of new ones."""

from __future__ import annotations

import pytest
from pydantic import JsonValue

from tests.sandbox.notion_desk import Desk, Json, desk, objects

__all__ = ["desk"]


def say(desk: Desk, text: str, **place: JsonValue) -> Json:
    return desk.call("POST", "/v1/comments", {**place, "rich_text": [{"text": {"content": text}}]})


def texts(desk: Desk, place: str) -> list[JsonValue]:
    listed = objects(desk.call("GET", f"/v1/comments?block_id={place}")["results"])
    return [objects(one["rich_text"])[0]["plain_text"] for one in listed]


def test_comments_stand_in_threads(desk: Desk) -> None:
    page = desk.row("Feedback")
    made = say(desk, "Hi", parent={"page_id": page})
    answer = say(desk, "Again", discussion_id=made["discussion_id"])
    assert answer["discussion_id"] == made["discussion_id"]
    assert texts(desk, page) == ["Hi", "Again"]


def test_only_open_threads_are_listed(desk: Desk) -> None:
    page = desk.row("Feedback")
    thread = str(say(desk, "Hi", parent={"page_id": page})["discussion_id"])
    say(desk, "Again", discussion_id=thread)
    say(desk, "Another", parent={"page_id": page})
    desk.service.acts.resolve(thread)
    assert texts(desk, page) == ["Another"]


def test_comments_on_blocks_are_listed_with_their_block_alone(desk: Desk) -> None:
    page = desk.row("Feedback")
    block = str(objects(desk.call("GET", f"/v1/blocks/{page}/children")["results"])[0]["id"])
    say(desk, "Here", parent={"block_id": block})
    assert (texts(desk, page), texts(desk, block)) == ([], ["Here"])


def test_comments_have_no_change_feed(desk: Desk) -> None:
    page = desk.row("Feedback")
    before = desk.call("GET", f"/v1/pages/{page}")["last_edited_time"]
    desk.sandbox.clock.advance(120)
    made = say(desk, "Hi", parent={"page_id": page})
    place = f"/v1/comments/{made['id']}"
    desk.call("PATCH", place, {"rich_text": [{"text": {"content": "Ho"}}]})
    desk.call("DELETE", place)
    assert desk.call("GET", f"/v1/pages/{page}")["last_edited_time"] == before, "no stamp moves"
    assert desk.http.get("/v1/comments").status_code == 400, "nor are they listed but by their place"


def test_a_connection_changes_its_own_comments_alone(desk: Desk) -> None:
    page = desk.row("PRDs")
    theirs = objects(desk.call("GET", f"/v1/comments?block_id={page}")["results"])[0]["id"]
    asked: Json = {"rich_text": [{"text": {"content": "Mine"}}]}
    assert desk.call("PATCH", f"/v1/comments/{theirs}", asked, status=403)["code"] == "restricted_resource"
    desk.call("DELETE", f"/v1/comments/{theirs}", status=403)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_deleted_comment_is_gone(desk: Desk, method: str) -> None:
    made = say(desk, "Hi", parent={"page_id": desk.row("Feedback")})
    desk.call("DELETE", f"/v1/comments/{made['id']}")
    asked: Json = {"rich_text": [{"text": {"content": "Ho"}}]}
    body = asked if method == "PATCH" else None
    assert desk.call(method, f"/v1/comments/{made['id']}", body, status=404)["code"] == "object_not_found"
