from __future__ import annotations

from connectors.conformance import ConnectorConformance
from connectors.model import Audience
from tests.conformance.memory_world import MemoryWorld


class TestMemory(ConnectorConformance):
    world = MemoryWorld


class PublicMemoryWorld(MemoryWorld):
    """A tool like a public repository: nothing in it can be kept from anybody."""

    audience = Audience.PUBLIC
    comment_audiences = (Audience.PUBLIC,)


class TestPublicMemory(ConnectorConformance):
    world = PublicMemoryWorld


class ApartMemoryWorld(MemoryWorld):
    """A tool that lists comments apart from items."""

    notes_apart = True
    idle_calls = 2


class TestApartMemory(ConnectorConformance):
    world = ApartMemoryWorld
