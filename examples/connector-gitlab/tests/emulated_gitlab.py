"""A small GitLab: projects, issues and notes in memory, and the routes of its REST API that are asked.

Written from GitLab's public documentation and source, with what bites: paging, quick actions, projects that
answer under a former path, users who cannot be assigned, and a count of notes without the system's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from pydantic import JsonValue

from sandbox.clock import Clock

Json = dict[str, JsonValue]

_ACTIONS = re.compile(
    r"(?P<code>^```.+?\n```$)|^/(?P<name>close|reopen|confidential|shrug)(?: (?P<rest>[^\n]*))?(?:\s*\n|$)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(slots=True)
class User:
    id: int
    username: str
    name: str

    def json(self) -> Json:
        return {"id": self.id, "username": self.username, "name": self.name, "state": "active"}


@dataclass(slots=True)
class Note:
    id: int
    author: User
    body: str
    created: datetime
    updated: datetime
    internal: bool = False
    system: bool = False


@dataclass(slots=True)
class Project:
    id: int
    path: str
    visibility: str
    issues_access_level: str = "enabled"
    former: list[str] = field(default_factory=list)
    members: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Issue:
    id: int
    iid: int
    project: Project
    author: User
    title: str
    description: str
    created: datetime
    updated: datetime
    state: str = "opened"
    confidential: bool = False
    issue_type: str = "issue"
    labels: list[str] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    due_date: str | None = None
    notes: list[Note] = field(default_factory=list)


Event = Callable[[str, Issue, Note | None], None]


class State:
    """What the server keeps. Every act of a person or of the API goes through here."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.projects: dict[int, Project] = {}
        self.issues: dict[tuple[int, int], Issue] = {}
        self.bot = User(7, "loopwright", "Loopwright")
        self.ada = User(8, "ada", "Ada Lovelace")
        self.stranger = User(9, "mallory", "Mallory")
        self.listeners: list[Event] = []
        self._ids = count(1000)

    @property
    def users(self) -> dict[int, User]:
        return {user.id: user for user in (self.bot, self.ada, self.stranger)}

    def add_project(self, path: str, visibility: str) -> Project:
        project = Project(next(self._ids), path, visibility, members={self.bot.id, self.ada.id})
        self.projects[project.id] = project
        return project

    def project(self, path: str) -> Project:
        return next(project for project in self.projects.values() if project.path == path)

    def issue(self, item_id: str) -> Issue:
        project, _, iid = item_id.partition("-")
        return self.issues[int(project), int(iid)]

    def open_issue(self, project: Project, author: User, title: str, description: str) -> Issue:
        now = self.clock.now()
        iid = 1 + max((iid for owner, iid in self.issues if owner == project.id), default=0)
        issue = Issue(next(self._ids), iid, project, author, title, "", now, now)
        self.issues[project.id, iid] = issue
        issue.description = self._act_on(issue, description)
        return issue

    def describe(self, issue: Issue, description: str) -> None:
        issue.description = self._act_on(issue, description)

    def add_note(self, issue: Issue, author: User, body: str, *, internal: bool = False) -> Note:
        now = self.clock.now()
        note = Note(next(self._ids), author, self._act_on(issue, body), now, now, internal)
        issue.notes.append(note)
        self.touch(issue)
        self._tell("note", issue, note)
        return note

    def edit_note(self, issue: Issue, note: Note, body: str) -> None:
        note.body, note.updated = self._act_on(issue, body), self.clock.now()
        self.touch(issue)
        self._tell("note", issue, note)

    def set_state(self, issue: Issue, state: str, by: User) -> None:
        if issue.state != state:
            issue.state = state
            now = self.clock.now()
            issue.notes.append(Note(next(self._ids), by, state, now, now, system=True))

    def add_labels(self, issue: Issue, names: Sequence[str]) -> None:
        issue.labels += [name for name in names if name not in issue.labels]

    def changed(self, issue: Issue) -> None:
        self.touch(issue)
        self._tell("issue", issue, None)

    def touch(self, issue: Issue) -> None:
        issue.updated = self.clock.now()

    def _tell(self, kind: str, issue: Issue, note: Note | None) -> None:
        for listener in self.listeners:
            listener(kind, issue, note)

    def _act_on(self, issue: Issue, text: str) -> str:
        """Take quick actions out of the text and do them, as GitLab does for API and window alike."""

        def do(found: re.Match[str]) -> str:
            if found["code"]:
                return found[0]
            if found["name"] == "confidential":
                issue.confidential = True
            elif found["name"] in ("close", "reopen"):
                issue.state = "closed" if found["name"] == "close" else "opened"
            return ""

        return _ACTIONS.sub(do, text.replace("\r", "")).rstrip()


def instant(moment: datetime) -> str:
    """Milliseconds, though the database keeps more."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def project_json(project: Project) -> Json:
    return {
        "id": project.id,
        "name": project.path.rpartition("/")[2],
        "path_with_namespace": project.path,
        "visibility": project.visibility,
        "issues_access_level": project.issues_access_level,
        "archived": False,
    }


def issue_json(issue: Issue, base_url: str) -> Json:
    path = issue.project.path
    assignees: list[JsonValue] = [user.json() for user in issue.assignees]
    return {
        "id": issue.id,
        "iid": issue.iid,
        "project_id": issue.project.id,
        "title": issue.title,
        "description": issue.description or None,
        "state": issue.state,
        "created_at": instant(issue.created),
        "updated_at": instant(issue.updated),
        "closed_at": None,
        "labels": list[JsonValue](issue.labels),
        "milestone": None,
        "assignees": assignees,
        "assignee": assignees[0] if assignees else None,
        "author": issue.author.json(),
        "type": issue.issue_type.upper(),
        "issue_type": issue.issue_type,
        "user_notes_count": sum(not note.system for note in issue.notes),
        "upvotes": 0,
        "downvotes": 0,
        "due_date": issue.due_date,
        "confidential": issue.confidential,
        "discussion_locked": None,
        "web_url": f"{base_url}/{path}/-/issues/{issue.iid}",
        "references": {"short": f"#{issue.iid}", "relative": f"#{issue.iid}", "full": f"{path}#{issue.iid}"},
        "moved_to_id": None,
    }


def note_json(note: Note, issue: Issue) -> Json:
    return {
        "id": note.id,
        "type": None,
        "body": note.body,
        "author": note.author.json(),
        "created_at": instant(note.created),
        "updated_at": instant(note.updated),
        "system": note.system,
        "noteable_id": issue.id,
        "noteable_type": "Issue",
        "noteable_iid": issue.iid,
        "project_id": issue.project.id,
        "resolvable": False,
        "confidential": note.internal,
        "internal": note.internal,
    }
