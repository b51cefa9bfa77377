from __future__ import annotations

from connectors.conformance import ConnectorConformance
from tests.conformance.github_world import GitHubWorld, PublicGitHubWorld


class TestGitHub(ConnectorConformance):
    world = GitHubWorld


class TestPublicGitHub(ConnectorConformance):
    world = PublicGitHubWorld
