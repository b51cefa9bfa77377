"""The routes of users: people, and the bot that the connection is."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.notion import shape
from sandbox.notion.acts import Acts
from sandbox.notion.api import Call, Door
from sandbox.notion.problem import Object
from sandbox.notion.state import User
from sandbox.notion.uploads import Uploads


class Users:
    """Handlers of ``/v1/users``."""

    def __init__(self, acts: Acts, uploads: Uploads) -> None:
        self.workspace = acts.workspace
        self.quirks = acts.quirks
        self.uploads = uploads

    def routes(self, door: Door) -> list[BaseRoute]:
        return [
            door.route("GET", "/v1/users/me", self.me),
            door.route("GET", "/v1/users/{id}", self.retrieve),
            door.route("GET", "/v1/users", self.list),
        ]

    def me(self, call: Call) -> Object:
        return self._told(self.workspace.bot)

    def _told(self, user: User) -> Object:
        """A user as the connection may see one: addresses have a capability of their own."""
        shown = user.render(self.workspace.name, self.uploads.largest)
        return shown if self.quirks.emails or user.email is None else {**shown, "person": {}}

    def retrieve(self, call: Call) -> Object:
        return self._told(self.workspace.user(call.path["id"]))

    def list(self, call: Call) -> Object:
        chosen, following = call.page_of([*self.workspace.users.values()], lambda user: user.id)
        return shape.listing([self._told(user) for user in chosen], "user", following)
