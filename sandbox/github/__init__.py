"""The emulated GitHub, as far as issues go: REST API of version 2022-11-28 and signed webhooks."""

from sandbox.github.service import GitHubService

__all__ = ["GitHubService"]
