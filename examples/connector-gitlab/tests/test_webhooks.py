"""Deliveries: what proves them, what they are called, and what they hint at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from connectors.conformance.world import ref
from connectors.errors import BadSignature
from connectors.protocol import OpenGate, WebhookRequest
from emulated_webhooks import signed
from gitlab_world import GitLabWorld

UNSIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature")


def delivery(world: GitLabWorld) -> WebhookRequest:
    return world.webhooks_after(lambda: world.person_creates("Heard of"))[0]


def without(request: WebhookRequest, *names: str) -> WebhookRequest:
    return replace(request, headers={name: one for name, one in request.headers.items() if name not in names})


def test_a_secret_token_is_enough_where_there_is_no_signing_token(private: GitLabWorld) -> None:
    connector = private.open("under-test", OpenGate(), webhook_signing_token=None)
    request = without(delivery(private), *UNSIGNED)
    heard = connector.receive(request)
    assert heard.id == request.headers["idempotency-key"]
    assert len(heard.refs) == 1
    for wrong in ("", "the-secret-toke", "the-secret-tokenü"):
        with pytest.raises(BadSignature):
            connector.receive(replace(request, headers={**request.headers, "x-gitlab-token": wrong}))
    with pytest.raises(BadSignature):
        connector.receive(without(request, "x-gitlab-token"))


def test_an_older_gitlab_names_a_delivery_by_its_event(private: GitLabWorld) -> None:
    connector = private.open("under-test", OpenGate(), webhook_signing_token=None)
    request = without(delivery(private), *UNSIGNED, "idempotency-key")
    assert connector.receive(request).id == request.headers["x-gitlab-event-uuid"]


def test_a_secret_token_does_not_stand_in_for_a_signature(private: GitLabWorld) -> None:
    connector = private.open("under-test", OpenGate())
    with pytest.raises(BadSignature):
        connector.receive(without(delivery(private), *UNSIGNED))


def test_without_either_secret_no_delivery_is_believed(private: GitLabWorld) -> None:
    connector = private.open("under-test", OpenGate(), webhook_signing_token=None, webhook_secret=None)
    with pytest.raises(BadSignature, match=r"neither webhook_signing_token nor webhook_secret"):
        connector.receive(delivery(private))


def test_a_delivery_recorded_earlier_is_refused(private: GitLabWorld) -> None:
    connector = private.open("under-test", OpenGate())
    request = delivery(private)
    with pytest.raises(BadSignature, match="older"):
        connector.receive(replace(request, received=request.received + timedelta(minutes=6)))


def test_one_of_several_signatures_is_enough(private: GitLabWorld) -> None:
    """As they come while a key is replaced."""
    connector = private.open("under-test", OpenGate())
    request = delivery(private)
    both = f"v1,bm90IG91cnM= {request.headers['webhook-signature']}"
    assert connector.receive(replace(request, headers={**request.headers, "webhook-signature": both})).refs


def test_a_note_hints_at_its_issue_and_a_push_at_nothing(private: GitLabWorld) -> None:
    connector = private.open("under-test", OpenGate())
    item_id = private.person_creates("Talked about")
    (note,) = private.webhooks_after(lambda: private.person_comments(item_id, "Psst.", internal=True))
    assert note.headers["x-gitlab-event"] == "Confidential Note Hook"
    assert connector.receive(note).refs == (ref(item_id),)
    body = b'{"object_kind": "push", "project": {"id": 1}}'
    push = WebhookRequest(signed("1", int(note.received.timestamp()), body), body, note.received)
    assert connector.receive(push).refs == ()


@pytest.mark.parametrize("token", ["secret", "whsec_*", "x-whsec_AAAA"])
def test_what_is_no_signing_token_is_said_at_once_and_not_repeated(private: GitLabWorld, token: str) -> None:
    with pytest.raises(ValidationError, match="as GitLab showed it") as caught:
        private.open("under-test", OpenGate(), webhook_signing_token=token)
    assert token not in str(caught.value)
