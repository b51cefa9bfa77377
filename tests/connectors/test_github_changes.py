"""Whatever people do while the lists are read, page by page, nothing that they did is missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import NotFound
from connectors.github import GitHubConnector, listing, places
from connectors.github.client import Answer, Client
from connectors.github.storage import Storage
from connectors.model import JsonValue
from connectors.protocol import ChangePage, OpenGate
from tests.connectors.github_rig import settings_for

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
REPOSITORY = "northwind/app"
BASE = f"https://api.github.com/repos/{REPOSITORY}"
PAGE = 2
SLOWEST, SKEW = 20, 15
"""Seconds that a replica lags at most, and that a clock of GitHub's is wrong: within the overlap of 60."""

Row: TypeAlias = dict[str, JsonValue]
Version: TypeAlias = tuple[datetime, Row]
"""A row, and when a list shows it first."""


@dataclass
class Lists:
    """GitHub's two lists over rows that change: page numbers, a lagging replica, clocks that differ."""

    now: datetime = START
    issues: dict[int, list[Version]] = field(default_factory=dict)
    comments: dict[int, list[Version]] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    skew: int = 0
    asked: int = 0

    def store(self, versions: dict[int, list[Version]], row: Row, lag: int) -> None:
        number = row["number"] if "number" in row else row["id"]
        assert isinstance(number, int)
        versions.setdefault(number, []).append((self.now + timedelta(seconds=lag), row))

    def stamp(self, skew: int) -> str:
        return (self.now + timedelta(seconds=skew)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def open(self, lag: int, skew: int, *, created: datetime | None = None) -> int:
        number = len(self.issues) + 1
        row: Row = {
            "id": 1000 + number,
            "number": number,
            "html_url": "",
            "repository_url": BASE,
            "title": f"{number}.0",
            "state": "open",
            "comments": 0,
            "created_at": (created or self.now).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "updated_at": self.stamp(skew),
        }
        self.store(self.issues, row, lag)
        return number

    def edit(self, number: int, lag: int, skew: int, *, more: int = 0) -> None:
        row = self.issues[number][-1][1]
        count = row["comments"]
        assert isinstance(count, int)
        title = f"{number}.{len(self.issues[number])}"
        changed = {**row, "title": title, "updated_at": self.stamp(skew), "comments": count + more}
        self.store(self.issues, changed, lag)

    def comment(self, number: int, lag: int, skew: int, *, written: datetime | None = None) -> None:
        identity = 5000 + len(self.comments)
        moment = (written or self.now).strftime("%Y-%m-%dT%H:%M:%SZ")
        row: Row = {
            "id": identity,
            "issue_url": f"{BASE}/issues/{number}",
            "html_url": "",
            "body": f"{identity}.0",
            "created_at": moment,
            "updated_at": moment if written else self.stamp(skew),
        }
        self.store(self.comments, row, lag)
        self.edit(number, lag, skew, more=1)

    def reword(self, identity: int, lag: int, skew: int) -> None:
        versions = self.comments[identity]
        body = f"{identity}.{len(versions)}"
        self.store(self.comments, {**versions[-1][1], "body": body, "updated_at": self.stamp(skew)}, lag)

    def arrive(self, lag: int, skew: int) -> None:
        """An old issue is transferred to here, with an old comment."""
        long_ago = START - timedelta(days=30)
        number = self.open(lag, skew, created=long_ago)
        self.comment(number, lag, skew, written=long_ago)

    def delete(self, number: int) -> None:
        self.deleted.add(number)

    def listed(self, versions: dict[int, list[Version]], since: str) -> list[Row]:
        rows = []
        for number, each in versions.items():
            shown = [row for visible, row in each if visible <= self.now]
            if shown and number not in self.deleted and str(shown[-1]["updated_at"]) >= since:
                rows.append(shown[-1])
        return sorted(rows, key=lambda row: (str(row["created_at"]), str(row["id"])))

    def answer(self, path: str, query: dict[str, str], etag: str) -> Answer:
        self.asked += 1
        if path == f"/repos/{REPOSITORY}":
            return self._reply({"id": 1, "full_name": REPOSITORY, "private": True})
        if path.endswith("/issues") or path.endswith("/comments"):
            assert query["sort"] == "created"
            assert query["direction"] == "asc"
            versions = self.comments if path.endswith("/comments") else self.issues
            return self._list(path, versions, query, etag)
        number = int(path.rpartition("/")[2])
        if number in self.deleted or number not in self.issues:
            raise NotFound("gone")
        return self._reply({**self.issues[number][-1][1]})

    def _list(
        self, path: str, versions: dict[int, list[Version]], query: dict[str, str], etag: str
    ) -> Answer:
        rows = self.listed(versions, query.get("since", ""))
        page = int(query.get("page", 1))
        shown = rows[(page - 1) * PAGE : page * PAGE]
        onward = f"{path}?{urlencode({**query, 'page': page + 1})}" if len(rows) > page * PAGE else None
        asked = f"{path}{query}"
        assert etag.startswith(asked) or not etag, "an ETag belongs to the very request that brought it"
        tag = f"{asked}{shown}"
        if etag == tag:
            return Answer(None, tag, None, True, self._date())
        return Answer([{**row} for row in shown], tag, onward, False, self._date())

    def _reply(self, row: Row) -> Answer:
        return Answer(row, "", None, False, self._date())

    def _date(self) -> datetime:
        return self.now + timedelta(seconds=self.skew)


@pytest.fixture(autouse=True, scope="module")
def _small_pages() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing, "PER_PAGE", PAGE)
        patch.setattr(places, "_FEW", 1)
        yield


