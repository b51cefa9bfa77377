"""Every kind of fault that can strike a request, over real sockets, asked for once and by chance."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.server import Sandbox
from sandbox.service import Conditions
from sandbox.trouble import Fault, FaultKind, Kind, Trouble, Weather
from tests.sandbox.fake import FakeJira


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox([FakeJira], conditions=Conditions())
    made.service(FakeJira).put("The only one")
    with made.running():
        yield made


def title(sandbox: Sandbox) -> str:
    return sandbox.service(FakeJira).items["1"].title


def rename(sandbox: Sandbox, to: str = "Renamed") -> httpx.Response:
    url = f"{sandbox.service(FakeJira).base_url}/items/1"
    return httpx.patch(url, json={"title": to}, trust_env=False)


def strike(sandbox: Sandbox, kind: FaultKind, **more: float) -> None:
    sandbox.faults["jira"].active.append(Fault(kind, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "status", "written"),
    [
        ("server_error", 500, False),
        ("bad_gateway", 502, False),
        ("unavailable", 503, False),
        ("html", 502, False),
        ("proxy_page", 200, False),
        ("rate_limited", 429, False),
        ("rate_limited_untimed", 429, False),
        ("gateway_timeout", 504, True),
        ("saved_unavailable", 503, True),
    ],
)
def test_an_answer_of_another_kind(sandbox: Sandbox, kind: FaultKind, status: int, written: bool) -> None:
    strike(sandbox, kind)
    answer = rename(sandbox)
    assert answer.status_code == status
    assert (title(sandbox) == "Renamed") is written
    page = answer.headers["content-type"].startswith("text/html")
    assert page is (kind in ("html", "proxy_page"))
    assert answer.headers.get("retry-after") == ("1" if kind == "rate_limited" else None)
    assert rename(sandbox).json() == {}


@pytest.mark.parametrize(("kind", "written"), [("lose_request", False), ("lose_answer", True), ("cut", True)])
def test_no_answer_or_half_of_one(sandbox: Sandbox, kind: FaultKind, written: bool) -> None:
    strike(sandbox, kind)
    with pytest.raises(httpx.RemoteProtocolError):
        rename(sandbox)
    assert (title(sandbox) == "Renamed") is written


def test_a_cut_answer_has_its_head_and_half_its_body(sandbox: Sandbox) -> None:
    strike(sandbox, "cut")
    place = urlsplit(sandbox.service(FakeJira).base_url)
    with socket.create_connection((place.hostname, place.port)) as raw:
        raw.sendall(b"PATCH /items/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        got = b"".join(iter(lambda: raw.recv(1000), b""))
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"content-length: 2" in head
    assert body == b"{"


def test_a_slow_answer_is_held_back_and_a_write_is_done(sandbox: Sandbox) -> None:
    strike(sandbox, "slow", seconds=30)
    url = f"{sandbox.service(FakeJira).base_url}/items/1"
    with pytest.raises(httpx.ReadTimeout):
        httpx.patch(url, json={"title": "Renamed"}, trust_env=False, timeout=0.05)
    assert title(sandbox) == "Renamed"
    strike(sandbox, "slow", seconds=0.01)
    assert rename(sandbox, "Again").status_code == 200


def test_what_is_asked_for_strikes_what_matches(sandbox: Sandbox) -> None:
    sandbox.faults["jira"].active.append(Fault("unavailable", "^GET ", times=2))
    assert rename(sandbox).status_code == 200
    assert [fault.times for fault in sandbox.faults["jira"].active] == [2]
    sandbox.faults["jira"].calm()
    assert not sandbox.faults["jira"].active


def sequence(weather: Weather, requests: list[str]) -> list[Kind | None]:
    return [weather.strike("request", request) for request in requests]


@given(
    seed=st.integers(),
    requests=st.lists(st.sampled_from(["GET /a", "POST /a", "PUT /b"]), max_size=60),
    odds=st.dictionaries(st.sampled_from(["cut", "slow", "html", "late", "missing"]), st.floats(0, 0.3)),
)
def test_the_same_seed_strikes_the_same_requests(
    seed: int, requests: list[str], odds: dict[Kind, float]
) -> None:
    once = sequence(Weather(seed, odds), requests)
    backwards = dict(reversed(list(odds.items())))
    assert sequence(Weather(seed, backwards), requests) == once
    assert set(once) <= {None, *odds} - {"late", "missing"}
    disturbed = Weather(seed, odds)
    for _ in requests:
        disturbed.strike("webhook", "{}")
    assert sequence(disturbed, requests) == once, "webhooks are a sequence of their own"


def test_another_seed_strikes_others_and_odds_hold() -> None:
    requests = ["GET /"] * 2000
    struck = [sequence(Weather(seed, {"cut": 0.2, "html": 0.1}), requests) for seed in (1, 2)]
    assert struck[0] != struck[1]
    assert 0.16 < struck[0].count("cut") / 2000 < 0.24
    assert 0.07 < struck[0].count("html") / 2000 < 0.13
    assert sequence(Weather(1, {"cut": 1.0}, match="^PUT"), requests) == [None] * 2000


def test_impossible_odds_are_refused() -> None:
    with pytest.raises(ValueError, match="for a request together at most 1"):
        Weather(1, {"cut": 0.6, "html": 0.6})
    Weather(1, {"cut": 0.6, "late": 0.6})


def test_what_struck_is_remembered_in_order() -> None:
    trouble = Trouble()
    trouble.weather = Weather(7, {"html": 0.5, "doubled": 0.5})
    for number in range(20):
        trouble.pick("request", f"GET /{number}", "")
        trouble.pick("webhook", f"POST /{number}", "")
    requests = [strike for strike in trouble.struck if strike.sort == "request"]
    assert 0 < len(requests) < 20
    assert all(strike.what == f"GET /{strike.number - 1}" for strike in requests)
    assert {strike.kind for strike in trouble.struck} == {"html", "doubled"}
    trouble.calm()
    assert trouble.pick("request", "GET /", "") is None
    assert len(trouble.struck) > len(requests)
