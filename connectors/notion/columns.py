"""Which property of a database is which canonical field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from connectors.notion.answers import DataSource
from connectors.notion.settings import DatabaseSettings, Role

MARKER = "Sync ID"
"""The text property that carries the marker of the write that made a row."""

ROLES: dict[Role, tuple[tuple[str, ...], frozenset[str]]] = {
    "status": (("status",), frozenset({"status", "select"})),
    "priority": (("priority",), frozenset({"select", "status"})),
    "type": (("type",), frozenset({"select"})),
    "labels": (("tags", "labels"), frozenset({"multi_select"})),
    "assignee": (("owner", "assignee"), frozenset({"people"})),
    "marker": ((MARKER.lower(),), frozenset({"rich_text"})),
    "votes": (("votes",), frozenset({"number"})),
}
"""Which properties are canonical fields: by name in lower case, the first name winning, and by type."""


@dataclass(frozen=True)
class Table:
    """A synced database: what the settings say of it, and the columns that it has."""

    settings: DatabaseSettings
    source: DataSource

    @property
    def id(self) -> str:
        """The data source's id."""
        return self.source.id

    @cached_property
    def roles(self) -> dict[str, str]:
        """The property for each canonical field."""
        return roles({name: prop.type for name, prop in self.source.properties.items()}, self.settings)


def roles(types: Mapping[str, str], settings: DatabaseSettings) -> dict[str, str]:
    """The property for each canonical field, given the types of all properties by their names.

    What the settings say of properties with names of their own goes before the usual names.
    """
    found: dict[str, str] = {}
    for field, (usual, fitting) in ROLES.items():
        given = settings.properties.get(field)
        for wanted in usual if given is None else (given.strip().lower(),):
            for name, kind in types.items():
                if name.strip().lower() == wanted and kind in fitting:
                    found.setdefault(field, name)
    title = next((name for name, kind in types.items() if kind == "title"), None)
    return found if title is None else {**found, "title": title}
