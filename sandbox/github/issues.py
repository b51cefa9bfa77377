"""The routes of issues, their comments, labels, assignees, reactions and locks."""

from __future__ import annotations

from dataclasses import replace

from sandbox.github import fields, listing
from sandbox.github.door import Call, Door, Reply, Way, dated, moved
from sandbox.github.problems import Problem, invalid, malformed, not_found
from sandbox.github.records import REACTIONS, Comment, Issue, Repository
from sandbox.github.shape import Json
from sandbox.github.uploads import Uploads

_NUMBER = "/issues/{number}"


class IssueRoutes:
    def __init__(self, door: Door, uploads: Uploads) -> None:
        self.door = door
        self.uploads = uploads
        self.state = door.state
        self.shape = door.shape

    def ways(self) -> list[Way]:
        """Below a repository, wherever that is found."""
        ways = [
            Way("GET", "/issues", self.list_issues),
            Way("POST", "/issues", self.create, creates=True),
            Way("GET", "/issues/comments", self.list_repository_comments),
            Way("GET", "/issues/comments/{comment}", self.get_comment),
            Way("PATCH", "/issues/comments/{comment}", self.edit_comment),
            Way("DELETE", "/issues/comments/{comment}", self.delete_comment),
            Way("POST", "/issues/comments/{comment}/reactions", self.react_to_comment),
            Way("GET", _NUMBER, self.get),
            Way("PATCH", _NUMBER, self.edit),
            Way("GET", f"{_NUMBER}/comments", self.list_comments),
            Way("POST", f"{_NUMBER}/comments", self.comment, creates=True),
            Way("GET", f"{_NUMBER}/labels", self.list_labels),
            Way("POST", f"{_NUMBER}/labels", self.add_labels),
            Way("PUT", f"{_NUMBER}/labels", self.set_labels),
            Way("DELETE", f"{_NUMBER}/labels", self.clear_labels),
            Way("DELETE", f"{_NUMBER}/labels/{{name:path}}", self.remove_label),
            Way("POST", f"{_NUMBER}/assignees", self.add_assignees),
            Way("DELETE", f"{_NUMBER}/assignees", self.remove_assignees),
            Way("GET", f"{_NUMBER}/reactions", self.list_reactions),
            Way("POST", f"{_NUMBER}/reactions", self.react),
            Way("PUT", f"{_NUMBER}/lock", self.lock),
            Way("DELETE", f"{_NUMBER}/lock", self.unlock),
        ]
        return [replace(way, needs=f"issues={'read' if way.method == 'GET' else 'write'}") for way in ways]

    # Finding what the path names

    def _repository(self, call: Call, rest: str, *, writes: bool = False) -> Repository:
        repository = self.door.repository(call, rest=rest, writes=writes)
        if not repository.has_issues:
            raise Problem(410, "Issues has been disabled in this repository.", docs="/rest/issues")
        return repository

    def issue(self, call: Call, rest: str = "", *, writes: bool = False, manages: bool = False) -> Issue:
        """The issue of the path. ``rest`` follows its number; ``manages`` needs more than reading rights."""
        number = call.number("number")
        repository = self._repository(call, f"/issues/{number}{rest}", writes=writes)
        if number in repository.moved:
            there = repository.moved[number]
            if there.repository.private and there.repository.access == "none":
                raise not_found()
            raise moved(self.shape, call, f"/repositories/{there.repository.id}/issues/{there.number}{rest}")
        if number in repository.deleted:
            raise Problem(410, "This issue was deleted", docs="/rest/issues/issues#get-an-issue")
        if number not in repository.issues:
            raise not_found()
        if manages:
            _must_write(repository)
        return repository.issues[number]

    def _comment(self, call: Call, *, writes: bool = False) -> Comment:
        number = call.number("comment")
        repository = self._repository(call, f"/issues/comments/{number}", writes=writes)
        comment = self.state.comments.get(number)
        if comment is None or comment.issue.repository is not repository:
            raise not_found()
        if writes and comment.user is not call.viewer:
            _must_write(repository)
        return comment

    def _rendered(self, call: Call, shape: Json) -> Json:
        """With the text as HTML and as words, for those who ask for the full form."""
        if "full" not in call.media:
            return shape
        text = str(shape["body"] or "")
        return {**shape, "body_html": self.uploads.html(text), "body_text": text}

    # Issues

    def list_issues(self, call: Call) -> Reply:
        repository = self._repository(call, "/issues")
        found = listing.issues(repository, call.query)
        return self.door.page(call, found, f"/repositories/{repository.id}/issues", self.shape.issue)

    def get(self, call: Call) -> Reply:
        issue = self.issue(call)
        return dated(self._rendered(call, self.shape.full_issue(issue)), issue.updated)

    def create(self, call: Call) -> Reply:
        repository = self._repository(call, "/issues", writes=True)
        body = call.body
        title, text = fields.title(body), fields.text(body, "Issue")
        may_manage = repository.access == "write"  # without push rights the rest is silently dropped
        issue = self.state.open_issue(
            repository,
            call.sender(),
            title=title,
            body=text,
            labels=fields.label_names(body.get("labels") or []) if may_manage else (),
            assignees=(fields.assignees(self.state, body.get("assignees") or []) if may_manage else ()),
            milestone=fields.milestone(repository, body.get("milestone")) if may_manage else None,
            type=fields.issue_type(repository, body.get("type")) if may_manage else None,
        )
        shape = self.shape.full_issue(issue)
        return Reply(shape, 201, {"Location": str(shape["url"])})

    def edit(self, call: Call) -> Reply:
        issue = self.issue(call, writes=True)
        repository, sender, body = issue.repository, call.sender(), call.body
        if issue.user is not sender and repository.access != "write":
            raise Problem(403, "Must have admin rights to Repository.")
        title = fields.title(body) if "title" in body else issue.title
        text = fields.text(body, "Issue") if "body" in body else issue.body
        state = fields.state_of(body) if "state" in body else (issue.state, issue.state_reason)
        manages = repository.access == "write"
        labels = fields.label_names(body["labels"]) if "labels" in body and manages else None
        users = issue.assignees
        if "assignees" in body and manages:
            users = fields.assignees(self.state, body["assignees"])
        stone = issue.milestone
        if "milestone" in body and manages:
            stone = fields.milestone(repository, body["milestone"])
        kind = fields.issue_type(repository, body["type"]) if "type" in body and manages else issue.type
        self.state.edit_text(issue, sender, title=title, body=text)
        if labels is not None:
            self.state.set_labels(issue, sender, labels)
        self.state.set_assignees(issue, sender, users)
        self.state.set_milestone(issue, sender, stone)
        self.state.set_type(issue, sender, kind)
        if "state" in body:
            self.state.set_state(issue, sender, *state)
        return Reply(self.shape.full_issue(issue))

    def lock(self, call: Call) -> Reply:
        issue = self.issue(call, "/lock", writes=True, manages=True)
        reason = call.body.get("lock_reason")
        if reason not in (None, "off-topic", "too heated", "resolved", "spam"):
            raise invalid("Issue", "lock_reason", "invalid", value=reason)
        self.state.set_lock(issue, call.sender(), locked=True, reason=str(reason) if reason else None)
        return Reply(None, 204)

    def unlock(self, call: Call) -> Reply:
        issue = self.issue(call, "/lock", writes=True, manages=True)
        self.state.set_lock(issue, call.sender(), locked=False)
        return Reply(None, 204)

    # Comments

    def list_comments(self, call: Call) -> Reply:
        issue = self.issue(call, "/comments")
        found = listing.comments(issue.comments, call.query)
        address = f"/repositories/{issue.repository.id}/issues/{issue.number}/comments"
        return self.door.page(call, found, address, self.shape.comment)

    def list_repository_comments(self, call: Call) -> Reply:
        repository = self._repository(call, "/issues/comments")
        every = (comment for issue in repository.issues.values() for comment in issue.comments)
        found = listing.comments(every, call.query, sortable=True)
        address = f"/repositories/{repository.id}/issues/comments"
        return self.door.page(call, found, address, self.shape.comment)

    def get_comment(self, call: Call) -> Reply:
        comment = self._comment(call)
        return dated(self._rendered(call, self.shape.comment(comment)), comment.updated)

    def comment(self, call: Call) -> Reply:
        issue = self.issue(call, "/comments", writes=True)
        if issue.locked and issue.repository.access != "write":
            raise Problem(403, "Unable to create comment because issue is locked.")
        text = fields.text(call.body, "IssueComment") or ""
        comment = self.shape.comment(self.state.add_comment(issue, call.sender(), text))
        return Reply(comment, 201, {"Location": str(comment["url"])})

    def edit_comment(self, call: Call) -> Reply:
        comment = self._comment(call, writes=True)
        text = fields.text(call.body, "IssueComment") or ""
        self.state.edit_comment(comment, call.sender(), text)
        return Reply(self.shape.comment(comment))

    def delete_comment(self, call: Call) -> Reply:
        self.state.delete_comment(self._comment(call, writes=True), call.sender())
        return Reply(None, 204)

    # Labels of an issue

    def list_labels(self, call: Call) -> Reply:
        return self._labels(self.issue(call, "/labels"))

    def add_labels(self, call: Call) -> Reply:
        issue = self.issue(call, "/labels", writes=True, manages=True)
        names = [label.name for label in issue.labels] + fields.label_names(call.body.get("labels"))
        self.state.set_labels(issue, call.sender(), names)
        return self._labels(issue)

    def set_labels(self, call: Call) -> Reply:
        issue = self.issue(call, "/labels", writes=True, manages=True)
        self.state.set_labels(issue, call.sender(), fields.label_names(call.body.get("labels") or []))
        return self._labels(issue)

    def clear_labels(self, call: Call) -> Reply:
        issue = self.issue(call, "/labels", writes=True, manages=True)
        self.state.set_labels(issue, call.sender(), [])
        return Reply(None, 204)

    def remove_label(self, call: Call) -> Reply:
        name = call.path["name"]
        issue = self.issue(call, f"/labels/{name}", writes=True, manages=True)
        kept = [label.name for label in issue.labels if label.name.lower() != name.lower()]
        if len(kept) == len(issue.labels):
            raise Problem(404, "Label does not exist", docs="/rest/issues/labels")
        self.state.set_labels(issue, call.sender(), kept)
        return self._labels(issue)

    def _labels(self, issue: Issue) -> Reply:
        return Reply([self.shape.label(issue.repository, label) for label in issue.labels])

    # Assignees and reactions

    def add_assignees(self, call: Call) -> Reply:
        issue = self.issue(call, "/assignees", writes=True, manages=True)
        logins = call.body.get("assignees") or []
        if not isinstance(logins, list):
            raise malformed("assignees", logins, "an array")
        found = [fields.assignable(self.state, str(login)) for login in logins]
        users = issue.assignees + [user for user in found if user]  # the others are silently ignored
        self.state.set_assignees(issue, call.sender(), users)
        return Reply(self.shape.full_issue(issue), 201)

    def remove_assignees(self, call: Call) -> Reply:
        issue = self.issue(call, "/assignees", writes=True, manages=True)
        logins = call.body.get("assignees") or []
        if not isinstance(logins, list):
            raise malformed("assignees", logins, "an array")
        gone = {str(login).lower() for login in logins}
        kept = [user for user in issue.assignees if user.login.lower() not in gone]
        self.state.set_assignees(issue, call.sender(), kept)
        return Reply(self.shape.full_issue(issue))

    def list_reactions(self, call: Call) -> Reply:
        issue = self.issue(call, "/reactions")
        found = listing.Listing(issue.reactions, lambda reaction: (0.0, reaction.id))
        address = f"/repositories/{issue.repository.id}/issues/{issue.number}/reactions"
        return self.door.page(call, found, address, self.shape.reaction)

    def react(self, call: Call) -> Reply:
        return self._react(call, self.issue(call, "/reactions", writes=True))

    def react_to_comment(self, call: Call) -> Reply:
        return self._react(call, self._comment(call))

    def _react(self, call: Call, to: Issue | Comment) -> Reply:
        content = call.body.get("content")
        if content not in REACTIONS:
            raise invalid("Reaction", "content", "invalid", value=content)
        reaction, new = self.state.react(to, call.sender(), str(content))
        return Reply(self.shape.reaction(reaction), 201 if new else 200)


def _must_write(repository: Repository) -> None:
    """Raise what GitHub answers to a token that may read only."""
    if repository.access != "write":
        raise Problem(403, "Resource not accessible by personal access token")
