"""Webhooks of the emulated GitHub: signed, typed, sent once."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import hooks
from sandbox.credentials import TOKEN
from sandbox.faults import Fault
from sandbox.github import GitHubService, webhooks
from sandbox.server import Sandbox
from tests.sandbox.test_github import company

APP = "/repos/northwind/app"


class Receiver:
    """Takes deliveries, and answers with a failure when told to."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.status = 200
        self.answers = True
        self.deliveries: list[tuple[dict[str, str], bytes]] = []
        port = sandbox.mount(Starlette(routes=[Route("/hook", self.take, methods=["POST"])]))
        self.url = f"http://127.0.0.1:{port}/hook"

    async def take(self, request: Request) -> Response:
        self.deliveries.append((dict(request.headers), await request.body()))
        while not self.answers and not await request.is_disconnected():
            await asyncio.sleep(0.01)
        return Response(status_code=self.status)

    def events(self) -> list[str]:
        """What came in, sorted: GitHub promises no order."""
        names = []
        for headers, body in self.deliveries:
            action = json.loads(body).get("action")
            names.append(f"{headers['x-github-event']}.{action}" if action else headers["x-github-event"])
        return sorted(names)

    def payload(self, event: str) -> Any:
        for headers, body in self.deliveries:
            found = json.loads(body)
            if f"{headers['x-github-event']}.{found.get('action')}" == event:
                return found
        raise AssertionError(f"no {event} among {self.events()}")


@pytest.fixture
def sandbox() -> Sandbox:
    made = Sandbox([GitHubService])
    made.service(GitHubService).seed(company(issues=2))
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
        yield made


def hook(receiver: Receiver, **config: str) -> dict[str, object]:
    settings = {"url": receiver.url, "content_type": "json", "secret": "s3cret", **config}
    return {"name": "web", "events": ["issues", "issue_comment"], "config": settings}


def test_a_new_hook_is_pinged_and_signed(sandbox: Sandbox, client: httpx.Client, receiver: Receiver) -> None:
    made = client.post(f"{APP}/hooks", json=hook(receiver))
    assert made.status_code == 201
    assert made.json()["config"]["secret"] == "********"
    sandbox.drain()
    [(headers, body)] = receiver.deliveries
    assert headers["x-github-event"] == "ping"
    assert headers["x-github-hook-id"] == str(made.json()["id"])
    signature = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature-256"] == f"sha256={signature}"
    assert headers["x-hub-signature"] == f"sha1={hmac.new(b's3cret', body, hashlib.sha1).hexdigest()}"
    assert headers["user-agent"].startswith("GitHub-Hookshot/")
    assert json.loads(body)["hook_id"] == made.json()["id"]
    assert client.post(f"{APP}/hooks", json=hook(receiver)).status_code == 422


def test_hooks_are_listed_pinged_and_removed(
    sandbox: Sandbox, client: httpx.Client, receiver: Receiver
) -> None:
    url = client.post(f"{APP}/hooks", json=hook(receiver)).json()["url"]
    assert [found["url"] for found in client.get(f"{APP}/hooks").json()] == [url]
    assert client.post(f"{url}/pings").status_code == 204
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
    client.post(f"{APP}/issues", json={"title": "unheard"})
    sandbox.drain()
    assert receiver.events() == ["ping", "ping"]


def test_writes_by_the_api_are_told_too(sandbox: Sandbox, client: httpx.Client, receiver: Receiver) -> None:
    sandbox.call(lambda: sandbox.service(GitHubService).subscribe(receiver.url))
    url = client.post(f"{APP}/issues", json={"title": "t", "labels": ["bug"]}).json()["url"]
    client.patch(url, json={"title": "t2", "state": "closed"})
    comment = client.post(f"{url}/comments", json={"body": "one"}).json()
    client.patch(comment["url"], json={"body": "two"})
    client.post(f"{url}/reactions", json={"content": "heart"})
    sandbox.drain()
    told = [name for name in receiver.events() if name != "ping"]
    assert told == [
        "issue_comment.created",
        "issue_comment.edited",
        "issues.closed",
        "issues.edited",
        "issues.labeled",
        "issues.opened",
    ]
    edited = receiver.payload("issues.edited")
    assert edited["changes"] == {"title": {"from": "t"}}
    assert edited["sender"]["login"] == "loopwright"
    assert edited["repository"]["full_name"] == "northwind/app"
    assert receiver.payload("issue_comment.edited")["changes"] == {"body": {"from": "one"}}
    assert len({headers["x-github-delivery"] for headers, _ in receiver.deliveries}) == len(
        receiver.deliveries
    )


def test_transfers_tell_both_repositories(sandbox: Sandbox, receiver: Receiver) -> None:
    service = sandbox.service(GitHubService)
    sandbox.call(lambda: service.subscribe(receiver.url))
    old = next(iter(service.state.issues))
    new = sandbox.call(lambda: service.person_transfers(str(old), "northwind/sdk"))
    sandbox.drain()
    assert str(receiver.payload("issues.transferred")["changes"]["new_issue"]["id"]) == new
    opened = receiver.payload("issues.opened")
    assert opened["changes"]["old_issue"]["id"] == old
    assert opened["repository"]["full_name"] == "northwind/sdk"


