"""What the reference connector and its tool do beyond the conformance suite."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import BaseModel, SecretStr

from connectors.errors import BadSignature, NotFound, OutcomeUnknown, Rejected, Unavailable
from connectors.memory import MemoryConnector, MemorySettings, MemoryTool
from connectors.model import Audience, CommentDraft, Draft, Patch, Ref
from connectors.protocol import OpenGate, WebhookRequest
from connectors.registry import connector_type


def _connect(tool: MemoryTool, **settings: object) -> MemoryConnector:
    given = {"tool": tool.name, "token": tool.token, "webhook_secret": tool.webhook_secret, **settings}
    return MemoryConnector.open("mem", MemorySettings.model_validate(given), OpenGate())


def _draft(container: str = "IN", number: int = 0) -> Draft:
    return Draft(container=container, title=f"Item {number}", marker=f"lw-{number}")


@pytest.fixture
def tool() -> Iterator[MemoryTool]:
    containers = {"IN": Audience.INTERNAL, "CUST": Audience.CUSTOMER, "PUB": Audience.PUBLIC}
    yield MemoryTool("test-memory", containers=containers)
    del MemoryTool.tools["test-memory"]


def test_it_is_registered() -> None:
    assert connector_type("memory") is MemoryConnector


def test_several_connectors_share_one_tool_from_many_threads(tool: MemoryTool) -> None:
    def work(number: int) -> str:
        connector = _connect(tool)
        item = connector.create(_draft(number=number))
        for word in ("a", "b", "c"):
            connector.comment(item.ref, CommentDraft(body=word, marker=f"lw-{number}-{word}"))
        return item.ref.key

    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(work, range(64)))
    assert len(set(keys)) == 64
    page = _connect(tool).changes(None)
    assert len(page.observations) == 64
    assert all([c.body for c in seen.comments or ()] == ["a", "b", "c"] for seen in page.observations)
    assert tool.requests == 64 * 4 + 1


def test_a_refused_write_changes_nothing(tool: MemoryTool) -> None:
    connector = _connect(tool)
    with pytest.raises(Rejected, match="no status 'lost'; there are: open, in progress, done"):
        connector.create(Draft(container="IN", title="T", status="lost", marker="lw-1"))
    with pytest.raises(Rejected, match="no container 'NOWHERE'"):
        connector.create(_draft("NOWHERE"))
    assert connector.changes(None).observations == ()
    item = connector.create(_draft())
    with pytest.raises(Rejected, match="no field 'colour'"):
        connector.update(item.ref, Patch(fields={"title": "New", "colour": "red"}))
    assert connector.get(item.ref).item == item


@pytest.mark.parametrize(
    ("container", "asked", "given"),
    [
        ("IN", Audience.INTERNAL, Audience.INTERNAL),
        ("IN", Audience.PUBLIC, Audience.INTERNAL),
        ("CUST", Audience.INTERNAL, Audience.INTERNAL),
        ("CUST", Audience.PUBLIC, Audience.CUSTOMER),
        ("PUB", Audience.PUBLIC, Audience.PUBLIC),
        ("PUB", Audience.CUSTOMER, None),
        ("PUB", Audience.INTERNAL, None),
    ],
)
def test_a_comment_never_reaches_more_than_asked(
    tool: MemoryTool, container: str, asked: Audience, given: Audience | None
) -> None:
    connector = _connect(tool)
    item = connector.create(_draft(container))
    draft = CommentDraft(body="Text", audience=asked, marker="lw-c")
    if given is None:
        with pytest.raises(Rejected):
            connector.comment(item.ref, draft)
    else:
        assert connector.comment(item.ref, draft).audience == given


def test_an_unknown_container_is_internal(tool: MemoryTool) -> None:
    assert _connect(tool).audience("NOWHERE") is Audience.INTERNAL


def test_a_move_renames_the_key_and_keeps_the_id(tool: MemoryTool) -> None:
    connector = _connect(tool)
    item = connector.create(_draft("IN"))
    tool.person(lambda: tool.change(item.ref.id, container="PUB"))
    moved = connector.get(item.ref).item
    assert moved.ref == item.ref
    assert (item.ref.key, moved.ref.key) == ("IN-1", "PUB-2")
    assert (item.audience, moved.audience) == (Audience.INTERNAL, Audience.PUBLIC)
    assert moved.marker == item.marker


def test_a_deletion_is_said_not_inferred(tool: MemoryTool) -> None:
    connector = _connect(tool)
    item = connector.create(_draft())
    cursor = connector.changes(None).cursor
    tool.person(lambda: tool.change(item.ref.id, deleted=True))
    (seen,) = connector.changes(cursor).observations
    assert seen.item.deleted
    assert connector.get(item.ref).item.deleted


def test_a_tool_that_is_gone_deletes_nothing(tool: MemoryTool) -> None:
    connector = _connect(tool)
    item = connector.create(_draft())
    del MemoryTool.tools[tool.name]
    with pytest.raises(Unavailable, match="no tool named 'test-memory'"):
        connector.get(item.ref)
    with pytest.raises(Unavailable):
        connector.create(_draft(number=2))
    MemoryTool.tools[tool.name] = tool
    with pytest.raises(NotFound, match="mem: GET /items/0: 404"):
        connector.get(item.ref.model_copy(update={"id": "0"}))


def _heard(tool: MemoryTool) -> WebhookRequest:
    heard: list[WebhookRequest] = []
    tool.subscribers.append(heard.append)
    tool.person(lambda: tool.create("IN", "Heard of"))
    tool.subscribers.clear()
    return heard[-1]


def test_old_webhooks_are_refused(tool: MemoryTool) -> None:
    connector, request = _connect(tool), _heard(tool)
    assert connector.receive(replace(request, received=request.received + timedelta(minutes=4))).refs
    with pytest.raises(BadSignature, match="older than"):
        connector.receive(replace(request, received=request.received + timedelta(minutes=6)))


def test_a_newer_stamp_breaks_the_signature(tool: MemoryTool) -> None:
    connector, request = _connect(tool), _heard(tool)
    headers = {**request.headers, "x-memory-time": str(int(request.received.timestamp()) + 60)}
    with pytest.raises(BadSignature, match="does not match"):
        connector.receive(replace(request, headers=headers))


def test_without_a_secret_no_webhook_is_believed(tool: MemoryTool) -> None:
    with pytest.raises(BadSignature, match="no webhook_secret is set"):
        _connect(tool, webhook_secret=None).receive(_heard(tool))


def test_webhooks_go_out_even_if_the_answer_is_lost(tool: MemoryTool) -> None:
    connector = _connect(tool)
    heard: list[Ref] = []

    def subscriber(request: WebhookRequest) -> None:
        """Asks the tool at once, as an eager receiver does."""
        heard.extend(connector.get(ref).item.ref for ref in connector.receive(request).refs)

    tool.subscribers.append(subscriber)
    tool.failures.append(("lose_answer", "write"))
    with pytest.raises(OutcomeUnknown):
        connector.create(_draft())
    assert [ref.key for ref in heard] == ["IN-1"]


def test_settings_of_another_connector_are_a_mistake() -> None:
    class Other(BaseModel):
        tool: str = "x"

    with pytest.raises(TypeError, match="not MemorySettings"):
        MemoryConnector.open("mem", Other(), OpenGate())


def test_settings_show_no_secret() -> None:
    settings = MemorySettings(tool="t", token=SecretStr("hidden-1"), webhook_secret=SecretStr("hidden-2"))
    assert "hidden" not in f"{settings!r} {settings!s} {settings.model_dump_json()}"
