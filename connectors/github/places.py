"""Where things are: repositories by name, issues by id. Names change; ids do not."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from pydantic import TypeAdapter

from connectors.abilities import Move
from connectors.errors import Forbidden, NotFound
from connectors.github.client import Client
from connectors.github.rows import Address, IssueRow, RepositoryRow
from connectors.model import Audience, Ref

ISSUE = TypeAdapter(IssueRow)
ISSUES = TypeAdapter(tuple[IssueRow, ...])
_REPOSITORY = TypeAdapter(RepositoryRow)
_LATEST_FIRST = {"state": "all", "sort": "updated", "direction": "desc"}
_OLDEST_FIRST = {"state": "all", "sort": "created", "direction": "asc"}
_KEY = re.compile(r"([^/#\s]+/[^/#\s]+)#(\d+)")

FRESH_SECONDS = 60.0
"""How long a repository is believed to be what it was: also how long it may be public unnoticed."""
READING_SECONDS = 3600.0
"""The same for what is read alone: nothing gets wider by it."""
_FEW = 3
"""So many issues are looked for one by one; for more it is cheaper to read the list."""


class Places:
    """What one connector has learnt of places; all of it can be learnt again."""

    def __init__(self, client: Client, names: tuple[str, ...]) -> None:
        """``names`` are the repositories in which an issue without an address is looked for."""
        self._client = client
        self._names = names
        self._repositories: dict[str, tuple[float, RepositoryRow]] = {}
        self._addresses: dict[str, Address] = {}
        self._ids: dict[Address, str] = {}

    def repository(self, name: str, *, within: float = FRESH_SECONDS) -> RepositoryRow:
        """The repository of that name, or of that former name, as it was ``within`` so many seconds."""
        read, row = self._repositories.get(name, (0.0, None))
        if row is None or time.monotonic() - read >= within:
            row = self._client.read(_REPOSITORY, f"/repos/{name}")
            self._repositories[name] = (time.monotonic(), row)
        return row

    def others(self, name: str) -> tuple[str, ...]:
        """The repositories of the settings but this one, as far as they can be seen."""
        rest = (other for other in self._names if other.lower() != name.lower())
        return tuple(other for other in rest if self._sees(other))

    def _sees(self, name: str) -> bool:
        try:
            return self.repository(name, within=READING_SECONDS).has_issues
        except (Forbidden, NotFound):
            return False

    def audience(self, name: str, *, within: float = FRESH_SECONDS) -> Audience:
        """Who reads what stands there."""
        return self.repository(name, within=within).audience

    def saw(self, row: IssueRow) -> None:
        """Remember where this issue is."""
        self._addresses[str(row.id)] = row.address
        self._ids[row.address] = str(row.id)

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

    def moved(self, ref: Ref) -> Move | None:
        """What an issue that was transferred is now: GitHub redirects from its last address. Raises NotFound.

        Where another issue stands at that very address, its repository's name was given to another one.
        """
        address = _named(ref) or self._addresses.get(ref.id)
        if address is None:
            return None
        row = self._client.read(ISSUE, address.path)
        if str(row.id) == ref.id or row.address == address or row.pull_request is not None:
            return None
        watched = row.repository.lower() in {self._now(name).lower() for name in self._names}
        return Move(Ref(connection=ref.connection, id=str(row.id), key=row.key), watched)

    def _now(self, name: str) -> str:
        """The name that a repository of the settings has by now."""
        try:
            return self.repository(name, within=READING_SECONDS).full_name
        except (Forbidden, NotFound):
            return name

    def address(self, ref: Ref) -> Address:
        """Where the issue is, as seen before or read now. Raises NotFound."""
        if ref.id not in self._addresses:
            self.issue(ref)
        return self._addresses[ref.id]

    def refs(self, addresses: Iterable[Address]) -> dict[Address, Ref]:
        """The issues at these addresses, for comments, which tell no more of theirs.

        Mostly they were seen just before. What is no issue, or none any more, is left out.
        """
        wanted = set(addresses)
        unknown = wanted - self._ids.keys()
        for name in {address.repository for address in unknown}:
            here = {address for address in unknown if address.repository == name}
            if len(here) > _FEW:
                self._learn(name)
            else:
                for address in here:
                    self._ask(address)
        connection = self._client.connection
        return {
            address: Ref(connection=connection, id=self._ids[address], key=address.key)
            for address in wanted & self._ids.keys()
        }

    def _learn(self, name: str) -> None:
        """All of them: the next page of comments would ask for others."""
        for rows in self._client.pages(ISSUES, f"/repos/{name}/issues", _OLDEST_FIRST):
            for row in rows:
                self.saw(row)

    def _ask(self, address: Address) -> None:
        try:
            row = self._client.read(ISSUE, address.path)
        except NotFound:
            return
        if row.pull_request is None:
            self.saw(row)

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
