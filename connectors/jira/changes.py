"""What changed since a cursor, although Jira's search is late and knows no order of events.

A round goes through all pages of one query, a hundred issues with their contents a call: no way of reading
takes fewer. Rows come in the order of their creation, which no edit changes, so that nothing slips from one
page into another while a round lasts; what is edited meanwhile is in the next round.

Search may show a change late, and what it shows of an issue may be stale. So every round looks back a little,
and one in each half of the overlap looks back by a whole overlap from where the last one that did was. A row
that is stale comes again once the index has caught up, because its time is later then; what was handed out
already is remembered in the cursor and is left out. Where much was handed out within the time looked back
at, reading it all again would cost a call for each hundred: then a round begins behind the newest row, and
the long look asks for times alone and fetches what it does not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field

from connectors.errors import Rejected
from connectors.jira.answers import FieldRow, IssueRow
from connectors.jira.client import PAGE, JiraClient
from connectors.jira.jql import literal

TIMES = 1_000
"""Rows asked for at once where their times are all that is wanted."""
REMEMBERED = 10_000
"""Issues that a cursor remembers at most; those beyond are only handed out once more."""
CROWDED = PAGE // 2
"""Known issues that a round may see again; with more it begins behind them."""
MINUTE = 60_000
GLANCE = 2 * MINUTE
"""How far most rounds look back, in milliseconds: as a rule, search is late by seconds."""


class Cursor(BaseModel):
    """Where we are. Times are in milliseconds since the epoch, the one form without a time zone in JQL."""

    since: int | None = None
    """The lower bound of this round's query; ``None`` is the beginning."""
    sparing: bool = False
    """Whether this round asks for times alone, because most of what it will see is known."""
    token: str | None = None
    """The next page of this round."""
    reached: int | None = None
    """When the last row of the page before was created: where to go on when the token has expired."""
    began: int = 0
    """When this round began, by Jira's clock: the next one looks back from there."""
    swept: int = 0
    """The beginning from which a round last looked back by the whole overlap."""
    seen: dict[str, int] = Field(default_factory=dict)
    """When the issues that were handed out had last been updated."""
    releases: dict[str, str] = Field(default_factory=dict)
    """What the projects' versions were like, by their ids."""
    renewed: int = 0
    """When an app's webhooks were last given more time."""


@dataclass(frozen=True, slots=True)
class _Page:
    issues: list[IssueRow]
    times: dict[str, int]
    """When each issue of the page was last updated, as far as it is known by now."""
    last: int | None
    token: str | None
    fields: list[FieldRow]


def next_page(
    client: JiraClient, projects: Sequence[str], overlap: timedelta, cursor: Cursor, *, names: bool
) -> tuple[list[IssueRow], list[FieldRow], Cursor]:
    """Issues changed since ``cursor``, their fields if ``names`` asks for them, and the next cursor."""
    page = _read(client, projects, cursor, names)
    began = cursor.began if cursor.token is not None else milliseconds(client.time)
    issues = sorted(page.issues, key=lambda row: (row.fields.updated, int(row.id)))
    width = int(overlap.total_seconds() * 1000)
    # The beginning sees everything, so it counts as a long look.
    swept = began if cursor.since is None else cursor.swept
    seen = _newest(cursor.seen | page.times, _horizon(swept, width))
    if page.token is not None and page.token != cursor.token:
        place = {"token": page.token, "reached": page.last, "began": began, "seen": seen}
        return issues, page.fields, cursor.model_copy(update=place)
    return issues, page.fields, _next_round(began, swept, width, seen)


def _next_round(began: int, swept: int, overlap: int, seen: dict[str, int]) -> Cursor:
    """Half an overlap passes between two long looks, or more where nobody asked for a while."""
    if began - swept >= overlap // 2:
        return Cursor(since=_horizon(swept, overlap), swept=began, seen=seen, sparing=len(seen) > CROWDED)
    since = (began - min(GLANCE, overlap)) // MINUTE * MINUTE
    if sum(time >= since for time in seen.values()) > CROWDED:
        since = min(began, max(seen.values())) + 1
    return Cursor(since=since, swept=swept, seen=seen)


def _horizon(swept: int, overlap: int) -> int:
    """How far a long look goes back: what is older was in the index when the last one was had."""
    return (swept - overlap) // MINUTE * MINUTE


def _read(client: JiraClient, projects: Sequence[str], cursor: Cursor, names: bool) -> _Page:
    try:
        return _ask(client, query(projects, cursor.since), cursor, names)
    except Rejected:
        if cursor.token is None:
            raise
    # A token lives for seven days.
    jql = query(projects, cursor.since, cursor.reached)
    return _ask(client, jql, cursor.model_copy(update={"token": None}), names)


def _ask(client: JiraClient, jql: str, cursor: Cursor, names: bool) -> _Page:
    if cursor.sparing:
        return _ask_for_times(client, jql, cursor)
    answer = client.search(jql, token=cursor.token, names=names)
    times = {row.id: milliseconds(row.fields.updated) for row in answer.issues}
    new = [row for row in answer.issues if cursor.seen.get(row.id, -1) < times[row.id]]
    last = milliseconds(answer.issues[-1].fields.created) if answer.issues else cursor.reached
    known = {row.id: max(times[row.id], cursor.seen.get(row.id, 0)) for row in answer.issues}
    return _Page(new, known, last, answer.nextPageToken, answer.fields)


def _ask_for_times(client: JiraClient, jql: str, cursor: Cursor) -> _Page:
    answer = client.times(jql, size=TIMES, token=cursor.token)
    times = {row.id: milliseconds(row.fields.updated) for row in answer.issues}
    new = list(client.fetch([id_ for id_, time in times.items() if cursor.seen.get(id_, -1) < time]))
    last = milliseconds(answer.issues[-1].fields.created) if answer.issues else cursor.reached
    known = {id_: max(time, cursor.seen.get(id_, 0)) for id_, time in times.items()}
    # The database may know of a change that the index does not show yet.
    known |= {row.id: max(milliseconds(row.fields.updated), known[row.id]) for row in new}
    return _Page(new, known, last, answer.nextPageToken, [])


def query(projects: Iterable[str], since: int | None, created: int | None = None) -> str:
    """JQL for everything updated since; the key breaks ties, so that pages neither skip nor repeat."""
    keys = ", ".join(map(literal, projects))
    bound = "" if since is None else f" AND updated >= {since}"
    bound += "" if created is None else f" AND created >= {created}"
    return f"project in ({keys}){bound} ORDER BY created ASC, key ASC"


def _newest(seen: dict[str, int], since: int) -> dict[str, int]:
    """What is worth remembering: no later round looks further back."""
    kept = [(id_, time) for id_, time in seen.items() if time >= since]
    kept.sort(key=lambda entry: entry[1])
    return dict(kept[-REMEMBERED:])


def milliseconds(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(milliseconds=1)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
