"""The emulated Zendesk's refusals, collisions and lost answers: what was done, and what was not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest

from sandbox.credentials import EMAIL, TOKEN
from sandbox.trouble import Kind
from tests.integration.installation import eventually
from tests.sandbox.zendesk_desk import Account, zendesk_account

KEY = {"Idempotency-Key": "lw-1"}
TICKET = {"ticket": {"subject": "New", "comment": {"body": "b"}}}


@pytest.fixture
def account() -> Iterator[Account]:
    yield from zendesk_account(limits=False)


def titles(account: Account) -> list[str]:
    return [ticket.subject for ticket in account.service.state.tickets.values()]


def test_errors_are_a_text_or_an_object(account: Account) -> None:
    stranger = httpx.get(f"{account.service.base_url}/api/v2/tickets.json")
    assert (stranger.status_code, stranger.json()) == (401, {"error": "Couldn't authenticate you"})
    with account.as_user("sue@northwind.example") as sue:
        agent = sue.get("/api/v2/incremental/tickets/cursor.json", params={"start_time": 0})
    assert (agent.status_code, agent.json()["error"]["title"]) == (403, "Forbidden")
    missing = account.get("tickets/4711.json")
    assert (missing.status_code, missing.json()) == (
        404,
        {"error": "RecordNotFound", "description": "Not found"},
    )
    wrong = account.change(2, priority="blazing")
    assert (wrong.status_code, wrong.json()["error"]) == (422, "RecordInvalid")
    ((detail,),) = wrong.json()["details"].values()
    assert detail.keys() == {"description", "error"}
    bad = account.get("tickets.json", page="first")
    assert (bad.status_code, bad.json()["error"]["title"]) == (400, "Invalid attribute")


def test_writes_collide_by_chance_and_the_same_dice_fall_the_same_way(account: Account) -> None:
    def struck() -> list[bool]:
        account.service.conduct.dice.seed(7)
        answers = [account.change(2, subject=f"Title {number}") for number in range(20)]
        return [answer.status_code == 409 for answer in answers]

    account.service.conduct.conflict_odds = 0.3
    first = struck()
    assert 0 < sum(first) < 20
    assert struck() == first
    assert account.get("tickets/2.json").status_code == 200, "reading collides with nothing"
    last = max(number for number, hit in enumerate(first) if not hit)
    assert account.service.state.tickets[2].subject == f"Title {last}", "what collided was not done"


def test_what_was_done_before_its_answer_was_lost_stays_done(account: Account) -> None:
    kinds: tuple[Kind, ...] = ("lose_answer", "cut", "gateway_timeout")
    for number, kind in enumerate(kinds):
        account.breaks(kind, "PUT /api/v2/tickets/2")
        with suppress(httpx.TransportError):
            assert account.change(2, subject=f"Title {number}").status_code == 504
        assert account.service.state.tickets[2].subject == f"Title {number}"


def test_a_create_whose_answer_was_lost_is_a_hit_when_it_is_repeated(account: Account) -> None:
    account.breaks("lose_answer", "POST /api/v2/tickets")
    with pytest.raises(httpx.TransportError):
        account.client.post("/api/v2/tickets.json", json=TICKET, headers=KEY)
    again = account.client.post("/api/v2/tickets.json", json=TICKET, headers=KEY)
    assert (again.status_code, again.headers["x-idempotency-lookup"]) == (201, "hit")
    assert titles(account).count("New") == 1


def test_a_slow_create_that_is_repeated_meanwhile_makes_one_ticket(account: Account) -> None:
    account.breaks("slow", "POST /api/v2/tickets", seconds=600)
    with under_way(account, "/api/v2/tickets.json", TICKET):
        eventually(lambda: "New" in titles(account) or None, "the ticket to be made")
        again = account.client.post("/api/v2/tickets.json", json=TICKET, headers=KEY)
    assert (again.status_code, again.headers["x-idempotency-lookup"]) == (201, "hit")
    assert titles(account).count("New") == 1


def test_a_refused_create_keeps_nothing_under_its_key(account: Account) -> None:
    refused = account.client.post("/api/v2/tickets.json", json={"ticket": {}}, headers=KEY)
    assert refused.status_code == 422
    made = account.client.post("/api/v2/tickets.json", json=TICKET, headers=KEY)
    assert (made.status_code, made.headers["x-idempotency-lookup"]) == (201, "miss")


def test_no_other_route_heeds_an_idempotency_key(account: Account) -> None:
    for subject in ("one", "two"):
        body = {"ticket": {"subject": subject}}
        answer = account.client.put("/api/v2/tickets/2.json", json=body, headers=KEY)
        assert (answer.status_code, "x-idempotency-lookup" in answer.headers) == (200, False)
    assert account.service.state.tickets[2].subject == "two"


@contextmanager
def under_way(account: Account, path: str, body: object) -> Iterator[None]:
    """A request that was sent and is not waited for."""
    url = httpx.URL(account.service.base_url)
    request = account.client.build_request("POST", path, json=body, headers=KEY)
    signed = next(httpx.BasicAuth(f"{EMAIL}/token", TOKEN).auth_flow(request))
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in signed.headers.items())]
    with socket.create_connection((url.host, url.port or 80)) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + signed.read())
        yield