def test_a_failed_delivery_is_not_repeated(
    sandbox: Sandbox, client: httpx.Client, receiver: Receiver
) -> None:
    receiver.status = 500
    client.post(f"{APP}/hooks", json=hook(receiver))
    sandbox.drain()
    assert len(receiver.deliveries) == 1
    assert sandbox.hooks.failed == 1


def test_no_answer_in_time_is_a_failed_delivery(
    sandbox: Sandbox, client: httpx.Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hooks.PATIENCE == 10
    monkeypatch.setattr(hooks, "PATIENCE", 0.05)
    receiver.answers = False
    url = client.post(f"{APP}/hooks", json=hook(receiver)).json()["deliveries_url"]
    sandbox.drain()
    [logged] = client.get(url).json()
    assert (logged["status"], logged["status_code"]) == ("timed out", 504)


def test_a_redelivery_bears_the_same_id_and_is_signed_anew(
    sandbox: Sandbox, client: httpx.Client, receiver: Receiver
) -> None:
    receiver.status = 500
    url = client.post(f"{APP}/hooks", json=hook(receiver)).json()["deliveries_url"]
    sandbox.drain()
    [failed] = client.get(url, params={"status": "failure"}).json()
    receiver.status = 200
    assert client.post(f"{url}/{failed['id']}/attempts").status_code == 202
    sandbox.drain()
    (first, body), (second, again) = receiver.deliveries
    assert (first["x-github-delivery"], body) == (second["x-github-delivery"], again)
    logged = client.get(url).json()
    assert [(row["guid"], row["redelivery"], row["status"]) for row in logged] == [
        (failed["guid"], True, "OK"),
        (failed["guid"], False, "Invalid HTTP Response"),
    ]


def test_the_log_of_deliveries_goes_back_three_days(
    sandbox: Sandbox, client: httpx.Client, receiver: Receiver
) -> None:
    made = client.post(f"{APP}/hooks", json=hook(receiver)).json()
    sandbox.clock.advance(2 * 86_400)
    client.post(f"{made['url']}/pings")
    sandbox.drain()
    first, second = (row["id"] for row in client.get(made["deliveries_url"]).json()[::-1])
    sandbox.clock.advance(86_400)
    assert [row["id"] for row in client.get(made["deliveries_url"]).json()] == [second]
    assert client.get(f"{made['deliveries_url']}/{first}").status_code == 404
    assert client.post(f"{made['deliveries_url']}/{first}/attempts").status_code == 404


def test_deliveries_may_overtake_one_another(
    sandbox: Sandbox, client: httpx.Client, receiver: Receiver
) -> None:
    client.post(f"{APP}/hooks", json=hook(receiver))
    sandbox.drain()
    receiver.deliveries.clear()
    sandbox.faults["github"].active.append(Fault("out_of_order", "first"))
    for word in ("first", "second"):
        client.post(f"{APP}/issues", json={"title": word})
    sandbox.drain()
    assert [json.loads(body)["issue"]["title"] for _, body in receiver.deliveries] == ["second", "first"]


def test_a_reaction_is_told_to_nobody(sandbox: Sandbox, client: httpx.Client, receiver: Receiver) -> None:
    client.post(f"{APP}/hooks", json={**hook(receiver), "events": ["*"]})
    sandbox.drain()
    assert client.post(f"{APP}/issues/1/reactions", json={"content": "heart"}).status_code == 201
    sandbox.drain()
    assert receiver.events() == ["ping"]


def test_an_edit_tells_what_stood_there_before(
    sandbox: Sandbox, client: httpx.Client, receiver: Receiver
) -> None:
    client.post(f"{APP}/hooks", json=hook(receiver))
    url = client.post(f"{APP}/issues", json={"title": "t", "body": "b"}).json()["url"]
    client.patch(url, json={"title": "t2", "body": "b2"})
    sandbox.drain()
    assert receiver.payload("issues.edited")["changes"] == {"title": {"from": "t"}, "body": {"from": "b"}}


def test_what_is_too_large_is_not_sent(
    sandbox: Sandbox, client: httpx.Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert webhooks.LARGEST == 25_000_000
    client.post(f"{APP}/hooks", json=hook(receiver))
    sandbox.drain()
    monkeypatch.setattr(webhooks, "LARGEST", 9_000)
    client.post(f"{APP}/issues", json={"title": "large", "body": "x" * 9_000})
    client.post(f"{APP}/issues", json={"title": "small"})
    sandbox.drain()
    assert [json.loads(body)["issue"]["title"] for _, body in receiver.deliveries[1:]] == ["small"]


def test_a_form_is_signed_as_it_is_sent(sandbox: Sandbox, client: httpx.Client, receiver: Receiver) -> None:
    client.post(f"{APP}/hooks", json=hook(receiver, content_type="form"))
    sandbox.drain()
    [(headers, body)] = receiver.deliveries
    signature = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature-256"] == f"sha256={signature}"
    assert "zen" in json.loads(parse_qs(body.decode())["payload"][0])
