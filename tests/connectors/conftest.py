"""The emulated Notion and a connector to it; some tests prepare a scene of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from connectors.notion import NotionConnector
from tests.conformance.notion_world import NotionWorld


@pytest.fixture
def scene() -> Iterator[NotionWorld]:
    with closing(NotionWorld()) as world:
        yield world


@pytest.fixture
def notion(scene: NotionWorld) -> Iterator[NotionConnector]:
    with closing(scene.connect("notion", scene.gate)) as connector:
        yield connector
