"""GitLab's issues and notes in the canonical form."""

from __future__ import annotations

from connectors.model import Audience, Comment, Item, JsonValue, Kind, Person, Ref
from loopwright_gitlab import text
from loopwright_gitlab.places import Address
from loopwright_gitlab.rows import IssueRow, NoteRow, UserRow

SYSTEM = "gitlab"


def item(connection: str, row: IssueRow, audience: Audience, *, staff: bool) -> Item:
    """``staff``: whether whoever asks there belongs to the team. GitLab does not say it of each."""
    key = row.references.full
    body = row.description or ""
    return Item(
        ref=Ref(connection=connection, id=Address(row.project_id, row.iid).id, key=key),
        system=SYSTEM,
        kind=Kind.ISSUE,
        container=key.rpartition("#")[0],
        url=row.web_url,
        title=row.title,
        body=text.read(body),
        audience=audience,
        type=row.issue_type,
        status=row.state,
        closed=row.state == "closed",
        labels=tuple(sorted(set(row.labels))),
        assignee=person(row.assignees[0], staff=True) if row.assignees else None,
        requester=person(row.author, staff=staff),
        votes=row.upvotes,
        custom=_custom(row),
        created=row.created_at,
        updated=row.updated_at,
        marker=text.hidden(body),
    )


def _custom(row: IssueRow) -> dict[str, JsonValue]:
    custom: dict[str, JsonValue] = {}
    if row.due_date:
        custom["due_date"] = row.due_date.isoformat()
    if row.confidential:
        custom["confidential"] = True
    return custom


def comment(row: NoteRow, audience: Audience, *, staff: bool) -> Comment:
    """``audience`` is who reads the issue; an internal note is for fewer."""
    return Comment(
        id=str(row.id),
        author=person(row.author, staff=staff or row.internal),
        body=text.read(row.body),
        audience=Audience.INTERNAL if row.internal else audience,
        created=row.created_at,
        updated=row.updated_at,
        marker=text.hidden(row.body),
    )


def person(row: UserRow | None, *, staff: bool) -> Person | None:
    """Nobody for an account that is gone. GitLab shows an e-mail address to administrators alone."""
    return Person(id=str(row.id), name=row.name or row.username, staff=staff) if row else None
