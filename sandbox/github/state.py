"""The accounts, repositories and issues of one sandbox, and every way in which they change.

Each change raises GitHub's webhook events through ``emit``; what has no event in GitHub (a reaction)
raises none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import count

from pydantic import JsonValue

from sandbox.clock import Clock
from sandbox.github.events import Event
from sandbox.github.records import (
    Comment,
    Hook,
    Issue,
    Label,
    Milestone,
    Reaction,
    Repository,
    User,
)

GHOST = 10_137
"""The id of the account that stands for deleted ones."""


class State:
    """All records, found by id, number or name without a search."""

    def __init__(self, clock: Clock, emit: Callable[[Event], None]) -> None:
        self.clock = clock
        self.emit = emit
        self.users: dict[str, User] = {}
        """By login in lower case."""
        self.users_by_id: dict[int, User] = {}
        self.repositories: dict[int, Repository] = {}
        self.names: dict[str, int] = {}
        """Repository ids by full name in lower case, former names included."""
        self.issues: dict[int, Issue] = {}
        self.comments: dict[int, Comment] = {}
        self.started = self.now()
        self._ids = count(2_500_000_001)
        self._small_ids = count(1001)

    def new_id(self) -> int:
        return next(self._ids)

    def now(self) -> datetime:
        return self.clock.now().replace(microsecond=0)

    # People and repositories

    def add_user(
        self,
        login: str,
        *,
        name: str = "",
        email: str | None = None,
        kind: str = "User",
        member: bool = False,
    ) -> User:
        """The user with this login, made now if there was none."""
        user = self.users.get(login.lower())
        if user is None:
            user = User(next(self._small_ids), login, name or login, email, kind, member)
            self.users[login.lower()] = user
            self.users_by_id[user.id] = user
        return user

    def forget_user(self, login: str) -> None:
        """An account that is deleted becomes the one that stands for all of these."""
        user = self.users.pop(login.lower())
        del self.users_by_id[user.id]
        user.login, user.id, user.name, user.email, user.member = "ghost", GHOST, "Deleted user", None, False
        self.users["ghost"] = self.users_by_id[GHOST] = user

    def add_repository(self, owner: User, name: str, *, private: bool, created: datetime) -> Repository:
        repository = Repository(next(self._small_ids), owner, name, private, created.replace(microsecond=0))
        self.repositories[repository.id] = repository
        self.names[repository.full_name.lower()] = repository.id
        return repository

    def repository(self, full_name: str) -> Repository | None:
        """By its name or a former one."""
        return self.repositories.get(self.names.get(full_name.lower(), 0))

    def rename_repository(self, repository: Repository, name: str, sender: User) -> None:
        """Old names go on leading to it, until another repository takes them."""
        former = repository.name
        repository.name = name
        self.names[repository.full_name.lower()] = repository.id
        changes: dict[str, JsonValue] = {"repository": {"name": {"from": former}}}
        self.emit(Event("repository", "renamed", repository, sender, changes=changes))

    # Labels and milestones

    def label(self, repository: Repository, name: str) -> Label:
        """The repository's label, made now if there was none: so do GitHub's issue routes."""
        found = repository.labels.get(name.lower())
        if found is None:
            found = Label(self.new_id(), name)
            repository.labels[name.lower()] = found
        return found

    def edit_label(self, repository: Repository, label: Label, sender: User, name: str) -> None:
        """The issues that bear it do not count as updated, nor are they told of."""
        changes: dict[str, JsonValue] = {"name": {"from": label.name}} if name != label.name else {}
        del repository.labels[label.name.lower()]
        label.name = name
        repository.labels[name.lower()] = label
        self.emit(Event("label", "edited", repository, sender, label=label, changes=changes))

    def add_milestone(self, repository: Repository, title: str, creator: User) -> Milestone:
        now = self.now()
        number = len(repository.milestones) + 1
        milestone = Milestone(self.new_id(), number, title, creator, now, now)
        repository.milestones[number] = milestone
        return milestone

    def add_hook(
        self,
        repository: Repository,
        url: str,
        events: Sequence[str],
        *,
        secret: str,
        content_type: str = "json",
    ) -> Hook:
        now = self.now()
        hook = Hook(self.new_id(), url, tuple(events), secret, now, now, content_type=content_type)
        repository.hooks[hook.id] = hook
        return hook

    # Issues

    def put_issue(
        self,
        repository: Repository,
        *,
        title: str,
        body: str | None,
        user: User | None,
        created: datetime,
        labels: Sequence[str] = (),
        pull_request: bool = False,
    ) -> Issue:
        """Store a new issue silently."""
        repository.last_number += 1
        created = created.replace(microsecond=0)
        issue = Issue(self.new_id(), repository, repository.last_number, title, body, user, created, created)
        issue.labels = [self.label(repository, name) for name in dict.fromkeys(labels)]
        issue.pull_request = pull_request
        repository.issues[issue.number] = issue
        self.issues[issue.id] = issue
        return issue

    def put_comment(self, issue: Issue, user: User | None, body: str, created: datetime) -> Comment:
        """Store a new comment silently."""
        created = created.replace(microsecond=0)
        comment = Comment(self.new_id(), issue, user, body, created, created)
        issue.comments.append(comment)
        issue.updated = max(issue.updated, created)
        self.comments[comment.id] = comment
        return comment

    def open_issue(
        self,
        repository: Repository,
        sender: User,
        *,
        title: str,
        body: str | None,
        labels: Sequence[str] = (),
        assignees: Sequence[User] = (),
        milestone: Milestone | None = None,
        type: str | None = None,
    ) -> Issue:
        issue = self.put_issue(
            repository, title=title, body=body, user=sender, created=self.now(), labels=labels
        )
        issue.assignees = list(assignees)
        issue.milestone = milestone
        issue.type = type
        self._raise("opened", issue, sender)
        for label in issue.labels:
            self._raise("labeled", issue, sender, label=label)
        for assignee in issue.assignees:
            self._raise("assigned", issue, sender, assignee=assignee)
        return issue

    def edit_text(self, issue: Issue, sender: User, *, title: str | None, body: str | None) -> None:
        """Set the title and the body; pass the present one to leave it."""
        changes: dict[str, JsonValue] = {}
        if title is not None and title != issue.title:
            changes["title"] = {"from": issue.title}
            issue.title = title
        if body != issue.body:
            changes["body"] = {"from": issue.body or ""}
            issue.body = body
        if changes:
            self._touch(issue)
            self._raise("edited", issue, sender, changes=changes)

    def set_state(self, issue: Issue, sender: User, state: str, reason: str | None) -> None:
        """Close or reopen. The reason defaults as GitHub's does."""
        if state == issue.state and (state == "open" or reason in (None, issue.state_reason)):
            return
        closing = state == "closed"
        issue.state = state
        issue.state_reason = (reason or "completed") if closing else "reopened"
        issue.closed = self.now() if closing else None
        issue.closed_by = sender if closing else None
        self._touch(issue)
        self._raise("closed" if closing else "reopened", issue, sender)

    def set_labels(self, issue: Issue, sender: User, names: Sequence[str]) -> None:
        """Make these the labels of the issue: the others go, missing ones are made."""
        wanted = [self.label(issue.repository, name) for name in dict.fromkeys(names)]
        before, issue.labels = issue.labels, list(dict.fromkeys(wanted))
        for label in issue.labels:
            if label not in before:
                self._touch(issue)
                self._raise("labeled", issue, sender, label=label)
        for label in before:
            if label not in issue.labels:
                self._touch(issue)
                self._raise("unlabeled", issue, sender, label=label)

    def set_assignees(self, issue: Issue, sender: User, users: Sequence[User]) -> None:
        before, issue.assignees = issue.assignees, list(dict.fromkeys(users))
        for user in issue.assignees:
            if user not in before:
                self._touch(issue)
                self._raise("assigned", issue, sender, assignee=user)
        for user in before:
            if user not in issue.assignees:
                self._touch(issue)
                self._raise("unassigned", issue, sender, assignee=user)

    def set_milestone(self, issue: Issue, sender: User, milestone: Milestone | None) -> None:
        former, issue.milestone = issue.milestone, milestone
        if former is not milestone:
            self._touch(issue)
            action = "milestoned" if milestone else "demilestoned"
            self._raise(action, issue, sender, milestone=milestone or former)

    def set_type(self, issue: Issue, sender: User, name: str | None) -> None:
        former, issue.type = issue.type, name
        if name != former:
            self._touch(issue)
            self._raise("typed" if name else "untyped", issue, sender, type=name or former)

    def set_lock(self, issue: Issue, sender: User, *, locked: bool, reason: str | None = None) -> None:
        if locked != issue.locked:
            issue.locked, issue.lock_reason = locked, reason
            self._touch(issue)
            self._raise("locked" if locked else "unlocked", issue, sender)

    def delete_issue(self, issue: Issue, sender: User) -> None:
        """For good: only a person with admin rights can, in the window or by GraphQL."""
        del issue.repository.issues[issue.number]
        del self.issues[issue.id]
        issue.repository.deleted.add(issue.number)
        for comment in issue.comments:
            del self.comments[comment.id]
        self._retie(issue, None)
        self._raise("deleted", issue, sender)

    def transfer(self, issue: Issue, target: Repository, sender: User) -> Issue:
        """Move an issue: it gets a new id and number, and the old address leads to the new one."""
        moved = self.put_issue(
            target, title=issue.title, body=issue.body, user=issue.user, created=issue.created
        )
        moved.labels = [self.label(target, label.name) for label in issue.labels]
        moved.state, moved.state_reason, moved.closed = issue.state, issue.state_reason, issue.closed
        moved.assignees, moved.type = issue.assignees, issue.type
        for comment in issue.comments:
            del self.comments[comment.id]
            self.put_comment(moved, comment.user, comment.body, comment.created)
        del issue.repository.issues[issue.number]
        del self.issues[issue.id]
        issue.repository.moved[issue.number] = moved
        moved.parent, moved.sub_issues, moved.blocked_by = issue.parent, issue.sub_issues, issue.blocked_by
        self._retie(issue, moved)
        self._touch(moved)
        self.emit(Event("issues", "transferred", issue.repository, sender, issue=issue, became=moved))
        self.emit(Event("issues", "opened", target, sender, issue=moved, was=issue))
        return moved

    def _retie(self, issue: Issue, instead: Issue | None) -> None:
        """Have every tie to the issue lead to another one, or end."""
        for other in self.issues.values():
            for ties in (other.sub_issues, other.blocked_by):
                ties[:] = [*_replaced(ties, issue, instead)]
            if other.parent is issue:
                other.parent = instead

    def blocked(self, issue: Issue) -> list[Issue]:
        """The issues that wait for this one."""
        return [other for other in self.issues.values() if issue in other.blocked_by]

    # Comments and reactions

    def add_comment(self, issue: Issue, sender: User, body: str) -> Comment:
        comment = self.put_comment(issue, sender, body, self.now())
        self._raise_comment("created", comment, sender)
        return comment

    def edit_comment(self, comment: Comment, sender: User, body: str) -> None:
        if body != comment.body:
            changes: dict[str, JsonValue] = {"body": {"from": comment.body}}
            comment.body, comment.updated = body, self.now()
            self._touch(comment.issue)
            self._raise_comment("edited", comment, sender, changes=changes)

    def delete_comment(self, comment: Comment, sender: User) -> None:
        comment.issue.comments.remove(comment)
        del self.comments[comment.id]
        self._touch(comment.issue)
        self._raise_comment("deleted", comment, sender)

    def react(self, to: Issue | Comment, user: User, content: str) -> tuple[Reaction, bool]:
        """Add a reaction; it and whether it is new. Neither ``updated`` nor a webhook tells of it."""
        for reaction in to.reactions:
            if reaction.user is user and reaction.content == content:
                return reaction, False
        reaction = Reaction(self.new_id(), user, content, self.now())
        to.reactions.append(reaction)
        return reaction, True

    def _touch(self, issue: Issue) -> None:
        issue.updated = max(issue.updated, self.now())

    def _raise(
        self,
        action: str,
        issue: Issue,
        sender: User,
        *,
        label: Label | None = None,
        assignee: User | None = None,
        milestone: Milestone | None = None,
        type: str | None = None,
        changes: dict[str, JsonValue] | None = None,
    ) -> None:
        if not issue.pull_request:
            self.emit(
                Event(
                    "issues",
                    action,
                    issue.repository,
                    sender,
                    issue=issue,
                    label=label,
                    assignee=assignee,
                    milestone=milestone,
                    type=type,
                    changes=changes or {},
                )
            )

    def _raise_comment(
        self, action: str, comment: Comment, sender: User, *, changes: dict[str, JsonValue] | None = None
    ) -> None:
        self.emit(
            Event(
                "issue_comment",
                action,
                comment.issue.repository,
                sender,
                issue=comment.issue,
                comment=comment,
                changes=changes or {},
            )
        )


def _replaced(ties: Sequence[Issue], issue: Issue, instead: Issue | None) -> Iterator[Issue]:
    for tie in ties:
        if tie is not issue:
            yield tie
        elif instead is not None:
            yield instead
