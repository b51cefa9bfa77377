"""What changed since a cursor, although Jira's search is late and knows no order of events.

A round goes through all pages of one query. Rows tell only which issues changed and when: what they hold
may be stale, so the contents are fetched from the database. Search may show a change late, so the next round
looks back by the overlap; what was handed out already is remembered in the cursor and not fetched again.
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


class Cursor(BaseModel):
    """Where we are. Times are in milliseconds since the epoch, the one form without a time zone in JQL."""

    since: int | None = None
    """The lower bound of this round's query; ``None`` is the beginning."""
    token: str | None = None
    """The next page of this round."""
    began: int = 0
    """When this round began, by Jira's clock: the next one looks back from there."""
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
        return issues, Cursor(
            since=cursor.since, token=answer.nextPageToken, began=began, seen=_newest(seen, None)
        )
    since = (began - int(overlap.total_seconds() * 1000)) // MINUTE * MINUTE
    since = max(since, cursor.since or 0)
    return issues, Cursor(since=since, seen=_newest(seen, since))


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
