"""The emulated Notion over real sockets, judged by what the vendor documents."""

from __future__ import annotations

from typing import cast

import pytest
from pydantic import JsonValue

from sandbox.company import Report
from tests.sandbox.notion_company import CREATED
from tests.sandbox.notion_desk import Desk, Json, desk, new_page, paragraph

__all__ = ["desk"]


def test_what_the_api_does_not_know_is_refused(desk: Desk) -> None:
    assert desk.call("GET", "/v1/nothing", status=400)["code"] == "invalid_request_url"
    broken = desk.http.post("/v1/search", content=b"{")
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid_json")


def test_the_connection_is_a_bot(desk: Desk) -> None:
    me = desk.call("GET", "/v1/users/me")
    assert (me["name"], me["type"]) == ("Loopwright", "bot")


def test_the_company_is_in_it(desk: Desk) -> None:
    page = desk.rows("PRDs")[0]
    assert page["last_edited_time"] == "2026-11-02T09:30:00.000Z"
    assert page["archived"] is False
    properties = cast(dict[str, Json], page["properties"])
    assert cast(Json, properties["Status"]["status"])["name"] == "Draft"
    assert cast(Json, properties["Product area"]["select"])["name"] == "Reporting"
    assert cast(list[Json], properties["Owner"]["people"])[0]["name"] == "Priya Shah"
    assert properties["Sync ID"]["rich_text"] == []
    blocks = cast(list[Json], desk.call("GET", f"/v1/blocks/{page['id']}/children")["results"])
    kinds = ["heading_1", "paragraph", "bulleted_list_item", "bulleted_list_item", "code"]
    assert [block["type"] for block in blocks] == kinds
    assert [block["has_children"] for block in blocks] == [False, False, True, False, False]
    comments = cast(list[Json], desk.call("GET", f"/v1/comments?block_id={page['id']}")["results"])
    assert [cast(Json, comment["display_name"])["resolved_name"] for comment in comments] == ["Tom Berg"]
    newest = desk.http.get(f"/v1/pages/{page['id']}", headers={"Notion-Version": "2026-03-11"}).json()
    assert "archived" not in newest


def test_a_page_is_created_with_its_properties(desk: Desk) -> None:
    source = desk.source("Feedback")
    body = new_page(source, "Export fails", children=[paragraph("It does.")])
    properties = cast(Json, body["properties"])
    properties |= {"Sync ID": {"rich_text": [{"text": {"content": "lw-1"}}]}, "Votes": {"number": 3}}
    properties["Tags"] = {"multi_select": [{"name": "never seen"}]}
    page = desk.call("POST", "/v1/pages", body)
    assert page["created_by"] == {"object": "user", "id": desk.service.workspace.bot.id}
    found = desk.rows("Feedback", filter={"property": "Sync ID", "rich_text": {"equals": "lw-1"}})
    assert [row["id"] for row in found] == [page["id"]]
    assert cast(Json, cast(dict[str, Json], page["properties"])["Status"]["status"])["name"] == "New"
    schema = cast(dict[str, Json], desk.call("GET", f"/v1/data_sources/{source}")["properties"])
    options = cast(list[Json], cast(Json, schema["Tags"]["multi_select"])["options"])
    assert "never seen" in [option["name"] for option in options]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"Nope": {"number": 1}}, "Nope is not a property that exists."),
        ({"Votes": {"rich_text": []}}, "Votes is expected to be number."),
        (
            {"Status": {"status": {"name": "Nope"}}},
            'Invalid status option. Status option "Nope" does not exist".',
        ),
    ],
)
def test_properties_that_do_not_fit_are_refused(desk: Desk, properties: Json, message: str) -> None:
    body: Json = {"parent": {"data_source_id": desk.source("Feedback")}, "properties": properties}
    assert desk.call("POST", "/v1/pages", body, status=400)["message"] == message
    assert len(desk.rows("Feedback")) == 1


