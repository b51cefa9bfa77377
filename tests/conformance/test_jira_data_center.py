from __future__ import annotations

from connectors.conformance import ConnectorConformance
from tests.conformance.jira_data_center_world import JiraDataCenterWorld


class TestJiraDataCenter(ConnectorConformance):
    world = JiraDataCenterWorld
