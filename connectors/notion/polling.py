"""Which pages changed, asked of one database after another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from connectors.errors import NotFound, RateLimited, Rejected, Unavailable
from connectors.notion import feed
from connectors.notion.answers import Listing, Page
from connectors.notion.client import PAGE_SIZE, NotionClient, TooSlow
from connectors.notion.rows import Rows
from connectors.notion.sources import Sources
from connectors.protocol import ChangePage, Observation

SMALLEST = 25
"""Rows of a page, below which a query that takes too long has another reason than their number."""


class Polling:
    """Rows by their stamps. How the cursor moves is told in :mod:`connectors.notion.feed`."""

    def __init__(self, client: NotionClient, sources: Sources, rows: Rows, settles: timedelta) -> None:
        self._client = client
        self._sources = sources
        self._rows = rows
        self._settles = settles
        self._rows_a_page: dict[str, int] = {}
        """Of data sources that took too long. It is for good: the rows' texts cost more than the queries."""

    def changes(self, cursor: str | None) -> ChangePage:
        """The next page of changes. An idle call costs one query for each database.

        Items come with their text, which costs at least one call for each changed row: without it the
        engine would take the missing text for an edit.
        """
        state, names = feed.Cursor.parse(cursor), self._sources.names
        marks, lost = dict(state.marks), list[NotFound]()
        first = names.index(state.following) if state.following in names else 0
        for number, name in enumerate(names[first:], first):
            try:
                seen, more = self._next_of(self._sources.named(name).id, marks)
            except NotFound as error:
                # One that is not shared any more must not stop the others; it is told when they are done.
                lost.append(error)
                continue
            if seen or more:
                following = name if more else next(iter(names[number + 1 :]), None)
                ahead = feed.Cursor(following=following, marks=marks)
                return ChangePage(seen, ahead.model_dump_json(), more=following is not None)
        if lost:
            raise lost[0]
        return ChangePage((), feed.Cursor(marks=marks).model_dump_json(), more=False)

    def _next_of(self, source: str, marks: dict[str, feed.Mark]) -> tuple[tuple[Observation, ...], bool]:
        """The next page of one data source, and whether it has more; its mark is moved."""
        mark = marks.get(source, feed.Mark())
        listing = self._query(source, mark)
        settled = feed.minute(self._client.now - self._settles)
        step = feed.step(self._client.connection, mark, listing, settled)
        seen, taken = self._observe(step.rows)
        if taken < len(step.rows):
            marks[source] = feed.partly(mark, step.rows[:taken], settled)
            return seen, True
        marks[source] = step.mark
        return seen, step.more

    def _query(self, source: str, mark: feed.Mark) -> Listing[Page]:
        """A query that takes too long is told, and asked for half as many rows the next time."""
        rows = self._rows_a_page.get(source, PAGE_SIZE)
        try:
            return self._rows.query(source, feed.question(mark, rows))
        except Rejected:
            if mark.start is None:
                raise
            # The row that the page cursor stood on was edited or is gone: the minute is begun again.
            return self._rows.query(source, feed.question(mark.model_copy(update={"start": None}), rows))
        except TooSlow:
            self._rows_a_page[source] = max(SMALLEST, rows // 2)
            raise

    def _observe(self, rows: Sequence[Page]) -> tuple[tuple[Observation, ...], int]:
        """The rows with their texts, and how many could be read before the service had enough."""
        seen: list[Observation] = []
        for number, row in enumerate(rows):
            try:
                seen.append(Observation(self._rows.item(row)))
            except NotFound:
                continue  # Unshared or deleted since the query: what cannot be seen is no observation.
            except (RateLimited, Unavailable):
                if not seen:
                    raise
                return tuple(seen), number
        return tuple(seen), len(rows)
