"""Many issues in one request.

Changing many at once is left out: Jira's bulk edit writes the same values to all issues of a request, while
what a mirror writes differs from issue to issue, and it asks for a right over the whole site.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from connectors.abilities import Wait
from connectors.errors import Conflict, ConnectorError, OutcomeUnknown, Rejected
from connectors.jira.answers import CreatedMany, CreatedRow
from connectors.jira.base import JiraBase
from connectors.jira.client import MOST_CREATED, PAGE
from connectors.jira.failures import AllRefused, refused_one
from connectors.jira.fitting import fitting
from connectors.model import Draft, Ref
from connectors.protocol import Observation


class ReadsMany(JiraBase):
    """Reads issues by the batch: on Cloud alone."""

    most_read = PAGE

    def get_many(self, refs: Sequence[Ref]) -> tuple[Observation, ...]:
        return self._observations(list(self._client.fetch([ref.id for ref in refs])))


class CreatesMany(JiraBase):
    """Creates issues by the batch."""

    most_created = MOST_CREATED

    def create_many(self, drafts: Sequence[Draft], wait: Wait) -> tuple[Ref | ConnectorError, ...]:
        """Those with a status are moved there one by one: new issues stand where their workflow begins."""
        results: dict[int, Ref | ConnectorError] = {}
        sent: dict[int, dict[str, JsonValue]] = {}
        for place, draft in enumerate(drafts):
            try:
                sent[place] = self._creation(draft)
            except Rejected as error:
                results[place] = error
        if sent:
            results |= self._send([(place, drafts[place], fields) for place, fields in sent.items()])
        return tuple(self._settled(drafts[place], results[place]) for place in range(len(drafts)))

    def _creation(self, draft: Draft) -> dict[str, JsonValue]:
        """The fields of a new issue. Raises Rejected for what its project or type does not have."""
        issue_type = draft.type or self._settings.issue_type
        fields: dict[str, JsonValue] = {
            "project": {"key": draft.container},
            "issuetype": {"name": issue_type},
            "labels": [*draft.labels, draft.marker],
        }
        fields |= self._fields({"title": draft.title, "body": fitting(draft.body, draft.original) or None})
        if draft.priority is not None:
            fields |= self._fields({"priority": draft.priority})
        fields |= self._fields({f"custom.{name}": value for name, value in draft.custom.items()})
        if draft.status is not None:
            self._mover.allow(draft.container, issue_type, draft.status)
        return fields

    def _send(self, batch: list[tuple[int, Draft, dict[str, JsonValue]]]) -> dict[int, Ref | ConnectorError]:
        try:
            answer = self._client.create_many((fields, draft.marker) for _, draft, fields in batch)
        except AllRefused as error:
            answer = error.answer
        except ConnectorError as error:
            return {place: error for place, _, _ in batch}
        return self._matched([place for place, _, _ in batch], answer)

    def _matched(self, places: list[int], answer: CreatedMany) -> dict[int, Ref | ConnectorError]:
        """What was made comes in the order of the request, without those that were refused."""
        failed = {row.failedElementNumber: row for row in answer.errors}
        made = iter(answer.issues)
        lost = OutcomeUnknown(
            f"{self.connection}: the answer to a bulk create does not tell what became of each"
        )
        if len(failed) + len(answer.issues) != len(places):
            return dict.fromkeys(places, lost)
        found: dict[int, Ref | ConnectorError] = {}
        for number, place in enumerate(places):
            found[place] = (
                refused_one(self.connection, failed[number]) if number in failed else self._ref(next(made))
            )
        return found

    def _ref(self, row: CreatedRow) -> Ref:
        return Ref(connection=self.connection, id=row.id, key=row.key)

    def _settled(self, draft: Draft, result: Ref | ConnectorError) -> Ref | ConnectorError:
        """The result, once the issue stands where the draft wants it."""
        if draft.status is None or not isinstance(result, Ref):
            return result
        try:
            self._move_new(result.id, draft)
        except ConnectorError as error:
            return OutcomeUnknown(f"{self.connection}: {result.key} was created, but then: {error.message}")
        return result

    def _move_new(self, id_: str, draft: Draft) -> None:
        """A new issue whose status cannot be had stays where it is: reading it says so."""
        issue_type = draft.type or self._settings.issue_type
        try:
            plan = self._mover.plan_new(id_, draft.container, issue_type, str(draft.status))
            self._mover.move(id_, plan)
        except (Rejected, Conflict):
            return
