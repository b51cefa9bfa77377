"""Webhooks from Jira: whose they are, and what they are about."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from pydantic import JsonValue, SecretStr

from connectors.errors import BadSignature
from connectors.jira import JiraSettings
from connectors.jira.webhooks import receive
from connectors.model import Ref
from connectors.protocol import Delivery, WebhookRequest
from tests.conformance.jira_world import settings

SECRET = SecretStr("It's a Secret to Everybody")
APP_SECRET = "the-secret-of-an-app-in-thirty-two-bytes"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def _delivered(body: bytes, signature: str | None = None, secret: SecretStr | None = SECRET) -> Delivery:
    if signature is None:
        key = SECRET.get_secret_value().encode()
        signature = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature": signature, "x-atlassian-webhook-identifier": "5f0"}
    return receive("jira", _settings(webhook_secret=secret), WebhookRequest(headers, body, NOW))


def _settings(**others: object) -> JiraSettings:
    return settings("https://acme.example", **others)


def _app(**others: object) -> JiraSettings:
    app = {
        "email": None,
        "token": None,
        "oauth_client_id": "app",
        "oauth_client_secret": APP_SECRET,
        "oauth_refresh_token": "refresh",
        "oauth_token_file": "tokens.json",
    }
    return _settings(**{**app, **others})


def _token(secret: str = APP_SECRET, age: timedelta = timedelta(), algorithm: str = "HS256") -> str:
    claims = {"iss": "app", "iat": NOW - age, "exp": NOW - age + timedelta(minutes=3)}
    return jwt.encode(claims, secret, algorithm=algorithm)


def _from_app(token: str, settings: JiraSettings | None = None) -> Delivery:
    headers = {"authorization": f"Bearer {token}", "x-atlassian-webhook-identifier": "5f1"}
    return receive("jira", settings or _app(), WebhookRequest(headers, b'{"issue": {"id": "7"}}', NOW))


def test_the_vendors_own_example() -> None:
    """From Atlassian's page on webhooks, "Validating webhook deliveries"."""
    signature = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    assert _delivered(b"Hello World!", signature) == Delivery("5f0")
    with pytest.raises(BadSignature, match="wrong signature"):
        _delivered(b"Hello World?", signature)


@pytest.mark.parametrize(
    ("payload", "refs"),
    [
        ({"issue": {"id": "7", "key": "ENG-1"}}, ["7"]),
        ({"issue": {"id": "7"}, "comment": {"id": "9"}}, ["7"]),
        ({"issueLink": {"id": 1, "sourceIssueId": 7, "destinationIssueId": 8}}, ["7", "8"]),
        ({"webhookEvent": "project_created", "project": {"id": 1}}, []),
        ({"webhookEvent": "jira:version_released", "version": {"id": "5"}}, ["version:5"]),
        ({"webhookEvent": "jira:version_released", "version": {"id": 5}}, ["version:5"]),
        ({"issue": {"id": 7}}, ["7"]),
        ({"issue": None}, []),
        ({"issue": {"key": "ENG-1"}}, []),
        ([], []),
    ],
)
def test_what_it_is_about(payload: JsonValue, refs: list[str]) -> None:
    delivery = _delivered(json.dumps(payload).encode())
    assert delivery.id == "5f0"
    assert list(delivery.refs) == [Ref(connection="jira", id=id_) for id_ in refs]


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(BadSignature, match="no webhook_secret"):
        _delivered(b"{}", secret=None)


@pytest.mark.parametrize("signature", ["", "sha256=", "sha1=ab", "ü"])
def test_other_signatures_are_refused(signature: str) -> None:
    with pytest.raises(BadSignature):
        _delivered(b"{}", signature)


def test_a_delivery_without_identifier_is_known_by_its_body() -> None:
    key = SECRET.get_secret_value().encode()

    def delivered(body: bytes) -> str:
        signature = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
        request = WebhookRequest({"x-hub-signature": signature}, body, NOW)
        return receive("jira", _settings(webhook_secret=SECRET), request).id

    assert delivered(b"{}") == delivered(b"{}") != delivered(b"[]")


@pytest.mark.parametrize(("age", "good"), [(0, True), (100, True), (121, False)])
def test_repetitions_are_believed_and_older_deliveries_are_not(age: int, good: bool) -> None:
    """Jira repeats a delivery, unchanged, over an hour and a quarter."""
    sent = int((NOW - timedelta(minutes=age)).timestamp() * 1000)
    body = json.dumps({"timestamp": sent, "issue": {"id": "7"}}).encode()
    if good:
        assert _delivered(body).refs
    else:
        with pytest.raises(BadSignature, match="too old"):
            _delivered(body)


def test_the_token_of_an_apps_webhook_is_checked() -> None:
    assert _from_app(_token()) == Delivery("5f1", (Ref(connection="jira", id="7"),))
    assert _from_app(_token(age=timedelta(minutes=100))).refs
    unsigned = _token(algorithm="none", secret="")
    for token, wrong in (
        (_token("another-secret-of-thirty-two-bytes-or-more"), "wrong token"),
        (unsigned, "wrong token"),
        ("", "not signed"),
        (_token(age=timedelta(hours=3)), "too old"),
    ):
        with pytest.raises(BadSignature, match=wrong):
            _from_app(token)


def test_a_token_is_not_taken_for_a_signature() -> None:
    with pytest.raises(BadSignature):
        _from_app(_token(), _settings(webhook_secret=SECRET))
    with pytest.raises(BadSignature):
        _delivered(b"{}", "", secret=None)
