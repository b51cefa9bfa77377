"""Three versions of Notion's API: a header that must be there, and what each calls things."""

from __future__ import annotations

import httpx
import pytest

from sandbox.credentials import TOKEN
from tests.sandbox.notion_desk import (
    MIDDLE,
    NEWEST,
    OLDEST,
    Desk,
    Json,
    desk,
    inside,
    new_page,
    objects,
    paragraph,
)

__all__ = ["desk"]


def test_every_request_names_its_version(desk: Desk) -> None:
    url, headers = f"{desk.service.base_url}/v1/users/me", {"Authorization": f"Bearer {TOKEN}"}
    unversioned = httpx.get(url, headers=headers)
    assert (unversioned.status_code, unversioned.json()["code"]) == (400, "missing_version")
    unknown = httpx.get(url, headers={**headers, "Notion-Version": "2021-01-01"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "validation_error")


@pytest.mark.parametrize("version", [OLDEST, MIDDLE, NEWEST])
def test_three_versions_are_spoken(desk: Desk, version: str) -> None:
    assert desk.call("GET", "/v1/users/me", version=version)["name"] == "Loopwright"


@pytest.mark.parametrize(("version", "shown"), [(OLDEST, True), (MIDDLE, True), (NEWEST, False)])
def test_archived_is_an_older_word_for_in_trash(desk: Desk, version: str, shown: bool) -> None:
    page = desk.row("PRDs")
    word = "archived" if shown else "in_trash"
    trashed = desk.call("PATCH", f"/v1/pages/{page}", {word: True}, version=version)
    assert trashed["in_trash"] is True
    assert ("archived" in trashed) is shown
    assert trashed["is_archived"] is False, "that is another thing"


def test_an_archived_page_is_not_in_the_bin_and_is_queried_by_its_own_word(desk: Desk) -> None:
    page = desk.row("PRDs")
    desk.sandbox.call(lambda: desk.service.person_archives(page))
    shown = desk.call("GET", f"/v1/pages/{page}", version=NEWEST)
    assert (shown["is_archived"], shown["in_trash"]) == (True, False)
    assert desk.rows("PRDs") == []
    assert [row["id"] for row in desk.rows("PRDs", is_archived=True)] == [page]
    assert desk.rows("PRDs", in_trash=True) == [], "no parameter of queries, and tolerated"


def test_data_sources_are_unknown_to_the_oldest_version(desk: Desk) -> None:
    source = desk.source("PRDs")
    for method, path in (("GET", ""), ("POST", "/query")):
        refused = desk.call(method, f"/v1/data_sources/{source}{path}", status=400, version=OLDEST)
        assert refused["code"] == "invalid_request_url"


def test_a_database_id_is_no_data_source_id(desk: Desk) -> None:
    source = desk.call("GET", f"/v1/data_sources/{desk.source('PRDs')}")
    database = inside(source, "parent")["database_id"]
    assert desk.call("GET", f"/v1/data_sources/{database}", status=404)["code"] == "object_not_found"
    found = desk.call("GET", f"/v1/databases/{database}")
    assert found["data_sources"] == [{"id": source["id"], "name": "PRDs"}]
    assert "properties" not in found


def database_of(desk: Desk, title: str) -> str:
    return desk.service.source(title).database


def test_in_the_oldest_version_a_database_has_the_columns_and_the_rows(desk: Desk) -> None:
    database = database_of(desk, "Feedback")
    found = desk.call("GET", f"/v1/databases/{database}", version=OLDEST)
    assert "data_sources" not in found
    assert inside(found, "properties", "Votes")["type"] == "number"
    path = f"/v1/databases/{database}/query"
    [row] = objects(desk.call("POST", path, {"page_size": 5}, version=OLDEST)["results"])
    assert row["parent"] == {"type": "database_id", "database_id": database}
    assert desk.call("POST", path, status=400)["code"] == "invalid_request_url"


def test_the_oldest_version_makes_and_changes_databases(desk: Desk) -> None:
    columns: Json = {
        "Name": {"title": {}},
        "Tickets": {"relation": {"database_id": database_of(desk, "PRDs"), "single_property": {}}},
    }
    asked: Json = {"title": [{"text": {"content": "Ideas"}}], "properties": columns}
    made = desk.call("POST", "/v1/databases", asked, version=OLDEST)
    relation = inside(made, "properties", "Tickets", "relation")
    assert relation["database_id"] == database_of(desk, "PRDs")
    assert "data_source_id" not in relation
    place = f"/v1/databases/{made['id']}"
    changed = desk.call("PATCH", place, {"properties": {"Points": {"number": {}}}}, version=OLDEST)
    assert list(inside(changed, "properties")) == ["Name", "Tickets", "Points"]
    renamed = desk.call("PATCH", place, {"title": [{"text": {"content": "Wishes"}}]})
    assert objects(renamed["title"])[0]["plain_text"] == "Wishes"


def test_a_database_with_several_data_sources_is_refused_by_the_oldest_version(desk: Desk) -> None:
    database = database_of(desk, "Feedback")
    asked: Json = {"parent": {"database_id": database}, "properties": {"Name": {"title": {}}}}
    second = desk.call("POST", "/v1/data_sources", asked)
    found = desk.call("GET", f"/v1/databases/{database}")
    assert [one["id"] for one in objects(found["data_sources"])] == [desk.source("Feedback"), second["id"]]
    for method, path in (("GET", ""), ("POST", "/query")):
        refused = desk.call(method, f"/v1/databases/{database}{path}", status=400, version=OLDEST)
        assert inside(refused, "additional_data")["error_type"] == "multiple_data_sources_for_database"
    page: Json = {**new_page("", "Which?"), "parent": {"type": "database_id", "database_id": database}}
    assert desk.call("POST", "/v1/pages", page, status=400)["code"] == "validation_error"


@pytest.mark.parametrize(("version", "word"), [(OLDEST, "database"), (MIDDLE, "data_source")])
def test_search_finds_what_the_version_calls_it(desk: Desk, version: str, word: str) -> None:
    asked: Json = {"query": "prds", "filter": {"property": "object", "value": word}}
    [found] = objects(desk.call("POST", "/v1/search", asked, version=version)["results"])
    assert found["object"] == word
    other = "database" if word == "data_source" else "data_source"
    wrong: Json = {"filter": {"property": "object", "value": other}}
    assert desk.call("POST", "/v1/search", wrong, status=400, version=version)["code"] == "validation_error"


def test_blocks_are_placed_by_after_and_since_2026_by_position(desk: Desk) -> None:
    page = desk.row("PRDs")
    path = f"/v1/blocks/{page}/children"

    def order() -> list[object]:
        return [block["id"] for block in objects(desk.call("GET", path)["results"])]

    first = str(order()[0])

    def put(version: str, place: Json) -> object:
        asked: Json = {"children": [paragraph("new")], **place}
        return objects(desk.call("PATCH", path, asked, version=version)["results"])[0]["id"]

    second = put(MIDDLE, {"after": first})
    after: Json = {"type": "after_block", "after_block": {"id": first}}
    third = put(NEWEST, {"position": after})
    top, end = put(NEWEST, {"position": {"type": "start"}}), put(NEWEST, {})
    assert order()[:4] == [top, first, third, second]
    assert order()[-1] == end
