"""The data sources of the databases that are synced: which they are, and what columns they have."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from difflib import get_close_matches

from pydantic import JsonValue

from connectors.errors import NotFound, Rejected
from connectors.notion.answers import Database, DataSource, Listing, Page
from connectors.notion.client import PAGE_SIZE, NotionClient
from connectors.notion.columns import Table
from connectors.notion.settings import DatabaseSettings

FRESH_SECONDS = 60.0
"""How long a data source or a page is believed to be as private as it was. Whoever publishes it within that
time publishes what stood there before, too."""


def did_you_mean(wanted: str, known: Mapping[str, object] | list[str]) -> str:
    """Advice for a name that does not exist."""
    names = sorted(known)
    close = get_close_matches(wanted, names, n=1, cutoff=0.6)
    hint = f"Did you mean '{close[0]}'? " if close else ""
    return f"{hint}There are: {', '.join(names) or 'none'}."


class Sources:
    """Data sources by the name of their database, found and read when they are first needed."""

    def __init__(self, client: NotionClient, databases: tuple[DatabaseSettings, ...]) -> None:
        self._client = client
        self._settings = {database.name: database for database in databases}
        self._known: dict[str, DataSource] = {}
        self._read_at: dict[str, float] = {}
        """When those that were asked for ``fresh`` were read, on a clock of this process."""

    @property
    def names(self) -> list[str]:
        """The synced databases, in the order of the settings."""
        return list(self._settings)

    def all(self) -> list[Table]:
        """All of them. Raises NotFound for one that is not shared with the connection."""
        return [self.named(name) for name in self.names]

    def named(self, name: str, *, fresh: bool = False) -> Table:
        """The data source of a database, ``fresh``: as it was a minute ago or later.

        Raises Rejected for a name that the settings do not have.
        """
        if name not in self._settings:
            raise Rejected(
                f"{self._client.connection} syncs no database '{name}'",
                advice=did_you_mean(name, self._settings),
            )
        if name not in self._known:
            self._find(name)
        if fresh and time.monotonic() >= self._read_at.get(name, -math.inf) + FRESH_SECONDS:
            self._known[name] = self._read(self._known[name].id)
            self._read_at[name] = time.monotonic()
        return Table(self._settings[name], self._known[name])

    def holding(self, page: Page) -> Table:
        """The synced database that a page is a row of. Raises NotFound when there is none."""
        home = page.parent.data_source_id
        for name in sorted(self._settings, key=lambda name: self._settings[name].data_source != home):
            try:
                found = self.named(name)
            except NotFound:
                continue  # Another database that is not shared any more says nothing about this page.
            if found.id == home:
                return found
        raise NotFound(
            f"{self._client.connection}: page {page.id} is in no database that is synced",
            advice="Move it back, or add its database to the settings.",
        )

    def forget(self, table: Table) -> None:
        """Read the columns again when they are needed next."""
        self._known = {name: known for name, known in self._known.items() if known.id != table.id}
        self._read_at.clear()

    def _read(self, identity: str) -> DataSource:
        return self._client.read(DataSource, "GET", f"data_sources/{identity}")

    def _find(self, name: str) -> None:
        given = self._settings[name].data_source
        if given is not None:
            self._known[name] = self._by_id(name, given)
        else:
            self._search(name)

    def _by_id(self, name: str, identity: str) -> DataSource:
        """Also by a database's id: Notion's windows show that one, and refuse it here as not found."""
        try:
            return self._read(identity)
        except NotFound:
            database = self._client.read(Database, "GET", f"databases/{identity}")
        if len(database.data_sources) != 1:
            names = ", ".join(f"{one.name} ({one.id})" for one in database.data_sources)
            raise Rejected(
                f"{self._client.connection}: database '{name}' has several data sources",
                advice=f"Set data_source to the id of one of them: {names}.",
            )
        return self._read(database.data_sources[0].id)

    def _search(self, name: str) -> None:
        """One listing of all data sources that are shared finds every database that is known by name only."""
        found: dict[str, list[DataSource]] = {}
        cursor: str | None = None
        condition: JsonValue = {"property": "object", "value": "data_source"}
        while True:
            body: dict[str, JsonValue] = {"filter": condition, "page_size": PAGE_SIZE}
            if cursor:
                body["start_cursor"] = cursor
            page = self._client.read(Listing[DataSource], "POST", "search", body=body)
            for source in page.results:
                found.setdefault(source.name, []).append(source)
            cursor = page.next_cursor
            if not page.has_more or cursor is None:
                break
        for wanted, settings in self._settings.items():
            if settings.data_source is None and len(found.get(wanted, [])) == 1:
                self._known[wanted] = found[wanted][0]
        if len(found.get(name, [])) > 1:
            raise Rejected(
                f"{self._client.connection} sees {len(found[name])} databases called '{name}'",
                advice="Set data_source to the id of the one that is meant.",
            )
        if name not in found:
            raise NotFound(
                f"{self._client.connection} sees no database called '{name}'",
                advice=f"Share it with the connection. {did_you_mean(name, found)}",
            )
