"""The emulated Jira as a Data Center: version 2 of the API, and what it does otherwise than Cloud."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import ClassVar

import httpx
import pytest
from pydantic import JsonValue

from sandbox.credentials import EMAIL, TOKEN
from sandbox.jira import JiraDataCenterService, JiraService
from sandbox.service import Conditions
from tests.sandbox.jira_desk import Desk, at, rows


class DataCenterDesk(Desk):
    service_type: ClassVar[type[JiraService]] = JiraDataCenterService

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.Client(base_url=f"{self.service.base_url}/rest/api/2", headers=headers)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with DataCenterDesk.open(Conditions(limits=False)) as desk:
        yield desk


def test_a_personal_access_token_is_let_in_and_an_address_with_a_token_is_not(desk: Desk) -> None:
    assert at(desk.call("GET", "/myself"), "name") == desk.service.bot.username
    address = f"{desk.service.base_url}/rest/api/2/myself"
    assert httpx.get(address, auth=(EMAIL, TOKEN)).status_code == 401


def test_there_is_version_2_alone_and_nothing_that_only_cloud_has(desk: Desk) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert httpx.get(f"{desk.service.base_url}/rest/api/3/myself", headers=headers).status_code == 404
    for path in ("/search/jql", "/issue/bulkfetch", "/comment/list", "/bulk/issues/fields", "/webhook"):
        assert desk.http.post(path, json={}).status_code in (404, 405), path


def test_texts_are_wiki_markup_kept_to_the_letter(desk: Desk) -> None:
    markup = "h2. Steps\n* {color:red}open{color} [~ann]"
    key = desk.create(description=markup)
    assert at(desk.call("GET", f"/issue/{key}"), "fields", "description") == markup
    document: JsonValue = {"body": {"type": "doc", "version": 1, "content": []}}
    desk.call("POST", f"/issue/{key}/comment", document, status=400)
    desk.call("POST", f"/issue/{key}/comment", {"body": "x" * 32_768}, status=400)


def test_people_have_names_and_show_their_addresses(desk: Desk) -> None:
    assignee = at(desk.call("GET", "/issue/ENG-1"), "fields", "assignee")
    assert isinstance(assignee, dict)
    assert (assignee["name"], assignee["emailAddress"]) == ("ann", "ann@northwind-soft.example")
    assert "accountId" not in assignee
    (found,) = rows(desk.call("GET", "/user/assignable/search?username=bo@northwind&project=ENG"))
    assert at(found, "name") == "bo"
    desk.call("PUT", "/issue/ENG-2", {"fields": {"assignee": {"name": "bo"}}}, status=204)
    refused: JsonValue = {"fields": {"assignee": {"accountId": desk.service.bot.id}}}
    desk.call("PUT", "/issue/ENG-2", refused, status=400)


def test_the_search_counts_rows_and_begins_where_it_is_told(desk: Desk) -> None:
    asked: dict[str, JsonValue] = {"jql": "ORDER BY created ASC", "maxResults": 2, "fields": ["summary"]}
    first = desk.call("POST", "/search", asked)
    assert (at(first, "startAt"), at(first, "total")) == (0, 3)
    assert [at(row, "key") for row in rows(first, "issues")] == ["ENG-1", "ENG-2"]
    second = desk.call("POST", "/search", {**asked, "startAt": 2})
    assert [at(row, "key") for row in rows(second, "issues")] == ["OPS-1"]
    assert "nextPageToken" not in str(first)


def test_a_project_that_does_not_exist_is_refused_unless_nothing_is_to_be_checked(desk: Desk) -> None:
    asked: dict[str, JsonValue] = {"jql": "project in (ENG, NOPE)"}
    desk.call("POST", "/search", asked, status=400)
    answer = desk.call("POST", "/search", {**asked, "validateQuery": False})
    assert at(answer, "total") == 2


def test_all_comments_come_along_and_properties_only_where_asked_for(desk: Desk) -> None:
    for number in range(25):
        body: JsonValue = {"body": str(number), "properties": [{"key": "ours", "value": number}]}
        desk.call("POST", "/issue/OPS-1/comment", body, status=201)
    found = desk.call("POST", "/search", {"jql": "key = OPS-1", "fields": ["comment"]})
    assert len(rows(found, "issues", 0, "fields", "comment", "comments")) == 25
    assert "properties" not in str(found)
    listed = desk.call("GET", "/issue/OPS-1/comment?expand=properties")
    assert at(listed, "comments", 3, "properties") == [{"key": "ours", "value": 3}]


class TestWebhooks:
    def _register(self, desk: Desk, **more: JsonValue) -> JsonValue:
        wanted: JsonValue = {
            "name": "Ours",
            "url": desk.hook_url,
            "events": ["jira:issue_updated", "comment_created"],
            **more,
        }
        return desk.call(
            "POST", f"{desk.service.base_url}/rest/jira-webhook/1.0/webhooks", wanted, status=201
        )

    def _body(self, desk: Desk) -> JsonValue:
        desk.sandbox.drain()
        body: JsonValue = json.loads(desk.delivered[0].body)
        return body

    def test_the_secret_of_the_configuration_signs(self, desk: Desk) -> None:
        made = self._register(desk, configuration={"SECRET": "hush", "EXCLUDE_BODY": "false"})
        assert "hush" not in json.dumps(made)
        desk.call("PUT", "/issue/ENG-1", {"fields": {"summary": "Changed"}}, status=204)
        assert at(self._body(desk), "issue", "key") == "ENG-1"
        wanted = hmac.new(b"hush", desk.delivered[0].body, hashlib.sha256).hexdigest()
        assert desk.delivered[0].headers["x-hub-signature"] == f"sha256={wanted}"

    def test_a_secret_in_another_place_is_lost_without_a_word(self, desk: Desk) -> None:
        self._register(desk, secret="hush")
        desk.call("PUT", "/issue/ENG-1", {"fields": {"summary": "Changed"}}, status=204)
        self._body(desk)
        assert "x-hub-signature" not in desk.delivered[0].headers

    def test_the_filter_of_the_configuration_chooses(self, desk: Desk) -> None:
        chosen = json.dumps({"issue-related-events-section": "project = OPS"})
        made = self._register(desk, configuration={"FILTERS": chosen})
        for key in ("ENG-1", "OPS-1"):
            desk.call("PUT", f"/issue/{key}", {"fields": {"summary": "Changed"}}, status=204)
        assert at(self._body(desk), "issue", "key") == "OPS-1"
        address = f"{desk.service.base_url}/rest/jira-webhook/1.0/webhooks"
        assert [at(row, "id") for row in rows(desk.call("GET", address))] == [at(made, "id")]
        desk.call("DELETE", f"{address}/{at(made, 'id')}", status=204)
        assert rows(desk.call("GET", address)) == []

    def test_what_is_told_of_a_comment_names_its_issue_in_its_address_alone(self, desk: Desk) -> None:
        self._register(desk)
        desk.call("POST", "/issue/ENG-1/comment", {"body": "Hello"}, status=201)
        body = self._body(desk)
        assert isinstance(body, dict)
        assert "issue" not in body
        assert f"/issue/{desk.id('ENG-1')}/comment/" in str(at(body, "comment", "self"))

    def test_only_administrators_keep_them(self, desk: Desk) -> None:
        desk.service.site.rights.discard("ADMINISTER")
        refused = desk.call("GET", f"{desk.service.base_url}/rest/jira-webhook/1.0/webhooks", status=403)
        assert "admin permissions" in str(refused)
