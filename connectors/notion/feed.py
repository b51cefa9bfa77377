"""Which rows changed: what the cursor remembers, and how it moves on.

Three habits of Notion shape this. Stamps are cut to the minute, so a second edit within it leaves no trace:
a row is read once more when its minute is over. A row that is edited while a query is paged moves to the
end, and nobody says what that does to Notion's page cursor: pages are taken by stamp instead, and the page
cursor serves only inside one minute that holds more rows than a page. A query ends at 10,000 rows as if
there were no more: there, too, the next one begins at the last stamp.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from connectors.errors import Rejected
from connectors.model import JsonValue
from connectors.notion.answers import Listing, Page
from connectors.notion.client import PAGE_SIZE

MINUTE = timedelta(minutes=1)


class Mark(BaseModel):
    """How far one data source has been read."""

    model_config = ConfigDict(frozen=True)

    since: AwareDatetime | None = None
    """Rows stamped before this minute are done with."""
    crowded: bool = False
    """Whether the minute ``since`` is being read by itself, because it holds more rows than a page."""
    start: str | None = None
    """Notion's page cursor inside a crowded minute."""
    seen: dict[str, tuple[AwareDatetime, str]] = {}
    """Rows since then that were taken in already: stamp and fingerprint by id."""


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


def question(mark: Mark) -> dict[str, JsonValue]:
    """The query for the next page of a data source."""
    body: dict[str, JsonValue] = {
        "sorts": [{"timestamp": "last_edited_time", "direction": "ascending"}],
        "page_size": PAGE_SIZE,
    }
    if mark.since is not None:
        begin = _stamped("on_or_after", mark.since)
        # "before the next minute" and not "on or before this one": stamps are cut only for showing.
        body["filter"] = {"and": [begin, _stamped("before", mark.since + MINUTE)]} if mark.crowded else begin
    if mark.start is not None:
        body["start_cursor"] = mark.start
    return body


def _stamped(condition: str, time: datetime) -> JsonValue:
    return {"timestamp": "last_edited_time", "last_edited_time": {condition: time.isoformat()}}


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
    if mark.crowded and listing.capped:
        raise Rejected(
            f"{connection}: more rows than Notion lists were edited within {mark.since:%Y-%m-%d %H:%M}",
            advice="Edit some of them once more, or split the database.",
        )
    prints = {row.id: (row.last_edited_time, fingerprint(row, settled)) for row in listing.results}
    rows = [row for row in listing.results if mark.seen.get(row.id) != prints[row.id]]
    moved, more = _advance(mark, listing, settled)
    since = moved.since
    seen = {
        key: value for key, value in {**mark.seen, **prints}.items() if since is None or value[0] >= since
    }
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


def _advance(mark: Mark, listing: Listing[Page], settled: datetime) -> tuple[Mark, bool]:
    if not listing.results:
        return _caught_up(mark, mark.since, settled)
    last = minute(listing.results[-1].last_edited_time)
    if mark.crowded:
        if listing.has_more:
            return mark.model_copy(update={"start": listing.next_cursor}), True
        return _caught_up(mark, last + MINUTE, settled)
    if not (listing.has_more or listing.capped):
        return _caught_up(mark, last + MINUTE, settled)
    if mark.since is None or last > mark.since:
        return Mark(since=last), True
    return Mark(since=last, crowded=True), True


def _caught_up(mark: Mark, following: datetime | None, settled: datetime) -> tuple[Mark, bool]:
    """Go on at ``following``, but not beyond the minutes that are over.

    Behind a crowded minute that is over there may be more; behind one that is not, it is read again first.
    """
    if following is None:
        return Mark(), False
    since = min(following, settled) if mark.since is None else max(mark.since, min(following, settled))
    return Mark(since=since), mark.crowded and since == following
