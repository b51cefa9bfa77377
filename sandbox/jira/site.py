"""The site's state and every way in which it changes. Each change is told as an event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sandbox.clock import Clock
from sandbox.jira.catalogue import DEFAULT_PRIORITY
from sandbox.jira.index import Index
from sandbox.jira.problem import Problem, no_issue
from sandbox.jira.records import (
    Account,
    Change,
    Comment,
    History,
    Issue,
    IssueType,
    Mail,
    Object,
    Project,
    RemoteLink,
    Task,
    Version,
)
from sandbox.jira.shape import Shape
from sandbox.jira.workflow import TO_DO, Transition, available
from sandbox.jira.writing import Assignment

RIGHTS = (
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "TRANSITION_ISSUES",
    "ADD_COMMENTS",
    "ASSIGN_ISSUES",
    "LINK_ISSUES",
    "CREATE_ATTACHMENTS",
    "BULK_CHANGE",
    "ADMINISTER",
    "ADMINISTER_PROJECTS",
)
"""What the account may do from the beginning."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, in the words of Jira's webhooks."""

    name: str
    """``jira:issue_updated``, ``comment_created``, …"""
    actor: Account
    issue: Issue | None
    """``None`` for what is not about an issue, such as a release."""
    kind: str = ""
    """Jira's ``issue_event_type_name``."""
    history: History | None = None
    comment: Comment | None = None
    about: Callable[[Shape], Object] | None = None
    """What else the body tells, in the form in which Jira writes it."""
    bulk: bool = False
    """Part of a bulk change: such events come later than others."""


