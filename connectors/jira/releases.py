"""Versions of the projects as items. Jira keeps no time for them, so they are compared with what was seen.

All versions of a project take one call; they are looked at as often as the long look goes back (see
:mod:`connectors.jira.changes`), and at once where a webhook names one.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time

from pydantic import JsonValue

from connectors.jira.answers import VersionRow
from connectors.jira.base import JiraBase
from connectors.jira.shape import VERSION
from connectors.model import Item, Kind, Ref
from connectors.protocol import Observation

_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
"""When a version was made that has no dates: Jira does not tell."""


class WithReleases(JiraBase):
    """Reads versions."""

    def _release(self, ref: Ref) -> Observation:
        row = self._client.wire.get(VersionRow, f"version/{ref.id.removeprefix(VERSION)}")
        return Observation(self._release_item(row, self._project(str(row.projectId)).key), (), complete=True)

    def _changed_releases(self, seen: dict[str, str]) -> tuple[list[Observation], dict[str, str]]:
        """The versions that are not as in ``seen``, and what is to be remembered of all."""
        changed, digests = [], {}
        for project in self._settings.projects:
            for row in self._client.wire.get(list[VersionRow], f"project/{project}/versions"):
                digests[row.id] = hashlib.sha256(row.model_dump_json().encode()).hexdigest()[:12]
                if seen.get(row.id) != digests[row.id]:
                    item = self._release_item(row, project)
                    changed.append(Observation(item, (), complete=True))
        return changed, digests

    def _release_item(self, row: VersionRow, project: str) -> Item:
        dates: dict[str, JsonValue] = {"start_date": row.startDate, "release_date": row.releaseDate}
        begun = row.startDate or row.releaseDate
        return Item(
            ref=Ref(connection=self.connection, id=f"{VERSION}{row.id}", key=f"{project} {row.name}"),
            system="jira",
            kind=Kind.RELEASE,
            container=project,
            url=f"{self._base}/projects/{project}/versions/{row.id}",
            title=row.name,
            body=row.description,
            status="archived" if row.archived else "released" if row.released else "unreleased",
            closed=row.released or row.archived,
            custom={name: day for name, day in dates.items() if day},
            created=datetime.combine(date.fromisoformat(begun), time(), UTC) if begun else _UNKNOWN,
            updated=self._client.time,
        )
