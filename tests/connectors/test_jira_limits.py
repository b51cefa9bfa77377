"""The limits that Jira documents, and what its answers tell of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.errors import RateLimited
from connectors.jira.limits import endpoint, points_of, standings, stated
from connectors.limits import Standing
from connectors.model import Patch, Ref
from connectors.protocol import OpenGate
from tests.conformance.jira_world import jira_site

API = "/rest/api/3"
NOW = datetime(2026, 1, 5, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "route"),
    [
        (f"{API}/issue/10042/comment/7", "issue/*/comment/*"),
        (f"{API}/issue/ENG-12", "issue/*"),
        ("/ex/jira/5ca1ab1e-0000/rest/api/3/project/ENG/versions", "project/*/versions"),
        (f"{API}/project/search", "project/search"),
        (f"{API}/issue/1/properties/loopwright", "issue/*/properties/*"),
        ("/rest/webhooks/1.0/webhook/3", "webhooks/*/webhook/*"),
        (f"{API}/search/jql", "search/jql"),
    ],
)
def test_paths_of_one_route_share_a_bucket(path: str, route: str) -> None:
    assert endpoint(path) == route


def _counting(method: str, path: str) -> dict[str, str]:
    buckets = {limit.name: limit.bucket(method, API + path) for limit in stated(app=False)}
    return {name: bucket for name, bucket in buckets.items() if bucket is not None}


def test_each_request_counts_in_the_bucket_of_its_route_and_its_issue() -> None:
    assert _counting("GET", "/issue/7") == {"burst of GET issue/*": ""}
    assert _counting("POST", "/search/jql") == {"burst of POST": "search/jql"}
    assert _counting("PUT", "/issue/7/comment/8") == {
        "burst of PUT": "issue/*/comment/*",
        "writes to an issue in 2 s": "7",
        "writes to an issue in 30 s": "7",
    }
    assert _counting("POST", "/issue/bulk") == {"burst of POST": "issue/bulk"}
    assert _counting("POST", "/issue") == {"burst of POST": "issue"}


def test_what_goes_to_other_hosts_counts_nowhere() -> None:
    for method, path in (("GET", "/media/4e1b"), ("POST", "/oauth/token")):
        assert [limit.bucket(method, path) for limit in stated(app=True)] == [None] * len(stated(app=True))


def test_what_a_request_costs_an_app_at_most() -> None:
    assert points_of("POST", f"{API}/search/jql") == 101
    assert points_of("POST", f"{API}/issue/bulk") == 50
    assert points_of("PUT", f"{API}/issue/7") == 1
    assert points_of("GET", f"{API}/issue/7") == 2
    assert points_of("GET", f"{API}/issue/7/comment") == 101


@pytest.mark.parametrize(
    ("method", "path", "headers", "told"),
    [
        ("GET", "/myself", {"limit": "100"}, Standing("burst of GET", 40, 1, "myself")),
        ("GET", "/issue/7", {"limit": "150"}, Standing("burst of GET issue/*", 40, 1)),
        (
            "PUT",
            "/issue/7",
            {"limit": "20", "reason": "jira-per-issue-on-write"},
            Standing("writes to an issue in 2 s", 40, 1, "7"),
        ),
        (
            "GET",
            "/issue/7",
            {"limit": "65000", "reason": "jira-quota-global-based"},
            Standing("points", 40, 1),
        ),
    ],
)
def test_headers_tell_how_a_limit_stands(
    method: str, path: str, headers: dict[str, str], told: Standing
) -> None:
    sent = {
        "X-RateLimit-Limit": headers["limit"],
        "X-RateLimit-Remaining": "40",
        "X-RateLimit-Reset": "2026-01-05T10:00:01Z",
    }
    if "reason" in headers:
        sent["RateLimit-Reason"] = headers["reason"]
    assert list(standings(method, API + path, sent, NOW)) == [told]


def test_answers_without_such_headers_tell_nothing() -> None:
    assert list(standings("GET", f"{API}/myself", {}, NOW)) == []
    odd = {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "9", "X-RateLimit-Reset": "soon"}
    assert list(standings("GET", f"{API}/myself", odd, NOW)) == []


def test_the_gate_hears_of_every_answer() -> None:
    with jira_site(limits=True) as site:
        gate = OpenGate()
        connector = type(site.connector).open("jira", site.connector._settings, gate)
        ref = Ref(connection="jira", id=site.id("ENG-1"))
        for number in range(20):
            connector.update(ref, Patch(fields={"title": f"Title {number}"}))
        assert len(gate.standings) == len(gate.calls)
        with pytest.raises(RateLimited):
            connector.update(ref, Patch(fields={"title": "One too many"}))
        connector.close()
        assert gate.standings[-1].limit == "writes to an issue in 2 s"
        assert (gate.standings[-1].left, gate.standings[-1].bucket) == (0, ref.id)
