"""Zendesk Support, emulated: tickets, comments, people, exports and signed webhooks.

``outbox`` holds the e-mails that the account's triggers would send, so that a test can assert none.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import ClassVar

from starlette.routing import BaseRoute

from sandbox.clock import Clock
from sandbox.company import Company, Report
from sandbox.hooks import Hooks
from sandbox.service import Card, CardComment, Conditions, Service
from sandbox.zendesk.bulk import BulkRoutes
from sandbox.zendesk.comments import CommentRoutes
from sandbox.zendesk.conduct import Conduct
from sandbox.zendesk.directory import DirectoryRoutes
from sandbox.zendesk.editing import Editor
from sandbox.zendesk.events import Events
from sandbox.zendesk.exports import ExportRoutes
from sandbox.zendesk.files import FileRoutes
from sandbox.zendesk.help_center import HelpCenterRoutes
from sandbox.zendesk.inputs import CommentInput, Invalid, TicketInput, clean_tag
from sandbox.zendesk.jobs import Jobs
from sandbox.zendesk.library import Library
from sandbox.zendesk.limits import Limits
from sandbox.zendesk.records import PRIORITIES, STATUSES, Audit, Brand, Email, Role, Ticket, User
from sandbox.zendesk.search import SearchRoutes
from sandbox.zendesk.seed import Seeding, furnish, slug
from sandbox.zendesk.shape import Shape
from sandbox.zendesk.signin import SignIn
from sandbox.zendesk.state import State
from sandbox.zendesk.tickets import TicketRoutes
from sandbox.zendesk.uploads import Uploads
from sandbox.zendesk.webhooks import Webhooks
from sandbox.zendesk.wire import Front, Room

__all__ = ["ZendeskService"]


class ZendeskService(Service):
    """One account. Every ticket's key is ``ZD-`` and its number."""

    name: ClassVar[str] = "zendesk"

    def __init__(self, clock: Clock, hooks: Hooks, conditions: Conditions) -> None:
        super().__init__(clock, hooks, conditions)
        self.state = State(clock)
        self.conduct = Conduct()
        """How the account behaves; tests change it."""
        self.uploads = Uploads(self.state)
        self.editor = Editor(self.state, self.uploads)
        self.library = Library(self.state)
        self.sign_in = SignIn(self.state)
        self.webhooks = Webhooks(self.state, Events(self.state, self.conduct), hooks, conditions)
        shape = Shape(lambda: self.base_url, self.conduct)
        self.jobs = Jobs(self.state, shape, self.conduct)
        self.files = FileRoutes(self.uploads, shape, self.conduct)
        self._rooms: tuple[Room, ...] = (
            BulkRoutes(self.state, self.editor, self.jobs),
            TicketRoutes(self.state, self.editor, shape, self.conduct),
            CommentRoutes(self.state, self.editor, shape),
            ExportRoutes(self.state, shape),
            DirectoryRoutes(self.state, shape),
            SearchRoutes(self.state, shape, self.conduct),
            HelpCenterRoutes(self.state, self.library, shape),
            self.jobs,
            self.files,
            self.webhooks,
        )
        furnish(self.state)
        self.state.observers += [self._mail, self.webhooks.raise_events, self._tell_page]
        self.library.observers.append(self.webhooks.raise_article_event)

    @property
    def outbox(self) -> list[Email]:
        """E-mails that would have left, oldest first."""
        return self.state.outbox

    def subscribe(self, url: str) -> None:
        """Somebody adds a webhook for all ticket events in the admin centre."""
        self.webhooks.subscribe(url)

    def routes(self) -> list[BaseRoute]:
        front = Front(
            self.sign_in,
            Limits(self.clock, self.conduct),
            self.conduct,
            enforce=lambda: self.conditions.limits,
            before=self.jobs.run_due,
        )
        return [*self.sign_in.routes(), *(route for room in self._rooms for route in room.routes(front))]

    def seed(self, company: Company) -> None:
        Seeding(self.state, self.editor).company(company)

    def load(self, reports: Sequence[Report], container: str) -> list[str]:
        """``container`` is a brand; an unknown one is added, and the empty name is the default brand."""
        brand = self._brand(container)
        seeding = Seeding(self.state, self.editor)
        return [self._key(seeding.report(report, brand)) for report in reports]

    def cards(self, *, limit: int, search: str = "") -> list[Card]:
        wanted = search.lower()
        shown = (
            ticket
            for ticket in self.state.tickets.values()
            if not ticket.deleted
            and (not wanted or wanted in ticket.subject.lower() or wanted == self._key(ticket).lower())
        )
        recent = heapq.nlargest(limit, shown, key=lambda ticket: (ticket.updated, ticket.id))
        return [self._card(ticket) for ticket in recent]

    def card(self, item_id: str) -> Card | None:
        ticket = self.state.tickets.get(int(item_id)) if item_id.isdigit() else None
        return None if ticket is None or ticket.deleted else self._card(ticket)

    def person_creates(
        self, *, title: str, body: str, container: str = "", labels: Sequence[str] = ()
    ) -> str:
        """A customer writes in."""
        wanted = TicketInput(
            subject=title,
            comment=CommentInput(body=body or title),
            tags=[clean_tag(label) for label in labels],
            brand_id=self._brand(container).id,
        )
        ticket, _ = self.editor.create(self._customer(), wanted, channel="web")
        return str(ticket.id)

    def person_comments(self, item_id: str, text: str, *, internal: bool) -> None:
        wanted = TicketInput(comment=CommentInput(body=text, public=not internal))
        self._act(item_id, self._agent(), wanted)

    def customer_replies(self, item_id: str, text: str, *, html: bool = False) -> None:
        """The requester answers by e-mail, which reopens a waiting or solved ticket."""
        ticket = self._ticket(item_id)
        comment = CommentInput(html_body=text) if html else CommentInput(body=text)
        requester = self.state.users[ticket.requester_id]
        self._act(item_id, requester, TicketInput(comment=comment), channel="email")

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
        """An agent changes the ticket, and takes it when solving one that nobody has."""
        if status is not None and status not in STATUSES:
            raise ValueError(f"status must be one of {', '.join(STATUSES)}")
        if priority is not None and priority not in PRIORITIES:
            raise ValueError(f"priority must be one of {', '.join(PRIORITIES)}")
        agent = self._agent()
        wanted: dict[str, object] = {"subject": title, "status": status, "priority": priority}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        if status in ("solved", "closed") and self._ticket(item_id).assignee_id is None:
            wanted["assignee_id"] = agent.id
        if add_label:
            wanted["additional_tags"] = [add_label]
        if remove_label:
            wanted["remove_tags"] = [remove_label]
        self._act(item_id, agent, TicketInput.model_validate(wanted))

    def person_deletes(self, item_id: str) -> None:
        """An agent puts the ticket into the bin."""
        self.editor.delete(self._agent(), self._ticket(item_id))

    def _act(self, item_id: str, actor: User, wanted: TicketInput, *, channel: str = "web") -> None:
        try:
            self.editor.update(actor, self._ticket(item_id), wanted, channel=channel)
        except Invalid as invalid:
            raise ValueError(str(invalid)) from invalid

    def _ticket(self, item_id: str) -> Ticket:
        try:
            return self.state.tickets[int(item_id)]
        except (KeyError, ValueError) as error:
            raise ValueError(f"there is no ticket {item_id}") from error

    def _brand(self, name: str) -> Brand:
        if not name:
            return self.state.default_brand()
        for brand in self.state.brands.values():
            if brand.name == name:
                return brand
        brand = Brand(self.state.next_id(), name, slug(name), self.state.now())
        self.state.brands[brand.id] = brand
        return brand

    def _agent(self) -> User:
        """The support agent who acts for "somebody of the team"."""
        return self._first("agent") or self._add("Sam Support", "sam@support.example", "agent")

    def _customer(self) -> User:
        return self._first("end-user") or self._add("Casey Customer", "casey@customer.example", "end-user")

    def _first(self, role: str) -> User | None:
        return next((user for user in self.state.users.values() if user.role == role), None)

    def _add(self, name: str, email: str, role: Role) -> User:
        return self.state.add_user(User(self.state.next_id(), name, email, role, self.state.now()))

    def _key(self, ticket: Ticket) -> str:
        return f"ZD-{ticket.id}"

    def _mail(self, ticket: Ticket, audit: Audit) -> None:
        """The triggers that every account starts with tell the requester of a public text by others."""
        requester = self.state.users[ticket.requester_id]
        comment = audit.comment
        if comment is None or not comment.public or comment.author_id == requester.id or not requester.email:
            return
        self.outbox.append(Email(requester.email, ticket.id, ticket.subject, comment.body, comment.created))

    def _tell_page(self, ticket: Ticket, audit: Audit) -> None:
        self.changed(str(ticket.id))

    def _card(self, ticket: Ticket) -> Card:
        users = self.state.users
        organization = self.state.organizations.get(ticket.organization_id or 0)
        people = users[ticket.requester_id].name + (f", {organization.name}" if organization else "")
        if ticket.status == "closed":
            statuses: Sequence[str] = ("closed",)
        else:
            statuses = [status for status in STATUSES if status != "new" or ticket.status == "new"]
        return Card(
            id=str(ticket.id),
            key=self._key(ticket),
            title=ticket.subject,
            body=ticket.comments[0].body,
            status=ticket.status,
            statuses=statuses,
            priority=ticket.priority or "",
            labels=tuple(ticket.tags),
            people=people,
            container=self.state.brands[ticket.brand_id].name,
            created=ticket.created,
            updated=ticket.updated,
            comments=tuple(
                CardComment(users[c.author_id].name, c.body, c.created, internal=not c.public)
                for c in ticket.comments[1:]
            ),
        )
