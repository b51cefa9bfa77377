"""What changed since a cursor, although Jira's search is late and knows no order of events.

A round goes through all pages of one query. Rows tell only which issues changed and when: what they hold
may be stale, so the contents are fetched from the database. Search may show a change late, so every round
looks back a little, and one round in each half of the overlap looks back by more than the whole of it. What
was handed out already is remembered in the cursor and not fetched again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field

from connectors.errors import Rejected
from connectors.jira.answers import IssueRow, SearchAnswer
from connectors.jira.client import JiraClient
from connectors.jira.jql import literal

PAGE = 500
"""Rows asked for at once."""
REMEMBERED = 5_000
"""Issues that a cursor remembers at most; those beyond are only fetched once more."""
MINUTE = 60_000
GLANCE = 2 * MINUTE
"""How far most rounds look back, in milliseconds: as a rule, search is late by seconds."""


class Cursor(BaseModel):
    """Where we are. Times are in milliseconds since the epoch, the one form without a time zone in JQL."""

    since: int | None = None
    """The lower bound of this round's query; ``None`` is the beginning."""
    token: str | None = None
    """The next page of this round."""
    began: int = 0
    """When this round began, by Jira's clock: the next one looks back from there."""
    swept: int = 0
    """The beginning from which a round last looked back by the whole overlap."""
    seen: dict[str, int] = Field(default_factory=dict)
    """When the issues that were handed out had last been updated."""


def next_page(
    client: JiraClient, projects: Sequence[str], overlap: timedelta, cursor: Cursor
) -> tuple[list[IssueRow], Cursor]:
    """Issues changed since ``cursor``, oldest first, and the cursor after them."""
    answer = _search(client, projects, cursor)
    began = cursor.began if cursor.token is not None else milliseconds(client.time)
    times = {row.id: milliseconds(row.fields.updated) for row in answer.issues}
    fresh = [id_ for id_, time in times.items() if cursor.seen.get(id_, -1) < time]
    issues = sorted(client.fetch(fresh), key=lambda row: (row.fields.updated, int(row.id)))
    seen = cursor.seen | {id_: times[id_] for id_ in fresh}
    seen |= {row.id: max(milliseconds(row.fields.updated), times.get(row.id, 0)) for row in issues}
    if answer.nextPageToken is not None and answer.nextPageToken != cursor.token:
        token = answer.nextPageToken
        following = cursor.model_copy(update={"token": token, "began": began, "seen": _newest(seen, None)})
        return issues, following
    return issues, _next_round(began, cursor.swept, int(overlap.total_seconds() * 1000), seen)


def _next_round(began: int, swept: int, overlap: int, seen: dict[str, int]) -> Cursor:
    """Half an overlap passes between two sweeps, so each looks back by that much more than the overlap."""
    horizon = began - overlap * 3 // 2
    if began - swept >= overlap // 2:
        swept, since = began, horizon
    else:
        since = began - min(GLANCE, overlap)
    since = since // MINUTE * MINUTE
    return Cursor(since=since, swept=swept, seen=_newest(seen, horizon // MINUTE * MINUTE))


def _search(client: JiraClient, projects: Sequence[str], cursor: Cursor) -> SearchAnswer:
    jql = query(projects, cursor.since)
    if cursor.token is None:
        return client.search(jql, size=PAGE)
    try:
        return client.search(jql, size=PAGE, token=cursor.token)
    except Rejected:
        # A token lives for seven days. The same query from its first page finds all that is missing.
        return client.search(jql, size=PAGE)


def query(projects: Iterable[str], since: int | None) -> str:
    """JQL for everything updated since; the key breaks ties, so that pages neither skip nor repeat."""
    keys = ", ".join(map(literal, projects))
    bound = "" if since is None else f" AND updated >= {since}"
    return f"project in ({keys}){bound} ORDER BY updated ASC, key ASC"


def _newest(seen: dict[str, int], since: int | None) -> dict[str, int]:
    """What is worth remembering: a query from ``since`` on finds nothing older."""
    kept = [(id_, time) for id_, time in seen.items() if since is None or time >= since]
    kept.sort(key=lambda entry: entry[1])
    return dict(kept[-REMEMBERED:])


def milliseconds(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(milliseconds=1)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