def test_blocks_are_appended_changed_and_deleted(desk: Desk) -> None:
    page = desk.row("PRDs")
    made = desk.call("PATCH", f"/v1/blocks/{page}/children", {"children": [paragraph("end")]})
    first = str(cast(list[Json], desk.call("GET", f"/v1/blocks/{page}/children")["results"])[0]["id"])
    behind = {"children": [paragraph("second")], "after": first}
    desk.call("PATCH", f"/v1/blocks/{page}/children", cast(Json, behind))
    results = cast(list[Json], desk.call("GET", f"/v1/blocks/{page}/children")["results"])
    assert results[-1]["id"] == cast(list[Json], made["results"])[0]["id"]
    assert cast(Json, results[1]["paragraph"])["color"] == "default"
    last = str(results[-1]["id"])
    changed = desk.call(
        "PATCH", f"/v1/blocks/{last}", cast(Json, {"paragraph": paragraph("new")["paragraph"]})
    )
    assert cast(list[Json], cast(Json, changed["paragraph"])["rich_text"])[0]["plain_text"] == "new"
    desk.call("DELETE", f"/v1/blocks/{last}")
    assert desk.call("GET", f"/v1/blocks/{last}", status=404)["code"] == "object_not_found"
    odd: Json = {"type": "code", "code": {"rich_text": [], "language": "klingon"}}
    refused = desk.call("PATCH", f"/v1/blocks/{page}/children", {"children": [odd]}, status=400)
    assert "language" in str(refused["message"])


def test_a_bookmark_has_a_caption_in_rich_text(desk: Desk) -> None:
    caption: list[JsonValue] = [{"text": {"content": "see also"}}]
    asked: Json = {"type": "bookmark", "bookmark": {"url": "https://x.example", "caption": caption}}
    made = desk.call("PATCH", f"/v1/blocks/{desk.row('PRDs')}/children", {"children": [asked]})
    [block] = cast(list[Json], made["results"])
    [run] = cast(list[Json], cast(Json, block["bookmark"])["caption"])
    assert (run["type"], run["plain_text"]) == ("text", "see also")
    broken: Json = {"type": "bookmark", "bookmark": {"url": "x.example"}}
    refused = desk.call(
        "PATCH", f"/v1/blocks/{desk.row('PRDs')}/children", {"children": [broken]}, status=400
    )
    assert "Invalid URL" in str(refused["message"])


def test_what_people_do_is_seen_on_cards(desk: Desk) -> None:
    created = desk.sandbox.call(
        lambda: desk.service.person_creates(
            title="From the page", body="Text", container="Feedback", labels=["ui"]
        )
    )
    desk.sandbox.call(lambda: desk.service.person_comments(created, "Noted", internal=True))
    card = desk.service.card(created)
    assert card is not None
    assert (card.title, card.status, card.labels, card.container) == (
        "From the page",
        "New",
        ["ui"],
        "Feedback",
    )
    assert [comment.text for comment in card.comments] == ["Noted"]
    assert desk.service.cards(limit=1)[0].id == created
    assert [one.title for one in desk.service.cards(limit=9, search="dark")] == ["Please add dark mode"]
    with pytest.raises(ValueError, match="New, Planned, Done"):
        desk.service.person_sets(created, status="Nope")
    desk.sandbox.call(lambda: desk.service.person_sets(created, title="Renamed", remove_label="ui"))
    renamed = desk.service.card(created)
    assert renamed is not None
    assert (renamed.title, renamed.labels) == ("Renamed", [])


def test_reports_become_rows(desk: Desk) -> None:
    report = Report("1", "Crash", "Steps:\n\n1. start", CREATED, priority="High", labels=("core",))
    keys = desk.service.load([report], "Bugs")
    page = desk.rows("Bugs")[0]
    assert keys == [f"N-{str(page['id'])[:8]}"]
    assert page["created_time"] == "2026-11-02T09:30:00.000Z"
