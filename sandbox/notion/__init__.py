"""Notion, emulated: pages in data sources, blocks, comments, search, and signed webhooks."""

from sandbox.notion.service import NotionService

__all__ = ["NotionService"]
