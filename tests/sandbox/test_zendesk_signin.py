"""The emulated Zendesk's credentials: whose they are, what they allow, and how they change."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox.credentials import EMAIL
from sandbox.zendesk.signin import CLIENT_ID, CLIENT_SECRET
from tests.sandbox.zendesk_desk import Account, zendesk_account


@pytest.fixture
def account() -> Iterator[Account]:
    yield from zendesk_account(limits=False)


def exchange(account: Account, refresh: str, **changed: object) -> httpx.Response:
    body = {
        "grant_type": "refresh_token",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "refresh_token": refresh,
    }
    return httpx.post(f"{account.service.base_url}/oauth/tokens", json={**body, **changed})


def get(account: Account, path: str, token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{account.service.base_url}/api/v2/{path}", headers=headers)


def allow(account: Account, email: str = EMAIL, *scopes: str) -> str:
    user = account.service.state.users_by_email[email]
    return account.service.sign_in.allow(user, frozenset(scopes or ("read", "write"))).refresh


def test_a_refresh_token_is_good_once_and_ends_the_old_pair(account: Account) -> None:
    first = exchange(account, allow(account)).json()
    assert get(account, "users/me.json", first["access_token"]).json()["user"]["email"] == EMAIL
    second = exchange(account, first["refresh_token"]).json()
    assert get(account, "users/me.json", first["access_token"]).status_code == 401
    assert get(account, "users/me.json", second["access_token"]).status_code == 200
    again = exchange(account, first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_confidential_client_acts_for_its_maker_without_a_person(account: Account) -> None:
    refused = exchange(account, "", grant_type="client_credentials")
    assert refused.json()["error"] == "invalid_scope"
    granted = exchange(account, "", grant_type="client_credentials", scope="read").json()
    assert "refresh_token" not in granted
    assert get(account, "users/me.json", granted["access_token"]).json()["user"]["email"] == EMAIL


def test_an_access_token_ends_when_it_said(account: Account) -> None:
    granted = exchange(account, allow(account), expires_in=300).json()
    assert granted["expires_in"] == 300
    account.pass_time(299)
    assert get(account, "users/me.json", granted["access_token"]).status_code == 200
    account.pass_time(1)
    assert get(account, "users/me.json", granted["access_token"]).status_code == 401


def test_an_unknown_app_and_another_grant_are_refused(account: Account) -> None:
    refresh = allow(account)
    assert exchange(account, refresh, client_secret="x").json()["error"] == "invalid_client"
    assert exchange(account, refresh, grant_type="password").json()["error"] == "unsupported_grant_type"
    form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    url = f"{account.service.base_url}/oauth/tokens"
    assert httpx.post(url, data={**form, "refresh_token": refresh}).status_code == 200
    assert httpx.post(url, content=b"{").json()["error"] == "invalid_request"


def test_a_missing_scope_is_named(account: Account) -> None:
    token = exchange(account, allow(account, EMAIL, "tickets:read")).json()["access_token"]
    assert get(account, "tickets/1.json", token).status_code == 200
    refused = get(account, "users.json", token)
    assert refused.status_code == 403
    assert refused.json()["description"] == "Missing the following required scopes: read"
    written = httpx.put(
        f"{account.service.base_url}/api/v2/tickets/2.json",
        json={"ticket": {"priority": "low"}},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert written.status_code == 403


def test_the_role_counts_beside_the_scope(account: Account) -> None:
    token = exchange(account, allow(account, "sue@northwind.example")).json()["access_token"]
    refused = get(account, "incremental/users.json?start_time=0", token)
    assert (refused.status_code, refused.json()["error"]["title"]) == (403, "Forbidden")


def test_a_suspended_user_is_nobody(account: Account) -> None:
    account.service.state.users_by_email["sue@northwind.example"].suspended = True
    with account.as_user("sue@northwind.example") as sue:
        assert sue.get("/api/v2/users/me.json").status_code == 401
