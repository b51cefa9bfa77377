"""Many tickets at once: jobs of a hundred, and what became of each ticket.

A job that is completed may have failed for some of its items, so each result is read by its index. What is
not told of is unknown: whoever asked looks it up by its marker, the ticket's external id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connectors.abilities import Wait
from connectors.errors import ConnectorError, OutcomeUnknown, RateLimited, Rejected, Unavailable
from connectors.model import JsonValue
from connectors.zendesk.client import Client
from connectors.zendesk.rows import JobResult, JobRow
from connectors.zendesk.wire import MANY

MOST_JOBS = 30
"""In flight at a time, whoever started them (rate limits page)."""
_FIRST_LOOK, _SLOWEST_LOOK = 2.0, 30.0
"""Seconds between two looks at the jobs; the pauses double."""

Fields = dict[str, JsonValue]
Outcome = int | ConnectorError
"""The id of the ticket, or why there is none."""


class Bulk:
    """``patience`` is how many seconds a job is waited for."""

    def __init__(self, connection: str, client: Client, patience: float) -> None:
        self._connection = connection
        self._client = client
        self._patience = patience

    def create(self, tickets: Sequence[Fields], wait: Wait) -> list[Outcome]:
        return self._do(tickets, self._client.create_many, wait)

    def update(self, tickets: Sequence[Fields], wait: Wait) -> list[Outcome]:
        """Each names its ticket by ``id``."""
        return self._do(tickets, self._client.update_many, wait)

    def _do(
        self, tickets: Sequence[Fields], start: Callable[[Sequence[Fields]], JobRow], wait: Wait
    ) -> list[Outcome]:
        """What became of each, in the order of the tickets."""
        outcomes: list[Outcome] = []
        running: dict[str, range] = {}
        for first in range(0, len(tickets), MANY):
            batch = tickets[first : first + MANY]
            try:
                job = start(batch)
            except ConnectorError as error:
                outcomes += [error] * len(batch)
                outcomes += [self._not_sent(error)] * (len(tickets) - len(outcomes))
                break
            running[job.id] = range(first, first + len(batch))
            outcomes += [self._unknown(job.id)] * len(batch)
        for number, places in self._finished(running, wait):
            for place, outcome in self._results(number, places):
                outcomes[place] = outcome
        return outcomes

    def _not_sent(self, error: ConnectorError) -> ConnectorError:
        """What is said of those that were to follow one that failed."""
        if isinstance(error, OutcomeUnknown):
            return Unavailable(f"{self._connection}: not sent, because the request before it got no answer")
        return error

    def _finished(self, running: dict[str, range], wait: Wait) -> list[tuple[JobRow, range]]:
        """The jobs that ended while we waited, all looked at with one request at a time."""
        ended: list[tuple[JobRow, range]] = []
        left, pause, waited = dict(running), _FIRST_LOOK, 0.0
        while left and waited < self._patience:
            wait(pause)
            waited += pause
            pause = min(2 * pause, _SLOWEST_LOOK)
            try:
                jobs = self._client.jobs(list(left))
            except (Unavailable, RateLimited):
                continue
            except ConnectorError:
                break
            told = {job.id: job for job in jobs}
            # a job that is not told of any more will tell nothing
            for number in [each for each in left if each not in told or told[each].ended]:
                places = left.pop(number)
                if number in told:
                    ended.append((told[number], places))
        return ended

    def _results(self, job: JobRow, places: range) -> list[tuple[int, Outcome]]:
        results = job.results or []
        if job.status == "failed" and not results:
            error = Rejected(f"{self._connection}: job {job.id} failed as a whole")
            return [(place, error) for place in places]
        return [
            (places[result.index], self._result(result))
            for result in results
            if result.index is not None and 0 <= result.index < len(places)
        ]

    def _result(self, result: JobResult) -> Outcome:
        if result.error is None and result.success is not False and result.id is not None:
            return result.id
        said = result.details if isinstance(result.details, str) else ""
        words = ": ".join(part for part in (result.error, said) if part)
        return Rejected(f"{self._connection}: the ticket was refused in a job ({words})")

    def _unknown(self, job: str) -> ConnectorError:
        return OutcomeUnknown(f"{self._connection}: job {job} does not tell what became of the ticket")
