"""The account's records, and who is told when a ticket has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count

from sandbox.clock import Clock
from sandbox.zendesk.inputs import Invalid
from sandbox.zendesk.records import Audit, Brand, Email, Organization, Ticket, TicketField, User


class State:
    """Records by id. ``observers`` are told of every audit that is not silent."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.users: dict[int, User] = {}
        self.users_by_email: dict[str, User] = {}
        self.organizations: dict[int, Organization] = {}
        self.brands: dict[int, Brand] = {}
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
