"""Search over issues and pull requests: an index that lags behind, and gives out a thousand results at most.

Source: "REST API endpoints for search". GitHub promises no time for the index; seconds are usual.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from sandbox.github.door import Call, Door, Reply, Way
from sandbox.github.listing import Listing
from sandbox.github.problems import Problem, invalid
from sandbox.github.records import Issue, Repository
from sandbox.github.shape import Json

LAG = timedelta(seconds=10)
MOST_RESULTS = 1_000
_LONGEST = 256
_MOST_OPERATORS = 5
_OPERATOR = re.compile(r"\b(?:AND|OR|NOT)\b")
_TERM = re.compile(r'(?:([\w-]+):)?(?:"([^"]*)"|(\S+))')
_DOCS = "/rest/search/search#search-issues-and-pull-requests"

Term = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Entry:
    """An issue as the index knows it."""

    updated: datetime
    facts: frozenset[Term]
    text: str
    shown: Json

    def matches(self, term: Term) -> bool:
        name, value = term
        return value in self.text if not name else term in self.facts


class SearchRoutes:
    def __init__(self, door: Door) -> None:
        self.state = door.state
        self.shape = door.shape
        self.lag = LAG
        """How long a change takes to be found."""
        self.times_out = False
        """Whether searches run out of time, and answer with half of what there is."""
        self._index: dict[int, _Entry] = {}

    def ways(self) -> list[Way]:
        return [Way("GET", "/search/issues", self.search, resource="search")]

    def search(self, call: Call) -> Reply:
        """By words, and by ``repo:``, ``is:``, ``state:``, ``label:`` and ``author:``; the newest first."""
        terms = self._terms(call)
        found = self._found(call, terms)
        size = min(max(int(call.query.get("per_page", "30")), 1), 100)
        if int(call.query.get("page", "1")) * size > MOST_RESULTS:
            raise Problem(422, "Only the first 1000 search results are available", docs=_DOCS)
        newest = sorted(found, key=lambda issue: (issue.created, issue.id), reverse=True)[:MOST_RESULTS]
        listing = Listing(newest, lambda issue: (issue.created.timestamp(), issue.id), descending=True)
        rows, link = listing.page(call.query, f"{self.shape.base}/search/issues")
        shown = rows[: len(rows) // 2] if self.times_out else rows
        items: list[JsonValue] = [{**self._index[issue.id].shown, "score": 1.0} for issue in shown]
        body: dict[str, JsonValue] = {
            "total_count": len(found),
            "incomplete_results": self.times_out,
            "items": items,
            "search_type": "lexical",
        }
        return Reply(body, headers={"Link": link} if link else {})

    def _terms(self, call: Call) -> list[Term]:
        text = call.query.get("q", "").strip()
        if not text:
            raise invalid("Search", "q", "missing")
        if len(text) > _LONGEST or len(_OPERATOR.findall(text)) > _MOST_OPERATORS:
            raise invalid("Search", "q", "invalid", message="The search is longer than 256 characters.")
        terms = [(found[1] or "", (found[2] or found[3]).lower()) for found in _TERM.finditer(text)]
        if call.installation is not None and not {("is", "issue"), ("is", "pull-request")} & set(terms):
            message = "Query must include 'is:issue' or 'is:pull-request'"
            raise invalid("Search", "q", "invalid", message=message)
        return terms

    def _found(self, call: Call, terms: list[Term]) -> list[Issue]:
        names = [value for name, value in terms if name == "repo"]
        places = [self._visible(call, name) for name in names]
        if not names:
            places = [each for each in self.state.repositories.values() if _sees(call, each)]
        wanted = [term for term in terms if term[0] != "repo"]
        found = []
        for issue in (issue for place in places for issue in place.issues.values()):
            entry = self._entry(issue)
            if entry is not None and all(map(entry.matches, wanted)):
                found.append(issue)
        return found

    def _entry(self, issue: Issue) -> _Entry | None:
        """What the index has of the issue; what changed lately it still has as it was."""
        known = self._index.get(issue.id)
        if issue.updated <= self.state.now() - self.lag and (known is None or known.updated < issue.updated):
            known = _Entry(
                issue.updated,
                frozenset(_facts(issue)),
                f"{issue.title} {issue.body or ''}".lower(),
                self.shape.issue(issue),
            )
            self._index[issue.id] = known
        return known

    def _visible(self, call: Call, full_name: str) -> Repository:
        found = self.state.repository(full_name)
        if found is None or not _sees(call, found):
            message = (
                "The listed users and repositories cannot be searched either because the resources do not "
                "exist or you do not have permission to view them."
            )
            raise invalid("Search", "q", "invalid", message=message)
        return found


def _sees(call: Call, repository: Repository) -> bool:
    return not repository.private or (call.viewer is not None and repository.access != "none")


def _facts(issue: Issue) -> list[Term]:
    kinds = ("pr", "pull-request") if issue.pull_request else ("issue",)
    facts = [("state", issue.state), *(("is", word) for word in (issue.state, *kinds))]
    facts += [("label", label.name.lower()) for label in issue.labels]
    if issue.user is not None:
        facts.append(("author", issue.user.login.lower()))
    return facts
