"""The emulated Jira over real sockets: issues, comments, workflow and refusals."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from pydantic import JsonValue

from sandbox.company import Post, Report
from sandbox.service import Conditions
from sandbox.trouble import Fault
from tests.sandbox.jira_desk import CREATED, Desk, at, paragraph, rows


@pytest.fixture(scope="module")
def shared() -> Iterator[Desk]:
    """For tests that only read."""
    with Desk.open() as desk:
        yield desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk.open() as desk:
        yield desk


@pytest.fixture
def unlimited() -> Iterator[Desk]:
    with Desk.open(Conditions(limits=False)) as desk:
        yield desk


def test_an_issue_in_the_vendors_json(shared: Desk) -> None:
    issue = shared.call("GET", "/issue/ENG-1?properties=*all")
    fields = at(issue, "fields")
    assert at(issue, "id") == shared.id("ENG-1")
    assert at(fields, "summary") == "Export fails"
    assert at(fields, "issuetype", "name") == "Bug"
    assert at(fields, "status", "statusCategory", "key") == "indeterminate"
    assert at(fields, "priority", "name") == "High"
    assert at(fields, "labels") == ["exports", "needs-review"]
    assert at(fields, "created") == "2026-03-02T10:30:15.250+0100"  # the bot's profile is in Berlin
    assert at(fields, "description", "content", 1, "type") == "bulletList"
    assert at(fields, "comment", "total") == 1
    assert at(fields, "assignee", "displayName") == "Ann Berg"


def test_engineers_hide_their_address_and_others_do_not(shared: Desk) -> None:
    fields = at(shared.call("GET", "/issue/ENG-1"), "fields")
    assignee, reporter = at(fields, "assignee"), at(fields, "reporter")
    assert isinstance(assignee, dict)
    assert "emailAddress" not in assignee
    assert at(reporter, "emailAddress") == "bo@northwind-soft.example"


def test_a_wrong_token_gets_401(shared: Desk) -> None:
    answer = httpx.get(f"{shared.service.base_url}/rest/api/3/myself", auth=("a@b.example", "no"))
    assert answer.status_code == 401
    assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    assert "authenticated" in answer.json()["message"]


def test_who_we_are_and_what_the_site_has(shared: Desk) -> None:
    assert at(shared.call("GET", "/myself"), "timeZone") == "Europe/Berlin"
    assert at(shared.call("GET", "/serverInfo"), "deploymentType") == "Cloud"
    assert [at(row, "name") for row in rows(shared.call("GET", "/priority"))][:2] == ["Highest", "High"]
    assert len(rows(shared.call("GET", "/status"))) == 4
    projects = shared.call("GET", "/project/search?keys=ENG&keys=NOPE")
    assert [at(row, "key") for row in rows(projects, "values")] == ["ENG"]
    names = {at(row, "name"): at(row, "id") for row in rows(shared.call("GET", "/field"))}
    assert names["Product area"] == "customfield_10031"
    rights = shared.call("GET", "/mypermissions?permissions=EDIT_ISSUES,MANAGE_SPRINTS")
    assert at(rights, "permissions", "EDIT_ISSUES", "havePermission") is True
    assert at(rights, "permissions", "MANAGE_SPRINTS", "havePermission") is False


def test_people_are_found_by_name_and_by_address_only_where_it_is_shown(shared: Desk) -> None:
    def found(query: str) -> list[JsonValue]:
        return [at(row, "displayName") for row in rows(shared.call("GET", f"/user/search?query={query}"))]

    assert found("ann") == ["Ann Berg"]
    assert found("bo@northwind") == ["Bo Lind"]
    assert found("ann@northwind") == []


def test_what_may_be_created(shared: Desk) -> None:
    types = shared.call("GET", "/issue/createmeta/ENG/issuetypes")
    assert "Bug" in [at(row, "name") for row in rows(types, "issueTypes")]
    fields = rows(shared.call("GET", "/issue/createmeta/ENG/issuetypes/10002"), "fields")
    required = {at(field, "fieldId") for field in fields if at(field, "required")}
    assert required == {"summary", "issuetype", "project"}


def test_creating_reading_and_deleting(desk: Desk) -> None:
    key = desk.create(
        description=paragraph("Hello"),
        labels=["b", "a"],
        customfield_10031={"value": "Billing"},
        customfield_10032=3,
    )
    assert key == "ENG-3"
    fields = at(desk.call("GET", f"/issue/{key.lower()}"), "fields")
    assert at(fields, "labels") == ["a", "b"]
    assert at(fields, "status", "name") == "To Do"
    assert at(fields, "customfield_10031", "value") == "Billing"
    assert at(fields, "customfield_10032") == 3.0
    assert at(fields, "creator", "displayName") == "Loopwright"
    desk.call("DELETE", f"/issue/{key}", status=204)
    missing = desk.call("GET", f"/issue/{key}", status=404)
    assert at(missing, "errorMessages", 0) == (
        "Issue does not exist or you do not have permission to see it."
    )


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"summary": "x" * 256}, "summary", "255"),
        ({"summary": "a\nb"}, "summary", "newline"),
        ({"summary": " "}, "summary", "must specify"),
        ({"labels": ["two words"]}, "labels", "spaces"),
        ({"priority": {"name": "Sky-high"}}, "priority", "invalid"),
        ({"issuetype": {"name": "Whim"}}, "issuetype", "valid issue type"),
        ({"project": {"key": "NOPE"}}, "project", "valid project"),
        ({"assignee": {"accountId": "nobody"}}, "assignee", "valid value"),
        ({"status": {"name": "Done"}}, "status", "cannot be set"),
        ({"customfield_99": 1}, "customfield_99", "cannot be set"),
        ({"customfield_10031": {"value": "Weather"}}, "customfield_10031", "valid value"),
        ({"description": "plain"}, "description", "Atlassian Document"),
        ({"description": paragraph("x" * 32_768)}, "description", "32,767"),
    ],
)
def test_refusals_name_the_field(
    shared: Desk, fields: dict[str, JsonValue], field: str, message: str
) -> None:
    wanted: JsonValue = {
        "fields": {"project": {"key": "ENG"}, "issuetype": {"name": "Bug"}, "summary": "s", **fields}
    }
    errors = at(shared.call("POST", "/issue", wanted, status=400), "errors")
    assert message in str(at(errors, field))
    assert len(shared.service.site.issues) == 3


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "invented"}],
        [{"type": "text", "text": "not in a block"}],
        [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}],
        [{"type": "bulletList", "content": [{"type": "paragraph"}]}],
        [{"type": "bulletList", "content": []}],
        [{"type": "codeBlock", "content": [{"type": "text", "text": "x", "marks": [{"type": "em"}]}]}],
        [{"type": "paragraph", "content": [{"type": "text", "text": "x", "marks": [{"type": "blink"}]}]}],
    ],
)
def test_documents_are_checked(shared: Desk, content: JsonValue) -> None:
    body: JsonValue = {"body": {"type": "doc", "version": 1, "content": content}}
    answer = shared.call("POST", "/issue/ENG-1/comment", body, status=400)
    assert at(answer, "errorMessages") == ["INVALID_INPUT"]


def test_nothing_is_idempotent_a_post_whose_answer_is_lost_was_done(desk: Desk) -> None:
    desk.sandbox.faults["jira"].active.append(Fault("lose_answer", "^POST "))
    body: JsonValue = {
        "fields": {"project": {"key": "ENG"}, "issuetype": {"name": "Bug"}, "summary": "Twice"}
    }
    with pytest.raises(httpx.RemoteProtocolError):
        desk.http.post("/issue", json=body)
    desk.call("POST", "/issue", body, status=201)
    assert [issue.summary for issue in desk.service.site.issues.values()].count("Twice") == 2


def test_failures_of_the_gateway_are_pages_for_people(desk: Desk) -> None:
    desk.sandbox.faults["jira"].active.append(Fault("html"))
    answer = desk.http.get("/myself")
    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_payload_of_the_wrong_shape_is_refused(shared: Desk) -> None:
    answer = shared.call("POST", "/issue", {"field": {}}, status=400)
    assert at(answer, "errorMessages", 0) == (
        "Invalid request payload. Refer to the REST API documentation and try again."
    )


def test_editing_is_all_or_nothing(desk: Desk) -> None:
    desk.call("PUT", "/issue/ENG-1", {"fields": {"summary": "New", "duedate": "soon"}}, status=400)
    assert at(desk.call("GET", "/issue/ENG-1"), "fields", "summary") == "Export fails"
    verbs: JsonValue = [{"add": "urgent"}, {"remove": "exports"}, {"remove": "absent"}]
    edit: JsonValue = {"fields": {"summary": "New", "priority": None}, "update": {"labels": verbs}}
    fields = at(desk.call("PUT", "/issue/ENG-1?returnIssue=true", edit), "fields")
    assert at(fields, "summary") == "New"
    assert at(fields, "priority") is None
    assert at(fields, "labels") == ["needs-review", "urgent"]
    history = desk.call("GET", "/issue/ENG-1?expand=changelog")
    items = rows(history, "changelog", "histories", 0, "items")
    assert {at(item, "field") for item in items} == {"summary", "priority", "labels"}


def test_an_edit_that_changes_nothing_does_not_touch_updated(desk: Desk) -> None:
    before = at(desk.call("GET", "/issue/ENG-1"), "fields", "updated")
    desk.call("PUT", "/issue/ENG-1", {"fields": {"summary": "Export fails"}}, status=204)
    assert at(desk.call("GET", "/issue/ENG-1"), "fields", "updated") == before


def test_a_status_is_no_field_to_be_edited(desk: Desk) -> None:
    answer = desk.call("PUT", "/issue/ENG-1", {"fields": {"status": {"name": "Done"}}}, status=400)
    assert "cannot be set" in str(at(answer, "errors", "status"))
    assert desk.service.site.issue("ENG-1").status.name == "In Progress"


def _ways(desk: Desk, key: str) -> dict[JsonValue, JsonValue]:
    answer = desk.call("GET", f"/issue/{key}/transitions")
    return {at(way, "to", "name"): at(way, "id") for way in rows(answer, "transitions")}


def test_the_workflow_has_to_be_walked(desk: Desk) -> None:
    key = desk.create()
    assert set(_ways(desk, key)) == {"In Progress"}
    desk.call("POST", f"/issue/{key}/transitions", {"transition": {"id": "41"}}, status=400)
    way = _ways(desk, key)["In Progress"]
    desk.call("POST", f"/issue/{key}/transitions", {"transition": {"id": way}}, status=204)
    assert set(_ways(desk, key)) == {"To Do", "In Review", "Done"}
    way = _ways(desk, key)["Done"]
    desk.call("POST", f"/issue/{key}/transitions", {"transition": {"id": way}}, status=204)
    fields = at(desk.call("GET", f"/issue/{key}"), "fields")
    assert at(fields, "status", "name") == "Done"
    assert at(fields, "resolution", "name") == "Done"
    reopen = _ways(desk, key)["To Do"]
    desk.call("POST", f"/issue/{key}/transitions", {"transition": {"id": reopen}}, status=204)
    assert at(desk.call("GET", f"/issue/{key}"), "fields", "resolution") is None


def test_a_moved_issue_keeps_its_old_key(desk: Desk) -> None:
    site = desk.service.site
    number = desk.id("ENG-1")
    desk.sandbox.call(lambda: site.move(site.issue("ENG-1"), site.project("OPS"), desk.service.bot))
    moved = desk.call("GET", "/issue/ENG-1")
    assert (at(moved, "id"), at(moved, "key")) == (number, "OPS-2")
    assert at(moved, "fields", "project", "key") == "OPS"


def test_comments_page_in_both_orders_and_carry_properties(unlimited: Desk) -> None:
    desk = unlimited
    ids = []
    for number in range(5):
        body: JsonValue = {
            "body": paragraph(f"Comment {number}"),
            "properties": [{"key": "mark", "value": {"n": number}}],
        }
        comment = desk.call("POST", "/issue/OPS-1/comment", body, status=201)
        ids.append(int(str(at(comment, "id"))))
    page = desk.call("GET", "/issue/OPS-1/comment?startAt=1&maxResults=2&orderBy=-created")
    assert at(page, "total") == 5
    assert [int(str(at(row, "id"))) for row in rows(page, "comments")] == [ids[3], ids[2]]
    listed = desk.call("POST", "/comment/list?expand=properties", {"ids": [ids[4], 999_999]})
    assert at(listed, "values", 0, "properties") == [{"key": "mark", "value": {"n": 4}}]
    assert len(rows(listed, "values")) == 1
    assert at(desk.call("GET", f"/comment/{ids[0]}/properties/mark"), "value") == {"n": 0}


def test_an_edited_comment_keeps_its_id_and_moves_updated(desk: Desk) -> None:
    comment = desk.call("GET", "/issue/ENG-1/comment")
    number = at(comment, "comments", 0, "id")
    edited = desk.call("PUT", f"/issue/ENG-1/comment/{number}", {"body": paragraph("Never mind")})
    assert at(edited, "id") == number
    assert at(edited, "author", "displayName") == "Ann Berg"
    assert at(edited, "updateAuthor", "displayName") == "Loopwright"
    assert desk.service.site.issue("ENG-1").updated > CREATED
    desk.call("DELETE", f"/issue/ENG-1/comment/{number}", status=204)
    assert at(desk.call("GET", "/issue/ENG-1/comment"), "total") == 0


def test_internal_comments_of_a_service_project(desk: Desk) -> None:
    internal: JsonValue = [{"key": "sd.public.comment", "value": {"internal": True}}]
    hidden = desk.call(
        "POST", "/issue/ENG-1/comment", {"body": paragraph("a"), "properties": internal}, status=201
    )
    shown = desk.call("POST", "/issue/ENG-1/comment", {"body": paragraph("b")}, status=201)
    assert (at(hidden, "jsdPublic"), at(shown, "jsdPublic")) == (False, True)


def test_a_remote_link_with_a_known_global_id_is_replaced_whole(desk: Desk) -> None:
    link: dict[str, JsonValue] = {
        "globalId": "zendesk:7",
        "relationship": "reported in",
        "object": {"url": "https://z.example/7", "title": "Ticket 7"},
    }
    first = desk.call("POST", "/issue/ENG-1/remotelink", link, status=201)
    del link["relationship"]
    again = desk.call("POST", "/issue/ENG-1/remotelink", link)
    assert at(first, "id") == at(again, "id")
    (kept,) = rows(desk.call("GET", "/issue/ENG-1/remotelink"))
    assert isinstance(kept, dict)
    assert "relationship" not in kept


def test_issue_properties(desk: Desk) -> None:
    desk.call("PUT", "/issue/ENG-1/properties/ours", {"a": 1}, status=201)
    desk.call("PUT", "/issue/ENG-1/properties/ours", {"a": 2}, status=200)
    assert at(desk.call("GET", "/issue/ENG-1/properties/ours"), "value", "a") == 2
    assert at(desk.call("GET", "/issue/ENG-1?properties=ours,other"), "properties") == {"ours": {"a": 2}}
    desk.call("DELETE", "/issue/ENG-1/properties/ours", status=204)
    desk.call("GET", "/issue/ENG-1/properties/ours", status=404)


def test_reports_are_loaded_with_their_posts(desk: Desk) -> None:
    report = Report(
        id="R-1",
        title="Crash on\nstart " + "x" * 300,
        body="y" * 40_000,
        created=CREATED,
        type="Bug",
        priority="Critical",
        reporter="someone",
        labels=("two words",),
        posts=(Post("other", CREATED, "Same here"), Post("other", CREATED, "  ")),
    )
    (key,) = desk.service.load([report], "ENG")
    fields = at(desk.call("GET", f"/issue/{key}"), "fields")
    assert len(str(at(fields, "summary"))) == 255
    assert at(fields, "priority", "name") == "High"
    assert at(fields, "labels") == ["two-words"]
    assert at(fields, "comment", "total") == 1
    assert not desk.delivered


def test_the_pages_view(desk: Desk) -> None:
    service = desk.service
    heard: list[str] = []
    service.listeners.append(heard.append)
    number = desk.sandbox.call(
        lambda: service.person_creates(title="From the page", body="**Hi**", container="ENG", labels=["x"])
    )
    desk.sandbox.call(lambda: service.person_comments(number, "Seen", internal=True))
    desk.sandbox.call(
        lambda: service.person_sets(number, status="In Progress", priority="Low", add_label="y", title="T")
    )
    desk.sandbox.call(lambda: service.person_sets(number, remove_label="x"))
    card = service.card(number)
    assert card is not None
    assert (card.title, card.status, card.priority, card.labels) == ("T", "In Progress", "Low", ["y"])
    assert card.body == "**Hi**"
    assert [(c.author, c.text) for c in card.comments] == [("Ann Berg", "Seen")]
    assert set(card.statuses) == {"In Progress", "To Do", "In Review", "Done"}
    assert [c.id for c in service.cards(limit=1)] == [number]
    assert [c.key for c in service.cards(limit=9, search="disk")] == ["OPS-1"]
    assert set(heard) == {number}
    with pytest.raises(ValueError, match="In Review"):
        desk.sandbox.call(lambda: service.person_sets(number, status="Nowhere"))
    with pytest.raises(ValueError, match="invalid"):
        desk.sandbox.call(lambda: service.person_sets(number, priority="Extreme"))
