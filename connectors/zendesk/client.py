"""The requests for tickets that the connector makes, and their answers as checked records.

zenpy builds them as far as it can; what comes back is read from the raw answer, because zenpy's objects lose
what was side-loaded once its cache is off, and then fetch it one call at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from functools import partial
from urllib.parse import quote

from zenpy.lib.api_objects import Ticket

from connectors.model import JsonValue
from connectors.zendesk.rows import (
    BrandRow,
    BrandsPage,
    CommentsPage,
    CustomStatusesAnswer,
    CustomStatusRow,
    EventsPage,
    ExportPage,
    FieldRow,
    FieldsPage,
    GroupRow,
    GroupsPage,
    JobAnswer,
    JobRow,
    JobsAnswer,
    OrganizationRow,
    OrganizationsAnswer,
    TicketAnswer,
    TicketRow,
    TicketsAnswer,
    TicketsPage,
    UploadAnswer,
    UserAnswer,
    UserRow,
    UsersAnswer,
    UsersPage,
    WriteAnswer,
)
from connectors.zendesk.wire import Wire

_BESIDE = ("users", "organizations", "groups")


class Client:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._zenpy = wire.zenpy

    def me(self) -> UserRow:
        return self._wire.ask(UserAnswer, self._zenpy.users.me).user

    def export(self, cursor: str | None, start: int) -> ExportPage:
        """A page of tickets in the order of their last change, with their people and organizations."""
        export = self._zenpy.tickets.incremental
        if cursor is None:
            return self._wire.ask(ExportPage, lambda: export(start_time=start, include=_BESIDE))
        quoted = quote(cursor, safe="")
        return self._wire.ask(ExportPage, lambda: export(cursor=quoted, include=_BESIDE))

    def events(self, start: int) -> EventsPage:
        """A page of what happened to tickets since ``start``, in epoch seconds, with their new comments."""
        query: dict[str, str | int | list[str]] = {"start_time": start, "include": "comment_events"}
        return self._wire.get(EventsPage, "incremental/ticket_events", query)

    def ticket(self, number: int) -> TicketAnswer:
        return self._wire.ask(TicketAnswer, lambda: self._zenpy.tickets(id=number, include=_BESIDE))

    def tickets(self, numbers: Sequence[int]) -> TicketsAnswer:
        """At most a hundred; those that do not exist are missing."""
        ids = ",".join(map(str, numbers))
        return self._wire.get(TicketsAnswer, "tickets/show_many", {"ids": ids, "include": ",".join(_BESIDE)})

    def with_external_id(self, external_id: str) -> TicketsAnswer:
        quoted = quote(external_id, safe="")
        ask = partial(self._zenpy.tickets, external_id=quoted, include=_BESIDE)
        return self._wire.ask(TicketsAnswer, ask)

    def incidents(self, problem: int) -> Iterator[TicketsPage]:
        return self._wire.pages(TicketsPage, f"tickets/{problem}/incidents")

    def create(self, ticket: Mapping[str, JsonValue], key: str) -> WriteAnswer:
        """Create a ticket once, however often it is asked for with the same key within two hours."""
        request = partial(self._zenpy.tickets.create, _named(Ticket(), ticket))
        return self._wire.ask_once(WriteAnswer, request, key)

    def update(self, number: int, ticket: Mapping[str, JsonValue]) -> WriteAnswer:
        changed = _named(Ticket(id=number), ticket)
        return self._wire.ask(WriteAnswer, partial(self._zenpy.tickets.update, changed))

    def update_unless_changed(self, read: TicketRow, ticket: Mapping[str, JsonValue]) -> None:
        """Raises Conflict where somebody has changed the ticket since it was ``read``."""
        stamp = read.updated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.update(read.id, {**ticket, "safe_update": True, "updated_stamp": stamp})

    def add_tags(self, number: int, tags: list[str]) -> None:
        self._zenpy.tickets.add_tags(number, tags)

    def delete_tags(self, number: int, tags: list[str]) -> None:
        self._zenpy.tickets.delete_tags(number, tags)

    def create_many(self, tickets: Sequence[dict[str, JsonValue]]) -> JobRow:
        """At most a hundred, as one job."""
        body: JsonValue = {"tickets": [*tickets]}
        return self._wire.write(JobAnswer, "POST", "tickets/create_many", body).job_status

    def update_many(self, tickets: Sequence[dict[str, JsonValue]]) -> JobRow:
        """At most a hundred, each with its ``id``, as one job."""
        body: JsonValue = {"tickets": [*tickets]}
        return self._wire.write(JobAnswer, "PUT", "tickets/update_many", body).job_status

    def jobs(self, ids: Sequence[str]) -> list[JobRow]:
        """At most a hundred; those that Zendesk has forgotten are missing."""
        return self._wire.get(JobsAnswer, "job_statuses/show_many", {"ids": ",".join(ids)}).job_statuses

    def users(self, ids: Sequence[int]) -> list[UserRow]:
        """At most a hundred."""
        return self._wire.ask(UsersAnswer, lambda: self._zenpy.users(ids=[*ids])).users

    def staff(self) -> Iterator[UserRow]:
        """All agents and admins."""
        for page in self._wire.pages(UsersPage, "users", {"role[]": ["agent", "admin"]}):
            yield from page.users

    def organizations(self, ids: Sequence[int]) -> list[OrganizationRow]:
        """At most a hundred."""
        request = partial(self._zenpy.organizations, ids=[*ids])
        return self._wire.ask(OrganizationsAnswer, request).organizations

    def ticket_fields(self) -> list[FieldRow]:
        return [row for page in self._wire.pages(FieldsPage, "ticket_fields") for row in page.ticket_fields]

    def brands(self) -> list[BrandRow]:
        return [row for page in self._wire.pages(BrandsPage, "brands") for row in page.brands]

    def groups(self) -> list[GroupRow]:
        return [row for page in self._wire.pages(GroupsPage, "groups") for row in page.groups]

    def custom_statuses(self) -> list[CustomStatusRow]:
        """All, in one answer: there are at most a few dozen."""
        return self._wire.get(CustomStatusesAnswer, "custom_statuses").custom_statuses

    def comments(self, number: int, *, newest_first: bool = False) -> Iterator[CommentsPage]:
        """A ticket's comments, the one that is its body included, with their authors and files."""
        query: dict[str, str | int | list[str]] = {
            "include": "users",
            "include_inline_images": "true",
            "sort": "-created_at" if newest_first else "created_at",
        }
        return self._wire.pages(CommentsPage, f"tickets/{number}/comments", query)

    def delete(self, number: int) -> None:
        self._wire.act("DELETE", f"tickets/{number}")

    def make_private(self, number: int, comment: str) -> None:
        self._wire.act("PUT", f"tickets/{number}/comments/{comment}/make_private")

    def upload(self, name: str, media_type: str, content: Iterable[bytes], size: int) -> UploadAnswer:
        """Leave a file with Zendesk, for a comment to take within the hour."""
        return self._wire.upload(UploadAnswer, "uploads", {"filename": name}, content, size, media_type)


def _named(ticket: Ticket, values: Mapping[str, JsonValue]) -> Ticket:
    """The ticket with these values set. zenpy sends only what is set after construction once it is None."""
    for name, value in values.items():
        setattr(ticket, name, value)
    return ticket
