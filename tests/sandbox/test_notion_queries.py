"""Reading from the emulated Notion: minutes, cursors, the row limit, values that are cut, and search."""

from __future__ import annotations

from pydantic import JsonValue

from sandbox.notion.databases import new_property
from tests.sandbox.notion_desk import Desk, Json, desk, inside, new_page, objects, paragraph

__all__ = ["desk"]

FIRST_MADE: list[JsonValue] = [{"timestamp": "created_time", "direction": "ascending"}]


def fill(desk: Desk, title: str, count: int) -> list[JsonValue]:
    made = [desk.call("POST", "/v1/pages", new_page(desk.source(title), f"Row {n}")) for n in range(count)]
    return [page["id"] for page in made]


def query(desk: Desk, title: str, status: int = 200, **asked: JsonValue) -> Json:
    return desk.call("POST", f"/v1/data_sources/{desk.source(title)}/query", asked, status=status)


def stamped(operator: str, moment: str) -> Json:
    return {"timestamp": "last_edited_time", "last_edited_time": {operator: moment}}


def test_stamps_are_cut_to_the_minute(desk: Desk) -> None:
    page = desk.rows("PRDs")[0]
    assert page["created_time"] == page["last_edited_time"] == "2026-11-02T09:30:00.000Z", "made at 09:30:41"
    assert len(desk.rows("PRDs", filter=stamped("on_or_after", "2026-11-02T09:30:00Z"))) == 1
    assert desk.rows("PRDs", filter=stamped("after", "2026-11-02T09:30:00Z")) == []


def test_a_second_edit_in_the_same_minute_leaves_the_stamp(desk: Desk) -> None:
    page = desk.row("PRDs")
    now = desk.sandbox.clock.now()
    desk.sandbox.clock.advance(60 - now.second)
    shown = []
    for name in ("One", "Two"):
        asked: Json = {"properties": {"Name": {"title": [{"text": {"content": name}}]}}}
        shown.append(desk.call("PATCH", f"/v1/pages/{page}", asked)["last_edited_time"])
        desk.sandbox.clock.advance(10)
    assert shown[0] == shown[1]


def test_body_edits_by_the_api_may_leave_the_stamp_alone(desk: Desk) -> None:
    page, path = desk.row("PRDs"), f"/v1/blocks/{desk.row('PRDs')}/children"
    before = desk.call("GET", f"/v1/pages/{page}")["last_edited_time"]
    desk.service.quirks.body_edits_by_api_move_stamp = False
    desk.call("PATCH", path, {"children": [paragraph("x")]})
    assert desk.call("GET", f"/v1/pages/{page}")["last_edited_time"] == before
    desk.service.quirks.body_edits_by_api_move_stamp = True
    desk.call("PATCH", path, {"children": [paragraph("x")]})
    assert desk.call("GET", f"/v1/pages/{page}")["last_edited_time"] != before


def test_rows_come_in_no_order_unless_one_is_asked_for(desk: Desk) -> None:
    made = [desk.row("PRDs"), *fill(desk, "PRDs", 12)]
    unordered = [row["id"] for row in desk.rows("PRDs")]
    assert sorted(map(str, unordered)) == sorted(map(str, made))
    assert unordered not in (made, made[::-1])
    ordered = [row["id"] for row in desk.rows("PRDs", sorts=[{"property": "Name", "direction": "ascending"}])]
    assert ordered[:2] == [made[0], made[1]], "Faster exports, Row 0"


def test_pages_may_be_shorter_than_was_asked_for_or_empty(desk: Desk) -> None:
    made = {desk.row("PRDs"), *map(str, fill(desk, "PRDs", 6))}
    desk.service.quirks.short_pages, desk.service.quirks.empty_pages = 2, True
    page = query(desk, "PRDs", page_size=5)
    pages = [objects(page["results"])]
    while page["has_more"]:
        page = query(desk, "PRDs", page_size=5, start_cursor=page["next_cursor"])
        pages.append(objects(page["results"]))
    sizes, seen = [len(rows) for rows in pages], [str(row["id"]) for rows in pages for row in rows]
    assert sizes == [0, 2, 0, 2, 0, 2, 0, 1]
    assert (len(seen), set(seen)) == (7, made)


def test_a_wiki_lists_data_sources_among_its_pages_unless_one_kind_is_asked_for(desk: Desk) -> None:
    page, nested = desk.row("PRDs"), desk.source("Feedback")
    desk.service.source("PRDs").nested.append(nested)

    def listed(answer: Json) -> list[tuple[JsonValue, JsonValue]]:
        return [(one["object"], one["id"]) for one in objects(answer["results"])]

    assert listed(query(desk, "PRDs")) == [("data_source", nested), ("page", page)]
    assert listed(query(desk, "PRDs", result_type="page")) == [("page", page)]
    assert listed(query(desk, "PRDs", result_type="data_source")) == [("data_source", nested)]
    assert query(desk, "PRDs", 400, result_type="block")["code"] == "validation_error"


def test_cursors_lead_through_everything_once(desk: Desk) -> None:
    made = [desk.row("Feedback"), *fill(desk, "Feedback", 7)]
    first = query(desk, "Feedback", sorts=FIRST_MADE, page_size=5)
    second = query(desk, "Feedback", sorts=FIRST_MADE, page_size=5, start_cursor=first["next_cursor"])
    assert (first["has_more"], second["has_more"], second["next_cursor"]) == (True, False, None)
    seen = [row["id"] for row in objects(first["results"]) + objects(second["results"])]
    assert (seen[0], sorted(map(str, seen))) == (made[0], sorted(map(str, made)))
    assert "request_status" not in second
    assert query(desk, "Feedback", 400, start_cursor="nowhere")["code"] == "validation_error"


