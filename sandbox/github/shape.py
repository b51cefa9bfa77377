"""GitHub's JSON: each record as api.github.com of version 2022-11-28 answers it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import JsonValue

from sandbox.github.places import REPOSITORY_PLACES, USER_PLACES
from sandbox.github.records import (
    ISSUE_FIELDS,
    ISSUE_TYPES,
    REACTIONS,
    App,
    Comment,
    Issue,
    Label,
    Milestone,
    Reaction,
    Repository,
    User,
)

Json = dict[str, JsonValue]


def instant(moment: datetime) -> str:
    """ISO 8601 in UTC, with whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def perhaps(moment: datetime | None) -> str | None:
    """The same of a time that may not have come."""
    return instant(moment) if moment else None


class Shape:
    """Makes JSON whose links lead back to the sandbox."""

    def __init__(self, base: Callable[[], str], blocked_by: Callable[[Issue], Sequence[Issue]]) -> None:
        """``blocked_by`` knows which issues wait for one."""
        self._base = base
        self._blocked_by = blocked_by

    @property
    def base(self) -> str:
        """The sandbox's address, known once it has a port."""
        return self._base()

    def user(self, user: User) -> Json:
        url = f"{self.base}/users/{user.login}"
        return {
            "login": user.login,
            "id": user.id,
            "node_id": f"U_{user.id}",
            "avatar_url": f"{self.base}/avatars/{user.id}",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{self.base}/{user.login}",
            **{name: url + place for name, place in USER_PLACES.items()},
            "type": user.type,
            "site_admin": False,
            "user_view_type": "public",
        }

    def organization(self, user: User) -> Json:
        """An organization as webhooks show it."""
        url = f"{self.base}/orgs/{user.login}"
        return {
            "login": user.login,
            "id": user.id,
            "node_id": f"O_{user.id}",
            "url": url,
            **{f"{place}_url": f"{url}/{place}" for place in ("repos", "events", "hooks", "issues")},
            "members_url": f"{url}/members{{/member}}",
            "public_members_url": f"{url}/public_members{{/member}}",
            "avatar_url": f"{self.base}/avatars/{user.id}",
            "description": None,
        }

    def full_user(self, user: User, *, since: datetime, private: bool = False) -> Json:
        """A user by itself; with ``private``, as the user sees it."""
        shape: Json = {
            **self.user(user),
            "name": user.name,
            "company": None,
            "blog": "",
            "location": None,
            "email": user.email if private else None,
            "hireable": None,
            "bio": None,
            "twitter_username": None,
            "public_repos": 0,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": instant(since),
            "updated_at": instant(since),
        }
        if private:
            shape |= {
                "private_gists": 0,
                "total_private_repos": 0,
                "owned_private_repos": 0,
                "disk_usage": 0,
                "collaborators": 0,
                "two_factor_authentication": True,
                "user_view_type": "private",
            }
        return shape

    def _perhaps_user(self, user: User | None) -> Json | None:
        return self.user(user) if user else None

    def repository_url(self, repository: Repository) -> str:
        return f"{self.base}/repos/{repository.full_name}"

    def repository(self, repository: Repository) -> Json:
        url = self.repository_url(repository)
        html = f"{self.base}/{repository.full_name}"
        open_issues = sum(issue.state == "open" for issue in repository.issues.values())
        can = repository.access
        return {
            "id": repository.id,
            "node_id": f"R_{repository.id}",
            "name": repository.name,
            "full_name": repository.full_name,
            "private": repository.private,
            "visibility": "private" if repository.private else "public",
            "owner": self.user(repository.owner),
            "html_url": html,
            "description": None,
            "fork": False,
            "url": url,
            **{name: url + place for name, place in REPOSITORY_PLACES.items()},
            "git_url": f"{html}.git",
            "ssh_url": f"{html}.git",
            "clone_url": f"{html}.git",
            "svn_url": html,
            "mirror_url": None,
            "homepage": None,
            "language": None,
            "license": None,
            **dict.fromkeys(("forks_count", "forks", "stargazers_count", "watchers_count", "watchers"), 0),
            **dict.fromkeys(("size", "subscribers_count", "network_count"), 0),
            "default_branch": "main",
            "open_issues_count": open_issues,
            "open_issues": open_issues,
            "is_template": False,
            "topics": [],
            "has_issues": repository.has_issues,
            **dict.fromkeys(("has_projects", "has_wiki", "has_downloads", "has_pull_requests"), True),
            "has_pages": False,
            "has_discussions": False,
            "archived": repository.archived,
            "disabled": False,
            **{f"{event}_at": instant(repository.created) for event in ("created", "updated", "pushed")},
            "permissions": {
                "admin": can == "write",
                "maintain": can == "write",
                "push": can == "write",
                "triage": can == "write",
                "pull": can != "none",
            },
        }

    def label(self, repository: Repository, label: Label) -> Json:
        return {
            "id": label.id,
            "node_id": f"LA_{label.id}",
            "url": f"{self.repository_url(repository)}/labels/{label.name}",
            "name": label.name,
            "color": label.color,
            "default": label.name in ("bug", "documentation", "duplicate", "enhancement", "question"),
            "description": label.description,
            "archived_at": None,
            "archived_by": None,
        }

    def milestone(self, repository: Repository, milestone: Milestone) -> Json:
        url = f"{self.repository_url(repository)}/milestones/{milestone.number}"
        states = [i.state for i in repository.issues.values() if i.milestone is milestone]
        return {
            "url": url,
            "html_url": f"{self.base}/{repository.full_name}/milestone/{milestone.number}",
            "labels_url": f"{url}/labels",
            "id": milestone.id,
            "node_id": f"MI_{milestone.id}",
            "number": milestone.number,
            "title": milestone.title,
            "description": milestone.description,
            "creator": self.user(milestone.creator),
            "open_issues": states.count("open"),
            "closed_issues": states.count("closed"),
            "state": milestone.state,
            "created_at": instant(milestone.created),
            "updated_at": instant(milestone.updated),
            "due_on": perhaps(milestone.due),
            "closed_at": None,
        }

    def issue_type(self, name: str) -> Json:
        return {
            "id": list(ISSUE_TYPES).index(name.lower()) + 1,
            "node_id": f"IT_{name}",
            "name": name,
            "description": None,
            "color": "gray",
            "is_enabled": True,
        }

    def _reactions(self, url: str, reactions: Sequence[Reaction]) -> Json:
        contents = [reaction.content for reaction in reactions]
        counts: Json = {name: contents.count(name) for name in REACTIONS}
        return {"url": f"{url}/reactions", "total_count": len(contents), **counts}

    def reaction(self, reaction: Reaction) -> Json:
        return {
            "id": reaction.id,
            "node_id": f"REA_{reaction.id}",
            "user": self.user(reaction.user),
            "content": reaction.content,
            "created_at": instant(reaction.created),
        }

    def issue(self, issue: Issue) -> Json:
        repository = issue.repository
        url = f"{self.repository_url(repository)}/issues/{issue.number}"
        kind = "pull" if issue.pull_request else "issues"
        html = f"{self.base}/{repository.full_name}/{kind}/{issue.number}"
        shape: Json = {
            "url": url,
            "repository_url": self.repository_url(repository),
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "html_url": html,
            "timeline_url": f"{url}/timeline",
            "id": issue.id,
            "node_id": f"I_{issue.id}",
            "number": issue.number,
            "title": issue.title,
            "body": issue.body,
            "user": self._perhaps_user(issue.user),
            "labels": [self.label(repository, label) for label in issue.labels],
            "state": issue.state,
            "state_reason": issue.state_reason,
            "locked": issue.locked,
            "active_lock_reason": issue.lock_reason,
            "assignee": self._perhaps_user(issue.assignees[0] if issue.assignees else None),
            "assignees": [self.user(user) for user in issue.assignees],
            "milestone": self.milestone(repository, issue.milestone) if issue.milestone else None,
            "comments": len(issue.comments),
            "created_at": instant(issue.created),
            "updated_at": instant(issue.updated),
            "closed_at": perhaps(issue.closed),
            "author_association": _association(issue.user),
            "performed_via_github_app": self._by_app(issue.user),
            "reactions": self._reactions(url, issue.reactions),
            "sub_issues_summary": _sub_issues_summary(issue),
            "issue_dependencies_summary": self._dependencies(issue),
            "issue_field_values": self._field_values(issue),
            "type": self.issue_type(issue.type) if issue.type else None,
        }
        if issue.parent is not None:
            parent = issue.parent
            shape["parent_issue_url"] = f"{self.repository_url(parent.repository)}/issues/{parent.number}"
        if issue.pull_request:
            shape["draft"] = False
            shape["pull_request"] = {
                "url": f"{self.repository_url(repository)}/pulls/{issue.number}",
                "html_url": html,
                "diff_url": f"{html}.diff",
                "patch_url": f"{html}.patch",
                "merged_at": None,
            }
        return shape

    def _dependencies(self, issue: Issue) -> Json:
        blocked_by, blocking = issue.blocked_by, self._blocked_by(issue)
        return {
            "blocked_by": sum(other.state == "open" for other in blocked_by),
            "blocking": sum(other.state == "open" for other in blocking),
            "total_blocked_by": len(blocked_by),
            "total_blocking": len(blocking),
        }

    def _field_values(self, issue: Issue) -> list[JsonValue]:
        return [
            {
                "issue_field_id": list(ISSUE_FIELDS).index(name) + 1,
                "issue_field_name": name,
                "node_id": f"IFT_{name}",
                "data_type": ISSUE_FIELDS[name],
                "value": value,
            }
            for name, value in issue.field_values.items()
        ]

    def full_issue(self, issue: Issue) -> Json:
        """An issue by itself says a little more than one in a list."""
        return {**self.issue(issue), "closed_by": self._perhaps_user(issue.closed_by)}

    def comment(self, comment: Comment) -> Json:
        repository = comment.issue.repository
        url = f"{self.repository_url(repository)}/issues/comments/{comment.id}"
        place = f"{self.base}/{repository.full_name}/issues/{comment.issue.number}"
        return {
            "url": url,
            "html_url": f"{place}#issuecomment-{comment.id}",
            "issue_url": f"{self.repository_url(repository)}/issues/{comment.issue.number}",
            "id": comment.id,
            "node_id": f"IC_{comment.id}",
            "user": self._perhaps_user(comment.user),
            "created_at": instant(comment.created),
            "updated_at": instant(comment.updated),
            "body": comment.body,
            "author_association": _association(comment.user),
            "reactions": self._reactions(url, comment.reactions),
            "performed_via_github_app": self._by_app(comment.user),
        }

    def app(self, app: App) -> Json:
        url = f"{self.base}/apps/{app.slug}"
        return {
            "id": app.id,
            "slug": app.slug,
            "node_id": f"A_{app.id}",
            "client_id": app.client_id,
            "owner": self.user(app.owner),
            "name": app.name,
            "description": None,
            "external_url": url,
            "html_url": url,
            "created_at": instant(app.created),
            "updated_at": instant(app.created),
            "permissions": {**app.permissions},
            "events": [],
        }

    def _by_app(self, user: User | None) -> Json | None:
        return self.app(user.app) if user and user.app else None


def _sub_issues_summary(issue: Issue) -> Json:
    total, done = len(issue.sub_issues), sum(sub.state == "closed" for sub in issue.sub_issues)
    return {"total": total, "completed": done, "percent_completed": 100 * done // total if total else 0}


def _association(user: User | None) -> str:
    return "MEMBER" if user and user.member else "NONE"
