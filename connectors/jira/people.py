"""Finding people by their address: on Cloud, only those can be found who let it be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.jira import shape
from connectors.jira.answers import UserRow
from connectors.jira.base import JiraBase
from connectors.model import Person


class WithPeople(JiraBase):
    """Finds those who can be given issues."""

    def people(self, emails: Sequence[str]) -> Mapping[str, Person]:
        found: dict[str, Person] = {}
        for email in dict.fromkeys(map(str.lower, emails)):
            row = self._assignable(email)
            if row is not None and (person := shape.person(row)) is not None:
                found[email] = person
        return found

    def _assignable(self, email: str) -> UserRow | None:
        """Jira searches by beginnings and in names as well: only the very address counts."""
        for project in self._settings.projects:
            query = {self._edition.query: email, "project": project, "maxResults": "50"}
            for row in self._client.wire.get(list[UserRow], "user/assignable/search", query):
                if row.active and (row.emailAddress or "").lower() == email:
                    return row
        return None
