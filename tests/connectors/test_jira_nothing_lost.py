"""Whatever the order of edits, late index, wrong clocks and reads: no change is missed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import ClassVar, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, JsonValue

from connectors.jira import changes
from connectors.jira.answers import FetchAnswer, IssueRow, SearchAnswer, TimesAnswer
from connectors.jira.changes import Cursor
from connectors.jira.client import JiraClient
from connectors.jira.data_center import DataCenterClient
from connectors.jira.wire import Wire
from sandbox.clock import Clock
from sandbox.jira import catalogue
from sandbox.jira.index import Page
from sandbox.jira.records import Account, Issue
from sandbox.jira.seed import BOT, add_project
from sandbox.jira.shape import Shape
from sandbox.jira.site import Site
from sandbox.jira.writing import prepare

PAGE = 3
"""Rows a page: search gives fewer than it is asked for whenever it likes."""
OVERLAP = timedelta(minutes=10)


class NearSite:
    """The sandbox's site without the sockets between, answering as a JiraClient does."""

    data_center: ClassVar[bool] = False

    def __init__(self, skew: float) -> None:
        self.clock = Clock()
        beginning = self.clock.now()
        self.clock.now = lambda: beginning + self.clock._offset  # type: ignore[method-assign]
        self.site = Site(self.clock, data_center=self.data_center)
        self.project = add_project(self.site, "ENG", "Engineering")
        self.skew = timedelta(seconds=skew)
        site = self.site
        self.shape = Shape(
            "http://jira.example", BOT, site.accounts, site.issues, data_center=self.data_center
        )

    @property
    def client(self) -> JiraClient:
        return cast(JiraClient, self)

    @property
    def time(self) -> datetime:
        return self.clock.now() + self.skew

    def search(self, jql: str, *, token: str | None = None, names: bool = False) -> SearchAnswer:
        page = self._find(jql, token)
        return SearchAnswer.model_validate({"issues": self._rows(page.issues), "nextPageToken": page.token})

    def times(self, jql: str, *, size: int, token: str | None = None) -> TimesAnswer:
        page = self._find(jql, token)
        return TimesAnswer.model_validate({"issues": self._rows(page.issues), "nextPageToken": page.token})

    def fetch(self, ids: Iterable[str]) -> Iterator[IssueRow]:
        found = [issue for id_ in ids if (issue := self.site.find(id_)) is not None]
        yield from FetchAnswer.model_validate({"issues": self._rows(found)}).issues

    def _find(self, jql: str, token: str | None) -> Page:
        return self.site.index.search(self.site.issues, jql, BOT, self.clock.now(), size=PAGE, token=token)

    def _rows(self, issues: Iterable[Issue]) -> list[object]:
        fields = catalogue.chosen(["*all"])
        return [self.shape.issue(issue, fields, embedded=20) for issue in issues]

    def edit(self, number: int, lag: float, actor: Account = BOT) -> None:
        """Somebody edits an issue, or makes one more; search shows it only after ``lag`` seconds."""
        self.clock.advance(0.001)
        self.site.index.lag = timedelta(seconds=lag)
        issues = [*self.site.issues.values()]
        if number >= len(issues):
            self.site.create(self.project, catalogue.TYPES[0], [], actor)
        else:
            title = f"As of {self.clock.now().isoformat()}"
            self.site.edit(issues[number], prepare(self.site, {"summary": title}, {}), actor)

    def delete(self, number: int) -> None:
        issues = [*self.site.issues.values()]
        if number < len(issues):
            self.site.delete(issues[number], BOT)


class NearServer(NearSite):
    """The same as a Data Center, which numbers the rows that it finds; asked by its own client."""

    data_center: ClassVar[bool] = True

    @property
    def client(self) -> JiraClient:
        client = DataCenterClient.__new__(DataCenterClient)
        client.wire = cast(Wire, self)
        return client

    def post(self, form: type[BaseModel], _path: str, asked: Mapping[str, JsonValue]) -> BaseModel:
        """A search."""
        everything = self.site.index.search(
            self.site.issues, str(asked["jql"]), BOT, self.clock.now(), size=1_000, bounded=False
        ).issues
        start = cast(int, asked["startAt"])
        rows = self._rows(everything[start : start + PAGE])
        return form.model_validate({"issues": rows, "total": len(everything)})


class Reader:
    """Reads pages, and remembers of each issue the newest version that it was given."""

    def __init__(self, site: NearSite) -> None:
        self.site = site
        self.cursor = Cursor()
        self.known: dict[str, tuple[datetime, str]] = {}

    def page(self) -> bool:
        rows, _, then = changes.next_page(self.site.client, ["ENG"], OVERLAP, self.cursor, names=False)
        self.cursor = Cursor.model_validate_json(then.model_dump_json())
        for row in rows:
            seen = (row.fields.updated, row.fields.summary)
            self.known[row.id] = max(seen, self.known.get(row.id, seen))
        return then.token is not None

    def round(self) -> None:
        while self.page():
            pass


lags = st.one_of(st.just(0.0), st.floats(0, 180))
steps = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.integers(0, 8), lags),
        st.tuples(st.just("delete"), st.integers(0, 8)),
        st.tuples(st.just("wait"), st.floats(0.1, 400)),
        st.tuples(st.just("page")),
        st.tuples(st.just("round")),
    ),
    max_size=40,
)


A_LONG_PAUSE = [("wait", 297.0), ("edit", 8, 148.0), ("wait", 137.0), ("round",), ("wait", 704.0)]


@pytest.mark.parametrize("crowded", [1, 50])
@pytest.mark.parametrize("kind", [NearSite, NearServer])
@example(steps=A_LONG_PAUSE, skew=120.0)
@given(steps=steps, skew=st.floats(-120, 120))
@settings(max_examples=60, deadline=None)
def test_no_change_is_missed(
    steps: list[tuple[object, ...]], skew: float, crowded: int, kind: type[NearSite]
) -> None:
    site = kind(skew)
    reader = Reader(site)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes, "CROWDED", crowded)
        for step in steps:
            match step:
                case ("edit", int(number), float(lag)):
                    site.edit(number, lag)
                case ("delete", int(number)):
                    site.delete(number)
                case ("wait", float(seconds)):
                    site.clock.advance(seconds)
                case ("page",):
                    reader.page()
                case ("round",):
                    reader.round()
        for _ in range(4):
            reader.round()
            site.clock.advance(200)
        reader.round()
    there = {str(issue.id): issue.summary for issue in site.site.issues.values()}
    assert {row: title for row, (_, title) in reader.known.items() if row in there} == there
