"""GitHub's issues and comments in the canonical form."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.github.rows import CommentRow, IssueRow, UserRow
from connectors.model import Audience, Comment, Item, JsonValue, Kind, Person, Ref, field_name
from connectors.text.github import hidden, to_markdown

SYSTEM = "github"
_GHOST = 10_137
"""The id of the account that GitHub shows in the place of deleted ones."""
_STAFF = ("OWNER", "MEMBER", "COLLABORATOR")


def item(connection: str, row: IssueRow, audience: Audience, priorities: Mapping[str, str]) -> Item:
    """``priorities`` names the label that stands for each priority; such a label is no label for rules."""
    standing = {label.lower(): name for name, label in priorities.items()}
    priority = next((standing[name.lower()] for name in row.label_names if name.lower() in standing), None)
    body = row.body or ""
    return Item(
        ref=Ref(connection=connection, id=str(row.id), key=row.key),
        system=SYSTEM,
        kind=Kind.ISSUE,
        container=row.repository,
        url=row.html_url,
        title=row.title,
        body=to_markdown(body),
        audience=audience,
        type=row.type.name if row.type else None,
        status=row.state,
        closed=row.state == "closed",
        priority=priority,
        labels=tuple(sorted(name for name in row.label_names if name.lower() not in standing)),
        assignee=person(row.assignee, staff=True),
        requester=person(row.user, staff=row.author_association in _STAFF),
        votes=row.reactions.total_count if row.reactions else 0,
        custom=_custom(row),
        created=row.created_at,
        updated=row.updated_at,
        marker=hidden(body),
    )


def _custom(row: IssueRow) -> dict[str, JsonValue]:
    """Issue fields of the organization, the milestone, and a reason for closing other than completion."""
    custom: dict[str, JsonValue] = {
        field_name(field.issue_field_name): field.value
        for field in row.issue_field_values
        if field.value is not None
    }
    if row.milestone:
        custom["milestone"] = row.milestone.title
    if row.state == "closed" and row.state_reason not in (None, "completed"):
        custom["state_reason"] = row.state_reason
    return custom


def comment(row: CommentRow, audience: Audience) -> Comment:
    return Comment(
        id=str(row.id),
        author=person(row.user, staff=row.author_association in _STAFF),
        body=to_markdown(row.body),
        audience=audience,
        created=row.created_at,
        updated=row.updated_at,
        marker=hidden(row.body),
    )


def person(row: UserRow | None, *, staff: bool) -> Person | None:
    """Nobody for an account that was deleted. GitHub shows an e-mail address to almost nobody."""
    return Person(id=str(row.id), name=row.login, staff=staff) if row and row.id != _GHOST else None
