"""Which connectors there are: whatever is registered under the entry point ``loopwright.connectors``."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from connectors.protocol import Connector

GROUP = "loopwright.connectors"


@cache
def connector_types() -> dict[str, type[Connector]]:
    """Every installed connector by its system name, our own and third parties'."""
    return {point.name: point.load() for point in entry_points(group=GROUP)}


def connector_type(system: str) -> type[Connector]:
    """The connector for ``system``. Raises LookupError with the names that would do."""
    types = connector_types()
    if system not in types:
        known = ", ".join(sorted(types))
        raise LookupError(f"no connector for '{system}' is installed; there are: {known}")
    return types[system]
