"""Webhooks from Jira: whose they are, and what they are about."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from pydantic import JsonValue, SecretStr

from connectors.errors import BadSignature
from connectors.jira.webhooks import receive
from connectors.model import Ref
from connectors.protocol import Delivery, WebhookRequest

SECRET = SecretStr("It's a Secret to Everybody")


def _delivered(body: bytes, signature: str | None = None, secret: SecretStr | None = SECRET) -> Delivery:
    if signature is None:
        key = SECRET.get_secret_value().encode()
        signature = "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    headers = {"x-hub-signature": signature, "x-atlassian-webhook-identifier": "5f0"}
    return receive("jira", secret, WebhookRequest(headers, body, datetime.now(UTC)))


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
        request = WebhookRequest({"x-hub-signature": signature}, body, datetime.now(UTC))
        return receive("jira", SECRET, request).id

    assert delivered(b"{}") == delivered(b"{}") != delivered(b"[]")
