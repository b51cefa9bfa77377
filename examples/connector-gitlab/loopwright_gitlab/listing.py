"""Reading what changed: project after project, the issues in the order of their last change, one page a call.

The next page is asked for by the time of the last row, not by a number, for an issue that changes between
two pages leaves its place, and a number would then skip the one that moves up. GitLab's own link, which is
such a keyset too where its version has one, is followed only where a whole page has one time.

A note touches its issue, so the same list tells of notes. What touches nothing is not seen: a note that is
deleted, and a vote.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from connectors.errors import NotFound
from connectors.protocol import ChangePage, Observation
from loopwright_gitlab.client import PER_PAGE, Answer, Client
from loopwright_gitlab.places import Places
from loopwright_gitlab.rows import ISSUES, IssueRow, ProjectRow


class Walk(BaseModel):
    """A project that has been read in part."""

    after: AwareDatetime | None = None
    link: str = ""
    began: AwareDatetime | None = None
    """By GitLab's clock."""


class Cursor(BaseModel):
    since: dict[str, AwareDatetime] = Field(default_factory=dict)
    """By project: what was changed before has been seen."""
    project: str = ""
    """The one to go on with."""
    walk: Walk | None = None


class Listing:
    """The changed issues of some projects."""

    def __init__(
        self,
        client: Client,
        places: Places,
        names: Sequence[str],
        overlap: timedelta,
        observation: Callable[[ProjectRow, IssueRow], Observation],
    ) -> None:
        self._client = client
        self._places = places
        self._names = names
        self._overlap = overlap
        self._observation = observation
        self._unseen: set[str] = set()

    def page(self, text: str | None) -> ChangePage:
        """A project that cannot be seen is NotFound once a round; the others go on being read."""
        cursor = self._parse(text)
        name = cursor.project
        if name in self._unseen and len(self._names) > 1:
            self._unseen.discard(name)
            return self._onward(cursor, cursor.since, ())
        walk = cursor.walk or Walk(after=cursor.since.get(name))
        try:
            project = self._places.project(name)
            answer = self._fetch(project, walk)
        except NotFound:
            self._unseen.add(name)
            raise
        seen = tuple(self._observation(project, row) for row in answer.data)
        began = walk.began or answer.date
        if answer.next:
            further = Cursor(
                since=cursor.since, project=name, walk=_further(walk, answer, answer.next, began)
            )
            return ChangePage(seen, further.model_dump_json(exclude_defaults=True), more=True)
        newest = max((row.updated_at for row in answer.data), default=walk.after)
        reached = began or newest
        since = {**cursor.since, name: reached - self._overlap} if reached else cursor.since
        return self._onward(cursor, since, seen)

    def _parse(self, text: str | None) -> Cursor:
        """The cursor; the beginning for one that is not ours, which at worst repeats what was seen."""
        try:
            found = Cursor.model_validate_json(text or "{}")
        except ValidationError:
            found = Cursor()
        return found if found.project in self._names else Cursor(since=found.since, project=self._names[0])

    def _fetch(self, project: ProjectRow, walk: Walk) -> Answer[tuple[IssueRow, ...]]:
        if walk.link:
            return self._client.get(ISSUES, walk.link)
        query: dict[str, str | int] = {
            "scope": "all",
            "state": "all",
            "order_by": "updated_at",
            "sort": "asc",
            "pagination": "keyset",
            "per_page": PER_PAGE,
        }
        if walk.after:
            query["updated_after"] = instant(walk.after)
        return self._client.get(ISSUES, f"/projects/{project.id}/issues", query)

    def _onward(
        self, cursor: Cursor, since: dict[str, datetime], seen: tuple[Observation, ...]
    ) -> ChangePage:
        """The last page of a project, with the cursor for the next one."""
        index = self._names.index(cursor.project) + 1
        after = Cursor(since=since, project=self._names[index % len(self._names)])
        return ChangePage(seen, after.model_dump_json(exclude_defaults=True), more=index < len(self._names))


def _further(walk: Walk, answer: Answer[tuple[IssueRow, ...]], link: str, began: datetime | None) -> Walk:
    times = [row.updated_at for row in answer.data]
    if times and times[-1] > times[0]:
        return Walk(after=times[-1], began=began)
    return Walk(after=walk.after, link=link, began=began)


def instant(moment: datetime) -> str:
    """A time as GitLab takes it; what it lists after a time includes that very time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
