"""The account's first contents: its own furniture, the company's part, and reports from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from sandbox.company.model import Agent, Company, Customer, Post, Report
from sandbox.company.model import Ticket as CompanyTicket
from sandbox.credentials import EMAIL
from sandbox.zendesk.editing import Editor
from sandbox.zendesk.inputs import CommentInput, CustomFieldInput, TicketInput, clean_tag
from sandbox.zendesk.records import (
    PRIORITIES,
    TYPES,
    Brand,
    Organization,
    Role,
    Ticket,
    TicketField,
    User,
)
from sandbox.zendesk.state import State

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
PRODUCT_AREA = "Product area"
SYSTEM_FIELDS = ("subject", "description", "status", "tickettype", "priority", "group", "assignee")
TEXT_FIELDS = ("Jira status", "Engineering issue")


def furnish(state: State) -> None:
    """What an account has on its first day: a bot, a brand and its fields."""
    state.add_user(User(state.next_id(), "Loopwright", EMAIL, "admin", EPOCH))
    brand = Brand(state.next_id(), "Support", "support", EPOCH, default=True)
    state.brands[brand.id] = brand
    for kind in SYSTEM_FIELDS:
        field = TicketField(state.next_id(), kind, kind.title(), EPOCH, system=True)
        state.fields[field.id] = field
    for title in TEXT_FIELDS:
        field = TicketField(state.next_id(), "text", title, EPOCH)
        state.fields[field.id] = field
    field = TicketField(state.next_id(), "tagger", PRODUCT_AREA, EPOCH)
    state.fields[field.id] = field
    state.add_group("Support", default=True)


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


class Seeding:
    """Puts the words of the company into Zendesk's records."""

    def __init__(self, state: State, editor: Editor) -> None:
        self._state = state
        self._editor = editor
        self._by_name: dict[str, User] = {user.name: user for user in state.users.values()}
        self._bot = state.users_by_email[EMAIL]
        self._area = next(field for field in state.fields.values() if field.title == PRODUCT_AREA)

    def company(self, company: Company) -> None:
        """All customers, agents and tickets."""
        brand = self._state.default_brand()
        brand.name, brand.subdomain = company.name, slug(company.name)
        for agent in company.agents:
            self._agent(agent)
        for customer in company.customers:
            self._customer(customer)
        for name in sorted({ticket.product_area for ticket in company.tickets if ticket.product_area}):
            self._area.options[f"area_{slug(name)}"] = name
        for ticket in sorted(company.tickets, key=lambda each: each.created):
            self._ticket(ticket)

    def report(self, report: Report, brand: Brand) -> Ticket:
        """A bug report from elsewhere, as a ticket that its reporter wrote."""
        reporter = self._somebody(report.reporter or "Reporter")
        given: dict[str, object] = {
            "subject": report.title,
            "status": "open",
            "brand_id": brand.id,
            "comment": CommentInput(body=report.body or report.title),
            "tags": [clean_tag(label) for label in report.labels],
        }
        if report.priority.lower() in PRIORITIES:
            given["priority"] = report.priority.lower()
        if report.type:
            given["type"] = report.type.lower() if report.type.lower() in TYPES else "incident"
        ticket, _ = self._editor.create(
            reporter, TicketInput.model_validate(given), channel="web", at=report.created, silent=True
        )
        self._posts(ticket, report.posts)
        return ticket

    def _agent(self, agent: Agent) -> None:
        if agent.role == "bot":
            self._bot.name = agent.name
            self._by_name[agent.name] = self._bot
            return
        self._person(agent.name, agent.email, "agent")

    def _customer(self, customer: Customer) -> None:
        organization = Organization(
            self._state.next_id(),
            customer.name,
            EPOCH,
            [customer.domain],
            {"plan": customer.plan, "arr": customer.arr},
        )
        self._state.organizations[organization.id] = organization
        for contact in customer.contacts:
            address = f"{slug(contact).replace('_', '.')}@{customer.domain}"
            self._person(contact, address, "end-user", organization.id)

    def _person(self, name: str, email: str | None, role: Role, organization_id: int | None = None) -> User:
        user = User(self._state.next_id(), name, email, role, EPOCH, organization_id)
        self._by_name[name] = self._state.add_user(user)
        return user

    def _somebody(self, name: str) -> User:
        """A person whom the company's lists do not name is a stranger who wrote in."""
        return self._by_name.get(name) or self._person(name, None, "end-user")

    def _agent_or_any(self, name: str | None) -> User:
        if name is not None and name in self._by_name:
            return self._by_name[name]
        return next((user for user in self._state.users.values() if user.role == "agent"), self._bot)

    def _ticket(self, seed: CompanyTicket) -> None:
        """The ticket, its thread, then its present status, each at its own time."""
        contact = self._somebody(seed.contact)
        given: dict[str, object] = {
            "subject": seed.title,
            "status": "new" if seed.status == "new" else "open",
            "comment": CommentInput(body=seed.body),
            "tags": [clean_tag(label) for label in seed.labels],
        }
        if seed.priority:
            given["priority"] = seed.priority
        if seed.type:
            given["type"] = seed.type
        if seed.product_area:
            value = f"area_{slug(seed.product_area)}"
            given["custom_fields"] = [CustomFieldInput(id=self._area.id, value=value)]
        finished = seed.status in ("solved", "closed")
        if seed.assignee or finished:
            given["assignee_id"] = self._agent_or_any(seed.assignee).id
        wanted = TicketInput.model_validate(given)
        ticket, _ = self._editor.create(contact, wanted, channel="email", at=seed.created, silent=True)
        self._posts(ticket, seed.posts)
        if ticket.status != seed.status:
            actor = self._agent_or_any(seed.assignee)
            change = TicketInput(status=seed.status)
            self._editor.update(actor, ticket, change, channel="web", at=ticket.updated, silent=True)

    def _posts(self, ticket: Ticket, posts: Sequence[Post]) -> None:
        for post in posts:
            comment = CommentInput(public=not post.internal)
            if post.html:
                comment.html_body = post.text
            else:
                comment.body = post.text
            self._editor.update(
                self._somebody(post.author),
                ticket,
                TicketInput(comment=comment),
                channel="email" if post.html else "web",
                at=post.created,
                silent=True,
            )
