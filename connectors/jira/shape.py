"""Jira's issues and comments in canonical form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connectors.jira.answers import CommentRow, IssueRow, ProjectRow, UserRow
from connectors.jira.fields import CustomFields
from connectors.model import Audience, Comment, Item, JsonValue, Kind, Person, Ref
from connectors.text import adf

VERSION = "version:"
"""How the ids of releases begin, in a ref."""
MARKER_PREFIX = "lw-"
"""How our markers begin; labels that do are ours, and nobody needs to see them."""


def audience_of(project: ProjectRow) -> Audience:
    """Who reads an issue's own text: in a service project also the customer who asked."""
    return Audience.CUSTOMER if project.projectTypeKey == "service_desk" else Audience.INTERNAL


def item(connection: str, base: str, row: IssueRow, marker: str | None, custom: CustomFields) -> Item:
    """The issue in ``row``; ``base`` is where people open it."""
    fields = row.fields
    labels = {label for label in fields.labels if label != marker and not label.startswith(MARKER_PREFIX)}
    return Item(
        ref=Ref(connection=connection, id=row.id, key=row.key),
        system="jira",
        kind=Kind.ISSUE,
        container=fields.project.key,
        url=f"{base}/browse/{row.key}",
        title=fields.summary,
        body=_text(fields.description),
        audience=audience_of(fields.project),
        type=fields.issuetype.name if fields.issuetype else None,
        status=fields.status.name if fields.status else None,
        closed=fields.status is not None and fields.status.statusCategory.key == "done",
        priority=fields.priority.name if fields.priority else None,
        labels=tuple(sorted(labels)),
        assignee=person(fields.assignee),
        requester=person(fields.reporter),
        organization=custom.organization(fields.model_extra or {}),
        votes=fields.votes.votes if fields.votes else 0,
        custom=custom.read(fields.model_extra or {}),
        created=fields.created,
        updated=fields.updated,
        marker=marker,
    )


def comments(
    rows: Iterable[CommentRow], place: Audience, markers: Mapping[str, str | None]
) -> tuple[Comment, ...]:
    """Comments on an issue whose own text has the audience ``place``, oldest first."""
    ordered = sorted(rows, key=lambda row: (row.created, int(row.id)))
    return tuple(comment(row, place, markers.get(row.id)) for row in ordered)


def comment(row: CommentRow, place: Audience, marker: str | None) -> Comment:
    """``jsdPublic`` is true of every comment outside service projects, where it means nothing."""
    shown = place is Audience.CUSTOMER and row.jsdPublic and row.visibility is None
    return Comment(
        id=row.id,
        author=person(row.author),
        body=_text(row.body),
        audience=Audience.CUSTOMER if shown else Audience.INTERNAL,
        created=row.created,
        updated=row.updated,
        marker=marker,
    )


def _text(value: JsonValue) -> str:
    return adf.to_markdown(value) if isinstance(value, dict) else ""


def person(row: UserRow | None) -> Person | None:
    """``accountId`` is all that can be relied upon: people hide their address."""
    if row is None:
        return None
    return Person(
        id=row.accountId,
        name=row.displayName or row.accountId,
        email=row.emailAddress or None,
        staff=row.accountType != "customer",
    )
