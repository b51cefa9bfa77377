"""The account's records, and who is told when a ticket has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count

from sandbox.clock import Clock
from sandbox.zendesk.inputs import Invalid
from sandbox.zendesk.records import (
    Audit,
    Brand,
    CustomStatus,
    Email,
    Group,
    Organization,
    Ticket,
    TicketField,
    User,
)

CATEGORIES = ("new", "open", "pending", "hold", "solved")
"""What a custom status counts as."""


class State:
    """Records by id. ``observers`` are told of every audit that is not silent."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.users: dict[int, User] = {}
        self.users_by_email: dict[str, User] = {}
        self.organizations: dict[int, Organization] = {}
        self.brands: dict[int, Brand] = {}
        self.groups: dict[int, Group] = {}
        self.statuses: dict[int, CustomStatus] = {}
        """Custom statuses; none before they are activated."""
        self.fields: dict[int, TicketField] = {}
        self.tickets: dict[int, Ticket] = {}
        self.tickets_by_external_id: dict[str, list[Ticket]] = {}
        self.outbox: list[Email] = []
        self.observers: list[Callable[[Ticket, Audit], None]] = []
        self._ticket_ids = count(1)
        self._ids = count(900_001)

    def next_id(self) -> int:
        """An id for anything but a ticket; tickets count from 1."""
        return next(self._ids)

    def next_ticket_id(self) -> int:
        return next(self._ticket_ids)

    def now(self) -> datetime:
        """The clock in whole seconds, which is all that Zendesk shows."""
        return self.clock.now().replace(microsecond=0)

    def add_user(self, user: User) -> User:
        self.users[user.id] = user
        if user.email is not None:
            self.users_by_email[user.email] = user
        return user

    def user(self, user_id: int, role: str) -> User:
        """The user in that role of a ticket. Raises Invalid."""
        if user_id not in self.users:
            raise Invalid(role.lower(), f"{role}: is invalid")
        return self.users[user_id]

    def custom_fields(self) -> list[TicketField]:
        return [field for field in self.fields.values() if not field.system]

    def default_brand(self) -> Brand:
        return next(brand for brand in self.brands.values() if brand.default)

    def default_group(self) -> Group:
        return next(group for group in self.groups.values() if group.default)

    def add_group(self, name: str, *, default: bool = False) -> Group:
        group = Group(self.next_id(), name, self.now(), default)
        self.groups[group.id] = group
        return group

    def activate_statuses(self) -> None:
        """An admin turns custom statuses on: each category gets a default one for its tickets."""
        for category in CATEGORIES:
            self.add_status(category, category.replace("hold", "on-hold").title(), default=True)
        for ticket in self.tickets.values():
            ticket.custom_status_id = self.default_status(ticket.status)

    def add_status(self, category: str, label: str, *, default: bool = False) -> CustomStatus:
        status = CustomStatus(self.next_id(), category, label, self.now(), default)
        self.statuses[status.id] = status
        return status

    def default_status(self, status: str) -> int | None:
        """The custom status of a ticket of which only ``status`` is said."""
        chosen = (one.id for one in self.statuses.values() if one.default and self.counts_as(one.id, status))
        return next(chosen, None)

    def counts_as(self, custom_status: int | None, status: str) -> bool:
        """Whether a ticket in that status may have that custom one; a closed one was solved."""
        known = self.statuses.get(custom_status or 0)
        return known is not None and known.category == ("solved" if status == "closed" else status)

    def add_ticket(self, ticket: Ticket) -> None:
        self.tickets[ticket.id] = ticket
        self.index_external_id(ticket, None)

    def index_external_id(self, ticket: Ticket, previous: str | None) -> None:
        """To be called when a ticket's external id may have changed from ``previous``."""
        if ticket.external_id == previous:
            return
        if previous is not None:
            self.tickets_by_external_id[previous].remove(ticket)
        if ticket.external_id is not None:
            self.tickets_by_external_id.setdefault(ticket.external_id, []).append(ticket)

    def record(self, ticket: Ticket, audit: Audit, *, silent: bool = False) -> None:
        """Keep an audit and tell everybody. ``silent`` tells nobody, as an import does."""
        ticket.audits.append(audit)
        if silent:
            return
        for observer in self.observers:
            observer(ticket, audit)

    def stamp(self, ticket: Ticket, now: datetime) -> None:
        ticket.updated = now
        ticket.generated = int(now.timestamp())

    def system_update(self, ticket: Ticket) -> None:
        """Zendesk itself touches the ticket: it is exported again, and its ``updated_at`` stays behind."""
        ticket.generated = int(self.now().timestamp())
