"""Where things are: repositories by name, issues by id. Names change; ids do not."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from pydantic import TypeAdapter

from connectors.errors import NotFound
from connectors.github.client import Client
from connectors.github.rows import IssueRow, RepositoryRow
from connectors.model import Audience, Ref

ISSUE = TypeAdapter(IssueRow)
ISSUES = TypeAdapter(tuple[IssueRow, ...])
_REPOSITORY = TypeAdapter(RepositoryRow)
_LATEST_FIRST = {"state": "all", "sort": "updated", "direction": "desc"}
_KEY = re.compile(r"([^/#\s]+/[^/#\s]+)#(\d+)")

FRESH_SECONDS = 60.0
"""How long a repository is believed to be what it was: also how long it may be public unnoticed."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an issue was when it was last seen."""

    repository: str
    number: int

    @property
    def path(self) -> str:
        return f"/repos/{self.repository}/issues/{self.number}"


class Places:
    """What one connector has learnt of places; all of it can be learnt again."""

    def __init__(self, client: Client, names: tuple[str, ...]) -> None:
        """``names`` are the repositories in which an issue without an address is looked for."""
        self._client = client
        self._names = names
        self._repositories: dict[str, tuple[float, RepositoryRow]] = {}
        self._addresses: dict[str, Address] = {}

    def repository(self, name: str, *, fresh: bool = False) -> RepositoryRow:
        """The repository of that name, or of that former name."""
        read, row = self._repositories.get(name, (0.0, None))
        if row is None or fresh or time.monotonic() - read > FRESH_SECONDS:
            row = self._client.read(_REPOSITORY, f"/repos/{name}")
            self._repositories[name] = (time.monotonic(), row)
        return row

    def audience(self, name: str) -> Audience:
        """Who reads what stands there."""
        return self.repository(name).audience

    def saw(self, row: IssueRow) -> None:
        """Remember where this issue is."""
        self._addresses[str(row.id)] = Address(row.repository, row.number)

    def forget(self, ref: Ref) -> None:
        self._addresses.pop(ref.id, None)

    def issue(self, ref: Ref) -> IssueRow:
        """The issue, read at its last address and recognised by its id. Raises NotFound."""
        seen, named = self._addresses.get(ref.id), _named(ref)
        there = ""
        for address in dict.fromkeys(filter(None, (seen, named))) or [self._search(ref)]:
            row = self._client.read(ISSUE, address.path)
            if str(row.id) == ref.id and row.pull_request is None:
                self.saw(row)
                return row
            there = row.key
            self.forget(ref)
        raise NotFound(
            f"{self._client.connection}: {ref} is not the issue it was: {there} is there now",
            advice="It was transferred, which makes it another issue for GitHub, or its name was reused.",
        )

    def address(self, ref: Ref) -> Address:
        """Where the issue is, as seen before or read now. Raises NotFound."""
        if ref.id not in self._addresses:
            self.issue(ref)
        return self._addresses[ref.id]

    def _search(self, ref: Ref) -> Address:
        """GitHub finds no issue by its id, so the lists are read, the latest changes first."""
        for name in self._names:
            for rows in self._client.pages(ISSUES, f"/repos/{name}/issues", _LATEST_FIRST):
                for row in rows:
                    self.saw(row)
                if ref.id in self._addresses:
                    return self._addresses[ref.id]
        raise NotFound(f"{self._client.connection}: no repository of the settings has the issue {ref.id}")


def _named(ref: Ref) -> Address | None:
    """The address that the key is."""
    found = _KEY.fullmatch(ref.key)
    return Address(found[1], int(found[2])) if found else None
