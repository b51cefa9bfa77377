"""Search and GraphQL of the emulated GitHub: an index that lags, results that end, errors in a 200."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from sandbox.credentials import TOKEN
from sandbox.github import GitHubService
from sandbox.server import Sandbox
from tests.sandbox.test_github import company
from tests.sandbox.test_github_apps import token

PLACE = "repo:northwind/app"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox([GitHubService])
    made.service(GitHubService).seed(company(issues=6))
    made.clock.freeze()
    with made.running():
        yield made


@pytest.fixture
def service(sandbox: Sandbox) -> GitHubService:
    return sandbox.service(GitHubService)


@pytest.fixture
def client(service: GitHubService) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}", "User-Agent": "test"}
    with httpx.Client(base_url=service.base_url, headers=headers) as made:
        yield made


def found(client: httpx.Client, query: str) -> list[str]:
    answer = client.get("/search/issues", params={"q": query}).raise_for_status().json()
    return [item["title"] for item in answer["items"]]


def test_search_knows_words_states_labels_and_authors(client: httpx.Client) -> None:
    assert found(client, f'{PLACE} "issue 4"') == ["Issue 4"]
    assert found(client, f"{PLACE} is:issue state:closed") == ["Issue 6", "Issue 3"]
    assert found(client, f"{PLACE} label:bug is:open") == ["Issue 5", "Issue 1"]
    assert found(client, f"{PLACE} author:stranger7 is:open") == ["Issue 4", "Issue 2"]


def test_search_lags_behind_writes(sandbox: Sandbox, service: GitHubService, client: httpx.Client) -> None:
    first = service.state.issues[min(service.state.issues)]
    assert found(client, f"{PLACE} is:closed") == ["Issue 6", "Issue 3"]
    client.post("/repos/northwind/app/issues", json={"title": "New one"}).raise_for_status()
    sandbox.call(lambda: service.person_sets(str(first.id), status="closed"))
    assert found(client, f"{PLACE} new") == []
    assert found(client, f"{PLACE} is:closed") == ["Issue 6", "Issue 3"]
    sandbox.clock.advance(service.searches.lag.total_seconds())
    assert found(client, f"{PLACE} new") == ["New one"]
    assert found(client, f"{PLACE} is:closed") == ["Issue 6", "Issue 3", "Issue 1"]


def test_a_search_gives_a_thousand_results_at_most_and_says_how_many_there_are(
    service: GitHubService, client: httpx.Client
) -> None:
    repository = service.state.repository("northwind/app")
    assert repository
    for number in range(1_001):
        service.state.put_issue(
            repository,
            title=f"Many {number}",
            body=None,
            user=None,
            created=service.clock.now() - timedelta(1),
        )
    tenth = client.get("/search/issues", params={"q": f"{PLACE} many", "per_page": 100, "page": 10})
    assert tenth.json()["total_count"] == 1_001
    assert len(tenth.json()["items"]) == 100
    assert 'rel="next"' not in tenth.headers["link"]
    beyond = client.get("/search/issues", params={"q": f"{PLACE} many", "per_page": 100, "page": 11})
    assert (beyond.status_code, beyond.json()["message"]) == (
        422,
        "Only the first 1000 search results are available",
    )


def test_a_search_that_ran_out_of_time_says_that_it_is_incomplete(
    service: GitHubService, client: httpx.Client
) -> None:
    service.searches.times_out = True
    answer = client.get("/search/issues", params={"q": PLACE}).json()
    assert answer["incomplete_results"] is True
    assert len(answer["items"]) < answer["total_count"]


def test_thirty_searches_a_minute(sandbox: Sandbox, client: httpx.Client) -> None:
    for _ in range(30):
        assert client.get("/search/issues", params={"q": PLACE}).status_code == 200
    refused = client.get("/search/issues", params={"q": PLACE})
    assert refused.status_code == 403
    assert refused.headers["x-ratelimit-resource"] == "search"
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert client.get("/repos/northwind/app").status_code == 200
    sandbox.clock.advance(60)
    assert client.get("/search/issues", params={"q": PLACE}).status_code == 200


@pytest.mark.parametrize(
    "query", ["", "x" * 257, "a OR b OR c OR d OR e OR f OR g", "repo:northwind/secret x"]
)
def test_what_cannot_be_searched_is_422(client: httpx.Client, query: str) -> None:
    refused = client.get("/search/issues", params={"q": query})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "q"


def test_an_app_has_to_say_whether_it_wants_issues(sandbox: Sandbox, service: GitHubService) -> None:
    installation = sandbox.call(lambda: service.install_app({"issues": "read", "metadata": "read"}))
    with httpx.Client(base_url=service.base_url, headers={"User-Agent": "test"}) as client:
        client.headers.update(token(sandbox, installation, client))
        assert client.get("/search/issues", params={"q": PLACE}).status_code == 422
        assert found(client, f"{PLACE} is:issue is:closed") == ["Issue 6", "Issue 3"]


def test_graphql_answers_200_with_errors(service: GitHubService, client: httpx.Client) -> None:
    query = {"query": "{ viewer { login } rateLimit { cost remaining } }"}
    answer = client.post("/graphql", json=query).json()["data"]
    assert answer == {"viewer": {"login": "loopwright"}, "rateLimit": {"cost": 1, "remaining": 4999}}
    service.limits.windows["graphql"].used = 5000
    refused = client.post("/graphql", json=query)
    assert refused.status_code == 200
    assert refused.json()["errors"][0]["type"] == "RATE_LIMITED"
    assert client.get("/user").status_code == 200
