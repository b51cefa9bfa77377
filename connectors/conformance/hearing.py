# ruff: noqa: S101
"""What webhooks must be: verified on their raw bytes, and a hint at the item."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.conformance.world import World, ref
from connectors.errors import BadSignature
from connectors.protocol import Connector

__all__ = ["Hearing"]


class Hearing:
    def test_a_webhook_names_the_item(self, scene: World, connector: Connector) -> None:
        item_id = scene.person_creates("Heard of")
        scene.settle(connector)
        requests = scene.webhooks_after(lambda: scene.person_edits_title(item_id, "Heard of again"))
        assert requests
        before = scene.calls()
        deliveries = [connector.receive(request) for request in requests]
        assert scene.calls() == before, "a webhook is answered without asking the tool"
        assert ref(item_id) in {each for delivery in deliveries for each in delivery.refs}

    def test_a_comment_is_heard_of(self, scene: World, connector: Connector) -> None:
        item_id = scene.person_creates("Talked about")
        scene.settle(connector)
        requests = scene.webhooks_after(lambda: scene.person_comments(item_id, "Well?", internal=False))
        heard = {each for request in requests for each in connector.receive(request).refs}
        assert ref(item_id) in heard

    def test_what_is_heard_of_can_be_read(self, scene: World, connector: Connector) -> None:
        requests = scene.webhooks_after(lambda: scene.person_creates("Brand new"))
        refs = [each for request in requests for each in connector.receive(request).refs]
        assert "Brand new" in {connector.get(each).item.title for each in refs}

    def test_a_repeated_delivery_is_recognised(self, scene: World, connector: Connector) -> None:
        item_id = scene.person_creates("Heard of twice")
        requests = scene.webhooks_after(lambda: scene.person_edits_title(item_id, "Once"))
        requests += scene.webhooks_after(lambda: scene.person_edits_title(item_id, "Twice"))
        ids = [connector.receive(request).id for request in requests]
        assert [connector.receive(request).id for request in requests] == ids
        assert len(set(ids)) == len(requests) >= 2

    def test_a_changed_body_is_refused(self, scene: World, connector: Connector) -> None:
        requests = scene.webhooks_after(lambda: scene.person_creates("To be tampered with"))
        assert requests
        for request in requests:
            for body in (request.body + b" ", request.body[:-1], b"", request.body.replace(b"t", b"T", 1)):
                with pytest.raises(BadSignature):
                    connector.receive(replace(request, body=body))

    def test_an_unsigned_body_is_refused(self, scene: World, connector: Connector) -> None:
        requests = scene.webhooks_after(lambda: scene.person_creates("Not signed"))
        assert requests
        with pytest.raises(BadSignature):
            connector.receive(replace(requests[0], headers={"content-type": "application/json"}))
        garbled = {name: f"{value}ü" for name, value in requests[0].headers.items()}
        with pytest.raises(BadSignature):
            connector.receive(replace(requests[0], headers=garbled))
