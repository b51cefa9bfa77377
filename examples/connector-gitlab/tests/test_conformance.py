from __future__ import annotations

from connectors.conformance import ConnectorConformance
from gitlab_world import ConfidentialGitLabWorld, GitLabWorld, OffsetGitLabWorld, PublicGitLabWorld


class TestGitLab(ConnectorConformance):
    world = GitLabWorld


class TestPublicGitLab(ConnectorConformance):
    world = PublicGitLabWorld


class TestConfidentialGitLab(ConnectorConformance):
    world = ConfidentialGitLabWorld


class TestOffsetGitLab(ConnectorConformance):
    world = OffsetGitLabWorld
