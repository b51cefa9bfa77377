from __future__ import annotations

from connectors.conformance import ConnectorConformance
from tests.conformance.zendesk_world import ZendeskWorld


class TestZendesk(ConnectorConformance):
    world = ZendeskWorld
