"""Which connectors there are: whatever is registered under the entry point ``loopwright.connectors``."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from connectors.protocol import Connector

GROUP = "loopwright.connectors"


@cache
def systems() -> tuple[str, ...]:
    """The systems that a connector is installed for, our own and third parties'."""
    return tuple(sorted(point.name for point in entry_points(group=GROUP)))


@cache
def connector_type(system: str) -> type[Connector]:
    """The connector for ``system``, loaded only now: each brings a client library along.

    Raises LookupError with the names that would do.
    """
    for point in entry_points(group=GROUP, name=system):
        found: type[Connector] = point.load()
        return found
    raise LookupError(f"no connector for '{system}' is installed; there are: {', '.join(systems())}")