def test_a_page_has_a_hundred_rows_at_most(desk: Desk) -> None:
    fill(desk, "PRDs", 101)
    for size in (101, -1):
        assert query(desk, "PRDs", 400, page_size=size)["code"] == "validation_error"
    for size in (100, 0):
        assert len(objects(query(desk, "PRDs", page_size=size)["results"])) == 100


def test_beyond_ten_thousand_rows_a_query_calls_itself_incomplete(desk: Desk) -> None:
    quirks = desk.service.quirks
    assert quirks.query_cap == 10_000
    fill(desk, "PRDs", 3)
    quirks.query_cap = 4
    assert "request_status" not in query(desk, "PRDs"), "just as many as it gives"
    quirks.query_cap = 3
    answer = query(desk, "PRDs", page_size=3)
    reason = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
    assert (answer["has_more"], answer["next_cursor"], answer["request_status"]) == (False, None, reason)


def test_filters_choose_rows(desk: Desk) -> None:
    fill(desk, "Feedback", 7)

    def count(condition: Json) -> int:
        return len(desk.rows("Feedback", filter=condition))

    assert count(stamped("on_or_after", "2026-11-02T09:31:00Z")) == 7
    until = stamped("on_or_before", "2026-11-02T09:30:00Z")
    assert count({"and": [until, until]}) == 1
    assert count({"or": [until, stamped("on_or_after", "2026-11-02T09:31:00Z")]}) == 8
    assert count({"property": "Votes", "number": {"greater_than": 11}}) == 1
    assert count({"property": "Tags", "multi_select": {"contains": "ui"}}) == 1
    assert count({"property": "Status", "status": {"equals": "New"}}) == 8


def test_a_misspelt_filter_is_refused(desk: Desk) -> None:
    wrong = query(desk, "Feedback", 400, filter={"property": "Voots", "number": {"equals": 1}})
    assert wrong["message"] == "Could not find property with name or id: Voots"
    stamp: Json = {"timestamp": "last_modified_time", "last_modified_time": {"after": "2026-01-01"}}
    assert query(desk, "Feedback", 400, filter=stamp)["code"] == "validation_error"


def runs(count: int) -> list[JsonValue]:
    return [{"text": {"content": f"{number} "}} for number in range(count)]


def test_long_values_are_cut_at_25_and_paged_in_an_endpoint_of_their_own(desk: Desk) -> None:
    page = desk.row("PRDs")
    desk.call("PATCH", f"/v1/pages/{page}", {"properties": {"Name": {"title": runs(60)}}})
    shown = inside(desk.call("GET", f"/v1/pages/{page}"), "properties", "Name")
    assert len(objects(shown["title"])) == 25
    assert len(objects(inside(desk.rows("PRDs")[0], "properties", "Name")["title"])) == 25
    item = desk.call("GET", f"/v1/pages/{page}/properties/title?page_size=50")
    assert (len(objects(item["results"])), item["has_more"]) == (50, True)
    rest = desk.call("GET", f"/v1/pages/{page}/properties/title?start_cursor={item['next_cursor']}")
    assert (len(objects(rest["results"])), rest["has_more"]) == (10, False)


def test_a_cut_relation_says_that_there_is_more(desk: Desk) -> None:
    source = desk.service.source("PRDs")
    prop = new_property("Tickets", "relation", {"data_source_id": desk.source("Feedback")})
    prop.target_database = desk.service.source("Feedback").database
    source.properties["Tickets"] = prop
    page, targets = desk.row("PRDs"), fill(desk, "Feedback", 26)
    related: list[JsonValue] = [{"id": target} for target in targets]
    for count, more in ((25, False), (26, True)):
        asked: Json = {"properties": {"Tickets": {"relation": related[:count]}}}
        shown = inside(desk.call("PATCH", f"/v1/pages/{page}", asked), "properties", "Tickets")
        assert (len(objects(shown["relation"])), shown["has_more"]) == (25, more)
    listed = desk.call("GET", f"/v1/pages/{page}/properties/{prop.id}")
    assert [inside(one, "relation")["id"] for one in objects(listed["results"])] == targets


def search(desk: Desk, **asked: JsonValue) -> list[JsonValue]:
    return [found["id"] for found in objects(desk.call("POST", "/v1/search", asked)["results"])]


def test_search_finds_a_new_page_late(desk: Desk) -> None:
    made = desk.call("POST", "/v1/pages", new_page(desk.source("PRDs"), "Brand new"))["id"]
    assert search(desk, query="brand") == []
    desk.sandbox.clock.advance(11)
    assert search(desk, query="brand") == [made]


def test_search_is_no_complete_list(desk: Desk) -> None:
    page = desk.row("PRDs")
    assert search(desk, query="exports") == [page]
    desk.service.quirks.unindexed.add(page)
    assert search(desk, query="exports") == []
    assert desk.call("GET", f"/v1/pages/{page}")["id"] == page


def test_search_always_finds_what_is_shared_directly(desk: Desk) -> None:
    condition: Json = {"property": "object", "value": "data_source"}
    made = desk.call(
        "POST",
        "/v1/data_sources",
        {
            "parent": {"database_id": desk.service.source("PRDs").database},
            "title": [{"text": {"content": "Brand new"}}],
            "properties": {"Name": {"title": {}}},
        },
    )
    assert search(desk, query="brand", filter=condition) == [made["id"]]
