from __future__ import annotations

from connectors.conformance import ConnectorConformance
from tests.conformance.jira_world import JiraWorld


class TestJira(ConnectorConformance):
    world = JiraWorld
