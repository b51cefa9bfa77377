"""The emulated GitHub: what the sandbox's server, seed and page ask of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from starlette.routing import BaseRoute

from sandbox.clock import Clock
from sandbox.company import Company, Report
from sandbox.github import seed
from sandbox.github.app_routes import AppRoutes
from sandbox.github.apps import Apps, Installation
from sandbox.github.door import Door, Way
from sandbox.github.events import Event
from sandbox.github.git_routes import GitRoutes
from sandbox.github.graphql import GraphQLRoutes
from sandbox.github.hook_routes import HookRoutes
from sandbox.github.issues import IssueRoutes
from sandbox.github.limits import Limits
from sandbox.github.publishing import Publishing
from sandbox.github.records import App, Hook, Issue, Repository, User
from sandbox.github.relations import RelationRoutes
from sandbox.github.releases import ReleaseRoutes
from sandbox.github.repositories import RepositoryRoutes
from sandbox.github.search import SearchRoutes
from sandbox.github.shape import Shape
from sandbox.github.state import State
from sandbox.github.uploads import Uploads
from sandbox.github.webhooks import Webhooks
from sandbox.hooks import Hooks
from sandbox.service import Card, CardComment, Conditions, Service

HOOK_EVENTS = ("issues", "issue_comment", "label", "repository")
"""What :meth:`GitHubService.subscribe` asks for."""


class GitHubService(Service):
    """GitHub's REST API of version 2022-11-28, as far as issues go."""

    name = "github"

    def __init__(self, clock: Clock, hooks: Hooks, conditions: Conditions) -> None:
        super().__init__(clock, hooks, conditions)
        self.state = State(clock, self._emit)
        self.publishing = Publishing(self.state)
        self.bot = seed.add_bot(self.state)
        self.shape = Shape(lambda: self.base_url, self.state.blocked)
        self.uploads = Uploads(clock, lambda: self.base_url)
        self.apps = Apps(clock)
        self.webhooks = Webhooks(hooks, self.shape, clock, self.apps)
        self.limits = Limits(clock, f"user ID {self.bot.id}")
        self._somebody = "octocat"

    def _emit(self, event: Event) -> None:
        self.webhooks.emit(event)
        if event.issue is not None:
            self.changed(str(event.issue.id))

    def routes(self) -> list[BaseRoute]:
        door = Door(self.state, self.shape, self.bot, self.apps, self.limits, enforced=self.conditions.limits)
        repositories = RepositoryRoutes(door)
        issues = IssueRoutes(door, self.uploads)
        self.searches = SearchRoutes(door)
        self.files = GitRoutes(door, self.publishing)
        below = [
            *issues.ways(),
            *RelationRoutes(door, issues).ways(),
            *repositories.ways(),
            *HookRoutes(door, self.webhooks).ways(),
            *ReleaseRoutes(door, self.publishing).ways(),
            *self.files.ways(),
        ]
        ways = [
            *repositories.global_ways(),
            *AppRoutes(door, self.webhooks).ways(),
            *self.searches.ways(),
            *GraphQLRoutes(door).ways(),
        ]
        for place in ("/repos/{owner}/{repo}", "/repositories/{repository_id}"):
            ways += [_below(place, way) for way in below]
        return [*self.uploads.routes(), *door.routes(ways)]

    def seed(self, company: Company) -> None:
        seed.add_company(self.state, company)
        engineers = (seed.login_of(agent.name) for agent in company.agents if agent.role == "engineer")
        self._somebody = next(engineers, self._somebody)

    def load(self, reports: Sequence[Report], container: str) -> list[str]:
        """``container`` is ``owner/name``, or empty for the first; what is not there is made, and private."""
        repository = self.state.repository(container) if container else self._repository("")
        if repository is None:
            owner, _, name = container.partition("/")
            organization = self.state.add_user(owner, kind="Organization")
            repository = self.state.add_repository(organization, name, private=True, created=self.clock.now())
        return [_key(issue) for issue in seed.add_reports(self.state, repository, reports)]

    def subscribe(self, url: str) -> None:
        """Somebody adds a webhook with this address to every repository, in GitHub's settings."""
        for repository in self.state.repositories.values():
            secret = self.conditions.webhook_secret
            hook = self.state.add_hook(repository, url, HOOK_EVENTS, secret=secret)
            self.webhooks.ping(hook, repository, self._person())

    def install_app(self, permissions: Mapping[str, str], hook_url: str = "") -> Installation:
        """Somebody creates a GitHub App with a key, perhaps with a webhook, and installs it."""
        owner = next(iter(self.state.repositories.values())).owner
        app = App(555, "loopwright-sync", "Loopwright Sync", owner, self.clock.now(), dict(permissions))
        bot = self.state.add_user(f"{app.slug}[bot]", kind="Bot", member=True)
        bot.app = app
        made = self.apps.install(app, bot, owner, dict(permissions))
        if hook_url:
            secret, now = self.conditions.webhook_secret, self.state.now()
            made.hook = Hook(self.state.new_id(), hook_url, HOOK_EVENTS, secret, now, now)
        return made

    # The page

    def cards(self, *, limit: int, search: str = "") -> list[Card]:
        issues = [issue for issue in self.state.issues.values() if not issue.pull_request]
        if search:
            needle = search.lower()
            issues = [i for i in issues if needle in i.title.lower() or needle in (i.body or "").lower()]
        issues.sort(key=lambda issue: (issue.updated, issue.id), reverse=True)
        return [_card(issue) for issue in issues[:limit]]

    def card(self, item_id: str) -> Card | None:
        issue = self.state.issues.get(int(item_id)) if item_id.isdecimal() else None
        return _card(issue, with_comments=True) if issue else None

    # People

    def _person(self) -> User:
        """Somebody of the team who is not the bot: an engineer, where there is one."""
        return self.state.add_user(self._somebody, member=True)

    def _issue(self, item_id: str) -> Issue:
        issue = self.state.issues.get(int(item_id)) if item_id.isdecimal() else None
        if issue is None:
            raise ValueError(f"no GitHub issue has the id {item_id}")
        return issue

    def _repository(self, full_name: str) -> Repository:
        repository = self.state.repository(full_name) if full_name else None
        if repository is None and not full_name:
            repository = next(iter(self.state.repositories.values()), None)
        if repository is None:
            names = ", ".join(each.full_name for each in self.state.repositories.values())
            raise ValueError(f"no repository {full_name!r}; there are: {names or 'none'}")
        return repository

    def person_creates(
        self, *, title: str, body: str, container: str = "", labels: Sequence[str] = ()
    ) -> str:
        repository = self._repository(container)
        issue = self.state.open_issue(repository, self._person(), title=title, body=body, labels=labels)
        return str(issue.id)

    def person_comments(self, item_id: str, text: str, *, internal: bool) -> None:
        """``internal`` means nothing here: GitHub has no comments that only some readers see."""
        self.state.add_comment(self._issue(item_id), self._person(), text)

    def person_sets(
        self,
        item_id: str,
        *,
        title: str | None = None,
        status: str | None = None,
        priority: str | None = None,
        add_label: str | None = None,
        remove_label: str | None = None,
    ) -> None:
        issue, person = self._issue(item_id), self._person()
        if status not in (None, "open", "closed"):
            raise ValueError(f"status {status!r}: a GitHub issue is open or closed")
        if priority is not None:
            raise ValueError("a GitHub issue has no priority: use a label")
        self.state.edit_text(issue, person, title=title, body=issue.body)
        names = [label.name for label in issue.labels]
        if add_label:
            names.append(add_label)
        if remove_label:
            names = [name for name in names if name.lower() != remove_label.lower()]
        self.state.set_labels(issue, person, names)
        if status is not None:
            self.state.set_state(issue, person, status, None)

    def person_attaches(self, item_id: str, name: str, content: bytes) -> None:
        """Somebody drops a file into the text of an issue."""
        issue, person = self._issue(item_id), self._person()
        text = "\n\n".join(filter(None, (issue.body, self.uploads.add(issue.repository, name, content))))
        self.state.edit_text(issue, person, title=issue.title, body=text)

    def person_transfers(self, item_id: str, container: str) -> str:
        """Somebody moves an issue to another repository, where it gets a new id; that id."""
        moved = self.state.transfer(self._issue(item_id), self._repository(container), self._person())
        return str(moved.id)

    def person_deletes(self, item_id: str) -> None:
        """Somebody with admin rights deletes an issue for good."""
        self.state.delete_issue(self._issue(item_id), self._person())

    def person_leaves(self, login: str) -> None:
        """Somebody deletes their account: what they wrote is the ghost's from now on."""
        self.state.forget_user(login)

    def person_renames(self, container: str, name: str) -> None:
        """Somebody renames a repository; its old name leads to it."""
        self.state.rename_repository(self._repository(container), name, self._person())


def _below(place: str, way: Way) -> Way:
    return replace(way, path=place + way.path)


def _key(issue: Issue) -> str:
    return f"{issue.repository.full_name}#{issue.number}"


def _card(issue: Issue, *, with_comments: bool = False) -> Card:
    people = [issue.user.login] if issue.user else ["ghost"]
    people += [f"→ {user.login}" for user in issue.assignees]
    comments = [
        CardComment(
            comment.user.login if comment.user else "ghost",
            comment.body,
            comment.created,
            internal=issue.repository.private,
        )
        for comment in (issue.comments if with_comments else ())
    ]
    return Card(
        id=str(issue.id),
        key=_key(issue),
        title=issue.title,
        body=issue.body or "",
        status=issue.state,
        statuses=("open", "closed"),
        priority="",
        labels=[label.name for label in issue.labels],
        people=" ".join(people),
        container=issue.repository.full_name,
        created=issue.created,
        updated=issue.updated,
        comments=comments,
    )