class Site:
    def __init__(self, clock: Clock, *, data_center: bool = False) -> None:
        self.clock = clock
        self.data_center = data_center
        """Whether it is a Data Center: people go by user names, and texts are wiki markup."""
        self.index = Index()
        self.accounts: dict[str, Account] = {}
        self.projects: dict[str, Project] = {}
        self.issues: dict[int, Issue] = {}
        self.keys: dict[str, int] = {}
        """Issue ids by every key, in upper case, that the issue ever had."""
        self.comment_issues: dict[int, int] = {}
        """Issue ids by the ids of their comments."""
        self.versions: dict[int, Version] = {}
        self.tasks: dict[str, Task] = {}
        """Bulk changes, by their ids."""
        self.hidden: set[int] = set()
        """Issues that the account may not see."""
        self.rights = set(RIGHTS)
        """What the account may do. Tests take from it."""
        self.screens: dict[str, tuple[str, ...]] = {}
        """Fields that a transition's screen demands, by the transition's id."""
        self.outbox: list[Mail] = []
        """Notifications, oldest first."""
        self.listeners: list[Callable[[Event], None]] = []
        self._last_id = 10_000

    def now(self) -> datetime:
        """The time, in the milliseconds that Jira keeps."""
        now = self.clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def account(self, name: str) -> Account | None:
        """By account id; on Data Center by user name."""
        if not self.data_center:
            return self.accounts.get(name)
        return next((account for account in self.accounts.values() if account.username == name), None)

    def project(self, key_or_id: str) -> Project:
        """Raises Problem (404)."""
        found = self.projects.get(key_or_id.upper())
        if found is None and key_or_id.isdigit():
            found = next((p for p in self.projects.values() if p.id == int(key_or_id)), None)
        if found is None:
            raise Problem(404, f"No project could be found with key '{key_or_id}'.")
        return found

    def find(self, id_or_key: str) -> Issue | None:
        """By id or by any key that it ever had, whatever the case."""
        number = int(id_or_key) if id_or_key.isdecimal() else self.keys.get(id_or_key.upper())
        return None if number is None or number in self.hidden else self.issues.get(number)

    def visible(self) -> dict[int, Issue]:
        """The issues that the account may see."""
        if not self.hidden:
            return self.issues
        return {number: issue for number, issue in self.issues.items() if number not in self.hidden}

    def issue(self, id_or_key: str) -> Issue:
        """Raises Problem (404)."""
        found = self.find(id_or_key)
        if found is None:
            raise no_issue()
        return found

    def add_issue(
        self, project: Project, type_: IssueType, actor: Account, created: datetime, summary: str
    ) -> Issue:
        """Put in an empty issue, silently."""
        project.last_number += 1
        issue = Issue(
            id=self.next_id(),
            project=project,
            number=project.last_number,
            type=type_,
            summary=summary,
            description=None,
            status=TO_DO,
            priority=DEFAULT_PRIORITY,
            reporter=actor,
            creator=actor,
            created=created,
            updated=created,
            status_since=created,
        )
        self.issues[issue.id] = issue
        self.keys[issue.key] = issue.id
        return issue

    def create(
        self,
        project: Project,
        type_: IssueType,
        assignments: list[Assignment],
        actor: Account,
        properties: Object | None = None,
    ) -> Issue:
        issue = self.add_issue(project, type_, actor, self.now(), "")
        for assign in assignments:
            assign(issue)
        issue.properties.update(properties or {})
        self.index.hold(issue, self.now(), new=True)
        self.mail("issue_created", issue, actor)
        self.tell(Event("jira:issue_created", actor, issue, "issue_created"))
        return issue

    def edit(
        self,
        issue: Issue,
        assignments: list[Assignment],
        actor: Account,
        properties: Object | None = None,
        *,
        notify: bool = True,
        bulk: bool = False,
    ) -> None:
        self.index.hold(issue, self.now(), bulk=bulk)
        changes = tuple(change for assign in assignments if (change := assign(issue)) is not None)
        issue.properties.update(properties or {})
        if changes:
            self.record(issue, actor, changes, "issue_updated", notify=notify, bulk=bulk)

    def transition(
        self,
        issue: Issue,
        transition_id: str,
        assignments: list[Assignment],
        actor: Account,
        *,
        notify: bool = True,
        bulk: bool = False,
    ) -> Transition:
        """Raises Problem for a transition that does not lead out of the issue's status."""
        transition = next((t for t in available(issue.status) if t.id == transition_id), None)
        if transition is None:
            raise Problem(400, f"Transition id '{transition_id}' is not valid for this issue.")
        self.index.hold(issue, self.now(), bulk=bulk)
        old, new, now = issue.status, transition.target, self.now()
        changes = [change for assign in assignments if (change := assign(issue)) is not None]
        if (new.category == "done") != (old.category == "done"):
            issue.resolved = now if new.category == "done" else None
            names = ("Done", None) if issue.resolved is None else (None, "Done")
            ids = ("10000", None) if issue.resolved is None else (None, "10000")
            changes.append(Change("resolution", ids[0], names[0], ids[1], names[1]))
        if new.category != old.category:
            issue.status_since = now
        issue.status = new
        changes.append(Change("status", old.id, old.name, new.id, new.name))
        self.record(issue, actor, tuple(changes), "issue_generic", notify=notify, bulk=bulk)
        return transition

    def move(self, issue: Issue, project: Project, actor: Account) -> None:
        """To another project: it gets a new key, and the old one goes on leading to it."""
        self.index.hold(issue, self.now())
        old_key, old = issue.key, issue.project
        project.last_number += 1
        issue.project, issue.number = project, project.last_number
        self.keys[issue.key] = issue.id
        changes = (
            Change("project", str(old.id), old.name, str(project.id), project.name),
            Change("Key", None, old_key, None, issue.key),
        )
        self.record(issue, actor, changes, "issue_moved")

    def delete(self, issue: Issue, actor: Account) -> None:
        del self.issues[issue.id]
        for comment in issue.comments:
            del self.comment_issues[comment.id]
        self.mail("issue_deleted", issue, actor)
        self.tell(Event("jira:issue_deleted", actor, issue, "issue_deleted"))

    def add_comment(
        self,
        issue: Issue,
        body: Object,
        author: Account,
        *,
        created: datetime,
        visibility: Object | None = None,
        properties: Object | None = None,
    ) -> Comment:
        """Put in a comment, silently."""
        comment = Comment(
            self.next_id(), author, author, body, created, created, visibility, dict(properties or {})
        )
        issue.comments.append(comment)
        issue.updated = max(issue.updated, created)
        self.comment_issues[comment.id] = issue.id
        return comment

    def comment(
        self,
        issue: Issue,
        body: Object,
        author: Account,
        *,
        visibility: Object | None = None,
        properties: Object | None = None,
    ) -> Comment:
        self.index.hold(issue, self.now())
        comment = self.add_comment(
            issue, body, author, created=self.now(), visibility=visibility, properties=properties
        )
        self.mail("issue_commented", issue, author)
        self.tell(Event("comment_created", author, issue, comment=comment))
        self.tell(Event("jira:issue_updated", author, issue, "issue_commented", comment=comment))
        return comment

    def edit_comment(
        self,
        issue: Issue,
        comment: Comment,
        body: Object,
        editor: Account,
        *,
        visibility: Object | None = None,
        notify: bool = True,
    ) -> Comment:
        """A comment that is edited without a word on who may see it can be seen by everybody from then on."""
        self.index.hold(issue, self.now())
        edited = replace(comment, body=body, editor=editor, updated=self.now(), visibility=visibility)
        if notify:
            self.mail("issue_comment_edited", issue, editor)
        issue.comments[issue.comments.index(comment)] = edited
        issue.updated = self.now()
        self.tell(Event("comment_updated", editor, issue, comment=edited))
        self.tell(Event("jira:issue_updated", editor, issue, "issue_comment_edited", comment=edited))
        return edited

    def delete_comment(self, issue: Issue, comment: Comment, actor: Account) -> None:
        self.index.hold(issue, self.now())
        issue.comments.remove(comment)
        del self.comment_issues[comment.id]
        issue.updated = self.now()
        self.tell(Event("comment_deleted", actor, issue, comment=comment))
        self.tell(Event("jira:issue_updated", actor, issue, "issue_comment_deleted"))

    def put_remote_link(self, issue: Issue, link: RemoteLink) -> bool:
        """Whether it is new: one with a known ``global_id`` takes the old one's place, whole."""
        for old in issue.remote_links.values():
            if link.global_id is not None and old.global_id == link.global_id:
                link.id = old.id
                issue.remote_links[old.id] = link
                return False
        link.id = self.next_id()
        issue.remote_links[link.id] = link
        return True

    def record(
        self,
        issue: Issue,
        actor: Account,
        changes: tuple[Change, ...],
        kind: str,
        *,
        notify: bool = True,
        bulk: bool = False,
    ) -> None:
        """Note that the issue was changed, and tell of it."""
        issue.updated = self.now()
        history = History(self.next_id(), actor, issue.updated, changes)
        issue.history.append(history)
        if notify:
            self.mail(kind, issue, actor)
        self.tell(Event("jira:issue_updated", actor, issue, kind, history, bulk=bulk))

    def mail(self, kind: str, issue: Issue, actor: Account) -> None:
        """Notify those who have to do with the issue, but not whoever did it."""
        people = [issue.reporter, issue.assignee, *issue.watchers]
        to = dict.fromkeys(person.id for person in people if person is not None and person != actor)
        if to:
            self.outbox.append(Mail(kind, issue.key, tuple(to)))

    def tell(self, event: Event) -> None:
        for listener in self.listeners:
            listener(event)
