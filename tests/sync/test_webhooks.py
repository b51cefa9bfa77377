"""The daemon's ear over a real socket: what it takes, what it refuses, and what all of that may cost."""

from __future__ import annotations

import logging
import socket
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from connectors.protocol import WebhookRequest
from sync import webhooks
from sync.store import hints
from sync.store.database import Store
from sync.webhooks import Ear, Refusals
from tests.sync.world import World


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


@pytest.fixture
def sender(world: World) -> Iterator[httpx.Client]:
    ear = Ear(world.engine, "127.0.0.1", 0)
    ear.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{ear.port}", trust_env=False, timeout=30) as client:
            yield client
    finally:
        ear.stop()


def delivery(world: World) -> WebhookRequest:
    """What the desk sends when somebody reports something."""
    sent: list[WebhookRequest] = []
    world.desk.subscribers.append(sent.append)
    world.report()
    world.desk.subscribers.clear()
    return sent[-1]


def post(sender: httpx.Client, request: WebhookRequest, body: bytes | None = None) -> int:
    content = request.body if body is None else body
    return sender.post("/hooks/desk", content=content, headers=dict(request.headers)).status_code


def waiting(world: World) -> int:
    with world.store.read() as view:
        return hints.waiting(view).get("desk", 0)


def test_a_delivery_is_taken_once_however_often_it_comes(world: World, sender: httpx.Client) -> None:
    request = delivery(world)
    assert [post(sender, request) for _ in range(3)] == [204, 204, 204]
    assert waiting(world) == 1
    with world.store.read() as view:
        (hint,) = hints.due(view, "desk", world.clock(), limit=10)
        assert hint.round == 0, "only the first one asked for a read"
        assert hints.last_deliveries(view).keys() == {"desk"}


def test_a_delivery_that_was_changed_or_is_old_is_refused(world: World, sender: httpx.Client) -> None:
    request = delivery(world)
    assert post(sender, request, request.body + b" ") == 401
    world.clock.seconds += 301
    assert post(sender, request) == 401
    assert waiting(world) == 0


def test_a_flood_of_wrong_signatures_is_a_line_and_a_number(
    world: World, sender: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    request = delivery(world)
    with caplog.at_level(logging.WARNING, logger="loopwright.webhooks"):
        for number in range(200):
            assert post(sender, request, b"forged %d" % number) == 401
        assert len(caplog.messages) == 1
        world.clock.seconds += webhooks.REFUSALS_TOLD
        post(sender, request, b"forged")
    assert len(caplog.messages) == 2
    assert "and 199 more since the last line about it" in caplog.messages[1]
    assert "forged" not in caplog.text
    assert waiting(world) == 0


def test_each_connection_is_told_of_by_itself() -> None:
    assert Refusals() is not Refusals()
    assert Refusals() == Refusals(0.0, 0)


def test_a_body_beyond_the_limit_is_refused_before_it_is_read_to_the_end(
    world: World, sender: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "LARGEST_BODY", 1000)
    request = delivery(world)
    assert post(sender, request, b"x" * 1001) == 413
    assert post(sender, request, b"x" * 1000) == 401
    assert post(sender, request) == 204


def test_bodies_that_are_too_many_at_once_are_asked_to_come_again(
    world: World, sender: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "MOST_HELD", 1000)
    request = delivery(world)
    answer = sender.post("/hooks/desk", content=b"x" * 1001, headers=dict(request.headers))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert post(sender, request) == 204, "what was refused is no longer held"


def test_a_body_that_hangs_makes_room(
    world: World, sender: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "SLOWEST_BODY", 0.01)
    address = sender.base_url
    with socket.create_connection((address.host, address.port or 0), timeout=30) as hanging:
        hanging.sendall(b"POST /hooks/desk HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\nhalf")
        assert hanging.recv(100).startswith(b"HTTP/1.1 408 ")


def test_memory_stays_flat_whatever_comes_in(world: World, sender: httpx.Client) -> None:
    body = b"x" * 2_000_000

    def flood(times: int) -> None:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: sender.post("/hooks/desk", content=body), range(times)))

    flood(8)
    tracemalloc.start()
    try:
        flood(40)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < len(body)
    assert peak < 16 * len(body), "80 MB came in, a few bodies at a time"


@pytest.mark.parametrize("path", ["/hooks/nobody", "/hooks/", "/", "/hooks/desk/more"])
def test_nothing_else_is_there(sender: httpx.Client, path: str) -> None:
    assert sender.post(path, content=b"{}").status_code == 404
