"""The test suite that every connector must pass, also a third party's. In your tests:

    class TestMyTool(ConnectorConformance):
        world = MyWorld

``MyWorld`` is your :class:`World`: a fresh tool for each test, and what people do in it. Needs pytest.
"""

from __future__ import annotations

import pytest

# before the modules are imported, so that a failing assert shows its values
for _room in ("reading", "writing", "commenting", "failing", "enduring", "hearing", "many", "files", "world"):
    pytest.register_assert_rewrite(f"connectors.conformance.{_room}")

from connectors.conformance.suite import ConnectorConformance  # noqa: E402
from connectors.conformance.world import Failure, World  # noqa: E402

__all__ = ["ConnectorConformance", "Failure", "World"]
