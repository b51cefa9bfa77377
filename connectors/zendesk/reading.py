"""What changed: the export of tickets, that of what happened to them with their comments, and the articles.

Zendesk's exports leave out the last minute, which gives late writes of its own time to arrive: once a second
is in an export, it is complete. Each call of :meth:`Feed.page` makes one request, and each round reads all
lists to their ends; the first round is the backfill.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from connectors.errors import NotFound, Rejected
from connectors.model import Item
from connectors.protocol import ChangePage, Observation, Said
from connectors.zendesk import shape
from connectors.zendesk.articles import Articles
from connectors.zendesk.client import Client
from connectors.zendesk.directory import Directory
from connectors.zendesk.rows import ChildRow, CommentRow, EventsPage, UpdateRow
from connectors.zendesk.threads import Threads

_CHANGED_LATER = frozenset({"CommentPrivacyChange", "CommentRedactionEvent"})
"""What can be done to a comment after it was written. The export names it, and does not show its result."""
_SPOKEN = frozenset({"Comment", "VoiceComment"})


class _Cursor(BaseModel):
    """Where each list goes on, and which of them is being read."""

    model_config = ConfigDict(extra="forbid")

    reading: Literal["tickets", "events", "articles"] = "tickets"
    after: str | None = None
    """Zendesk's own cursor of the tickets' export, which is good for ever."""
    events: int = 0
    """From which second on to read what happened, in epoch seconds."""
    told: tuple[int, ...] = ()
    """What of that very second is known already: at its end the export is read again from its last second."""
    articles: int = 0
    """From which second on to read articles."""


class Feed:
    """Turns the lists into pages of changes. ``brands`` are the ones whose tickets are wanted, or empty."""

    def __init__(
        self,
        client: Client,
        directory: Directory,
        threads: Threads,
        articles: Articles | None,
        brands: tuple[str, ...],
    ) -> None:
        self._client = client
        self._directory = directory
        self._threads = threads
        self._articles = articles
        self._brands = brands
        self._unwanted: set[int] = set()
        """Tickets of other brands that were met: what is said there is not told."""

    def page(self, cursor: str | None) -> ChangePage:
        """The next page. Raises Rejected for a cursor that is not one of ours."""
        place = self._parse(cursor)
        if place.reading == "tickets":
            return self._tickets(place)
        if place.reading == "events":
            return self._events(place)
        return self._article_page(place)

    def _parse(self, cursor: str | None) -> _Cursor:
        if cursor is None:
            return _Cursor()
        try:
            return _Cursor.model_validate_json(cursor)
        except ValidationError as error:
            raise Rejected(
                f"{self._threads.connection}: the stored cursor is not one of Zendesk's"
            ) from error

    def _tickets(self, place: _Cursor) -> ChangePage:
        """Up to a thousand tickets in the order of their last change; deleted ones come too, as such."""
        page = self._client.export(place.after, start=0)
        self._directory.learn_beside(page)
        items = self._wanted(self._threads.item(ticket) for ticket in page.tickets)
        seen = tuple(Observation(item, comments_follow=True) for item in items)
        following = place.model_copy(
            update={
                "after": page.after_cursor or place.after,
                "reading": "events" if page.end_of_stream else "tickets",
            }
        )
        return ChangePage(seen, following.model_dump_json(), more=True)

    def _wanted(self, items: Iterable[Item]) -> Iterator[Item]:
        for item in items:
            if not self._brands or item.container in self._brands:
                self._unwanted.discard(int(item.ref.id))
                yield item
            else:
                self._unwanted.add(int(item.ref.id))

    def _events(self, place: _Cursor) -> ChangePage:
        """Up to a thousand updates of tickets; the comments among them, without a call for each."""
        page = self._client.events(place.events)
        known = {*place.told}
        news = [
            row
            for row in page.ticket_events
            if not (row.timestamp == place.events and row.id in known) and row.ticket_id not in self._unwanted
        ]
        following = self._after_events(place, page)
        more = following.reading != "tickets"
        return ChangePage((), following.model_dump_json(), more=more, said=tuple(self._said(news)))

    def _after_events(self, place: _Cursor, page: EventsPage) -> _Cursor:
        """Within the list pages never cut between equal times, so each begins with the second after the last.

        At the end the last second is read again, and what was told of it is left out.
        """
        rows = page.ticket_events
        last = max((row.timestamp for row in rows), default=place.events)
        if rows and not page.end_of_stream:
            return place.model_copy(update={"events": last + 1, "told": ()})
        earlier = place.told if last == place.events else ()
        told = {*earlier, *(row.id for row in rows if row.timestamp == last)}
        reading = "tickets" if self._articles is None else "articles"
        return place.model_copy(update={"events": last, "told": tuple(sorted(told)), "reading": reading})

    def _said(self, news: list[UpdateRow]) -> Iterator[Said]:
        """The comments by ticket. Where one was changed afterwards, all of that ticket's are read again."""
        spoken: dict[int, list[CommentRow]] = {}
        again: dict[int, None] = {}
        for row in news:
            for child in _beside_the_body(row):
                comment = _comment_row(row, child)
                if child.event_type in _CHANGED_LATER or (child.event_type in _SPOKEN and comment is None):
                    again[row.ticket_id] = None
                elif comment is not None:
                    spoken.setdefault(row.ticket_id, []).append(comment)
        self._directory.meet([comment.author_id for rows in spoken.values() for comment in rows])
        for number, rows in spoken.items():
            if number not in again:
                comments = tuple(shape.comment(row, self._directory) for row in rows)
                yield Said(self._threads.ref(number), comments)
        for number in again:
            yield from self._read_again(number)

    def _read_again(self, number: int) -> Iterator[Said]:
        ref = self._threads.ref(number)
        try:
            comments = self._threads.comments(ref)
        except NotFound:
            # deleted since: its comments went with it
            return
        yield Said(ref, comments)

    def _article_page(self, place: _Cursor) -> ChangePage:
        if self._articles is None:
            # they were read when this cursor was made
            return ChangePage(
                (), place.model_copy(update={"reading": "tickets"}).model_dump_json(), more=True
            )
        items, start, more = self._articles.changed_since(place.articles)
        reading = "articles" if more else "tickets"
        place = place.model_copy(update={"articles": start, "reading": reading})
        return ChangePage(tuple(map(Observation, items)), place.model_dump_json(), more=more)


def _beside_the_body(row: UpdateRow) -> Iterator[ChildRow]:
    """All that happened but the first comment of a new ticket, which is its body."""
    body_is_next = any(child.event_type == "Create" for child in row.child_events)
    for child in row.child_events:
        if body_is_next and child.event_type in _SPOKEN:
            body_is_next = False
        else:
            yield child


def _comment_row(update: UpdateRow, child: ChildRow) -> CommentRow | None:
    """The comment, if it is one and came whole."""
    created = child.created_at or update.created_at
    if child.event_type not in _SPOKEN or child.id is None or not isinstance(child.body, str):
        return None
    if not isinstance(child.public, bool) or created is None:
        return None
    return CommentRow(
        id=child.id,
        author_id=child.author_id if child.author_id is not None else update.updater_id,
        body=child.body,
        html_body=child.html_body if isinstance(child.html_body, str) else None,
        public=child.public,
        created_at=created,
        metadata=child.metadata,
        via=child.via,
    )
