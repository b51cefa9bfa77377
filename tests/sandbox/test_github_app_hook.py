"""The webhook that a GitHub App has of its own: told of every repository, with a log that the App reads."""

from __future__ import annotations

import json

import httpx
import pytest

from sandbox.github import GitHubService
from sandbox.github.apps import Installation
from sandbox.server import Sandbox
from tests.sandbox.test_github_apps import assertion
from tests.sandbox.test_github_webhooks import Receiver, client, receiver, sandbox

__all__ = ["client", "receiver", "sandbox"]

LOG = "/app/hook/deliveries"


@pytest.fixture
def installation(sandbox: Sandbox, receiver: Receiver) -> Installation:
    service = sandbox.service(GitHubService)
    return sandbox.call(lambda: service.install_app({"issues": "write"}, receiver.url))


def test_an_app_is_told_of_every_repository_and_by_which_installation(
    sandbox: Sandbox, client: httpx.Client, receiver: Receiver, installation: Installation
) -> None:
    for name in ("app", "sdk"):
        client.post(f"/repos/northwind/{name}/issues", json={"title": name}).raise_for_status()
    sandbox.drain()
    told = [json.loads(body) for _, body in receiver.deliveries]
    assert {each["repository"]["name"] for each in told} == {"app", "sdk"}
    assert {each["installation"]["id"] for each in told} == {installation.id}
    headers = receiver.deliveries[0][0]
    assert headers["x-github-hook-installation-target-type"] == "integration"
    assert headers["x-github-hook-installation-target-id"] == str(installation.app.id)


def test_an_app_finds_what_was_not_delivered_and_has_it_sent_again(
    sandbox: Sandbox, client: httpx.Client, receiver: Receiver, installation: Installation
) -> None:
    receiver.status = 500
    for number in range(3):
        client.post("/repos/northwind/app/issues", json={"title": f"{number}"}).raise_for_status()
    sandbox.drain()
    receiver.status = 200
    signed = assertion(sandbox, installation)
    first = client.get(LOG, params={"status": "failure", "per_page": 2}, headers=signed)
    second = client.get(first.links["next"]["url"], headers=signed).json()
    assert len(first.json()) + len(second) == 3
    assert {(row["installation_id"], row["event"]) for row in second} == {(installation.id, "issues")}
    answer = client.post(f"{LOG}/{second[0]['id']}/attempts", headers=signed)
    assert answer.status_code == 202
    sandbox.drain()
    assert receiver.deliveries[-1][0]["x-github-delivery"] == second[0]["guid"]
    newest = client.get(LOG, headers=signed).json()[0]
    assert (newest["guid"], newest["redelivery"], newest["status"]) == (second[0]["guid"], True, "OK")
    full = client.get(f"{LOG}/{newest['id']}", headers=signed).json()
    assert full["request"]["payload"]["action"] == "opened"


def test_an_app_without_a_webhook_has_no_log(sandbox: Sandbox, client: httpx.Client) -> None:
    bare = sandbox.call(lambda: sandbox.service(GitHubService).install_app({"issues": "write"}))
    assert client.get(LOG, headers=assertion(sandbox, bare)).status_code == 404
