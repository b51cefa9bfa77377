"""OAuth apps of the emulated Jira: tokens, hourly points, and webhooks that end by themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

import httpx
import jwt
import pytest
from pydantic import JsonValue

from sandbox.jira.grants import CLIENT_ID, CLIENT_SECRET, CLOUD_ID, REFRESH_TOKEN
from tests.sandbox.jira_desk import Desk, at, rows


class App:
    """The sandbox as an app sees it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        base = f"{desk.service.base_url}/ex/jira/{CLOUD_ID}/rest/api/3"
        self.granted = self.grant(REFRESH_TOKEN).json()
        headers = {"Authorization": f"Bearer {self.granted['access_token']}"}
        self.http = httpx.Client(base_url=base, headers=headers)

    def grant(self, refresh: str, secret: str = CLIENT_SECRET) -> httpx.Response:
        asked = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "client_secret": secret}
        return httpx.post(
            f"{self.desk.service.base_url}/oauth/token", json=asked | {"refresh_token": refresh}
        )

    def register(
        self, *filters: str, url: str = "", events: tuple[str, ...] = ("jira:issue_updated",)
    ) -> JsonValue:
        webhooks = [{"events": [*events], "jqlFilter": jql} for jql in filters]
        answer = self.http.post("/webhook", json={"url": url or self.desk.hook_url, "webhooks": webhooks})
        found: JsonValue = answer.json()
        return found


@pytest.fixture
def app() -> Iterator[App]:
    with Desk.open() as desk:
        app = App(desk)
        with app.http:
            yield app


def test_a_refresh_token_is_good_once_and_an_access_token_for_an_hour(app: App) -> None:
    assert app.http.get("/myself").status_code == 200
    again = app.grant(REFRESH_TOKEN)
    assert (again.status_code, again.json()["error"]) == (403, "invalid_grant")
    assert app.grant(app.granted["refresh_token"], "wrong").status_code == 401
    assert app.grant(app.granted["refresh_token"]).status_code == 200
    app.desk.sandbox.clock.advance(3_601)
    assert app.http.get("/myself").status_code == 401


def test_the_sites_of_a_token(app: App) -> None:
    address = f"{app.desk.service.base_url}/oauth/token/accessible-resources"
    (site,) = httpx.get(address, headers=dict(app.http.headers)).json()
    assert (site["id"], site["url"]) == (CLOUD_ID, app.desk.service.base_url)
    assert httpx.get(address).status_code == 401


def test_an_app_spends_points_for_every_object_and_starts_anew_at_the_full_hour(app: App) -> None:
    limits = app.desk.service.limits
    assert limits is not None
    limits.points = 10
    asked = {"jql": "project = ENG", "fields": ["summary"]}
    answer = app.http.post("/search/jql", json=asked)
    assert '"global-app-quota";r=7;' in answer.headers["Beta-RateLimit"]  # one, and one for each of two
    assert answer.headers["Beta-RateLimit-Policy"] == '"global-app-quota";q=10;w=3600'
    for _ in range(3):
        app.http.post("/search/jql", json=asked)
    refused = app.http.get("/issue/ENG-1")
    assert refused.status_code == 429
    assert refused.headers["RateLimit-Reason"] == "jira-quota-global-based"
    reset = datetime.fromisoformat(refused.headers["X-RateLimit-Reset"])
    assert (reset.minute, reset.second) == (0, 0)
    assert 0 < int(refused.headers["Retry-After"]) <= 3_600
    app.desk.call("GET", "/issue/ENG-1")  # by API token there are no points
    app.desk.sandbox.clock.advance(int(refused.headers["Retry-After"]) + 1)
    app.http.headers["Authorization"] = (
        f"Bearer {app.grant(app.granted['refresh_token']).json()['access_token']}"
    )
    assert app.http.get("/issue/ENG-1").status_code == 200


def test_a_dynamic_webhook_carries_a_token_signed_with_the_apps_secret(app: App) -> None:
    answer = app.register("project = ENG")
    number = at(answer, "webhookRegistrationResult", 0, "createdWebhookId")
    app.desk.call("PUT", "/issue/ENG-1", {"fields": {"summary": "Changed"}}, status=204)
    app.desk.call("PUT", "/issue/OPS-1", {"fields": {"summary": "Not asked for"}}, status=204)
    app.desk.sandbox.drain()
    (delivered,) = app.desk.delivered
    assert at(json.loads(delivered.body), "issue", "key") == "ENG-1"
    assert "x-hub-signature" not in delivered.headers
    token = delivered.headers["authorization"].removeprefix("Bearer ")
    assert jwt.decode(token, CLIENT_SECRET, algorithms=["HS256"])["iss"] == CLIENT_ID
    (shown,) = rows(app.http.get("/webhook").json(), "values")
    assert at(shown, "id") == number
    app.http.request("DELETE", "/webhook", json={"webhookIds": [number]})
    assert rows(app.http.get("/webhook").json(), "values") == []


def test_a_dynamic_webhook_ends_after_thirty_days_unless_it_is_refreshed(app: App) -> None:
    number = at(app.register("project = ENG"), "webhookRegistrationResult", 0, "createdWebhookId")
    deliverer = app.desk.service.deliverer
    first = deliverer.subscriptions[int(str(number))].expires
    app.desk.sandbox.clock.advance(20 * 86_400)
    app.http.headers["Authorization"] = (
        f"Bearer {app.grant(app.granted['refresh_token']).json()['access_token']}"
    )
    refreshed = app.http.put("/webhook/refresh", json={"webhookIds": [number]}).json()
    assert first is not None
    assert refreshed["expirationDate"] > first.timestamp() * 1000
    app.desk.sandbox.clock.advance(31 * 86_400)
    app.desk.call("PUT", "/issue/ENG-1", {"fields": {"summary": "Too late"}}, status=204)
    app.desk.sandbox.drain()
    assert app.desk.delivered == []


def test_five_dynamic_webhooks_of_one_address_and_simple_filters(app: App) -> None:
    results = rows(app.register(*["project = ENG"] * 6), "webhookRegistrationResult")
    assert ["errors" in str(result) for result in results] == [False] * 5 + [True]
    for refused in ("", "summary ~ x", "created > -1d", "project is EMPTY"):
        (result,) = rows(app.register(refused), "webhookRegistrationResult")
        assert "errors" in str(result)
    other = app.http.post("/webhook", json={"url": "https://elsewhere.example/x", "webhooks": []})
    assert other.status_code == 400
    assert app.desk.http.post("/webhook", json={"url": "x", "webhooks": []}).status_code == 403
    assert app.http.get("/webhook/failed").status_code == 403