class Listed(Client):
    """A client that asks no network."""

    def __init__(self, lists: Lists) -> None:
        super().__init__("gh", settings_for("https://api.github.com"), OpenGate())
        self.lists = lists

    @property
    def now(self) -> datetime | None:
        return self.lists.now if self.lists.asked else None

    def get(
        self, path: str, query: Mapping[str, str | int] | None = None, *, etag: str = "", media: str = ""
    ) -> Answer:
        bare, _, own = path.partition("?")
        asked = {name: str(value) for name, value in (query or {}).items()} or dict(parse_qsl(own))
        return self.lists.answer(bare, asked, etag)


class Reader:
    """A connector that reads these lists, and what came of it."""

    def __init__(self, lists: Lists) -> None:
        self.lists = lists
        self.cursor: str | None = None
        self.titles: dict[str, set[str]] = {}
        self.bodies: dict[str, set[str]] = {}
        self.to_be_asked: set[str] = set()
        self.restart()

    def restart(self) -> None:
        given = settings_for("https://api.github.com", repositories=[REPOSITORY])
        storage = Storage("gh", OpenGate(), 1)
        self.connector = GitHubConnector(given, Listed(self.lists), storage)

    def page(self) -> ChangePage:
        page = self.connector.changes(self.cursor)
        self.cursor = page.cursor
        for seen in page.observations:
            self.titles.setdefault(seen.item.ref.id, set()).add(seen.item.title)
            if seen.comments is None and not seen.comments_follow:
                self.to_be_asked.add(seen.item.ref.id)
        for said in page.said:
            self.bodies.setdefault(said.ref.id, set()).update(comment.body for comment in said.comments)
        return page

    def round(self) -> None:
        while self.page().more:
            pass

    def missed(self) -> list[str]:
        """The issues whose last version is there and was not seen."""
        missing = []
        for number, versions in self.lists.issues.items():
            title = str(versions[-1][1]["title"])
            if number not in self.lists.deleted and title not in self.titles.get(str(1000 + number), set()):
                missing.append(title)
        return missing

    def unheard(self) -> list[str]:
        """The same of comments. Where we say that they do not follow, the engine asks for them."""
        lists, missing = self.lists, []
        for versions in lists.comments.values():
            row = versions[-1][1]
            number = int(str(row["issue_url"]).rpartition("/")[2])
            identity = str(1000 + number)
            heard = row["body"] in self.bodies.get(identity, set())
            if not heard and identity not in self.to_be_asked and number not in lists.deleted:
                missing.append(str(row["body"]))
        return missing


_ACTS = ["open", "edit", "edit", "comment", "reword", "arrive", "wait", "page", "page", "round", "restart"]
acts = st.lists(
    st.tuples(st.sampled_from(_ACTS), st.integers(0, 40), st.integers(0, SLOWEST), st.integers(-SKEW, SKEW)),
    min_size=20,
    max_size=80,
)


