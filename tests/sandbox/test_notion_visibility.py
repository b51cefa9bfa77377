"""What of the emulated Notion a connection sees: what is shared and not gone."""

from __future__ import annotations

import httpx

from tests.sandbox.notion_desk import MIDDLE, Desk, desk, inside, objects

__all__ = ["desk"]


def test_without_a_token_nothing_is_seen(desk: Desk) -> None:
    bare = httpx.get(f"{desk.service.base_url}/v1/users/me", headers={"Notion-Version": MIDDLE})
    assert (bare.status_code, bare.json()["code"]) == (401, "unauthorized")


def test_what_is_not_shared_is_not_found(desk: Desk) -> None:
    page = desk.row("PRDs")
    block = objects(desk.call("GET", f"/v1/blocks/{page}/children")["results"])[0]["id"]
    desk.sandbox.call(lambda: desk.service.person_unshares(page))
    unknown = desk.call("GET", "/v1/pages/0b5f5c9e-0000-4000-8000-000000000000", status=404)
    assert unknown["code"] == "object_not_found"
    for path in (f"/v1/pages/{page}", f"/v1/blocks/{block}", f"/v1/comments?block_id={page}"):
        refused = desk.call("GET", path, status=404)
        assert refused["code"] == "object_not_found", "as if it had never been"
        assert "shared with your integration" in str(refused["message"])
    assert desk.rows("PRDs") == []


def test_a_database_that_is_not_shared_takes_its_rows_with_it(desk: Desk) -> None:
    page, source = desk.row("PRDs"), desk.service.source("PRDs")
    source.shared = False
    for path in (f"pages/{page}", f"data_sources/{source.id}", f"databases/{source.database}"):
        assert desk.call("GET", f"/v1/{path}", status=404)["code"] == "object_not_found"


def test_a_page_in_the_bin_is_read_and_not_listed_until_it_is_restored(desk: Desk) -> None:
    page = desk.row("PRDs")
    assert desk.call("PATCH", f"/v1/pages/{page}", {"in_trash": True})["in_trash"] is True
    assert desk.call("GET", f"/v1/pages/{page}")["in_trash"] is True
    assert desk.rows("PRDs") == []
    assert desk.call("PATCH", f"/v1/pages/{page}", {"properties": {}}, status=400)["code"] == (
        "validation_error"
    )
    desk.call("PATCH", f"/v1/pages/{page}", {"in_trash": False})
    assert desk.row("PRDs") == page


def test_a_purged_page_is_not_found_any_more(desk: Desk) -> None:
    page = desk.row("PRDs")
    desk.call("PATCH", f"/v1/pages/{page}", {"in_trash": True})
    block = objects(desk.call("GET", f"/v1/blocks/{page}/children")["results"])[0]["id"]
    desk.sandbox.call(lambda: desk.service.person_purges(page))
    for path in (f"pages/{page}", f"blocks/{block}", f"blocks/{page}/children"):
        assert desk.call("GET", f"/v1/{path}", status=404)["code"] == "object_not_found"
    assert desk.call("PATCH", f"/v1/pages/{page}", {"in_trash": False}, status=404)
    assert desk.service.card(page) is None


def test_a_moved_page_keeps_its_id(desk: Desk) -> None:
    page = desk.row("PRDs")
    desk.sandbox.call(lambda: desk.service.person_moves(page, "Feedback"))
    moved = desk.call("GET", f"/v1/pages/{page}")
    assert inside(moved, "parent")["data_source_id"] == desk.source("Feedback")
    assert (len(desk.rows("PRDs")), len(desk.rows("Feedback"))) == (0, 2)
