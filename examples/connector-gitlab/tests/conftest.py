from __future__ import annotations

from collections.abc import Iterator

import pytest

from gitlab_world import GitLabWorld, PublicGitLabWorld


@pytest.fixture
def private() -> Iterator[GitLabWorld]:
    world = GitLabWorld()
    yield world
    world.close()


@pytest.fixture
def public() -> Iterator[PublicGitLabWorld]:
    world = PublicGitLabWorld()
    yield world
    world.close()
