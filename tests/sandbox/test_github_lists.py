"""How the emulated GitHub pages its lists, and what it answers to those who have the answer already."""

from __future__ import annotations

import httpx
import pytest

from sandbox.github import GitHubService, listing
from tests.sandbox.test_github import APP, START, client, following, sandbox, service

__all__ = ["client", "sandbox", "service"]

SDK = "/repos/northwind/sdk"


def fill(service: GitHubService, count: int) -> None:
    repository = service.state.repository("northwind/sdk")
    assert repository
    for number in range(count):
        service.state.put_issue(repository, title=f"{number}", body=None, user=None, created=START)


def test_a_page_has_a_hundred_rows_at_most(service: GitHubService, client: httpx.Client) -> None:
    fill(service, 120)
    answer = client.get(f"{SDK}/issues?per_page=500&direction=asc")
    assert len(answer.json()) == 100
    assert len(client.get(str(following(answer))).json()) == 20


def test_links_lead_forth_and_back_with_the_query_of_the_request(client: httpx.Client) -> None:
    answer = client.get(f"{APP}/issues?state=all&per_page=20&page=2")
    links = {part.split('"')[1]: part.split(">")[0] for part in answer.headers["link"].split(",")}
    assert links.keys() == {"next", "last", "first", "prev"}
    assert all("state=all" in url and "per_page=20" in url for url in links.values())


def test_pages_of_a_large_list_lead_by_cursor_to_every_row(
    service: GitHubService, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.github.door.LARGE", 10)
    fill(service, 25)
    url: str | None = f"{SDK}/issues?state=all&per_page=5&direction=asc"
    seen: list[str] = []
    while url:
        assert "page=5" in url
        answer = client.get(url)
        seen += [row["title"] for row in answer.json()]
        url = following(answer)
        assert url is None or "after=" in url
        assert 'rel="last"' not in answer.headers.get("link", "")
    assert seen == [str(number) for number in range(25)]


def test_strangers_are_refused_deep_pages_from_a_thousand_rows_on(
    service: GitHubService, client: httpx.Client
) -> None:
    fill(service, listing.LARGE_TO_STRANGERS + 50)
    page = f"{SDK}/issues?state=all&per_page=100&page=11"
    assert client.get(page).status_code == 200
    refused = client.get(page, headers={"Authorization": ""})
    assert refused.status_code == 422
    assert "cursor based pagination" in refused.json()["message"]


def test_one_thing_says_when_it_was_changed_last_and_is_304_since_then(client: httpx.Client) -> None:
    for path in (f"{APP}/issues/1", client.get(f"{APP}/issues/1/comments").json()[0]["url"]):
        answer = client.get(path)
        changed = answer.headers["last-modified"]
        assert client.get(path, headers={"If-Modified-Since": changed}).status_code == 304
        both = {"If-Modified-Since": changed, "If-None-Match": 'W/"other"'}
        assert client.get(path, headers=both).status_code == 200, "a tag counts more"
        assert client.get(path, headers={"If-Modified-Since": "nonsense"}).status_code == 200
        client.patch(path, json={"body": "Changed."}).raise_for_status()
        assert client.get(path, headers={"If-Modified-Since": changed}).status_code == 200
