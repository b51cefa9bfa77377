"""How tickets are tied to one another: an incident to its problem, a follow-up to what it follows."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.errors import Rejected
from connectors.model import ItemLink, LinkDraft, Ref
from connectors.zendesk.client import Client
from connectors.zendesk.rows import TicketRow
from connectors.zendesk.threads import Threads

INCIDENT_OF, PROBLEM_OF = "is incident of", "is problem of"
FOLLOWS, FOLLOWED_BY = "follows up", "is followed up by"


class Links:
    """The id of a tie names its kind and the ticket at its other end."""

    def __init__(self, connection: str, client: Client, threads: Threads) -> None:
        self._connection = connection
        self._client = client
        self._threads = threads

    def all(self, ref: Ref) -> tuple[ItemLink, ...]:
        return tuple(self._of(self._client.ticket(self._threads.number(ref)).ticket))

    def _of(self, ticket: TicketRow) -> Iterator[ItemLink]:
        if ticket.problem_id is not None:
            yield self._link(INCIDENT_OF, ticket.problem_id)
        if ticket.has_incidents:
            for page in self._client.incidents(ticket.id):
                for incident in page.tickets:
                    yield self._link(PROBLEM_OF, incident.id, incident.subject or "")
        source = ticket.via.source
        if source and source.rel == "follow_up" and source.from_.ticket_id is not None:
            yield self._link(FOLLOWS, source.from_.ticket_id)
        for number in ticket.followup_ids:
            yield self._link(FOLLOWED_BY, number)

    def link(self, ref: Ref, draft: LinkDraft) -> ItemLink:
        """Make one ticket the incident of another, which has to be a problem."""
        if draft.to is None or draft.relation not in (INCIDENT_OF, PROBLEM_OF):
            raise Rejected(
                f"{self._connection}: tickets are tied as '{INCIDENT_OF}' or '{PROBLEM_OF}' alone",
                advice="Say it in a comment.",
            )
        here, there = self._threads.number(ref), self._threads.number(draft.to)
        incident, problem = (here, there) if draft.relation == INCIDENT_OF else (there, here)
        self._client.update(incident, {"type": "incident", "problem_id": problem})
        return self._link(draft.relation, there)

    def unlink(self, ref: Ref, link: str) -> None:
        """Loosen an incident from its problem; a follow-up stays one for good.

        Raises Conflict where somebody ties it to another problem at that very moment.
        """
        relation, _, other = link.rpartition(":")
        if relation not in (INCIDENT_OF, PROBLEM_OF) or not other.isdigit():
            raise Rejected(f"{self._connection}: the tie '{link}' cannot be undone in Zendesk")
        here, there = self._threads.number(ref), int(other)
        incident, problem = (here, there) if relation == INCIDENT_OF else (there, here)
        ticket = self._client.ticket(incident).ticket
        if ticket.problem_id == problem:
            self._client.update_unless_changed(ticket, {"problem_id": None})

    def _link(self, relation: str, number: int, title: str = "") -> ItemLink:
        return ItemLink(
            id=f"{relation}:{number}", relation=relation, to=self._threads.ref(number), title=title
        )
