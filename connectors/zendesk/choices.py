"""What a ticket has by choice from lists of the account: its group of agents, and its custom status.

Groups come side-loaded; all of them are asked for only where one did not come. Custom statuses have no
side-load: all are read when a ticket first names one. An account that has none is never asked for them.
"""

from __future__ import annotations

from collections.abc import Iterable

from connectors.errors import Rejected
from connectors.model import JsonValue
from connectors.zendesk.client import Client
from connectors.zendesk.rows import GroupRow, TicketRow

GROUP, STATUS = "group", "custom_status"
"""What rules know them by, as ``custom.group`` and ``custom.custom_status``."""


class Choices:
    def __init__(self, client: Client, connection: str) -> None:
        self._client = client
        self._connection = connection
        self._groups: dict[int, str] = {}
        self._statuses: dict[int, str] = {}
        self._missed: set[int] = set()

    def learn(self, groups: Iterable[GroupRow]) -> None:
        """Take in what was side-loaded."""
        self._groups.update({row.id: row.name for row in groups})

    def of(self, ticket: TicketRow) -> dict[str, JsonValue]:
        """The ticket's group and its custom status by name, as far as it has them."""
        told: dict[str, JsonValue] = {}
        if ticket.group_id is not None:
            if ticket.group_id not in self._groups and self._first_miss(ticket.group_id):
                self._load_groups()
            told[GROUP] = self._groups.get(ticket.group_id)
        if ticket.custom_status_id is not None:
            if ticket.custom_status_id not in self._statuses and self._first_miss(ticket.custom_status_id):
                self._load_statuses()
            told[STATUS] = self._statuses.get(ticket.custom_status_id)
        return {name: value for name, value in told.items() if value is not None}

    def members(self, name: str, value: JsonValue) -> dict[str, JsonValue]:
        """The members of a ticket that give it this group or custom status.

        Zendesk changes the category of the status along. Raises Rejected for what does not exist.
        """
        if name == GROUP:
            return {"group_id": None if value is None else self._group_id(value)}
        if value is None:
            raise Rejected(f"{self._connection}: a custom status cannot be cleared", advice="Set status.")
        return {"custom_status_id": self._status_id(value)}

    def _group_id(self, name: JsonValue) -> int:
        found = _named(self._groups, name)
        if found is None:
            self._load_groups()
            found = _named(self._groups, name)
        if found is None:
            raise self._no_such("group", name, self._groups)
        return found

    def _status_id(self, label: JsonValue) -> int:
        found = _named(self._statuses, label)
        if found is None:
            self._load_statuses()
            found = _named(self._statuses, label)
        if found is None:
            raise self._no_such("custom status", label, self._statuses)
        return found

    def _no_such(self, what: str, name: JsonValue, known: dict[int, str]) -> Rejected:
        there = ", ".join(sorted(known.values())) or "none"
        return Rejected(f"{self._connection}: there is no {what} '{name}'; there are: {there}")

    def _first_miss(self, number: int) -> bool:
        """Whether this is news, so that something that stays unknown is not asked for again and again."""
        news = number not in self._missed
        self._missed.add(number)
        return news

    def _load_groups(self) -> None:
        self._groups = {row.id: row.name for row in self._client.groups()}

    def _load_statuses(self) -> None:
        self._statuses = {row.id: row.agent_label for row in self._client.custom_statuses()}


def _named(known: dict[int, str], name: JsonValue) -> int | None:
    return next((number for number, called in known.items() if called == name), None)
