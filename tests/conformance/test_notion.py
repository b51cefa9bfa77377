from __future__ import annotations

from connectors.conformance import ConnectorConformance
from tests.conformance.notion_world import NotionWorld, OlderNotionWorld


class TestNotion(ConnectorConformance):
    world = NotionWorld


class TestOlderNotion(ConnectorConformance):
    world = OlderNotionWorld
