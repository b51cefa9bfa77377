"""What a repository of the emulated GitHub publishes: releases, and files with their history."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator

import httpx
import pytest

from sandbox.credentials import TOKEN
from sandbox.github import GitHubService
from sandbox.server import Sandbox
from tests.sandbox.test_github import APP, company
from tests.sandbox.test_github_webhooks import Receiver

HOOK = {"name": "web", "events": ["push", "release"]}


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox([GitHubService])
    made.service(GitHubService).seed(company(issues=1))
    return made


@pytest.fixture
def receiver(sandbox: Sandbox) -> Iterator[Receiver]:
    made = Receiver(sandbox)
    with sandbox.running():
        yield made


@pytest.fixture
def client(sandbox: Sandbox, receiver: Receiver) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}", "User-Agent": "test"}
    with httpx.Client(base_url=sandbox.service(GitHubService).base_url, headers=headers) as made:
        hook = {**HOOK, "config": {"url": receiver.url, "content_type": "json", "secret": "s"}}
        made.post(f"{APP}/hooks", json=hook).raise_for_status()
        yield made


def put(client: httpx.Client, path: str, content: str, **more: str) -> httpx.Response:
    body = {"message": f"Write {path}", "content": base64.b64encode(content.encode()).decode(), **more}
    return client.put(f"{APP}/contents/{path}", json=body)


def test_a_release_from_draft_to_deletion(client: httpx.Client) -> None:
    made = client.post(f"{APP}/releases", json={"tag_name": "v1", "name": "One", "draft": True})
    assert (made.status_code, made.json()["published_at"]) == (201, None)
    path = f"{APP}/releases/{made.json()['id']}"
    assert client.get(f"{APP}/releases/latest").status_code == 404
    assert client.get(f"{APP}/releases/tags/v1").status_code == 404
    published = client.patch(path, json={"draft": False, "body": "New."}).json()
    assert (published["draft"], published["body"]) == (False, "New.")
    assert client.get(f"{APP}/releases/latest").json() == published
    assert client.get(f"{APP}/releases/tags/v1").json() == published
    assert client.post(f"{APP}/releases", json={"tag_name": "v1"}).status_code == 422
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_drafts_are_seen_by_those_who_may_write(sandbox: Sandbox, client: httpx.Client) -> None:
    client.post(f"{APP}/releases", json={"tag_name": "v1", "draft": True}).raise_for_status()
    assert len(client.get(f"{APP}/releases").json()) == 1
    repository = sandbox.service(GitHubService).state.repository("northwind/app")
    assert repository
    repository.access = "read"
    assert client.get(f"{APP}/releases").json() == []
    assert client.post(f"{APP}/releases", json={"tag_name": "v2"}).status_code == 403


def test_what_webhooks_tell_of_releases(sandbox: Sandbox, client: httpx.Client, receiver: Receiver) -> None:
    made = client.post(f"{APP}/releases", json={"tag_name": "v1", "draft": True, "prerelease": True}).json()
    path = f"{APP}/releases/{made['id']}"
    client.patch(path, json={"draft": False}).raise_for_status()
    client.patch(path, json={"prerelease": False, "name": "One"}).raise_for_status()
    client.delete(path).raise_for_status()
    sandbox.drain()
    actions = ["created", "deleted", "edited", "prereleased", "published", "released"]
    assert receiver.events() == ["ping", *(f"release.{action}" for action in actions)]
    assert receiver.payload("release.edited")["changes"] == {"name": {"from": ""}}


def test_a_file_is_written_only_by_who_knows_what_it_replaces(client: httpx.Client) -> None:
    made = put(client, "docs/a.md", "One\n")
    assert made.status_code == 201
    sha = made.json()["content"]["sha"]
    assert sha == hashlib.sha1(b"blob 4\0One\n", usedforsecurity=False).hexdigest()
    assert put(client, "docs/a.md", "Two\n").status_code == 422
    assert put(client, "docs/a.md", "Two\n", sha="0" * 40).status_code == 409
    assert put(client, "docs/a.md", "Two\n", sha=sha).status_code == 200
    read = client.get(f"{APP}/contents/docs/a.md").json()
    assert base64.b64decode(read["content"]) == b"Two\n"
    assert client.get(f"{APP}/git/blobs/{sha}").json()["size"] == 4


def test_a_tree_is_known_by_a_hash_that_tells_whether_anything_changed(client: httpx.Client) -> None:
    assert client.get(f"{APP}/git/trees/main").status_code == 409
    put(client, "README.md", "# App\n").raise_for_status()
    before = client.get(f"{APP}/git/trees/main", params={"recursive": 1})
    made = put(client, "docs/a.md", "One\n").json()["content"]
    after = client.get(f"{APP}/git/trees/main", params={"recursive": 1}).json()
    assert after["sha"] != before.json()["sha"]
    assert [(row["path"], row["type"]) for row in after["tree"]] == [
        ("docs", "tree"),
        ("README.md", "blob"),
        ("docs/a.md", "blob"),
    ]
    shallow = client.get(f"{APP}/git/trees/main").json()["tree"]
    assert [row["path"] for row in shallow] == ["docs", "README.md"]
    body = {"message": "Away", "sha": made["sha"]}
    client.request("DELETE", f"{APP}/contents/docs/a.md", json=body).raise_for_status()
    again = {"If-None-Match": before.headers["etag"]}
    unchanged = client.get(f"{APP}/git/trees/main", params={"recursive": 1}, headers=again)
    assert unchanged.status_code == 304
    kept = client.get(f"{APP}/git/trees/{after['sha']}", params={"recursive": 1}).json()
    assert kept == after, "a tree stays what it was"


def test_commits_of_a_path_are_its_history(client: httpx.Client) -> None:
    first = put(client, "docs/a.md", "One\n").json()
    put(client, "README.md", "# App\n").raise_for_status()
    second = put(client, "docs/a.md", "Two\n", sha=first["content"]["sha"]).json()
    commits = client.get(f"{APP}/commits", params={"path": "docs/a.md"}).json()
    assert [commit["sha"] for commit in commits] == [second["commit"]["sha"], first["commit"]["sha"]]
    assert len(client.get(f"{APP}/commits", params={"path": "docs"}).json()) == 2
    assert len(client.get(f"{APP}/commits").json()) == 3


def test_folders_and_the_readme(client: httpx.Client) -> None:
    put(client, "README.md", "# App\n").raise_for_status()
    put(client, "docs/guides/b.md", "B\n").raise_for_status()
    put(client, "docs/a.md", "A\n").raise_for_status()
    listed = client.get(f"{APP}/contents/docs").json()
    assert sorted((row["name"], row["type"]) for row in listed) == [("a.md", "file"), ("guides", "dir")]
    assert client.get(f"{APP}/readme").json()["path"] == "README.md"
    assert client.get(f"{APP}/contents/nothing.md").status_code == 404


def test_a_push_is_told_with_the_files_that_it_touched(
    sandbox: Sandbox, client: httpx.Client, receiver: Receiver
) -> None:
    made = put(client, "docs/a.md", "One\n").json()
    put(client, "docs/a.md", "Two\n", sha=made["content"]["sha"]).raise_for_status()
    sandbox.drain()
    pushes = [
        json.loads(body) for headers, body in receiver.deliveries if headers["x-github-event"] == "push"
    ]
    told = {push["before"]: push["head_commit"] for push in pushes}
    assert told["0" * 40]["added"] == ["docs/a.md"]
    assert told[made["commit"]["sha"]]["modified"] == ["docs/a.md"]
