"""The two lists that a mirror lives from: a repository's issues, and the comments of all of them.

Comments are read as one list for the whole repository: a call for a hundred, instead of one for each issue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from pydantic import TypeAdapter

from connectors.github import shape
from connectors.github.changes import Look, Mark, Trail, Walk, followed, since
from connectors.github.client import PER_PAGE, Answer, Client
from connectors.github.failures import Asked
from connectors.github.places import ISSUES, READING_SECONDS, Places
from connectors.github.rows import CommentRow, IssueRow
from connectors.model import Comment, Item
from connectors.protocol import Observation, Said

T = TypeVar("T", IssueRow, CommentRow)

COMMENTS = TypeAdapter(tuple[CommentRow, ...])


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of a list, and what follows from it."""

    answer: Answer
    walk: Walk
    """With an empty link when it is over."""
    trail: Trail


class _Lists:
    """What both lists have in common."""

    def __init__(self, client: Client, overlap: timedelta) -> None:
        self._client = client
        self._overlap = overlap

    def _fetch(self, path: str, query: Mapping[str, str], trail: Trail, walk: Walk) -> Answer:
        if walk.link:
            return self._client.get(walk.link)
        asked: dict[str, str | int] = {"sort": "created", "direction": "asc", "per_page": PER_PAGE, **query}
        start = None if walk.full else since(trail, self._overlap)
        if start is not None:
            asked["since"] = instant(start)
        return self._client.get(path, asked, etag="" if walk.full else trail.etag)

    def _take(self, answer: Answer, rows: Sequence[IssueRow | CommentRow], trail: Trail, walk: Walk) -> _Page:
        began = walk.began or answer.date
        newest = max(
            (moment for moment in (walk.newest, *(r.updated_at for r in rows)) if moment), default=None
        )
        if answer.next:
            onward = Walk(link=answer.next, full=walk.full, began=began, newest=newest)
            return _Page(answer, onward, trail)
        # A full page looks the same when another one has come behind it.
        tells = not walk.full and len(rows) < PER_PAGE
        several = bool(walk.link)
        etag = answer.etag if tells else ""
        done = followed(trail, newest=newest, began=began, several=several, etag=etag)
        return _Page(answer, Walk(link="", full=walk.full, began=began), done)


class IssueList(_Lists):
    """Issues and pull requests of a repository; the latter are left out.

    ``sweep`` is how often everything is read: reactions, renamed labels and the like move no time of update.
    """

    def __init__(
        self,
        client: Client,
        overlap: timedelta,
        sweep: timedelta,
        places: Places,
        item: Callable[[IssueRow], Item],
    ) -> None:
        super().__init__(client, overlap)
        self._sweep = sweep
        self._places = places
        self._item = item

    def look(self, repository: str, mark: Mark, walk: Walk | None) -> Look:
        walk = walk or Walk(link="", full=self._due(mark))
        path = f"/repos/{repository}/issues"
        answer = self._fetch(path, {"state": "all"}, mark.issues, walk)
        if answer.unchanged:
            return Look(mark.model_copy(update=self._numbers(mark, Walk(link="", began=answer.date))))
        rows = self._client.parse(ISSUES, Asked(self._client.connection, "GET", path), answer.data)
        observations = [self._observation(row, mark) for row in rows if row.pull_request is None]
        page = self._take(answer, rows, mark.issues, walk)
        onward = self._counted(page.walk, walk, rows)
        if onward.link:
            return Look(mark, onward, observations)
        read: dict[str, object] = {"issues": page.trail, **self._numbers(mark, onward)}
        if walk.full:
            read |= {"swept": onward.began, "releases": ""}
        return Look(mark.model_copy(update=read), None, observations)

    def _counted(self, onward: Walk, walk: Walk, rows: Sequence[IssueRow]) -> Walk:
        """With the numbers seen so far; whatever is below an old one has long been visible."""
        settled = onward.began - self._overlap if onward.began else None
        old = [row.number for row in rows if settled and row.updated_at <= settled]
        highest = max((walk.highest, *(row.number for row in rows)))
        return onward.model_copy(update={"last": max((walk.last, *old)), "highest": highest})

    def _numbers(self, mark: Mark, walk: Walk) -> dict[str, object]:
        """Which numbers a walk that is over leaves known."""
        last, highest, settled = max(mark.last, walk.last), mark.highest, mark.settled
        if settled and walk.began and walk.began >= settled:
            last, settled = max(last, highest), None
        if settled is None and walk.highest > last and walk.began:
            highest, settled = walk.highest, walk.began + self._overlap
        return {"last": last, "highest": highest, "settled": settled}

    def _due(self, mark: Mark) -> bool:
        """Whether it is time to read everything; before GitHub has told the time, it can wait."""
        if mark.swept is None:
            return True
        now = self._client.now
        return now is not None and now - mark.swept >= self._sweep

    def _observation(self, row: IssueRow, mark: Mark) -> Observation:
        self._places.saw(row)
        item = self._item(row)
        if row.comments == 0:
            return Observation(item, (), complete=True)
        heard = since(mark.comments, self._overlap)
        arrived = row.number > mark.last and heard is not None and row.created_at < heard
        return Observation(item, comments_follow=not arrived, comment_count=row.comments)


class CommentList(_Lists):
    """Comments of all issues of a repository."""

    def __init__(self, client: Client, overlap: timedelta, places: Places) -> None:
        super().__init__(client, overlap)
        self._places = places

    def look(self, repository: str, mark: Mark, walk: Walk | None) -> Look:
        walk = walk or Walk(link="")
        path = f"/repos/{repository}/issues/comments"
        answer = self._fetch(path, {}, mark.comments, walk)
        if answer.unchanged:
            return Look(mark)
        rows = self._client.parse(COMMENTS, Asked(self._client.connection, "GET", path), answer.data)
        said = self._said(rows)
        page = self._take(answer, rows, mark.comments, walk)
        if page.walk.link:
            return Look(mark, page.walk, said=said)
        return Look(mark.model_copy(update={"comments": page.trail}), said=said)

    def _said(self, rows: Sequence[CommentRow]) -> list[Said]:
        """By issue. Those on pull requests are none of ours, nor those whose issue is gone meanwhile."""
        ours = [row for row in rows if not row.on_pull_request]
        refs = self._places.refs({row.address for row in ours})
        comments: dict[str, list[Comment]] = {}
        for row in ours:
            if row.address in refs:
                audience = self._places.audience(row.address.repository, within=READING_SECONDS)
                comments.setdefault(row.address.key, []).append(shape.comment(row, audience))
        found = {address.key: ref for address, ref in refs.items()}
        return [Said(found[key], tuple(each)) for key, each in comments.items()]


def instant(moment: datetime) -> str:
    """A time as GitHub takes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
