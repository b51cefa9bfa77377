"""Jira, emulated: REST API v3 of Cloud or v2 of Data Center, JQL, a lagging search index, signed webhooks."""

from sandbox.jira.data_center import JiraDataCenterService
from sandbox.jira.service import JiraService

__all__ = ["JiraDataCenterService", "JiraService"]
