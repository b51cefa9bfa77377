"""What the contracts find wrong in an exchange, and what they leave alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from pydantic import JsonValue

from tests.contracts.judgement import Exchange, judge, judge_delivery
from tests.contracts.vendors import ABSENT, EXPECTED, UNDESCRIBED, available

pytestmark = pytest.mark.skipif(not available(), reason=ABSENT)

OURS = {"user-agent": "Loopwright", "content-type": "application/json"}
JSON = "application/json; charset=utf-8"


def exchange(
    service: str,
    request: str,
    body: JsonValue = None,
    *,
    status: int = 200,
    answer: JsonValue = None,
    query: str = "",
) -> Exchange:
    method, path = request.split()
    sent = b"" if body is None else json.dumps(body).encode()
    return Exchange(service, method, path, query, OURS, sent, status, JSON, json.dumps(answer).encode())


def found(seen: Exchange) -> list[tuple[str, str]]:
    return [(violation.side, violation.pointer) for violation in judge(seen)[1]]


TAG = "PUT /api/v2/tickets/1/tags"
BRANDS: JsonValue = {"brands": [{"name": "Northwind", "subdomain": "northwind"}]}


def test_a_good_exchange_is_named_and_left_alone() -> None:
    operation, violations = judge(exchange("zendesk", "GET /api/v2/brands.json", answer=BRANDS))
    assert operation is not None
    assert (operation.id, violations) == ("ListBrands", [])


def test_a_wrong_answer_is_caught_where_it_is_wrong() -> None:
    wrong: JsonValue = {"brands": [{"name": 7, "subdomain": "northwind"}, {"name": "East"}]}
    seen = exchange("zendesk", "GET /api/v2/brands", answer=wrong)
    assert found(seen) == [("answer", "/brands/*/name"), ("answer", "/brands/*/subdomain")]


def test_a_wrong_body_is_caught() -> None:
    seen = exchange("jira", "POST /rest/api/3/search/jql", {"jql": "x", "limit": 5}, answer={"issues": []})
    assert found(seen) == [("request", "/limit")]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("maxResults=many", "maxResults"),
        ("maxresults=5", "maxresults"),
        ("maxResults=5", None),
        ("keys=A,B", None),
    ],
)
def test_a_wrong_parameter_is_caught(query: str, wrong: str | None) -> None:
    page: JsonValue = {"values": []}
    seen = exchange("jira", "GET /rest/api/3/project/search", answer=page, query=query)
    assert found(seen) == ([("request", wrong)] if wrong else [])


def test_what_tests_ask_wrongly_is_not_judged() -> None:
    wrong = exchange("jira", "POST /rest/api/3/search/jql", {"limit": 5}, answer={"issues": []})
    assert found(replace(wrong, headers={"user-agent": "test"})) == []
    assert found(replace(wrong, status=400, answer=b'{"errorMessages": ["no"]}')) == []


def test_an_operation_that_the_vendor_does_not_have_is_caught() -> None:
    invented = exchange("notion", "GET /v1/pages", answer={})
    assert found(invented) == [("request", "")]
    assert found(replace(invented, headers={})) == [("answer", "")]
    assert found(replace(invented, headers={}, status=404)) == []


def test_a_status_that_the_vendor_does_not_send_is_caught() -> None:
    assert found(exchange("zendesk", "GET /api/v2/brands", status=202, answer=BRANDS)) == [("answer", "")]


@pytest.mark.parametrize(
    ("service", "request_line", "body"),
    [
        ("zendesk", "GET /api/v2/brands", {"message": "no"}),
        ("jira", "GET /rest/api/3/field", {"error": "no"}),
        ("github", "GET /repos/a/b/labels", {"error": "no"}),
        ("notion", "GET /v1/users", {"object": "error", "message": "no"}),
    ],
)
def test_an_error_has_the_vendors_form(service: str, request_line: str, body: JsonValue) -> None:
    wrong = exchange(service, request_line, status=418, answer=body)
    assert {side for side, _ in found(replace(wrong, headers={}))} == {"answer"}
    assert found(replace(wrong, headers={}, media="text/html", answer=b"<h1>no</h1>")) == []


def test_a_304_answers_a_condition() -> None:
    seen = replace(exchange("github", "GET /repos/a/b/issues", status=304), answer=b"")
    assert found(seen) == [("answer", "")]
    assert found(replace(seen, headers={**OURS, "if-none-match": '"x"'})) == []


def test_githubs_second_way_to_a_repository_is_the_same_operation() -> None:
    operation, _ = judge(exchange("github", "GET /repositories/7/issues", answer=[]))
    assert str(operation) == "GET /repos/{owner}/{repo}/issues"


def test_a_wrong_webhook_is_caught() -> None:
    headers = {"X-GitHub-Event": "ping", "Content-Type": "application/json"}
    wrong = judge_delivery(headers, b'{"zen": 5, "hook_id": 1}')
    assert ("webhook", "/zen") in [(violation.side, violation.pointer) for violation in wrong]
    assert (
        judge_delivery({**headers, "X-GitHub-Event": "gossip"}, b"{}")[0].what
        == "the contract knows no webhook gossip"
    )


def test_every_exception_says_why() -> None:
    reasons = [reason for known in UNDESCRIBED.values() for reason in known.values()]
    reasons += [reason for known in EXPECTED.values() for reason in known.values()]
    assert all(len(reason.split()) > 1 for reason in reasons)
