"""What happens in GitHub, before it has the form of a webhook."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import JsonValue

from sandbox.github.git import Commit
from sandbox.github.records import Comment, Issue, Label, Milestone, Release, Repository, User


@dataclass(frozen=True, slots=True)
class Event:
    """Something a webhook tells of."""

    name: str
    """``issues``, ``issue_comment``, ``label``, ``push``, ``release`` or ``repository``."""
    action: str
    repository: Repository
    sender: User
    issue: Issue | None = None
    comment: Comment | None = None
    label: Label | None = None
    assignee: User | None = None
    milestone: Milestone | None = None
    type: str | None = None
    release: Release | None = None
    commit: Commit | None = None
    """What was pushed."""
    changes: dict[str, JsonValue] = field(default_factory=dict)
    became: Issue | None = None
    """What a transferred issue is now."""
    was: Issue | None = None
    """What an issue that arrived by a transfer was before."""
