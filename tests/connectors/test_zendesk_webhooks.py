"""Zendesk's webhooks: believed when signed and recent, and then a hint at one ticket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from connectors.errors import BadSignature
from connectors.model import Ref
from connectors.protocol import WebhookRequest
from sandbox.zendesk.webhooks import signature
from tests.conformance.zendesk_world import ZendeskAccount, zendesk_account

TICKET = Ref(connection="zendesk", id="1")


@pytest.fixture
def account() -> Iterator[ZendeskAccount]:
    with zendesk_account() as account:
        yield account


@pytest.fixture
def delivered(account: ZendeskAccount) -> WebhookRequest:
    return signed(
        b'{"id":"01JQMQH83YNAKWSWJ8B1QH2NSC","type":"zen:event-type:ticket.comment_added",'
        b'"subject":"zen:ticket:1"}',
        account.sandbox.conditions.webhook_secret,
    )


def signed(body: bytes, secret: str) -> WebhookRequest:
    """A delivery as it would come in now."""
    now = datetime.now(UTC)
    moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    headers = {
        "x-zendesk-webhook-signature": signature(secret, moment, body),
        "x-zendesk-webhook-signature-timestamp": moment,
        "x-zendesk-webhook-invocation-id": "01INV",
    }
    return WebhookRequest(headers=headers, body=body, received=now)


def test_a_signed_event_names_its_ticket(account: ZendeskAccount, delivered: WebhookRequest) -> None:
    delivery = account.connector.receive(delivered)
    assert (delivery.id, delivery.refs) == ("01JQMQH83YNAKWSWJ8B1QH2NSC", (TICKET,))
    assert account.calls() == 0


def test_the_vendors_way_of_signing(account: ZendeskAccount) -> None:
    """A vector computed by hand from the vendor's description."""
    moment = "2026-01-05T09:06:53Z"
    request = WebhookRequest(
        headers={
            "x-zendesk-webhook-signature": "46qVZA+gY2M5VwWfOcUIfS1LuwypQOCtHFgQk5JUhR8=",
            "x-zendesk-webhook-signature-timestamp": moment,
            "x-zendesk-webhook-invocation-id": "01INV",
        },
        body=b'{"a":1}',
        received=datetime.fromisoformat(moment),
    )
    connector = account.connect(webhook_secret=SecretStr("s3cret"))
    delivery = connector.receive(request)
    assert (delivery.id, delivery.refs) == ("01INV", ())


def test_a_changed_body_or_time_is_refused(account: ZendeskAccount, delivered: WebhookRequest) -> None:
    with pytest.raises(BadSignature, match="does not match"):
        account.connector.receive(
            WebhookRequest(delivered.headers, delivered.body + b" ", delivered.received)
        )
    later = {**delivered.headers, "x-zendesk-webhook-signature-timestamp": "2030-01-01T00:00:00Z"}
    with pytest.raises(BadSignature, match="does not match"):
        account.connector.receive(WebhookRequest(later, delivered.body, delivered.received))
    with pytest.raises(BadSignature, match="does not match"):
        account.connector.receive(WebhookRequest({}, delivered.body, delivered.received))


def test_an_old_delivery_is_refused(account: ZendeskAccount, delivered: WebhookRequest) -> None:
    late = delivered.received + timedelta(minutes=11)
    with pytest.raises(BadSignature, match="too far"):
        account.connector.receive(WebhookRequest(delivered.headers, delivered.body, late))


def test_without_a_secret_nothing_is_believed(account: ZendeskAccount, delivered: WebhookRequest) -> None:
    with pytest.raises(BadSignature, match="no secret is set"):
        account.connect(webhook_secret=None).receive(delivered)
