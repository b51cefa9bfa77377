# ruff: noqa: S101
"""How a connector must fail: with the error that tells the engine what to do, and without a secret in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest

from connectors.conformance.world import Failure, World, read_all, ref
from connectors.errors import (
    AuthFailed,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
)
from connectors.model import Patch
from connectors.protocol import Connector, OpenGate

__all__ = ["Failing"]

_REQUESTS: dict[str, Callable[[World, Connector], object]] = {
    "check": lambda scene, connector: connector.check(),
    "changes": lambda scene, connector: connector.changes(None),
    "get": lambda scene, connector: connector.get(ref(scene.unknown_id)),
    "comments": lambda scene, connector: connector.comments(ref(scene.unknown_id)),
    "create": lambda scene, connector: connector.create(scene.draft()),
    "update": lambda scene, connector: connector.update(
        ref(scene.unknown_id), Patch(fields={"title": "New"})
    ),
    "comment": lambda scene, connector: connector.comment(ref(scene.unknown_id), scene.comment_draft()),
}


class Failing:
    @pytest.mark.parametrize("request_name", list(_REQUESTS))
    def test_a_wrong_credential_is_auth_failed(self, scene: World, request_name: str) -> None:
        stranger = scene.bad_credentials("under-test", scene.gate)
        with pytest.raises(AuthFailed):
            _REQUESTS[request_name](scene, stranger)
        stranger.close()

    @pytest.mark.parametrize("request_name", list(_REQUESTS))
    def test_nobody_there_is_unavailable(self, scene: World, request_name: str) -> None:
        """Also for a write: nothing can have happened where no connection was made."""
        lonely = scene.unreachable("under-test", scene.gate)
        with pytest.raises(Unavailable):
            _REQUESTS[request_name](scene, lonely)
        lonely.close()

    @pytest.mark.parametrize("request_name", ["get", "update", "comment"])
    def test_an_unknown_item_is_not_found(
        self, scene: World, connector: Connector, request_name: str
    ) -> None:
        with pytest.raises(NotFound):
            _REQUESTS[request_name](scene, connector)

    @pytest.mark.parametrize("what", ["read", "write"])
    def test_a_limit_is_rate_limited(
        self, scene: World, connector: Connector, what: Literal["read", "write"]
    ) -> None:
        item = connector.create(scene.draft())
        scene.break_next("rate_limited", what)
        with pytest.raises(RateLimited) as caught:
            connector.comments(item.ref) if what == "read" else connector.create(scene.draft())
        assert caught.value.retry_after == 1

    def test_a_lost_answer_to_a_create_is_found_once(self, scene: World, connector: Connector) -> None:
        connector.create(scene.draft("Warm-up"))
        draft, sent = scene.draft("Made once"), scene.now()
        scene.break_next("lose_answer")
        with pytest.raises(OutcomeUnknown):
            connector.create(draft)
        scene.settle(connector)
        found = connector.find(draft, sent)
        assert found is not None
        assert found.title == "Made once"
        everything = {each.item.ref: each.item.title for each in read_all(connector, None)[0]}
        assert list(everything.values()).count("Made once") == 1

    def test_a_lost_create_is_not_found(self, scene: World, connector: Connector) -> None:
        connector.create(scene.draft("Warm-up"))
        draft, sent = scene.draft("Never made"), scene.now()
        scene.break_next("lose_request")
        with pytest.raises(OutcomeUnknown):
            connector.create(draft)
        scene.settle(connector)
        assert connector.find(draft, sent) is None

    def test_a_lost_answer_to_a_comment_is_found_once(self, scene: World, connector: Connector) -> None:
        item = connector.create(scene.draft())
        connector.comment(item.ref, scene.comment_draft("Warm-up"))
        draft, sent = scene.comment_draft("Said once."), scene.now()
        scene.break_next("lose_answer")
        with pytest.raises(OutcomeUnknown):
            connector.comment(item.ref, draft)
        scene.settle(connector)
        found = connector.find_comment(item.ref, draft, sent)
        assert found is not None
        assert found.body == "Said once."
        assert [comment.body for comment in connector.comments(item.ref)].count("Said once.") == 1

    @pytest.mark.parametrize("failure", ["unavailable", "html"])
    def test_a_server_error_on_a_write_leaves_the_outcome_open(
        self, scene: World, connector: Connector, failure: Failure
    ) -> None:
        item = connector.create(scene.draft())
        scene.break_next(failure)
        with pytest.raises((OutcomeUnknown, Unavailable)):
            connector.update(item.ref, Patch(fields={"title": "Perhaps"}))

    def test_every_request_passes_the_gate(self, scene: World, connector: Connector) -> None:
        before = scene.calls()
        scene.gated.clear()
        connector.check()
        item = connector.create(scene.draft())
        connector.update(item.ref, Patch(fields={"title": "Changed"}))
        connector.comment(item.ref, scene.comment_draft())
        connector.get(item.ref)
        connector.comments(item.ref)
        read_all(connector, None)
        connector.find(scene.draft(), scene.now())
        assert len(scene.gated) == scene.calls() - before

    def test_a_connector_is_opened_without_a_request(self, scene: World) -> None:
        before = scene.calls()
        scene.connect("under-test", scene.gate).close()
        assert scene.calls() == before

    def test_a_closed_gate_stops_every_request(self, scene: World) -> None:
        def closed(method: str, path: str) -> None:
            raise _GateClosed(path)

        stopped = scene.connect("under-test", OpenGate(closed))
        before = scene.calls()
        for request in _REQUESTS.values():
            with pytest.raises(_GateClosed):
                request(scene, stopped)
        assert scene.calls() == before
        stopped.close()

    def test_no_error_holds_a_secret(self, scene: World, connector: Connector) -> None:
        item = connector.create(scene.draft())
        caught: list[ConnectorError] = []
        for suspect in (
            scene.bad_credentials("under-test", scene.gate),
            scene.unreachable("under-test", scene.gate),
        ):
            for request in _REQUESTS.values():
                with pytest.raises(ConnectorError) as raised:
                    request(scene, suspect)
                caught.append(raised.value)
            suspect.close()
        scene.break_next("lose_answer")
        with pytest.raises(ConnectorError) as raised:
            connector.comment(item.ref, scene.comment_draft("A customer's words"))
        caught.append(raised.value)
        for error in caught:
            told = f"{error!s} {error!r} {error.__cause__!s} {vars(connector)!r}"
            assert "A customer's words" not in str(error)
            assert error.message.startswith("under-test"), "an error names its connection first"
            assert [secret for secret in scene.secrets if secret in told] == []


class _GateClosed(Exception):
    """The gate of this test lets nothing through."""
