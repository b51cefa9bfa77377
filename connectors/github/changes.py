"""Reading what changed, repository by repository, one page a call.

Each page asks for what was updated since the last row of the page before. Page numbers would not do: a row
that changes moves to the tail, every row behind it moves up, and the first one of the next page is skipped.
Only where a whole page was updated within one second is GitHub's ``Link`` followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from connectors.github.client import PER_PAGE, Client
from connectors.github.failures import Asked
from connectors.github.places import ISSUES
from connectors.github.rows import IssueRow
from connectors.github.settings import GitHubSettings


class Mark(BaseModel):
    """How far a repository has been read."""

    seen: AwareDatetime | None = None
    """The newest update seen. Without one everything is asked for: GitHub finds nothing since 1970."""
    etag: str = ""
    """Of the latest look that was one page long: the next one costs nothing if it would bring the same."""


class Walk(BaseModel):
    """A look at one repository that is not finished."""

    since: AwareDatetime | None = None
    link: str | None = None
    """The path of the next page, while a second holds more issues than a page."""


class Cursor(BaseModel):
    marks: dict[str, Mark] = Field(default_factory=dict)
    repository: str = ""
    """The one to read next."""
    walk: Walk | None = None


def parse(cursor: str | None, settings: GitHubSettings) -> Cursor:
    """The cursor; the beginning for one that is not ours, which at worst repeats what was seen."""
    try:
        found = Cursor.model_validate_json(cursor or "{}")
    except ValidationError:
        found = Cursor()
    if found.repository not in settings.repositories:
        found = Cursor(marks=found.marks, repository=settings.repositories[0])
    return found


def turn(
    client: Client, settings: GitHubSettings, cursor: Cursor
) -> tuple[tuple[IssueRow, ...], Cursor, bool]:
    """One page: its rows (pull requests among them), the next cursor, and whether there is more now."""
    name = cursor.repository
    mark = cursor.marks.get(name, Mark())
    fresh = cursor.walk is None
    overlap = timedelta(seconds=settings.overlap_seconds)
    walk = cursor.walk or Walk(since=mark.seen - overlap if mark.seen else None)
    path = f"/repos/{name}/issues"
    if walk.link:
        answer = client.get(walk.link)
    else:
        answer = client.get(path, _query(walk.since), etag=mark.etag if fresh else "")
    if answer.unchanged:
        return (), *_onward(settings, cursor, mark)
    rows = client.parse(ISSUES, Asked(client.connection, "GET", path), answer.data)
    known = [moment for moment in (walk.since, mark.seen) if moment]
    newest = max((*known, *(row.updated_at for row in rows)), default=None)
    if answer.next:
        crowded = newest == walk.since
        onward = Walk(since=newest, link=answer.next if crowded else None)
        return rows, Cursor(marks=cursor.marks, repository=name, walk=onward), True
    return rows, *_onward(settings, cursor, Mark(seen=newest, etag=answer.etag if fresh else ""))


def passing_over(settings: GitHubSettings, cursor: Cursor) -> tuple[Cursor, bool]:
    """The cursor that leaves this repository as it is and goes on with the next, and whether there is one."""
    return _onward(settings, cursor, cursor.marks.get(cursor.repository, Mark()))


def _query(since: datetime | None) -> Mapping[str, str | int]:
    query: dict[str, str | int] = {
        "state": "all",
        "sort": "updated",
        "direction": "asc",
        "per_page": PER_PAGE,
    }
    if since is not None:
        query["since"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return query


def _onward(settings: GitHubSettings, cursor: Cursor, mark: Mark) -> tuple[Cursor, bool]:
    """The cursor for the next repository, and whether this round has one left."""
    names = settings.repositories
    marks = {**cursor.marks, cursor.repository: mark}
    index = names.index(cursor.repository) + 1
    return Cursor(marks=marks, repository=names[index % len(names)]), index < len(names)
