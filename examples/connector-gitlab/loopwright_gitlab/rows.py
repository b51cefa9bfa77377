"""GitLab's JSON as far as it is used, checked when it comes in. What is not named here is ignored."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter


class Row(BaseModel):
    """A part of an answer or of a webhook."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class UserRow(Row):
    id: int
    username: str
    name: str = ""


class ProjectRow(Row):
    id: int
    path_with_namespace: str
    visibility: str = ""
    """``public``, ``internal`` (whoever has an account on this GitLab) or ``private``."""
    issues_access_level: str = ""
    """``private`` where members alone see the issues of a project that more people see."""
    archived: bool = False


class ReferencesRow(Row):
    full: str
    """``group/project#12``, as it is now."""


class IssueRow(Row):
    id: int
    iid: int
    project_id: int
    title: str
    description: str | None = None
    state: str
    confidential: bool = False
    issue_type: str | None = None
    labels: tuple[str, ...] = ()
    author: UserRow | None = None
    assignees: tuple[UserRow, ...] = ()
    upvotes: int = 0
    user_notes_count: int | None = None
    due_date: date | None = None
    web_url: str
    references: ReferencesRow
    created_at: AwareDatetime
    updated_at: AwareDatetime


class NoteRow(Row):
    id: int
    body: str
    author: UserRow | None = None
    system: bool = False
    """Written by GitLab itself, about a change."""
    internal: bool = False
    """For members who are Planner or more."""
    created_at: AwareDatetime
    updated_at: AwareDatetime


USER = TypeAdapter(UserRow)
PROJECT = TypeAdapter(ProjectRow)
ISSUE = TypeAdapter(IssueRow)
ISSUES = TypeAdapter(tuple[IssueRow, ...])
NOTE = TypeAdapter(NoteRow)
NOTES = TypeAdapter(tuple[NoteRow, ...])
