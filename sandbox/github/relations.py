"""The routes of what ties issues together: sub-issues, and dependencies between issues.

Source: "REST API endpoints for sub-issues" and "... for issue dependencies".
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.github.door import Call, Door, Reply, Way
from sandbox.github.issues import IssueRoutes
from sandbox.github.problems import Problem, not_found
from sandbox.github.records import Issue

MOST_SUB_ISSUES = 100
_ONE = "/issues/{number}"


class RelationRoutes:
    def __init__(self, door: Door, issues: IssueRoutes) -> None:
        self.state = door.state
        self.shape = door.shape
        self._find = issues.issue

    def ways(self) -> list[Way]:
        """Below a repository, wherever that is found."""
        blocked = f"{_ONE}/dependencies/blocked_by"
        return [
            Way("GET", f"{_ONE}/parent", self.parent, needs="issues=read"),
            Way("GET", f"{_ONE}/sub_issues", self.sub_issues, needs="issues=read"),
            Way("POST", f"{_ONE}/sub_issues", self.add_sub_issue, needs="issues=write"),
            Way("DELETE", f"{_ONE}/sub_issue", self.remove_sub_issue, needs="issues=write"),
            Way("GET", blocked, self.blocked_by, needs="issues=read"),
            Way("POST", blocked, self.add_blocker, needs="issues=write"),
            Way("DELETE", f"{blocked}/{{other}}", self.remove_blocker, needs="issues=write"),
            Way("GET", f"{_ONE}/dependencies/blocking", self.blocking, needs="issues=read"),
        ]

    def _other(self, given: object) -> Issue:
        """An issue by its id, which is not its number."""
        found = self.state.issues.get(given) if isinstance(given, int) else None
        if found is None:
            raise Problem(404, "The provided issue does not exist", docs="/rest/issues")
        return found

    def _list(self, issues: Sequence[Issue]) -> Reply:
        return Reply([self.shape.issue(issue) for issue in issues])

    def parent(self, call: Call) -> Reply:
        parent = self._find(call, "/parent").parent
        if parent is None:
            raise not_found()
        return Reply(self.shape.full_issue(parent))

    def sub_issues(self, call: Call) -> Reply:
        return self._list(self._find(call, "/sub_issues").sub_issues)

    def add_sub_issue(self, call: Call) -> Reply:
        issue = self._find(call, "/sub_issues", writes=True, manages=True)
        sub = self._other(call.body.get("sub_issue_id"))
        if sub in issue.sub_issues:
            raise _refused("Issue may not contain duplicate sub-issues")
        if sub.parent is not None and not call.body.get("replace_parent"):
            raise _refused("Sub issue may only have one parent")
        if sub is issue or len(issue.sub_issues) >= MOST_SUB_ISSUES:
            raise _refused("The sub-issue cannot be added")
        if sub.parent is not None:
            sub.parent.sub_issues.remove(sub)
        sub.parent = issue
        issue.sub_issues.append(sub)
        return Reply(self.shape.full_issue(issue), 201)

    def remove_sub_issue(self, call: Call) -> Reply:
        issue = self._find(call, "/sub_issue", writes=True, manages=True)
        sub = self._other(call.body.get("sub_issue_id"))
        if sub not in issue.sub_issues:
            raise not_found()
        issue.sub_issues.remove(sub)
        sub.parent = None
        return Reply(self.shape.full_issue(issue))

    def blocked_by(self, call: Call) -> Reply:
        return self._list(self._find(call, "/dependencies/blocked_by").blocked_by)

    def blocking(self, call: Call) -> Reply:
        return self._list(self.state.blocked(self._find(call, "/dependencies/blocking")))

    def add_blocker(self, call: Call) -> Reply:
        issue = self._find(call, "/dependencies/blocked_by", writes=True, manages=True)
        other = self._other(call.body.get("issue_id"))
        if other in issue.blocked_by or other is issue:
            raise _refused("The dependency already exists")
        issue.blocked_by.append(other)
        return Reply(self.shape.full_issue(issue), 201)

    def remove_blocker(self, call: Call) -> Reply:
        issue = self._find(call, "/dependencies/blocked_by", writes=True, manages=True)
        other = self._other(call.number("other"))
        if other not in issue.blocked_by:
            raise not_found()
        issue.blocked_by.remove(other)
        return Reply(self.shape.full_issue(issue))


def _refused(message: str) -> Problem:
    return Problem(422, f"An error occurred while adding the issue: {message}", docs="/rest/issues")
