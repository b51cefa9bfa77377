"""The routes of accounts and repositories: users, labels, milestones, assignees and limits."""

from __future__ import annotations

from pydantic import JsonValue

from sandbox.github import fields, listing
from sandbox.github.door import Call, Door, Reply, Way
from sandbox.github.problems import Problem, invalid, not_found
from sandbox.github.records import Label, Repository, User
from sandbox.github.shape import Json


class RepositoryRoutes:
    def __init__(self, door: Door) -> None:
        self.door = door
        self.state = door.state
        self.shape = door.shape

    def global_ways(self) -> list[Way]:
        return [
            Way("GET", "/user", self.viewer),
            Way("GET", "/user/{account}", self.user_by_id),
            Way("GET", "/users/{login}", self.user),
            Way("GET", "/rate_limit", self.rate_limit, free=True),
        ]

    def ways(self) -> list[Way]:
        """Below a repository, wherever that is found."""
        return [
            Way("GET", "", self.get),
            Way("GET", "/labels", self.list_labels),
            Way("POST", "/labels", self.create_label),
            Way("GET", "/labels/{name:path}", self.get_label),
            Way("PATCH", "/labels/{name:path}", self.edit_label, needs="issues=write"),
            Way("GET", "/milestones", self.list_milestones),
            Way("POST", "/milestones", self.create_milestone),
            Way("GET", "/assignees", self.list_assignees),
            Way("GET", "/assignees/{login}", self.check_assignee),
        ]

    # Accounts

    def viewer(self, call: Call) -> Reply:
        user = call.sender()
        if call.installation is not None:  # an App's token stands for no user
            raise Problem(403, "Resource not accessible by integration")
        return Reply(self.shape.full_user(user, since=self.state.started, private=True))

    def user(self, call: Call) -> Reply:
        return self._user(self.state.users.get(call.path["login"].lower()))

    def user_by_id(self, call: Call) -> Reply:
        return self._user(self.state.users_by_id.get(call.number("account")))

    def _user(self, user: User | None) -> Reply:
        if user is None:
            raise not_found()
        return Reply(self.shape.full_user(user, since=self.state.started))

    def rate_limit(self, call: Call) -> Reply:
        if not self.door.enforced:
            raise Problem(404, "Rate limiting is not enabled.")
        windows = self.door.limits_of(call).windows
        resources: Json = {name: window.shape(name) for name, window in windows.items()}
        return Reply({"resources": resources, "rate": resources["core"]})

    # The repository, its labels, milestones and assignees

    def get(self, call: Call) -> Reply:
        return Reply(self.shape.repository(self.door.repository(call)))

    def list_labels(self, call: Call) -> Reply:
        repository = self.door.repository(call, rest="/labels")
        found = listing.Listing(repository.labels.values(), lambda label: (0.0, label.id))

        def shape(label: Label) -> JsonValue:
            return self.shape.label(repository, label)

        return self.door.page(call, found, f"/repositories/{repository.id}/labels", shape)

    def create_label(self, call: Call) -> Reply:
        repository = self.door.repository(call, writes=True, rest="/labels")
        [name] = fields.label_names([call.body.get("name")])
        if name.lower() in repository.labels:
            raise invalid("Label", "name", "already_exists")
        label = self.state.label(repository, name)
        label.color = str(call.body.get("color") or label.color).lstrip("#")
        description = call.body.get("description")
        label.description = str(description) if description else None
        return Reply(self.shape.label(repository, label), 201)

    def get_label(self, call: Call) -> Reply:
        return Reply(self.shape.label(*self._label(call)))

    def edit_label(self, call: Call) -> Reply:
        repository, label = self._label(call, writes=True)
        [name] = fields.label_names([call.body.get("new_name") or label.name])
        if repository.labels.get(name.lower(), label) is not label:
            raise invalid("Label", "name", "already_exists")
        label.color = str(call.body.get("color") or label.color).lstrip("#")
        self.state.edit_label(repository, label, call.sender(), name)
        return Reply(self.shape.label(repository, label))

    def _label(self, call: Call, *, writes: bool = False) -> tuple[Repository, Label]:
        name = call.path["name"]
        repository = self.door.repository(call, writes=writes, rest=f"/labels/{name}")
        if name.lower() not in repository.labels:
            raise not_found()
        return repository, repository.labels[name.lower()]

    def list_milestones(self, call: Call) -> Reply:
        repository = self.door.repository(call, rest="/milestones")
        state = listing.choice(call.query, "state", ("open", "closed", "all"))
        stones = [stone for stone in repository.milestones.values() if state in ("all", stone.state)]
        return Reply([self.shape.milestone(repository, stone) for stone in stones])

    def create_milestone(self, call: Call) -> Reply:
        repository = self.door.repository(call, writes=True, rest="/milestones")
        title = call.body.get("title")
        if not isinstance(title, str) or not title.strip():
            raise invalid("Milestone", "title", "missing_field")
        if any(stone.title == title for stone in repository.milestones.values()):
            raise invalid("Milestone", "title", "already_exists")
        stone = self.state.add_milestone(repository, title, call.sender())
        return Reply(self.shape.milestone(repository, stone), 201)

    def list_assignees(self, call: Call) -> Reply:
        repository = self.door.repository(call, rest="/assignees")
        found = [user for user in self.state.users.values() if user.member and user.type != "Organization"]
        people = listing.Listing(found, lambda user: (0.0, user.id))
        return self.door.page(call, people, f"/repositories/{repository.id}/assignees", self.shape.user)

    def check_assignee(self, call: Call) -> Reply:
        self.door.repository(call, rest=f"/assignees/{call.path['login']}")
        if fields.assignable(self.state, call.path["login"]) is None:
            raise not_found()
        return Reply(None, 204)
