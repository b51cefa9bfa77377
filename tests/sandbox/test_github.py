"""The emulated GitHub answers as the real one does: lists, errors, moves, limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sandbox.company import Agent, Company, Post, Report, Repository, RepositoryIssue
from sandbox.credentials import TOKEN
from sandbox.faults import Fault
from sandbox.github import GitHubService
from sandbox.server import Sandbox
from sandbox.service import Conditions

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
APP = "/repos/northwind/app"


def company(issues: int = 45) -> Company:
    return Company(
        name="Northwind",
        agents=(
            Agent("Ada Lovelace", "ada@northwind.example", "engineer"),
            Agent("Loopwright", "loopwright@northwind.example", "bot"),
        ),
        repositories=(Repository("northwind", "app", True), Repository("northwind", "sdk", False)),
        repository_issues=tuple(
            RepositoryIssue(
                repository="northwind/app",
                title=f"Issue {n}",
                body="It fails.",
                state="closed" if n % 3 == 0 else "open",
                author="Ada Lovelace" if n % 2 else "stranger7",
                created=START + timedelta(hours=n),
                labels=("bug",) if n % 2 else (),
                posts=(Post("Ada Lovelace", START + timedelta(hours=n, minutes=5), "Seen."),),
            )
            for n in range(1, issues + 1)
        ),
    )


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox([GitHubService], conditions=Conditions(limits=False))
    made.service(GitHubService).seed(company())
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


def following(answer: httpx.Response) -> str | None:
    found = re.search(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
    return found[1] if found else None


def test_lists_default_to_thirty_open_rows_newest_first(client: httpx.Client) -> None:
    answer = client.get(f"{APP}/issues")
    rows = answer.json()
    assert len(rows) == 30
    assert {row["state"] for row in rows} == {"open"}
    assert rows[0]["created_at"] > rows[-1]["created_at"]
    assert 'rel="last"' in answer.headers["link"]


def test_following_next_reads_every_row_once_pull_requests_among_them(client: httpx.Client) -> None:
    seen: list[int] = []
    url: str | None = f"{APP}/issues?state=all&sort=updated&direction=asc&per_page=20"
    pulls = 0
    while url:
        answer = client.get(url)
        seen += [row["number"] for row in answer.json()]
        pulls += sum("pull_request" in row for row in answer.json())
        url = following(answer)
    assert sorted(seen) == list(range(1, 48))
    assert pulls == 2


def test_since_compares_the_time_of_update_and_the_epoch_finds_nothing(client: httpx.Client) -> None:
    newest = (START + timedelta(hours=44)).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = client.get(f"{APP}/issues", params={"state": "all", "since": newest}).json()
    assert {row["title"] for row in rows} == {"Issue 44", "Issue 45", "Fix: Issue 40"}
    epoch = client.get(f"{APP}/issues", params={"state": "all", "since": "1970-01-01T00:00:00Z"})
    assert epoch.json() == []


def test_filters_of_the_list(client: httpx.Client) -> None:
    labelled = client.get(f"{APP}/issues", params={"state": "all", "labels": "bug", "per_page": 100}).json()
    assert len(labelled) == 23
    written = client.get(f"{APP}/issues", params={"state": "all", "creator": "stranger7"}).json()
    assert {row["user"]["login"] for row in written} == {"stranger7"}
    assert client.get(f"{APP}/issues", params={"assignee": "*"}).json() == []
    assert client.get(f"{APP}/issues", params={"state": "odd"}).status_code == 422


def test_a_large_list_pages_by_cursor_and_loses_no_row_that_stays(
    sandbox: Sandbox, service: GitHubService, client: httpx.Client
) -> None:
    repository = service.state.repository("northwind/sdk")
    assert repository
    for n in range(10_050):
        moment = START + timedelta(seconds=n)
        service.state.put_issue(repository, title=f"{n}", body=None, user=None, created=moment)
    deep = client.get("/repos/northwind/sdk/issues", params={"state": "all", "per_page": 100, "page": 101})
    assert deep.status_code == 422
    assert "cursor based pagination" in deep.json()["message"]
    first = client.get("/repos/northwind/sdk/issues?state=all&sort=updated&direction=asc&per_page=100")
    url = following(first)
    assert url
    assert "after=" in url
    last = service.state.issues[first.json()[-1]["id"]]
    sandbox.call(lambda: service.person_sets(str(last.id), add_label="moved to the tail"))
    second = client.get(url).json()
    assert second[0]["title"] == "100"


def test_an_unchanged_list_is_304_and_the_tag_belongs_to_the_token(client: httpx.Client) -> None:
    answer = client.get(f"{APP}/issues")
    tag = answer.headers["etag"]
    again = client.get(f"{APP}/issues", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.content == b""
    other = client.get(f"{APP}/issues", headers={"If-None-Match": tag, "Authorization": f"token {TOKEN}"})
    assert other.status_code == 200
    client.post(f"{APP}/issues", json={"title": "New"})
    assert client.get(f"{APP}/issues", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "message"),
    [
        ("GET", "/user", {"Authorization": "Bearer wrong"}, 401, "Bad credentials"),
        ("GET", "/user", {"Authorization": ""}, 401, "Requires authentication"),
        ("POST", "/repos/northwind/sdk/issues", {"Authorization": ""}, 401, "Requires authentication"),
        ("GET", APP, {"Authorization": ""}, 404, "Not Found"),
        ("GET", APP, {"X-GitHub-Api-Version": "2011-01-01"}, 400, "is not supported"),
        ("GET", APP, {"User-Agent": ""}, 403, "User-Agent"),
        ("GET", f"{APP}/", {}, 404, "Not Found"),
        ("GET", f"{APP}/issues/999", {}, 404, "Not Found"),
        ("GET", "/repos/northwind/none/issues", {}, 404, "Not Found"),
        ("GET", "/nowhere", {}, 404, "Not Found"),
    ],
)
def test_refusals(
    client: httpx.Client, method: str, path: str, headers: dict[str, str], status: int, message: str
) -> None:
    answer = client.request(method, path, headers=headers)
    assert answer.status_code == status
    assert message in answer.json()["message"]
    assert answer.json()["documentation_url"].startswith("https://docs.github.com/")


def test_a_public_repository_is_open_to_everybody(client: httpx.Client) -> None:
    assert client.get("/repos/northwind/sdk/issues", headers={"Authorization": ""}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "title", "missing_field"),
        ({"title": "x" * 1025}, "title", "custom"),
        ({"title": "t", "body": "x" * 65_537}, "body", "custom"),
        ({"title": "t", "labels": ["x" * 51]}, "name", "custom"),
        ({"title": "t", "assignees": ["nobody"]}, "assignees", "invalid"),
        ({"title": "t", "milestone": 9}, "milestone", "invalid"),
        ({"title": "t", "type": "Saga"}, "type", "invalid"),
    ],
)
def test_validation_names_the_field(
    client: httpx.Client, body: dict[str, object], field: str, code: str
) -> None:
    answer = client.post(f"{APP}/issues", json=body)
    assert answer.status_code == 422
    assert answer.json()["message"] == "Validation Failed"
    error = answer.json()["errors"][0]
    assert (error["field"], error["code"]) == (field, code)


def test_bodies_that_are_no_json_objects(client: httpx.Client) -> None:
    assert client.post(f"{APP}/issues", content=b"{").json()["message"] == "Problems parsing JSON"
    answer = client.post(f"{APP}/issues", content=b'"text"')
    assert answer.json()["message"] == "Body should be a JSON object"
    assert client.post(f"{APP}/issues", json={"title": ["x"]}).status_code == 422


def test_an_issue_through_its_life(client: httpx.Client) -> None:
    made = client.post(
        f"{APP}/issues",
        json={"title": "Export fails", "labels": ["New one"], "assignees": ["ada-lovelace"], "type": "bug"},
    )
    assert made.status_code == 201
    issue = made.json()
    assert issue["user"]["login"] == "loopwright"
    assert issue["labels"][0]["name"] == "New one"
    assert issue["type"]["name"] == "Bug"
    url = issue["url"]
    assert client.post(f"{url}/labels", json={"labels": ["bug", "NEW ONE"]}).status_code == 200
    assert [label["name"] for label in client.delete(f"{url}/labels/new one").json()] == ["bug"]
    assert client.delete(f"{url}/labels/none").status_code == 404
    comment = client.post(f"{url}/comments", json={"body": "First"})
    assert comment.status_code == 201
    assert client.patch(comment.json()["url"], json={"body": "Second"}).json()["body"] == "Second"
    closed = client.patch(url, json={"state": "closed", "state_reason": "not_planned"}).json()
    assert (closed["state"], closed["state_reason"]) == ("closed", "not_planned")
    assert closed["closed_by"]["login"] == "loopwright"
    assert closed["comments"] == 1
    opened = client.patch(url, json={"state": "open"}).json()
    assert (opened["state_reason"], opened["closed_at"]) == ("reopened", None)
    assert client.delete(comment.json()["url"]).status_code == 204
    assert client.get(url).json()["comments"] == 0


def test_reactions_neither_repeat_nor_move_the_time_of_update(client: httpx.Client) -> None:
    before = client.get(f"{APP}/issues/1").json()
    assert client.post(f"{APP}/issues/1/reactions", json={"content": "+1"}).status_code == 201
    assert client.post(f"{APP}/issues/1/reactions", json={"content": "+1"}).status_code == 200
    after = client.get(f"{APP}/issues/1").json()
    assert after["reactions"]["total_count"] == after["reactions"]["+1"] == 1
    assert after["updated_at"] == before["updated_at"]


def test_a_transferred_issue_redirects_and_a_deleted_one_is_gone(
    sandbox: Sandbox, service: GitHubService, client: httpx.Client
) -> None:
    issue = client.get(f"{APP}/issues/1").json()
    there = sandbox.call(lambda: service.person_transfers(str(issue["id"]), "northwind/sdk"))
    answer = client.get(f"{APP}/issues/1/comments?per_page=5")
    assert answer.status_code == 301
    assert answer.headers["location"].endswith("/comments?per_page=5")
    moved = client.get(f"{APP}/issues/1", follow_redirects=True).json()
    assert str(moved["id"]) == there != str(issue["id"])
    assert moved["comments"] == 1
    other = client.get(f"{APP}/issues/2").json()
    sandbox.call(lambda: service.person_deletes(str(other["id"])))
    assert client.get(f"{APP}/issues/2").status_code == 410


def test_a_renamed_repository_redirects_with_the_query(
    sandbox: Sandbox, service: GitHubService, client: httpx.Client
) -> None:
    sandbox.call(lambda: service.person_renames("northwind/app", "core"))
    read = client.get(f"{APP}/issues?state=all&per_page=2")
    assert read.status_code == 301
    assert "state=all" in read.headers["location"]
    assert len(client.get(read.headers["location"]).json()) == 2
    assert client.post(f"{APP}/issues", json={"title": "t"}).status_code == 307


def test_labels_and_assignees_are_dropped_without_a_word_by_those_who_may_not_push(
    service: GitHubService, client: httpx.Client
) -> None:
    repository = service.state.repository("northwind/app")
    assert repository
    repository.access = "read"
    wanted = {"title": "t", "labels": ["bug"], "assignees": ["ada-lovelace"]}
    made = client.post(f"{APP}/issues", json=wanted)
    assert (made.status_code, made.json()["labels"], made.json()["assignees"]) == (201, [], [])
    patched = client.patch(f"{made.json()['url']}", json={**wanted, "title": "u"})
    assert (patched.status_code, patched.json()["title"], patched.json()["labels"]) == (200, "u", [])
    answer = client.post(f"{APP}/issues/1/labels", json={"labels": ["bug"]})
    assert answer.status_code == 403
    assert answer.json()["message"] == "Resource not accessible by personal access token"


def test_what_may_not_be_seen_is_404(service: GitHubService, client: httpx.Client) -> None:
    repository = service.state.repository("northwind/app")
    assert repository
    repository.access = "none"
    for path in ("", "/issues", "/issues/1", "/issues/comments", "/hooks"):
        assert client.get(APP + path).json()["message"] == "Not Found"


def test_an_archived_repository_is_read_only_and_one_without_issues_is_410(
    service: GitHubService, client: httpx.Client
) -> None:
    repository = service.state.repository("northwind/app")
    assert repository
    repository.archived = True
    assert client.patch(f"{APP}/issues/1", json={"title": "t"}).status_code == 403
    assert client.get(f"{APP}/issues/1").status_code == 200
    repository.archived, repository.has_issues = False, False
    assert client.get(f"{APP}/issues").status_code == 410
    assert client.post(f"{APP}/issues", json={"title": "t"}).status_code == 410


def test_a_post_that_was_answered_with_a_time_out_is_saved_and_repeating_it_makes_a_second_issue(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    sandbox.faults["github"].active.append(Fault("gateway_timeout", "POST"))
    wanted = {"title": "Once?", "body": "x"}
    assert client.post(f"{APP}/issues", json=wanted).status_code in (502, 504)
    assert client.post(f"{APP}/issues", json=wanted).status_code == 201
    rows = client.get(f"{APP}/issues", params={"per_page": 2}).json()
    assert [row["title"] for row in rows] == ["Once?", "Once?"]


def test_repository_routes(client: httpx.Client) -> None:
    assert client.get(APP).json()["private"] is True
    assert client.get("/user").json()["login"] == "loopwright"
    ada = client.get("/users/Ada-Lovelace").json()
    assert client.get(f"/user/{ada['id']}").json()["login"] == "ada-lovelace"
    assert client.get(f"{APP}/assignees/ada-lovelace").status_code == 204
    assert client.get(f"{APP}/assignees/stranger7").status_code == 404
    assert "ada-lovelace" in [user["login"] for user in client.get(f"{APP}/assignees").json()]
    assert client.post(f"{APP}/labels", json={"name": "Bug"}).json()["errors"][0]["code"] == "already_exists"
    assert client.post(f"{APP}/labels", json={"name": "a b", "color": "#ff0000"}).status_code == 201
    assert client.get(f"{APP}/labels/a b").json()["color"] == "ff0000"
    stone = client.post(f"{APP}/milestones", json={"title": "1.0"}).json()
    client.patch(f"{APP}/issues/1", json={"milestone": stone["number"]})
    assert client.get(f"{APP}/milestones").json()[0]["open_issues"] == 1


def test_reports_come_in_as_issues(service: GitHubService, client: httpx.Client) -> None:
    report = Report(
        id="R-1",
        title="Crash",
        body="It crashes.",
        created=START,
        type="Bug",
        priority="Major",
        reporter="Grace Hopper",
        labels=("ui",),
        posts=(Post("Ada Lovelace", START + timedelta(days=1), "Why?"),),
    )
    assert service.load([report], "elsewhere/bugs") == ["elsewhere/bugs#1"]
    issue = client.get("/repos/elsewhere/bugs/issues/1").json()
    assert [label["name"] for label in issue["labels"]] == ["ui", "priority: major"]
    assert issue["type"]["name"] == "Bug"
    assert issue["user"]["login"] == "grace-hopper"
    assert issue["updated_at"] == "2026-03-03T09:00:00Z"


def test_cards_and_what_people_do(sandbox: Sandbox, service: GitHubService) -> None:
    seen: list[str] = []
    service.listeners.append(seen.append)
    made = sandbox.call(lambda: service.person_creates(title="Slow page", body="b", labels=["bug"]))
    sandbox.call(lambda: service.person_comments(made, "Looking.", internal=False))
    sandbox.call(lambda: service.person_sets(made, status="closed", title="Slower", remove_label="bug"))
    card = service.card(made)
    assert card
    assert (card.title, card.status, list(card.labels)) == ("Slower", "closed", [])
    assert [(comment.author, comment.internal) for comment in card.comments] == [("ada-lovelace", True)]
    assert service.cards(limit=1)[0].id == made
    assert service.cards(limit=5, search="slower")[0].key == "northwind/app#48"
    assert set(seen) == {made}
    with pytest.raises(ValueError, match="open or closed"):
        service.person_sets(made, status="done")
    assert service.card("7") is None
