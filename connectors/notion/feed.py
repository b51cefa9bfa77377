"""Which rows changed: what the cursor remembers, and how it moves on.

Four habits of Notion shape this. Stamps are cut to the minute, so a second edit within it leaves no trace:
a row is read once more when its minute is over. A row that is edited while a query is paged moves to the
end, and nobody says what that does to Notion's page cursor: pages are taken by stamp instead, and the page
cursor serves only inside one minute that holds more rows than a page, which is read by the time of creation.
A query ends at 10,000 rows as if there were no more: the next one begins at the last stamp or, inside one
minute, at the last creation. A page may hold fewer rows than were asked for, even none, with more behind it:
what no stamp leads to is listed by creation, an order in which edits move nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from connectors.errors import Rejected
from connectors.model import JsonValue
from connectors.notion.answers import Listing, Page
from connectors.notion.client import PAGE_SIZE

MINUTE = timedelta(minutes=1)
END = datetime.max.replace(tzinfo=UTC)


class Mark(BaseModel):
    """How far one data source has been read."""

    model_config = ConfigDict(frozen=True)

    since: AwareDatetime | None = None
    """Rows stamped before this minute are done with."""
    crowded: bool = False
    """Whether the minute ``since`` is being read by itself, because it holds more rows than a page."""
    whole: bool = False
    """Whether all since then is being read by creation, because a page was empty."""
    again: AwareDatetime | None = None
    """Rows since this minute were read before it was over: they are listed once more when all is read."""
    created: AwareDatetime | None = None
    """Rows that were created before this minute are done with, while they are read by creation."""
    start: str | None = None
    """Notion's page cursor, while rows are read by creation."""
    seen: dict[str, tuple[AwareDatetime, str]] = {}
    """Rows since then that were taken in already: stamp and fingerprint by id."""

    @property
    def by_creation(self) -> bool:
        """Whether rows come in the order of their creation, and not of their last edit."""
        return self.crowded or self.whole


class Cursor(BaseModel):
    """How far each data source has been read, by id, and the name of the database that is next."""

    model_config = ConfigDict(frozen=True)

    version: int = 1
    following: str | None = None
    marks: dict[str, Mark] = {}

    @classmethod
    def parse(cls, text: str | None) -> Cursor:
        """What an earlier call gave out. One of another form begins again: rows may be seen twice."""
        try:
            return cls.model_validate_json(text) if text else cls()
        except ValidationError:
            return cls()


def question(mark: Mark, rows: int = PAGE_SIZE) -> dict[str, JsonValue]:
    """The query for the next page of a data source, of so many rows at most."""
    order = "created_time" if mark.by_creation else "last_edited_time"
    body: dict[str, JsonValue] = {
        "sorts": [{"timestamp": order, "direction": "ascending"}],
        "page_size": rows,
        "result_type": "page",
    }
    if conditions := list(_conditions(mark)):
        body["filter"] = conditions[0] if len(conditions) == 1 else {"and": [*conditions]}
    if mark.start is not None:
        body["start_cursor"] = mark.start
    return body


def _conditions(mark: Mark) -> Iterator[JsonValue]:
    if mark.since is not None:
        yield _stamped("last_edited_time", "on_or_after", mark.since)
        if mark.crowded:
            # "before the next minute" and not "on or before this one": stamps are cut only for showing.
            yield _stamped("last_edited_time", "before", mark.since + MINUTE)
    if mark.created is not None:
        yield _stamped("created_time", "on_or_after", mark.created)


def _stamped(stamp: str, condition: str, time: datetime) -> JsonValue:
    return {"timestamp": stamp, stamp: {condition: time.isoformat()}}


@dataclass(frozen=True, slots=True)
class Step:
    """What one page of a query brought."""

    rows: Sequence[Page]
    """Those to be read: new, changed, or due for their last reading."""
    mark: Mark
    more: bool
    """Whether this data source has more right now."""


def step(connection: str, mark: Mark, listing: Listing[Page], settled: datetime) -> Step:
    """Take in one page. Stamps before the minute ``settled`` cannot be given to further edits any more."""
    prints = {row.id: (row.last_edited_time, fingerprint(row, settled)) for row in listing.results}
    rows = [row for row in listing.results if mark.seen.get(row.id) != prints[row.id]]
    moved, more = _advance(connection, mark, listing, settled)
    since = moved.again or moved.since
    # The rows of a crowded minute that is over come once each: thousands of them need no remembering.
    fresh = {} if mark.crowded and mark.since is not None and mark.since < settled else prints
    seen = {key: value for key, value in {**mark.seen, **fresh}.items() if since is None or value[0] >= since}
    return Step(rows, moved.model_copy(update={"seen": seen}), more)


def fingerprint(row: Page, settled: datetime) -> str:
    """What tells one state of a row from another; different once more when its minute is over."""
    over = row.last_edited_time < settled
    content = json.dumps([over, row.in_trash, row.public_url, row.properties], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def partly(mark: Mark, rows: Sequence[Page], settled: datetime) -> Mark:
    """The mark when of a page only these rows could be read: the page is asked for again without them."""
    prints = {row.id: (row.last_edited_time, fingerprint(row, settled)) for row in rows}
    return mark.model_copy(update={"seen": {**mark.seen, **prints}})


def minute(time: datetime) -> datetime:
    """The minute that a time is in."""
    return time.replace(second=0, microsecond=0)


def _advance(connection: str, mark: Mark, listing: Listing[Page], settled: datetime) -> tuple[Mark, bool]:
    if not (mark.by_creation or listing.results) and listing.has_more:
        return mark.model_copy(update={"whole": True}), True
    end = mark.since + MINUTE if mark.crowded and mark.since else END if mark.whole else mark.since
    again = _again(mark, end, settled)
    if mark.by_creation and listing.has_more:
        return mark.model_copy(update={"start": listing.next_cursor, "again": again}), True
    if mark.by_creation and listing.capped and listing.results:
        split = _split(connection, mark, minute(listing.results[-1].created_time))
        return split.model_copy(update={"again": again}), True
    if mark.by_creation or not listing.results:
        return _caught_up(mark, end, settled)
    last = minute(listing.results[-1].last_edited_time)
    if not (listing.has_more or listing.capped):
        return _caught_up(mark, last + MINUTE, settled)
    crowded = mark.since is not None and last <= mark.since
    return Mark(since=last, crowded=crowded, again=_again(mark, last, settled)), True


def _again(mark: Mark, end: datetime | None, settled: datetime) -> datetime | None:
    """From when on minutes were read that were not over, when now those before ``end`` have been."""
    return mark.again if end is None or end <= settled else min(settled, mark.again or settled)


def _split(connection: str, mark: Mark, created: datetime) -> Mark:
    """A minute with more rows than one query gives goes on from the last that was created."""
    if mark.created is not None and created <= mark.created:
        raise Rejected(
            f"{connection}: more rows than Notion lists were made within {created:%Y-%m-%d %H:%M}"
            " and edited within one minute",
            advice="Edit some of them once more, or split the database.",
        )
    return mark.model_copy(update={"created": created, "start": None})


def _caught_up(mark: Mark, end: datetime | None, settled: datetime) -> tuple[Mark, bool]:
    """All before ``end`` has been read: go on there, but not beyond what was over when it was read.

    Meanwhile more of that may be over, and behind a crowded minute there may be more.
    """
    if end is None:
        return Mark(), False
    since = min(end, _again(mark, end, settled) or end)
    return Mark(since=since), since < min(end, settled) or (mark.crowded and since == end)
