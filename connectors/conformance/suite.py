"""All the tests in one class, and the fixtures that they share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from connectors.conformance.commenting import Commenting
from connectors.conformance.enduring import Enduring
from connectors.conformance.failing import Failing
from connectors.conformance.files import Files
from connectors.conformance.hearing import Hearing
from connectors.conformance.many import Apart, Many
from connectors.conformance.reading import Reading
from connectors.conformance.world import CONNECTION, World
from connectors.conformance.writing import Writing
from connectors.protocol import Connector

__all__ = ["ConnectorConformance"]


class ConnectorConformance(Reading, Writing, Commenting, Failing, Enduring, Hearing, Many, Apart, Files):
    """Derive from it, name it ``Test...``, and set ``world``."""

    world: ClassVar[type[World]]

    @pytest.fixture
    def scene(self) -> Iterator[World]:
        """A fresh world."""
        opened = self.world()
        try:
            yield opened
        finally:
            opened.close()

    @pytest.fixture
    def connector(self, scene: World) -> Iterator[Connector]:
        """A connector to the tool of this world."""
        opened = scene.connect(CONNECTION, scene.gate)
        try:
            yield opened
        finally:
            opened.close()