def perform(lists: Lists, reader: Reader, act: str, which: int, lag: int, skew: int) -> None:
    here = [number for number in lists.issues if number not in lists.deleted]
    if act == "open":
        lists.open(lag, skew)
    elif act == "arrive":
        lists.arrive(lag, skew)
    elif act == "wait":
        lists.now += timedelta(seconds=which)
        lists.skew = skew
    elif act == "page":
        reader.page()
    elif act == "round":
        reader.round()
    elif act == "restart":
        reader.restart()
    elif act == "reword" and lists.comments:
        lists.reword(5000 + which % len(lists.comments), lag, skew)
    elif here and act in ("edit", "comment"):
        getattr(lists, act)(here[which % len(here)], lag, skew)


@given(acts)
@settings(max_examples=50, deadline=None)
def test_no_edit_and_no_comment_is_missed_whatever_the_order(steps: list[tuple[str, int, int, int]]) -> None:
    lists = Lists()
    reader = Reader(lists)
    for step in steps:
        perform(lists, reader, *step)
    lists.now += timedelta(seconds=SLOWEST)
    for _ in range(2):
        reader.round()
    assert (reader.missed(), reader.unheard()) == ([], [])


@given(acts, st.lists(st.integers(0, 59), max_size=3))
@settings(max_examples=20, deadline=None)
def test_what_a_deletion_hid_is_found_by_the_next_sweep(
    steps: list[tuple[str, int, int, int]], deletions: list[int]
) -> None:
    """A deleted row moves the rows behind it up, across the edge of the page that is being read."""
    lists = Lists()
    reader = Reader(lists)
    for index, step in enumerate(steps):
        perform(lists, reader, *step)
        if index in deletions and lists.issues:
            lists.delete(1 + step[1] % len(lists.issues))
    lists.now += timedelta(hours=25)
    for _ in range(3):
        reader.round()
    assert reader.missed() == []


def test_what_is_edited_during_a_long_walk_is_found_by_the_next_one() -> None:
    lists = Lists()
    reader = Reader(lists)
    numbers = [lists.open(0, 0) for _ in range(3 * PAGE)]
    lists.now += timedelta(hours=1)
    reader.page()
    for number in (numbers[0], numbers[-1]):  # one that was passed, and one that is still to come
        lists.now += timedelta(minutes=5)
        lists.edit(number, 0, 0)
    for _ in range(2):
        reader.round()
    assert reader.missed() == []


def test_a_quiet_repository_is_read_in_two_calls_and_its_cursor_rests() -> None:
    lists = Lists()
    reader = Reader(lists)
    for _ in range(2 * PAGE):
        lists.comment(lists.open(0, 0), 0, 0)
    reader.round()
    lists.now += timedelta(minutes=12)
    for _ in range(2):
        reader.round()
    before, cursor = lists.asked, reader.cursor
    reader.round()
    assert (lists.asked - before, reader.cursor) == (2, cursor)


def test_a_first_reading_takes_a_call_a_page_and_one_for_the_repository() -> None:
    lists = Lists()
    reader = Reader(lists)
    for _ in range(9 * PAGE):
        lists.comment(lists.open(0, 0), 0, 0)
    reader.round()
    assert lists.asked == 9 + 9 + 1


def test_after_a_restart_among_the_comments_their_issues_are_learnt_from_the_list() -> None:
    lists = Lists()
    reader = Reader(lists)
    for _ in range(9 * PAGE):
        lists.comment(lists.open(0, 0), 0, 0)
    for _ in range(9):
        assert reader.page().more
    reader.restart()
    before = lists.asked
    reader.round()
    assert lists.asked - before == 9 + 9 + 1
    assert (reader.missed(), reader.unheard()) == ([], [])


def test_everything_is_read_again_once_a_day() -> None:
    lists = Lists()
    reader = Reader(lists)
    for _ in range(2 * PAGE):
        lists.open(0, 0)
        lists.now += timedelta(minutes=5)
    reader.round()
    reader.titles.clear()
    lists.now += timedelta(hours=23)
    reader.round()
    assert len(reader.titles) <= 1
    lists.now += timedelta(hours=1)
    for _ in range(2):
        reader.round()
    assert len(reader.titles) == 2 * PAGE
