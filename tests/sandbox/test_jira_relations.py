"""What hangs on an issue of the emulated Jira beside its text: links, watchers, votes, releases, mail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import JsonValue

from sandbox.service import Conditions
from tests.sandbox.jira_desk import Desk, at, paragraph, rows


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk.open(Conditions(limits=False)) as desk:
        yield desk


def _link(desk: Desk) -> JsonValue:
    asked: JsonValue = {
        "type": {"name": "Blocks"},
        "inwardIssue": {"key": "ENG-1"},
        "outwardIssue": {"key": "OPS-1"},
    }
    desk.call("POST", "/issueLink", asked, status=201)
    (link,) = rows(desk.call("GET", "/issue/ENG-1?fields=issuelinks"), "fields", "issuelinks")
    return link


def test_issue_links_show_at_both_ends_and_repeating_makes_no_second_one(desk: Desk) -> None:
    before = desk.service.site.issue("ENG-1").updated
    link = _link(desk)
    assert at(link, "outwardIssue", "key") == "OPS-1"
    assert at(link, "type", "outward") == "blocks"
    assert desk.service.site.issue("ENG-1").updated > before
    assert at(_link(desk), "id") == at(link, "id")
    (other,) = rows(desk.call("GET", "/issue/OPS-1?fields=issuelinks"), "fields", "issuelinks")
    assert at(other, "inwardIssue", "key") == "ENG-1"
    desk.call("GET", f"/issueLink/{at(link, 'id')}")
    desk.call("DELETE", f"/issueLink/{at(link, 'id')}", status=204)
    desk.call("GET", f"/issueLink/{at(link, 'id')}", status=404)
    assert rows(desk.call("GET", "/issue/OPS-1?fields=issuelinks"), "fields", "issuelinks") == []
    names = [at(row, "name") for row in rows(desk.call("GET", "/issueLinkType"), "issueLinkTypes")]
    assert names == ["Blocks", "Cloners", "Duplicate", "Relates"]


def test_a_remote_link_is_found_by_global_id_and_deleted(desk: Desk) -> None:
    link: JsonValue = {"globalId": "zendesk:7", "object": {"url": "https://z.example/7", "title": "Ticket 7"}}
    made = desk.call("POST", "/issue/ENG-1/remotelink", link, status=201)
    assert at(desk.call("GET", "/issue/ENG-1/remotelink?globalId=zendesk:7"), "id") == at(made, "id")
    desk.call("DELETE", f"/issue/ENG-1/remotelink/{at(made, 'id')}", status=204)
    desk.call("GET", f"/issue/ENG-1/remotelink/{at(made, 'id')}", status=404)


def test_watching_and_voting_leave_updated_alone(desk: Desk) -> None:
    before = desk.service.site.issue("ENG-1").updated
    desk.call("POST", "/issue/ENG-1/watchers", desk.service.bot.id, status=204)
    desk.call("POST", "/issue/ENG-1/votes", status=204)
    fields = at(desk.call("GET", "/issue/ENG-1"), "fields")
    assert (at(fields, "watches", "watchCount"), at(fields, "votes", "votes")) == (1, 1)
    assert at(fields, "votes", "hasVoted") is True
    desk.call("DELETE", f"/issue/ENG-1/watchers?accountId={desk.service.bot.id}", status=204)
    desk.call("DELETE", "/issue/ENG-1/votes", status=204)
    assert at(desk.call("GET", "/issue/ENG-1/watchers"), "watchCount") == 0
    assert rows(desk.call("GET", "/issue/ENG-1/votes"), "voters") == []
    assert desk.service.site.issue("ENG-1").updated == before
    desk.call("POST", f"/issue/{desk.create()}/votes", status=404)  # one's own


def test_project_versions(desk: Desk) -> None:
    project: JsonValue = desk.service.site.project("ENG").id
    made = desk.call("POST", "/version", {"name": "1.2", "projectId": project}, status=201)
    desk.call("POST", "/version", {"name": "1.2", "projectId": project}, status=400)
    released: JsonValue = {"released": True, "releaseDate": "2026-12-01"}
    desk.call("PUT", f"/version/{at(made, 'id')}", released)
    (shown,) = rows(desk.call("GET", "/project/ENG/versions"))
    assert (at(shown, "name"), at(shown, "released"), at(shown, "releaseDate")) == ("1.2", True, "2026-12-01")
    assert len(rows(desk.call("GET", "/project/ENG/version"), "values")) == 1
    assert rows(desk.call("GET", "/project/OPS/versions")) == []


def test_edits_and_comments_are_mailed_to_those_concerned(desk: Desk) -> None:
    site = desk.service.site
    people = {site.issue("ENG-1").reporter.id, getattr(site.issue("ENG-1").assignee, "id", "")}
    desk.call("POST", "/issue/ENG-1/comment", {"body": paragraph("Hello")}, status=201)
    assert [mail.kind for mail in site.outbox] == ["issue_commented"]
    assert set(site.outbox[0].to) == people
    desk.call("PUT", "/issue/ENG-1", {"fields": {"summary": "Loud"}}, status=204)
    desk.call("PUT", "/issue/ENG-1?notifyUsers=false", {"fields": {"summary": "Quiet"}}, status=204)
    assert [mail.kind for mail in site.outbox] == ["issue_commented", "issue_updated"]


def test_who_administers_nothing_cannot_leave_out_the_mail(desk: Desk) -> None:
    site = desk.service.site
    site.rights -= {"ADMINISTER", "ADMINISTER_PROJECTS"}
    desk.call("PUT", "/issue/ENG-1?notifyUsers=false", {"fields": {"summary": "Quiet"}}, status=403)
    assert site.issue("ENG-1").summary == "Export fails"
    site.rights.add("ADMINISTER_PROJECTS")
    desk.call("PUT", "/issue/ENG-1?notifyUsers=false", {"fields": {"summary": "Quiet"}}, status=204)


def test_a_transition_may_demand_fields_of_its_screen(desk: Desk) -> None:
    desk.service.site.screens["41"] = ("customfield_10033",)
    ways = desk.call("GET", "/issue/ENG-1/transitions?expand=transitions.fields")
    (finish,) = [way for way in rows(ways, "transitions") if at(way, "id") == "41"]
    assert at(finish, "hasScreen") is True
    assert at(finish, "fields", "customfield_10033", "required") is True
    refused = desk.call("POST", "/issue/ENG-1/transitions", {"transition": {"id": "41"}}, status=400)
    assert at(refused, "errors") == {"customfield_10033": "Feedback source is required."}
    filled: JsonValue = {"transition": {"id": "41"}, "fields": {"customfield_10033": "Zendesk"}}
    desk.call("POST", "/issue/ENG-1/transitions", filled, status=204)


def test_what_the_account_may_not_see_is_404_and_missing_from_lists(desk: Desk) -> None:
    number = desk.id("ENG-1")
    desk.service.site.hidden.add(int(number))
    desk.call("GET", f"/issue/{number}", status=404)
    desk.call("PUT", "/issue/ENG-1", {"fields": {"summary": "x"}}, status=404)
    assert desk.keys("project = ENG") == ["ENG-2"]
    answer = desk.call("POST", "/issue/bulkfetch", {"issueIdsOrKeys": [number, "ENG-2"]})
    assert [at(row, "id") for row in rows(answer, "issueErrors")] == [number]
    assert desk.call("POST", "/search/approximate-count", {"jql": "project = ENG"}) == {"count": 1}


def test_a_comment_that_is_edited_without_its_visibility_can_be_seen_by_all(desk: Desk) -> None:
    visibility: JsonValue = {"type": "role", "value": "Administrators"}
    hidden: JsonValue = {"body": paragraph("Hush"), "visibility": visibility}
    made = desk.call("POST", "/issue/ENG-1/comment", hidden, status=201)
    path = f"/issue/ENG-1/comment/{at(made, 'id')}"
    assert at(desk.call("PUT", path, hidden), "visibility") == visibility
    assert "visibility" not in str(desk.call("PUT", path, {"body": paragraph("Hush")}))
