"""Zendesk's records as canonical items and comments."""

from __future__ import annotations

import re

from connectors.model import Audience, Comment, Item, JsonValue, Kind, Ref
from connectors.text import html
from connectors.text.mail import cut_history
from connectors.zendesk.directory import Directory
from connectors.zendesk.rows import AuditRow, CommentRow, TicketRow

MARKER_KEY = "loopwright"
"""The name of the marker in the metadata of an update."""

_OURS = re.compile(r"lw-[a-z0-9-]{1,37}")
_RATED = frozenset({"good", "bad"})
_FINISHED = frozenset({"solved", "closed", "deleted"})


def ref(connection: str, number: int) -> Ref:
    return Ref(connection=connection, id=str(number), key=f"ZD-{number}")


def item(connection: str, site: str, ticket: TicketRow, directory: Directory) -> Item:
    """The ticket. Its text is the customer's to read, unless all of it is internal notes."""
    body = (ticket.description or "").strip()
    return Item(
        ref=ref(connection, ticket.id),
        system="zendesk",
        kind=Kind.TICKET,
        container=directory.brand(ticket.brand_id),
        url=f"{site}/agent/tickets/{ticket.id}",
        title=ticket.subject or "",
        body=cut_history(body) if ticket.via.is_email else body,
        audience=Audience.CUSTOMER if ticket.is_public else Audience.INTERNAL,
        type=ticket.type,
        status=ticket.status,
        closed=ticket.status in _FINISHED,
        priority=ticket.priority,
        labels=directory.labels(ticket),
        assignee=directory.person(ticket.assignee_id),
        requester=directory.person(ticket.requester_id),
        organization=directory.organization(ticket.organization_id),
        custom=_custom(ticket, directory),
        created=ticket.created_at,
        updated=ticket.updated_at,
        deleted=ticket.status == "deleted",
        marker=marker_of(ticket.external_id),
    )


def comment(row: CommentRow, directory: Directory) -> Comment:
    """The comment. Zendesk's comments cannot be edited, so they are as old as they look."""
    body = html.to_markdown(row.html_body) if row.html_body else row.body
    return Comment(
        id=str(row.id),
        author=directory.person(row.author_id),
        body=cut_history(body) if row.via.is_email else body,
        audience=Audience.CUSTOMER if row.public else Audience.INTERNAL,
        created=row.created_at,
        updated=row.created_at,
        marker=marker_of(row.metadata.custom.get(MARKER_KEY)) if row.metadata else None,
    )


def _custom(ticket: TicketRow, directory: Directory) -> dict[str, JsonValue]:
    """The custom fields, and what the requester thought of the answer once it was rated."""
    score = ticket.satisfaction_rating.score if ticket.satisfaction_rating else None
    rated: dict[str, JsonValue] = {"satisfaction": score} if score in _RATED else {}
    return rated | directory.custom(ticket)


def written(audit: AuditRow, metadata: dict[str, JsonValue]) -> CommentRow | None:
    """The comment that an update's audit tells of; ``metadata`` is what was sent along."""
    for event in audit.events:
        if event.type == "Comment" and audit.created_at is not None:
            return CommentRow.model_validate(
                {
                    "id": event.id,
                    "author_id": event.author_id or audit.author_id,
                    "body": event.body if isinstance(event.body, str) else "",
                    "html_body": event.html_body,
                    "public": event.public,
                    "attachments": event.attachments,
                    "created_at": audit.created_at,
                    "metadata": {"custom": metadata},
                }
            )
    return None


def marker_of(value: object) -> str | None:
    """External ids and metadata of other programs are not ours."""
    return value if isinstance(value, str) and _OURS.fullmatch(value) else None
