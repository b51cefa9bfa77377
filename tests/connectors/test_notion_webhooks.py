"""Notion's webhooks: the handshake, the signature, and which pages an event is about."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue, SecretStr

from connectors.errors import BadSignature
from connectors.model import Ref
from connectors.notion.webhooks import receive
from connectors.protocol import Delivery, WebhookRequest
from tests.conformance.notion_world import NotionWorld

SECRET = SecretStr("secret_abc")
PAGE, BLOCK, COMMENT = ("0ef104cd-0000-4000-8000-00000000000" + digit for digit in "123")
HOME: dict[str, JsonValue] = {"id": "db-1", "type": "database", "data_source_id": "ds-1"}


def signed(body: bytes) -> WebhookRequest:
    digest = hmac.new(SECRET.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
    return WebhookRequest({"x-notion-signature": f"sha256={digest}"}, body, datetime.now(UTC))


def hear(kind: str, entity: str, synced: Collection[str] = ("ds-1",), **data: JsonValue) -> Delivery:
    now = datetime.now(UTC).isoformat()
    event = {
        "id": "e-1",
        "timestamp": now,
        "type": kind,
        "entity": {"id": entity, "type": kind.split(".")[0]},
        "data": data,
    }
    return receive("notion", signed(json.dumps(event).encode()), SECRET, synced)


def test_the_vendors_own_signature() -> None:
    """The vector of the vendor's documented scheme: accepted as signed, then refused as no event."""
    known = "sha256=9496ff66662afa1740cc4242fea698a0d8ff8a8dc0eb589fc369a4169793b8a0"
    request = WebhookRequest({"x-notion-signature": known}, b'{"a":1}', datetime.now(UTC))
    with pytest.raises(BadSignature, match="not in Notion's form"):
        receive("notion", request, SECRET, ())
    with pytest.raises(BadSignature, match="does not match"):
        receive("notion", request, SecretStr("secret_abd"), ())


@pytest.mark.parametrize(
    ("age", "taken"), [(timedelta(hours=25), True), (timedelta(hours=27), False), (-timedelta(hours=2), True)]
)
def test_an_event_is_taken_for_as_long_as_notion_repeats_it(age: timedelta, taken: bool) -> None:
    at = (datetime.now(UTC) - age).isoformat()
    entity: dict[str, JsonValue] = {"id": PAGE, "type": "page"}
    event = {"id": "e-1", "timestamp": at, "type": "page.deleted", "entity": entity, "data": {"parent": HOME}}
    request = signed(json.dumps(event).encode())
    if taken:
        assert receive("notion", request, SECRET, ()).refs
    else:
        with pytest.raises(BadSignature, match="older"):
            receive("notion", request, SECRET, ())


def test_the_handshake_names_the_token_and_its_id_does_not_give_it_away() -> None:
    body = b'{"verification_token":"secret_tMrlL1qK5"}'
    delivery = receive("notion", WebhookRequest({}, body, datetime.now(UTC)), None, ())
    assert (delivery.verification, delivery.refs) == ("secret_tMrlL1qK5", ())
    assert "tMrlL1qK5" not in delivery.id


def test_once_there_is_a_secret_no_other_handshake_is_taken() -> None:
    """It is unsigned: a stranger's would have a person confirm the stranger's key."""
    strange = WebhookRequest({}, b'{"verification_token":"secret_of_a_stranger"}', datetime.now(UTC))
    with pytest.raises(BadSignature, match="another token") as refused:
        receive("notion", strange, SECRET, ())
    assert "stranger" not in str(refused.value)
    known = WebhookRequest({}, b'{"verification_token":"secret_abc"}', datetime.now(UTC))
    assert receive("notion", known, SECRET, ()).verification == "secret_abc"


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(BadSignature, match="webhook_secret"):
        receive("notion", signed(b"{}"), None, ())


@pytest.mark.parametrize("kind", ["created", "content_updated", "properties_updated", "deleted", "undeleted"])
def test_an_event_about_a_row(kind: str) -> None:
    delivery = hear(f"page.{kind}", PAGE, parent=HOME)
    assert (delivery.id, delivery.refs) == ("e-1", (Ref(connection="notion", id=PAGE),))
    assert delivery.refs[0].key == "N-0ef104cd"


def test_rows_of_other_databases_are_left_out() -> None:
    assert hear("page.created", PAGE, ["ds-2"], parent=HOME).refs == ()
    assert hear("page.created", PAGE, ["db-1"], parent=HOME).refs
    assert hear("page.created", PAGE, [], parent=HOME).refs
    assert hear("page.moved", PAGE, ["ds-2"], parent=HOME).refs


def test_pages_that_are_no_rows_are_left_out() -> None:
    for kind in ("page", "space", "block"):
        assert hear("page.content_updated", PAGE, [], parent={"id": BLOCK, "type": kind}).refs == ()


@pytest.mark.parametrize("kind", ["created", "updated", "deleted"])
def test_a_comment_leads_to_its_page(kind: str) -> None:
    for parent in ({"id": PAGE, "type": "page"}, {"id": BLOCK, "type": "block"}):
        delivery = hear(f"comment.{kind}", COMMENT, page_id=PAGE, parent={**parent})
        assert [ref.id for ref in delivery.refs] == [PAGE]


def test_events_about_other_things() -> None:
    assert hear("data_source.schema_updated", "ds-1", parent={"id": "db-1", "type": "database"}).refs == ()
    assert hear("file_upload.completed", "f-1").refs == ()
    rows: list[JsonValue] = [{"id": PAGE, "type": "page"}, {"id": BLOCK, "type": "block"}]
    changed = hear("data_source.content_updated", "ds-1", updated_blocks=rows)
    assert [ref.id for ref in changed.refs] == [PAGE]


def test_the_sandbox_and_the_connector_agree() -> None:
    scene = NotionWorld()
    notion = scene.connect("notion", scene.gate)
    handshake, *_ = scene.take_heard()
    assert notion.receive(handshake).verification == "sandbox-secret"
    scene.service.load([], "Other")
    other = scene.webhooks_after(
        lambda: scene.sandbox.call(
            lambda: scene.service.person_creates(title="Not synced", body="", container="Other")
        )
    )
    assert [notion.receive(request).refs for request in other] == [()]
    notion.close()
    scene.close()
