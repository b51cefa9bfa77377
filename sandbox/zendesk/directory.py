"""People, organizations, brands, groups, ticket fields and the account's search."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.zendesk.shape import Body, Shape
from sandbox.zendesk.state import State
from sandbox.zendesk.wire import Answer, Call, Front, Refusal, found, needs_agent, page


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
            *front.route("users/{id:int}", GET=self.user),
            *front.route("organizations", GET=self.organizations),
            *front.route("organizations/show_many", GET=self.show_organizations),
            *front.route("organizations/{id:int}", GET=self.organization),
            *front.route("brands", GET=self.brands),
            *front.route("groups", GET=self.groups),
            *front.route("ticket_fields", GET=self.ticket_fields),
            *front.route("ticket_fields/{id:int}", GET=self.ticket_field),
            *front.route("search", GET=self.search),
        ]

    def users(self, call: Call) -> Answer:
        needs_agent(call)
        role = call.query.get("role")
        rows = [user for user in self._state.users.values() if role is None or user.role == role]
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

    def brands(self, call: Call) -> Answer:
        needs_agent(call)
        chosen, paging = page(call, list(self._state.brands.values()))
        return Answer({"brands": [self._shape.brand(brand) for brand in chosen], **paging})

    def groups(self, call: Call) -> Answer:
        needs_agent(call)
        rows = [self._shape.group(self._state.default_brand().created)]
        chosen, paging = page(call, rows)
        return Answer({"groups": chosen, **paging})

    def ticket_fields(self, call: Call) -> Answer:
        needs_agent(call)
        chosen, paging = page(call, list(self._state.fields.values()))
        return Answer({"ticket_fields": [self._shape.ticket_field(field) for field in chosen], **paging})

    def ticket_field(self, call: Call) -> Answer:
        needs_agent(call)
        return Answer({"ticket_field": self._shape.ticket_field(found(self._state.fields.get(call.id())))})

    def search(self, call: Call) -> Answer:
        """Tickets by words of the subject, ``status:``, ``tags:`` or ``external_id:``; a thousand at most."""
        needs_agent(call)
        if call.number("page", 1, most=1_000) * call.number("per_page", 100, most=100) > 1_000:
            raise Refusal(422, {"error": "invalid", "description": "Invalid search: Requested response size"})
        terms = call.query.get("query", "").lower().split()
        if not terms:
            raise Refusal(422, {"error": "invalid", "description": "Invalid search: query is blank"})
        rows: list[Body] = []
        for ticket in self._state.tickets.values():
            facts = {
                "type": ["ticket"],
                "status": [ticket.status],
                "tags": ticket.tags,
                "external_id": [ticket.external_id or ""],
            }
            named = [term.partition(":") for term in terms if ":" in term]
            words = [term for term in terms if ":" not in term]
            if (
                not ticket.deleted
                and all(value.strip('"') in facts.get(name, []) for name, _, value in named)
                and all(word in ticket.subject.lower() for word in words)
            ):
                rows.append({**self._shape.ticket(ticket), "result_type": "ticket"})
        chosen, paging = page(call, rows)
        return Answer({"results": chosen, "facets": None, **paging})
