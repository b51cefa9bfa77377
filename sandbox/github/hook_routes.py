"""The routes of a repository's webhooks: the hooks themselves, and the log of what they delivered."""

from __future__ import annotations

from pydantic import JsonValue

from sandbox.github import fields, hook_shape
from sandbox.github.door import Call, Door, Reply, Way
from sandbox.github.problems import Problem, invalid, not_found
from sandbox.github.records import Hook, Repository, Shipment
from sandbox.github.webhooks import Webhooks

EVENTS = (
    "*",
    "issues",
    "issue_comment",
    "issue_dependencies",
    "label",
    "milestone",
    "push",
    "release",
    "repository",
    "sub_issues",
)
"""The events that a hook of the sandbox may ask for."""


class HookRoutes:
    def __init__(self, door: Door, webhooks: Webhooks) -> None:
        self.door = door
        self.state = door.state
        self.shape = door.shape
        self.webhooks = webhooks

    def ways(self) -> list[Way]:
        """Below a repository, wherever that is found."""
        one = "/hooks/{hook}"
        routes = [
            ("GET", "/hooks", self.list_hooks),
            ("POST", "/hooks", self.create),
            ("GET", one, self.get),
            ("PATCH", one, self.edit),
            ("DELETE", one, self.delete),
            ("POST", f"{one}/pings", self.ping),
            ("GET", f"{one}/config", self.config),
            ("GET", f"{one}/deliveries", self.list_deliveries),
            ("GET", f"{one}/deliveries/{{delivery}}", self.get_delivery),
            ("POST", f"{one}/deliveries/{{delivery}}/attempts", self.redeliver),
        ]
        return [
            Way(method, path, handler, needs=f"repository_hooks={'read' if method == 'GET' else 'write'}")
            for method, path, handler in routes
        ]

    def _administered(self, call: Call, rest: str) -> Repository:
        """Without admin rights GitHub hides hooks altogether."""
        repository = self.door.repository(call, rest=rest)
        if call.viewer is None or repository.access != "write":
            raise not_found()
        return repository

    def _hook(self, call: Call, rest: str = "") -> tuple[Repository, Hook]:
        number = call.number("hook")
        repository = self._administered(call, f"/hooks/{number}{rest}")
        if number not in repository.hooks:
            raise not_found()
        return repository, repository.hooks[number]

    def list_hooks(self, call: Call) -> Reply:
        repository = self._administered(call, "/hooks")
        return Reply([hook_shape.hook(self.shape, repository, hook) for hook in repository.hooks.values()])

    def create(self, call: Call) -> Reply:
        repository = self._administered(call, "/hooks")
        config = call.body.get("config")
        url = config.get("url") if isinstance(config, dict) else None
        if not isinstance(config, dict) or not isinstance(url, str) or not url.startswith("http"):
            raise invalid("Hook", "url", "missing_field")
        events = fields.only_strings(call.body.get("events") or ["push"], EVENTS, "events")
        if any(hook.url == url and hook.events == events for hook in repository.hooks.values()):
            what = {"resource": "Hook", "code": "custom", "message": "Hook already exists on this repository"}
            raise Problem(422, "Validation Failed", errors=[{**what}])
        hook = self.state.add_hook(
            repository,
            url,
            events,
            secret=str(config.get("secret") or ""),
            content_type=str(config.get("content_type") or "form"),
        )
        self.webhooks.ping(hook, repository, call.sender())
        return Reply(hook_shape.hook(self.shape, repository, hook), 201)

    def get(self, call: Call) -> Reply:
        return Reply(hook_shape.hook(self.shape, *self._hook(call)))

    def config(self, call: Call) -> Reply:
        return Reply(hook_shape.hook(self.shape, *self._hook(call, "/config"))["config"])

    def edit(self, call: Call) -> Reply:
        """A ``config`` replaces the former one, its secret as well."""
        repository, hook = self._hook(call)
        config = call.body.get("config")
        if isinstance(config, dict):
            hook.url = str(config.get("url") or hook.url)
            hook.secret = str(config.get("secret") or "")
            hook.content_type = str(config.get("content_type") or "form")
        if "events" in call.body:
            hook.events = fields.only_strings(call.body["events"], EVENTS, "events")
        hook.active = bool(call.body.get("active", hook.active))
        hook.updated = self.state.now()
        return Reply(hook_shape.hook(self.shape, repository, hook))

    def delete(self, call: Call) -> Reply:
        repository, hook = self._hook(call)
        del repository.hooks[hook.id]
        return Reply(None, 204)

    def ping(self, call: Call) -> Reply:
        repository, hook = self._hook(call, "/pings")
        self.webhooks.ping(hook, repository, call.sender())
        return Reply(None, 204)

    # What was delivered

    def list_deliveries(self, call: Call) -> Reply:
        repository, hook = self._hook(call, "/deliveries")
        address = f"{self.shape.base}/repositories/{repository.id}/hooks/{hook.id}/deliveries"
        return deliveries(call, self.webhooks, hook, address)

    def get_delivery(self, call: Call) -> Reply:
        _, hook = self._hook(call, f"/deliveries/{call.number('delivery')}")
        return Reply(hook_shape.full_shipment(delivery(call, self.webhooks, hook)))

    def redeliver(self, call: Call) -> Reply:
        _, hook = self._hook(call, f"/deliveries/{call.number('delivery')}/attempts")
        return redelivered(call, self.webhooks, hook)


def deliveries(call: Call, webhooks: Webhooks, hook: Hook, address: str) -> Reply:
    """The newest first, by cursor. ``status`` is ``success`` or ``failure``."""
    log = webhooks.log(hook)
    wanted = call.query.get("status")
    if wanted is not None:
        log = [shipped for shipped in log if shipped.ok == (wanted == "success")]
    before = call.query.get("cursor", "")
    if before.isdecimal():
        log = [shipped for shipped in log if shipped.id < int(before)]
    size = min(int(call.query.get("per_page", "30")), 100)
    headers = {}
    if len(log) > size:
        query = f"per_page={size}&cursor={log[size - 1].id}"
        headers["Link"] = f'<{address}?{query}>; rel="next"'
    return Reply([hook_shape.shipment(each) for each in log[:size]], headers=headers)


def delivery(call: Call, webhooks: Webhooks, hook: Hook) -> Shipment:
    """The one of the path, while the log has it."""
    for shipped in webhooks.log(hook):
        if shipped.id == call.number("delivery"):
            return shipped
    raise not_found()


def redelivered(call: Call, webhooks: Webhooks, hook: Hook) -> Reply:
    webhooks.repeat(hook, delivery(call, webhooks, hook))
    accepted: dict[str, JsonValue] = {}
    return Reply(accepted, 202)
