"""Jira Cloud, emulated: REST API v3, JQL, a lagging search index, one workflow, and signed admin webhooks."""

from sandbox.jira.service import JiraService

__all__ = ["JiraService"]
