"""The search index: it lags behind the database by a time that can be set, and pages by token."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.jira import jql
from sandbox.jira.matching import Matcher, arrange
from sandbox.jira.problem import Problem
from sandbox.jira.records import Account, Issue

TOKEN_LIFE = timedelta(days=7)
BULK_LAG = 4
"""How many times longer the index takes for what a bulk change did."""


_UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."


@dataclass(frozen=True, slots=True)
class _Held:
    """What the index still shows of an issue until ``until``: ``None`` for one it does not know yet."""

    until: datetime
    version: Issue | None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a token continues: the ids that were found at the first page, and how many are done."""

    ids: tuple[int, ...]
    done: int
    expires: datetime


@dataclass(frozen=True, slots=True)
class Page:
    issues: list[Issue]
    token: str | None
    """``None`` on the last page."""


class Index:
    def __init__(self) -> None:
        self.lag = timedelta()
        """How long a change stays invisible to search."""
        self._held: dict[int, _Held] = {}
        self._places: dict[str, _Place] = {}

    def hold(self, issue: Issue, now: datetime, *, new: bool = False, bulk: bool = False) -> None:
        """To be called before every change of ``issue``: its present version stays what is found.

        After a ``bulk`` change it stays so for longer.
        """
        if not self.lag:
            return
        until = now + self.lag * (BULK_LAG if bulk else 1)
        held = self._held.get(issue.id)
        if held is not None and now < held.until:
            self._held[issue.id] = _Held(until, held.version)
        else:
            self._held[issue.id] = _Held(until, None if new else issue.as_indexed())

    def search(
        self,
        issues: dict[int, Issue],
        query_text: str,
        account: Account,
        now: datetime,
        *,
        size: int,
        token: str | None = None,
        fresh: Iterable[int] = (),
        bounded: bool = True,
    ) -> Page:
        """One page of what the query finds. ``fresh`` ids are looked at as they are in the database.

        Where ``bounded``, a query for everything is refused.
        """
        if token is not None:
            place = self._places.get(token)
            if place is None or now >= place.expires:
                raise Problem(400, "The nextPageToken is invalid or has expired.")
        else:
            query = jql.parse(query_text)
            if bounded and query.condition is None:
                raise Problem(400, _UNBOUNDED)
            place = self._find(issues, query, account, now, frozenset(fresh))
        shown = (
            {issue.id: issue for issue in self._seen(issues, now, frozenset(fresh))} if self._held else issues
        )
        chosen = place.ids[place.done : place.done + size]
        done = place.done + len(chosen)
        following = (
            self._keep(_Place(place.ids, done, now + TOKEN_LIFE), now) if done < len(place.ids) else None
        )
        return Page([shown[key] for key in chosen if key in shown], following)

    def _find(
        self,
        issues: dict[int, Issue],
        query: jql.Query,
        account: Account,
        now: datetime,
        fresh: frozenset[int],
    ) -> _Place:
        found = list(self._seen(issues, now, fresh))
        if query.condition is not None:
            found = list(filter(Matcher(account, now).predicate(query.condition), found))
        found = arrange(found, query)
        return _Place(tuple(issue.id for issue in found), 0, now + TOKEN_LIFE)

    def _seen(self, issues: dict[int, Issue], now: datetime, fresh: frozenset[int]) -> Iterator[Issue]:
        """The issues as the index knows them."""
        for key, issue in issues.items():
            held = self._held.get(key)
            if held is None or key in fresh:
                yield issue
            elif now >= held.until:
                del self._held[key]
                yield issue
            elif held.version is not None:
                yield held.version

    def _keep(self, place: _Place, now: datetime) -> str:
        for token in [token for token, old in self._places.items() if now >= old.expires]:
            del self._places[token]
        token = secrets.token_urlsafe(24)
        self._places[token] = place
        return token
