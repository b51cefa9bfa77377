"""People, organizations, brands, groups, ticket fields and custom statuses."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.routing import BaseRoute

from sandbox.zendesk.inputs import Invalid
from sandbox.zendesk.paging import page
from sandbox.zendesk.shape import Shape
from sandbox.zendesk.state import CATEGORIES, State
from sandbox.zendesk.wire import Answer, Call, Front, Refusal, found, needs_admin, needs_agent


class _UserInput(BaseModel):
    name: str | None = None
    suspended: bool | None = None


class _UserEnvelope(BaseModel):
    user: _UserInput


class _OrganizationInput(BaseModel):
    name: str | None = None
    organization_fields: dict[str, str | int | float | None] = {}


class _OrganizationEnvelope(BaseModel):
    organization: _OrganizationInput


class _StatusInput(BaseModel):
    status_category: str = ""
    agent_label: str = ""


class _StatusEnvelope(BaseModel):
    custom_status: _StatusInput


class DirectoryRoutes:
    def __init__(self, state: State, shape: Shape) -> None:
        self._state = state
        self._shape = shape

    def routes(self, front: Front) -> list[BaseRoute]:
        return [
            *front.route("users", GET=self.users),
            *front.route("users/me", GET=self.me),
            *front.route("users/show_many", GET=self.show_users),
            *front.route("users/search", GET=self.search_users),
            *front.route("users/{id:int}", GET=self.user, PUT=self.change_user),
            *front.route("organizations", GET=self.organizations),
            *front.route("organizations/show_many", GET=self.show_organizations),
            *front.route("organizations/{id:int}", GET=self.organization, PUT=self.change_organization),
            *front.route("brands", GET=self.brands),
            *front.route("groups", GET=self.groups),
            *front.route("groups/{id:int}", GET=self.group),
            *front.route("custom_statuses", GET=self.statuses, POST=self.add_status),
            *front.route("ticket_fields", GET=self.ticket_fields),
            *front.route("ticket_fields/{id:int}", GET=self.ticket_field),
        ]

    def users(self, call: Call) -> Answer:
        needs_agent(call)
        roles = [*call.lists.get("role", ()), *call.lists.get("role[]", ())]
        rows = [user for user in self._state.users.values() if not roles or user.role in roles]
        chosen, paging = page(call, rows)
        return Answer({"users": [self._shape.user(user) for user in chosen], **paging})

    def me(self, call: Call) -> Answer:
        return Answer({"user": self._shape.user(call.actor)})

    def show_users(self, call: Call) -> Answer:
        needs_agent(call)
        users = [self._state.users[each] for each in call.ids() if each in self._state.users]
        return Answer({"users": [self._shape.user(user) for user in users], "count": len(users)})

    def search_users(self, call: Call) -> Answer:
        """By ``email:address`` or a part of the name."""
        needs_agent(call)
        query = call.query.get("query", "").strip()
        if not query:
            raise Refusal(400, {"error": {"title": "Invalid attribute", "message": "query is required"}})
        if query.startswith("email:"):
            user = self._state.users_by_email.get(query.removeprefix("email:").strip('"'))
            rows = [user] if user else []
        else:
            rows = [user for user in self._state.users.values() if query.lower() in user.name.lower()]
        chosen, paging = page(call, rows)
        return Answer({"users": [self._shape.user(user) for user in chosen], **paging})

    def user(self, call: Call) -> Answer:
        needs_agent(call)
        return Answer({"user": self._shape.user(found(self._state.users.get(call.id())))})

    def change_user(self, call: Call) -> Answer:
        needs_admin(call)
        user, wanted = found(self._state.users.get(call.id())), call.model(_UserEnvelope).user
        user.name = wanted.name or user.name
        user.suspended = user.suspended if wanted.suspended is None else wanted.suspended
        user.changed = self._state.now()
        return Answer({"user": self._shape.user(user)})

    def organizations(self, call: Call) -> Answer:
        needs_agent(call)
        chosen, paging = page(call, list(self._state.organizations.values()))
        return Answer({"organizations": [self._shape.organization(each) for each in chosen], **paging})

    def show_organizations(self, call: Call) -> Answer:
        needs_agent(call)
        known = self._state.organizations
        chosen = [self._shape.organization(known[each]) for each in call.ids() if each in known]
        return Answer({"organizations": chosen, "count": len(chosen)})

    def organization(self, call: Call) -> Answer:
        needs_agent(call)
        organization = found(self._state.organizations.get(call.id()))
        return Answer({"organization": self._shape.organization(organization)})

    def change_organization(self, call: Call) -> Answer:
        needs_agent(call)
        organization = found(self._state.organizations.get(call.id()))
        wanted = call.model(_OrganizationEnvelope).organization
        organization.name = wanted.name or organization.name
        organization.fields.update(wanted.organization_fields)
        organization.changed = self._state.now()
        return Answer({"organization": self._shape.organization(organization)})

    def brands(self, call: Call) -> Answer:
        needs_agent(call)
        chosen, paging = page(call, list(self._state.brands.values()))
        return Answer({"brands": [self._shape.brand(brand) for brand in chosen], **paging})

    def groups(self, call: Call) -> Answer:
        needs_agent(call)
        chosen, paging = page(call, list(self._state.groups.values()))
        return Answer({"groups": [self._shape.group(group) for group in chosen], **paging})

    def group(self, call: Call) -> Answer:
        needs_agent(call)
        return Answer({"group": self._shape.group(found(self._state.groups.get(call.id())))})

    def statuses(self, call: Call) -> Answer:
        """All in one answer; ``status_categories`` chooses."""
        needs_agent(call)
        wanted = {each for each in call.query.get("status_categories", "").split(",") if each}
        rows = [row for row in self._state.statuses.values() if not wanted or row.category in wanted]
        return Answer({"custom_statuses": [self._shape.custom_status(row) for row in rows]})

    def add_status(self, call: Call) -> Answer:
        needs_admin(call)
        wanted = call.model(_StatusEnvelope).custom_status
        if wanted.status_category not in CATEGORIES or not wanted.agent_label:
            raise Invalid("status_category", "Status category: is invalid")
        status = self._state.add_status(wanted.status_category, wanted.agent_label)
        return Answer({"custom_status": self._shape.custom_status(status)}, 201)

    def ticket_fields(self, call: Call) -> Answer:
        needs_agent(call)
        chosen, paging = page(call, list(self._state.fields.values()))
        return Answer({"ticket_fields": [self._shape.ticket_field(field) for field in chosen], **paging})

    def ticket_field(self, call: Call) -> Answer:
        needs_agent(call)
        return Answer({"ticket_field": self._shape.ticket_field(found(self._state.fields.get(call.id())))})
