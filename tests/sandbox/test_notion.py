"""The emulated Notion over real sockets, judged by what the vendor documents."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import TypedDict, cast

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.model import JsonValue
from sandbox.company import Report
from sandbox.credentials import TOKEN
from sandbox.notion import NotionService
from sandbox.server import Sandbox
from tests.sandbox.notion_company import COMPANY, CREATED

Json = dict[str, JsonValue]


class Delivered(TypedDict):
    headers: dict[str, str]
    body: bytes


class Desk:
    """A sandbox with one HTTP client and a place that webhooks arrive at."""

    def __init__(self) -> None:
        self.sandbox = Sandbox([NotionService])
        self.service = self.sandbox.service(NotionService)
        self.service.seed(COMPANY)
        self.delivered: list[Delivered] = []
        port = self.sandbox.mount(Starlette(routes=[Route("/hook", self._hook, methods=["POST"])]))
        self.hook_url = f"http://127.0.0.1:{port}/hook"
        headers = {"Authorization": f"Bearer {TOKEN}", "Notion-Version": "2025-09-03"}
        self.http = httpx.Client(base_url=self.service.base_url, headers=headers)

    async def _hook(self, request: Request) -> Response:
        self.delivered.append({"headers": dict(request.headers), "body": await request.body()})
        return Response()

    def call(self, method: str, path: str, body: Json | None = None, status: int = 200) -> Json:
        answer = self.http.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        return cast(Json, answer.json())

    def source(self, title: str) -> str:
        return self.service.source(title).id

    def rows(self, title: str, **body: JsonValue) -> list[Json]:
        return cast(
            list[Json], self.call("POST", f"/v1/data_sources/{self.source(title)}/query", body)["results"]
        )

    def row(self, title: str) -> str:
        return str(self.rows(title)[0]["id"])

    def events(self) -> list[Json]:
        self.sandbox.drain()
        return [cast(Json, json.loads(one["body"])) for one in self.delivered]


@pytest.fixture
def desk() -> Iterator[Desk]:
    one = Desk()
    with one.sandbox.running(), one.http:
        yield one


def new_page(source: str, title: str, **more: JsonValue) -> Json:
    name: Json = {"title": [{"text": {"content": title}}]}
    return {
        "parent": {"type": "data_source_id", "data_source_id": source},
        "properties": {"Name": name},
        **more,
    }


def paragraph(text: str) -> Json:
    return {"type": "paragraph", "paragraph": {"rich_text": [{"text": {"content": text}}]}}


def test_door(desk: Desk) -> None:
    bare = httpx.get(f"{desk.service.base_url}/v1/users/me", headers={"Notion-Version": "2025-09-03"})
    assert (bare.status_code, bare.json()["code"]) == (401, "unauthorized")
    unversioned = httpx.get(
        f"{desk.service.base_url}/v1/users/me", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert (unversioned.status_code, unversioned.json()["code"]) == (400, "missing_version")
    old = desk.http.get(f"/v1/data_sources/{desk.source('PRDs')}", headers={"Notion-Version": "2022-06-28"})
    assert (old.status_code, old.json()["code"]) == (400, "invalid_request_url")
    assert desk.call("GET", "/v1/nothing", status=400)["code"] == "invalid_request_url"
    broken = desk.http.post("/v1/search", content=b"{")
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid_json")
    me = desk.call("GET", "/v1/users/me")
    assert (me["name"], me["type"]) == ("Loopwright", "bot")


def test_seeded_page(desk: Desk) -> None:
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


def test_database_id_is_no_data_source_id(desk: Desk) -> None:
    source = desk.call("GET", f"/v1/data_sources/{desk.source('PRDs')}")
    database = cast(Json, source["parent"])["database_id"]
    assert desk.call("GET", f"/v1/data_sources/{database}", status=404)["code"] == "object_not_found"
    found = desk.call("GET", f"/v1/databases/{database}")
    assert found["data_sources"] == [{"id": source["id"], "name": "PRDs"}]


def test_query_filters_sorts_and_pages(desk: Desk) -> None:
    source = desk.source("Feedback")
    for number in range(7):
        desk.call("POST", "/v1/pages", new_page(source, f"Row {number}"))
    path = f"/v1/data_sources/{source}/query"
    order: list[JsonValue] = [{"timestamp": "created_time", "direction": "ascending"}]
    first = desk.call("POST", path, {"sorts": order, "page_size": 5})
    second = desk.call("POST", path, {"sorts": order, "page_size": 5, "start_cursor": first["next_cursor"]})
    assert (first["has_more"], second["has_more"], second["next_cursor"]) == (True, False, None)
    ids = [page["id"] for page in cast(list[Json], first["results"]) + cast(list[Json], second["results"])]
    assert len(set(map(str, ids))) == 8
    assert "request_status" not in second
    assert desk.call("POST", path, {"page_size": 101}, status=400)["code"] == "validation_error"
    since: Json = {
        "timestamp": "last_edited_time",
        "last_edited_time": {"on_or_after": "2026-11-02T09:31:00Z"},
    }
    assert len(desk.rows("Feedback", filter=since)) == 7
    until: Json = {
        "timestamp": "last_edited_time",
        "last_edited_time": {"on_or_before": "2026-11-02T09:30:00Z"},
    }
    assert len(desk.rows("Feedback", filter={"and": [until, until]})) == 1
    assert len(desk.rows("Feedback", filter={"property": "Votes", "number": {"greater_than": 11}})) == 1
    assert len(desk.rows("Feedback", filter={"property": "Tags", "multi_select": {"contains": "ui"}})) == 1
    assert len(desk.rows("Feedback", filter={"property": "Status", "status": {"equals": "New"}})) == 8
    wrong = desk.call("POST", path, {"filter": {"property": "Voots", "number": {"equals": 1}}}, status=400)
    assert wrong["message"] == "Could not find property with name or id: Voots"
    misspelt: Json = {"timestamp": "last_modified_time", "last_modified_time": {"after": "2026-01-01"}}
    assert desk.call("POST", path, {"filter": misspelt}, status=400)["code"] == "validation_error"


def test_query_cap(desk: Desk) -> None:
    desk.service.quirks.query_cap = 3
    for number in range(5):
        desk.call("POST", "/v1/pages", new_page(desk.source("PRDs"), f"Row {number}"))
    answer = desk.call("POST", f"/v1/data_sources/{desk.source('PRDs')}/query", {"page_size": 3})
    reason = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
    assert (answer["has_more"], answer["request_status"]) == (False, reason)


def test_create_page(desk: Desk) -> None:
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
def test_refused_properties(desk: Desk, properties: Json, message: str) -> None:
    body: Json = {"parent": {"data_source_id": desk.source("Feedback")}, "properties": properties}
    assert desk.call("POST", "/v1/pages", body, status=400)["message"] == message
    assert len(desk.rows("Feedback")) == 1


def test_size_limits(desk: Desk) -> None:
    source = desk.source("PRDs")
    long_text = new_page(source, "Long", children=[paragraph("x" * 2300)])
    refused = desk.call("POST", "/v1/pages", long_text, status=400)
    assert refused["message"] == (
        "body failed validation: body.children[0].paragraph.rich_text[0].text.content.length should be"
        " ≤ `2000`, instead was `2300`."
    )
    pairs = desk.call(
        "POST", "/v1/pages", new_page(source, "Long", children=[paragraph("𝄞" * 1001)]), status=400
    )
    assert "instead was `2002`" in str(pairs["message"])
    many = desk.call("POST", "/v1/pages", new_page(source, "M", children=[paragraph("x")] * 101), status=400)
    assert many["message"] == (
        "body failed validation: body.children.length should be ≤ `100`, instead was `101`."
    )
    block = paragraph("four")
    for text in ("three", "two", "one"):
        outer = paragraph(text)
        cast(Json, outer["paragraph"])["children"] = [block]
        block = outer
    deep = desk.call("POST", "/v1/pages", new_page(source, "Deep", children=[block]), status=400)
    assert str(deep["message"]).endswith(".paragraph.children should be not present.")
    huge = new_page(source, "Huge", children=[paragraph("x" * 1900)] * 100)
    big = {**huge, "children": cast(list[JsonValue], huge["children"]) * 3}
    assert desk.http.post("/v1/pages", json=big).status_code == 413


def test_blocks(desk: Desk) -> None:
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


def test_trash_unshared_and_moved(desk: Desk) -> None:
    page = desk.row("PRDs")
    desk.sandbox.call(lambda: desk.service.person_moves(page, "Feedback"))
    moved = desk.call("GET", f"/v1/pages/{page}")
    assert cast(Json, moved["parent"])["data_source_id"] == desk.source("Feedback")
    assert desk.call("PATCH", f"/v1/pages/{page}", {"in_trash": True})["in_trash"] is True
    assert desk.call("GET", f"/v1/pages/{page}")["in_trash"] is True
    assert page not in [row["id"] for row in desk.rows("Feedback")]
    desk.call("PATCH", f"/v1/pages/{page}", {"properties": {}}, status=400)
    desk.call("PATCH", f"/v1/pages/{page}", {"in_trash": False})
    desk.sandbox.call(lambda: desk.service.person_unshares(page))
    assert desk.call("GET", f"/v1/pages/{page}", status=404)["code"] == "object_not_found"


def test_long_values_are_cut_and_paged(desk: Desk) -> None:
    page = desk.row("PRDs")
    words: list[JsonValue] = [{"text": {"content": f"{number} "}} for number in range(60)]
    desk.call("PATCH", f"/v1/pages/{page}", {"properties": {"Name": {"title": words}}})
    shown = cast(dict[str, Json], desk.call("GET", f"/v1/pages/{page}")["properties"])["Name"]
    assert len(cast(list[Json], shown["title"])) == 25
    item = desk.call("GET", f"/v1/pages/{page}/properties/title?page_size=50")
    assert (len(cast(list[Json], item["results"])), item["has_more"]) == (50, True)
    rest = desk.call("GET", f"/v1/pages/{page}/properties/title?start_cursor={item['next_cursor']}")
    assert (len(cast(list[Json], rest["results"])), rest["has_more"]) == (10, False)


def test_comments(desk: Desk) -> None:
    page = desk.row("Feedback")
    edited = desk.call("GET", f"/v1/pages/{page}")["last_edited_time"]
    made = desk.call(
        "POST", "/v1/comments", {"parent": {"page_id": page}, "rich_text": [{"text": {"content": "Hi"}}]}
    )
    thread = str(made["discussion_id"])
    desk.call(
        "POST", "/v1/comments", {"discussion_id": thread, "rich_text": [{"text": {"content": "Again"}}]}
    )
    listed = cast(list[Json], desk.call("GET", f"/v1/comments?block_id={page}")["results"])
    assert [cast(list[Json], one["rich_text"])[0]["plain_text"] for one in listed] == ["Hi", "Again"]
    assert desk.call("GET", f"/v1/pages/{page}")["last_edited_time"] == edited
    desk.service.acts.resolve(thread)
    assert desk.call("GET", f"/v1/comments?block_id={page}")["results"] == []


def test_search_finds_sources_at_once_and_pages_late(desk: Desk) -> None:
    desk.call("POST", "/v1/pages", new_page(desk.source("PRDs"), "Brand new"))
    sources = desk.call(
        "POST", "/v1/search", {"query": "prds", "filter": {"property": "object", "value": "data_source"}}
    )
    assert [one["id"] for one in cast(list[Json], sources["results"])] == [desk.source("PRDs")]
    assert desk.call("POST", "/v1/search", {"query": "brand"})["results"] == []
    desk.sandbox.clock.advance(11)
    assert len(cast(list[Json], desk.call("POST", "/v1/search", {"query": "brand"})["results"])) == 1


def test_rate_limit(desk: Desk) -> None:
    for _ in range(180):
        desk.call("GET", "/v1/users/me")
    refused = desk.http.get("/v1/users/me")
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    wait = int(refused.headers["Retry-After"])
    assert refused.json()["additional_data"]["retry_after"] == str(wait)
    desk.sandbox.clock.advance(wait)
    desk.call("GET", "/v1/users/me")


def test_quirks(desk: Desk) -> None:
    quirks, body = desk.service.quirks, new_page(desk.source("PRDs"), "Odd")
    quirks.conflicts = 1
    assert desk.call("POST", "/v1/pages", body, status=409)["code"] == "conflict_error"
    quirks.denied = "GET /v1/users"
    assert desk.call("GET", "/v1/users", status=403)["code"] == "restricted_resource"
    quirks.overloads = 1
    assert desk.call("POST", "/v1/pages", body, status=529)["code"] == "service_overload"
    quirks.saved_but_503 = 1
    late = cast(Json, desk.call("POST", "/v1/pages", body, status=503)["additional_data"])
    assert desk.call("GET", f"/v1/pages/{late['committed_resource_id']}")["object"] == "page"
    page = desk.row("Feedback")
    before = desk.call("GET", f"/v1/pages/{page}")["last_edited_time"]
    quirks.body_edits_by_api_move_stamp = False
    desk.call("PATCH", f"/v1/blocks/{page}/children", {"children": [paragraph("x")]})
    assert desk.call("GET", f"/v1/pages/{page}")["last_edited_time"] == before


def test_webhooks(desk: Desk) -> None:
    desk.sandbox.call(lambda: desk.service.subscribe(desk.hook_url))
    assert desk.events() == [{"verification_token": "sandbox-secret"}]
    assert "x-notion-signature" not in desk.delivered[0]["headers"]
    page = desk.row("PRDs")
    desk.sandbox.call(lambda: desk.service.person_sets(page, status="In review", add_label="exports"))
    event = desk.events()[-1]
    digest = hmac.new(b"sandbox-secret", desk.delivered[-1]["body"], hashlib.sha256).hexdigest()
    assert desk.delivered[-1]["headers"]["x-notion-signature"] == f"sha256={digest}"
    assert (event["type"], event["entity"]) == ("page.properties_updated", {"id": page, "type": "page"})
    data = cast(Json, event["data"])
    assert len(cast(list[JsonValue], data["updated_properties"])) == 2
    assert cast(Json, data["parent"])["data_source_id"] == desk.source("PRDs")
    assert "Draft" not in json.dumps(event)
    desk.call(
        "POST", "/v1/comments", {"parent": {"page_id": page}, "rich_text": [{"text": {"content": "Hi"}}]}
    )
    comment = desk.events()[-1]
    assert (comment["type"], cast(Json, comment["data"])["page_id"]) == ("comment.created", page)
    assert cast(list[Json], comment["authors"])[0]["type"] == "bot"


def test_webhooks_are_aggregated(desk: Desk) -> None:
    def acts() -> None:
        desk.service.subscribe(desk.hook_url)
        desk.service.outbox.held = True
        gone = desk.service.person_creates(title="Oops", body="")
        desk.service.person_trashes(gone)
        page = next(iter(desk.service.source("PRDs").rows))
        desk.service.person_sets(page, status="In review")
        desk.service.person_sets(page, priority="Low", status="Shipped")
        desk.service.outbox.held = False
        desk.service.outbox.flush()

    desk.sandbox.call(acts)
    events = desk.events()[1:]
    assert [event["type"] for event in events] == ["page.properties_updated"]
    assert len(cast(list[JsonValue], cast(Json, events[0]["data"])["updated_properties"])) == 2


def test_cards_and_people(desk: Desk) -> None:
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


def test_load(desk: Desk) -> None:
    report = Report("1", "Crash", "Steps:\n\n1. start", CREATED, priority="High", labels=("core",))
    keys = desk.service.load([report], "Bugs")
    page = desk.rows("Bugs")[0]
    assert keys == [f"N-{str(page['id'])[:8]}"]
    assert page["created_time"] == "2026-11-02T09:30:00.000Z"
