"""Jira's issues and comments in canonical form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connectors.jira.answers import CommentRow, IssueRow, ProjectRow, UserRow
from connectors.jira.edition import read_text
from connectors.jira.fields import CustomFields
from connectors.model import Audience, Comment, Item, Kind, Person, Ref

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
        body=read_text(fields.description),
        audience=audience_of(fields.project),
        type=fields.issuetype.name if fields.issuetype else None,
        status=fields.status.name if fields.status else None,
        closed=fields.status is not None and fields.status.statusCategory.key == "done",
        priority=fields.priority.name if fields.priority else None,
        labels=tuple(sorted(labels)),
        assignee=person(fields.assignee),
        requester=person(fields.reporter, team=audience_of(fields.project) is Audience.INTERNAL),
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
    """Whether it is internal is told of every comment outside service projects, where it means nothing."""
    shown = place is Audience.CUSTOMER and not row.internal and row.visibility is None
    return Comment(
        id=row.id,
        author=person(row.author, team=not shown),
        body=read_text(row.body),
        audience=Audience.CUSTOMER if shown else Audience.INTERNAL,
        created=row.created,
        updated=row.updated,
        marker=marker,
    )


def person(row: UserRow | None, *, team: bool = True) -> Person | None:
    """The id is all that can be relied upon: on Cloud, people hide their address.

    ``team`` is whether somebody is of the team of whom Jira does not tell.
    """
    if row is None:
        return None
    return Person(
        id=row.id,
        name=row.displayName or row.id,
        email=row.emailAddress or None,
        staff=team if row.accountType is None else row.accountType != "customer",
    )
