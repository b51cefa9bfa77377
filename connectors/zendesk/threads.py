"""Tickets one by one and by the hundred, and what was said about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from connectors.errors import NotFound, OutcomeUnknown
from connectors.model import Audience, Comment, CommentDraft, Item, JsonValue, Ref
from connectors.protocol import Observation
from connectors.zendesk import shape
from connectors.zendesk.client import Client
from connectors.zendesk.directory import Directory
from connectors.zendesk.fitting import fitting
from connectors.zendesk.rows import CommentRow, TicketRow
from connectors.zendesk.wire import MANY

CLOCK_SKEW = timedelta(minutes=5)


class Threads:
    def __init__(self, connection: str, site: str, client: Client, directory: Directory) -> None:
        self.connection = connection
        self._site = site
        self._client = client
        self._directory = directory

    def ref(self, number: int) -> Ref:
        return shape.ref(self.connection, number)

    def number(self, ref: Ref) -> int:
        """The ticket's number. Raises NotFound where the ref names none."""
        if not ref.id.isdigit():
            raise NotFound(f"{self.connection}: '{ref.id}' is not the number of a ticket")
        return int(ref.id)

    def item(self, ticket: TicketRow) -> Item:
        """The ticket as it stands, with whatever the directory knows of its people."""
        return shape.item(self.connection, self._site, ticket, self._directory)

    def item_of_write(self, ticket: TicketRow) -> Item:
        """The ticket as a write answered it, which side-loads nobody."""
        self._directory.meet([ticket.requester_id, ticket.assignee_id], ticket.organization_id)
        return self.item(ticket)

    def get(self, ref: Ref) -> Observation:
        answer = self._client.ticket(self.number(ref))
        self._directory.learn_beside(answer)
        return Observation(self.item(answer.ticket))

    def get_many(self, refs: Sequence[Ref]) -> Iterator[Observation]:
        """Those that there are, by the hundred."""
        numbers = [int(ref.id) for ref in refs if ref.id.isdigit()]
        for start in range(0, len(numbers), MANY):
            answer = self._client.tickets(numbers[start : start + MANY])
            self._directory.learn_beside(answer)
            yield from (Observation(self.item(ticket)) for ticket in answer.tickets)

    def comments(self, ref: Ref) -> tuple[Comment, ...]:
        rows = list(self.rows(ref))
        return tuple(shape.comment(row, self._directory) for row in rows[1:])

    def rows(self, ref: Ref, *, newest_first: bool = False) -> Iterator[CommentRow]:
        """All comments of the ticket, the one that is its body included, as Zendesk tells them."""
        for page in self._client.comments(self.number(ref), newest_first=newest_first):
            self._directory.learn(page.users)
            yield from page.comments

    def rows_since(self, ref: Ref, sent: datetime) -> Iterator[CommentRow]:
        """The comments that something sent at ``sent`` can have made, newest first."""
        for row in self.rows(ref, newest_first=True):
            if row.created_at < sent - CLOCK_SKEW:
                return
            yield row

    def say(self, ref: Ref, draft: CommentDraft) -> CommentRow:
        """An internal note, or a public reply that Zendesk mails to the requester."""
        comment: dict[str, JsonValue] = {"html_body": fitting(draft.body, draft.original)}
        return self.add(ref, comment, draft.audience, {shape.MARKER_KEY: draft.marker})

    def add(
        self, ref: Ref, comment: dict[str, JsonValue], audience: Audience, metadata: dict[str, JsonValue]
    ) -> CommentRow:
        """Add the comment, to be known again by the metadata of its update."""
        change: dict[str, JsonValue] = {
            "comment": {**comment, "public": audience is not Audience.INTERNAL},
            "metadata": metadata,
        }
        answer = self._client.update(self.number(ref), change)
        row = shape.written(answer.audit, metadata)
        if row is None:
            raise OutcomeUnknown(f"{self.connection}: the update of {ref} tells of no comment")
        return row

    def read(self, row: CommentRow) -> Comment:
        """The comment as a write answered it."""
        self._directory.meet([row.author_id])
        return shape.comment(row, self._directory)

    def find_comment(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        """By the metadata of the update, from the newest comment back to the time of sending."""
        for row in self.rows_since(ref, sent):
            if row.metadata and row.metadata.custom.get(shape.MARKER_KEY) == draft.marker:
                return shape.comment(row, self._directory)
        return None
