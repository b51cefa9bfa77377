"""What ties issues of the emulated GitHub together: sub-issues and dependencies."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox.credentials import TOKEN
from sandbox.github import GitHubService
from sandbox.github.records import Issue
from sandbox.server import Sandbox
from tests.sandbox.test_github import APP, company


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox([GitHubService])
    made.service(GitHubService).seed(company(issues=6))
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


@pytest.fixture
def issues(service: GitHubService) -> list[Issue]:
    return sorted(service.state.issues.values(), key=lambda issue: issue.number)


def numbers(client: httpx.Client, path: str) -> list[int]:
    return [row["number"] for row in client.get(f"{APP}/issues/{path}").raise_for_status().json()]


def test_sub_issues_are_added_by_id_and_counted_on_both_ends(
    client: httpx.Client, issues: list[Issue]
) -> None:
    for sub in issues[1:3]:
        added = client.post(f"{APP}/issues/1/sub_issues", json={"sub_issue_id": sub.id})
        assert added.status_code == 201
    assert numbers(client, "1/sub_issues") == [2, 3]
    parent = client.get(f"{APP}/issues/1").json()
    assert parent["sub_issues_summary"] == {"total": 2, "completed": 1, "percent_completed": 50}
    assert client.get(f"{APP}/issues/2").json()["parent_issue_url"] == parent["url"]
    assert client.get(f"{APP}/issues/2/parent").json()["number"] == 1
    removed = client.request("DELETE", f"{APP}/issues/1/sub_issue", json={"sub_issue_id": issues[1].id})
    assert removed.status_code == 200
    assert numbers(client, "1/sub_issues") == [3]
    assert client.get(f"{APP}/issues/2/parent").status_code == 404


def test_a_sub_issue_has_one_parent_unless_it_is_replaced(client: httpx.Client, issues: list[Issue]) -> None:
    body = {"sub_issue_id": issues[2].id}
    assert client.post(f"{APP}/issues/1/sub_issues", json=body).status_code == 201
    assert client.post(f"{APP}/issues/1/sub_issues", json=body).status_code == 422
    assert client.post(f"{APP}/issues/2/sub_issues", json=body).status_code == 422
    moved = client.post(f"{APP}/issues/2/sub_issues", json={**body, "replace_parent": True})
    assert moved.status_code == 201
    assert (numbers(client, "1/sub_issues"), numbers(client, "2/sub_issues")) == ([], [3])


def test_dependencies_are_seen_from_both_ends(client: httpx.Client, issues: list[Issue]) -> None:
    path = f"{APP}/issues/1/dependencies/blocked_by"
    assert client.post(path, json={"issue_id": issues[2].id}).status_code == 201
    assert client.post(path, json={"issue_id": issues[2].id}).status_code == 422
    assert numbers(client, "1/dependencies/blocked_by") == [3]
    assert numbers(client, "3/dependencies/blocking") == [1]
    blocked = client.get(f"{APP}/issues/1").json()["issue_dependencies_summary"]
    assert blocked == {"blocked_by": 0, "blocking": 0, "total_blocked_by": 1, "total_blocking": 0}
    assert client.delete(f"{path}/{issues[2].id}").status_code == 200
    assert client.delete(f"{path}/{issues[2].id}").status_code == 404


def test_what_is_no_issue_cannot_be_tied(client: httpx.Client) -> None:
    assert client.post(f"{APP}/issues/1/sub_issues", json={"sub_issue_id": 3}).status_code == 404
    assert client.get(f"{APP}/issues/99/sub_issues").status_code == 404


def test_ties_follow_a_transferred_issue_and_end_with_a_deleted_one(
    sandbox: Sandbox, service: GitHubService, client: httpx.Client, issues: list[Issue]
) -> None:
    for sub in issues[1:3]:
        client.post(f"{APP}/issues/1/sub_issues", json={"sub_issue_id": sub.id}).raise_for_status()
    blocked_by = f"{APP}/issues/1/dependencies/blocked_by"
    client.post(blocked_by, json={"issue_id": issues[1].id}).raise_for_status()
    moved = sandbox.call(lambda: service.person_transfers(str(issues[1].id), "northwind/sdk"))
    assert [str(row["id"]) for row in client.get(blocked_by).json()] == [moved]
    assert client.get("/repos/northwind/sdk/issues/1/parent").json()["number"] == 1
    sandbox.call(lambda: service.person_deletes(moved))
    assert client.get(blocked_by).json() == []
    assert numbers(client, "1/sub_issues") == [3]
