"""Lists as GitHub pages them: ``Link`` headers, by page number and, where the list is large, by cursor."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Generic, TypeVar
from urllib.parse import urlencode

from sandbox.github.problems import Problem, invalid
from sandbox.github.records import Comment, Issue, Repository

T = TypeVar("T")

LARGE = 10_000
"""From this many rows on, GitHub pages by cursor and refuses deep page numbers."""
LARGE_TO_STRANGERS = 1_000
"""The same for those who ask without a credential."""

Query = Mapping[str, str]
Key = tuple[float, int]


class Listing(Generic[T]):
    """Rows in an order that tells any two apart, so that a cursor has a place in it."""

    def __init__(self, rows: Iterable[T], key: Callable[[T], Key], *, descending: bool = False) -> None:
        self.key = key
        self.descending = descending
        self.rows = sorted(rows, key=key, reverse=descending)

    def behind(self, cursor: str) -> int:
        """Where the rows after the cursor begin, even when its own row has moved."""
        try:
            place = tuple(json.loads(base64.urlsafe_b64decode(cursor)))
        except (binascii.Error, ValueError, TypeError):
            raise Problem(422, "Invalid cursor") from None
        for index, row in enumerate(self.rows):
            if self.key(row) < place if self.descending else self.key(row) > place:
                return index
        return len(self.rows)

    def cursor(self, row: T) -> str:
        return base64.urlsafe_b64encode(json.dumps(self.key(row)).encode()).decode()

    def page(self, query: Query, url: str, *, large: int = LARGE) -> tuple[Sequence[T], str]:
        """The rows of the asked-for page and its ``Link`` header; ``url`` is the list's, without a query."""
        size = min(max(_number(query, "per_page", 30), 1), 100)
        number = 0 if "after" in query else max(_number(query, "page", 1), 1)
        start = (number - 1) * size if number else self.behind(query["after"])
        if number > 1 and start + size > large:
            raise Problem(
                422,
                "Pagination with the page parameter is not supported for large datasets, "
                "please use cursor based pagination (after/before)",
            )
        shown = self.rows[start : start + size]
        links: list[str] = []

        def link(relation: str, **place: str | int) -> None:
            kept = {name: value for name, value in query.items() if name not in ("page", "after")}
            links.append(f'<{url}?{urlencode({**kept, **place})}>; rel="{relation}"')

        if start + size < len(self.rows):
            if number == 0 or len(self.rows) >= large:
                link("next", after=self.cursor(shown[-1]))
            else:
                link("next", page=number + 1)
                link("last", page=-(-len(self.rows) // size))
        if number > 1:
            link("first", page=1)
            link("prev", page=number - 1)
        return shown, ", ".join(links)


def since(query: Query) -> datetime | None:
    """The ``since`` of a request, in UTC."""
    given = query.get("since")
    if given is None:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise invalid("Issue", "since", "invalid", message="not a valid timestamp") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def choice(query: Query, name: str, allowed: Sequence[str]) -> str:
    """A query parameter with fixed values; the first one is the default."""
    given = query.get(name, allowed[0])
    if given not in allowed:
        raise invalid("Issue", name, "invalid", value=given)
    return given


def issues(repository: Repository, query: Query) -> Listing[Issue]:
    """The repository's issues and pull requests, filtered and sorted. Only open ones unless asked."""
    orders: dict[str, Callable[[Issue], Key]] = {
        "created": lambda issue: (issue.created.timestamp(), issue.id),
        "updated": lambda issue: (issue.updated.timestamp(), issue.id),
        "comments": lambda issue: (len(issue.comments), issue.id),
    }
    order = orders[choice(query, "sort", tuple(orders))]
    descending = choice(query, "direction", ("desc", "asc")) == "desc"
    rows = filter(_wanted(query), repository.issues.values())
    return Listing(rows, order, descending=descending)


def _wanted(query: Query) -> Callable[[Issue], bool]:
    """The filters of an issue list."""
    state = choice(query, "state", ("open", "closed", "all"))
    after = since(query)
    if after is not None and after.timestamp() == 0:
        return lambda issue: False  # GitHub answers nothing at all for the epoch
    names = {name.strip().lower() for name in query.get("labels", "").split(",") if name.strip()}
    creator = query.get("creator", "").lower()
    assignee = query.get("assignee", "").lower()
    milestone = query.get("milestone", "")
    kind = query.get("type", "").lower()

    def wanted(issue: Issue) -> bool:
        return (
            state in ("all", issue.state)
            and (after is None or issue.updated >= after)
            and names <= {label.name.lower() for label in issue.labels}
            and (not creator or (issue.user is not None and issue.user.login.lower() == creator))
            and _matches(assignee, [user.login.lower() for user in issue.assignees])
            and _matches(milestone, [str(issue.milestone.number)] if issue.milestone else [])
            and _matches(kind, [issue.type.lower()] if issue.type else [])
        )

    return wanted


def comments(rows: Iterable[Comment], query: Query, *, sortable: bool = False) -> Listing[Comment]:
    """Comments by id; a repository's may also be sorted by time."""
    after = since(query)
    kept = (comment for comment in rows if after is None or comment.updated >= after)
    orders: dict[str, Callable[[Comment], Key]] = {
        "": lambda comment: (0.0, comment.id),
        "created": lambda comment: (comment.created.timestamp(), comment.id),
        "updated": lambda comment: (comment.updated.timestamp(), comment.id),
    }
    order = orders[choice(query, "sort", tuple(orders))] if sortable else orders[""]
    descending = sortable and query.get("sort") is not None and query.get("direction") == "desc"
    return Listing(kept, order, descending=descending)


def _matches(wanted: str, present: Sequence[str]) -> bool:
    if wanted in ("", "*"):
        return not wanted or bool(present)
    return not present if wanted == "none" else wanted in present


def _number(query: Query, name: str, default: int) -> int:
    try:
        return int(query.get(name, default))
    except ValueError:
        return default
