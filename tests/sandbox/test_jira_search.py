"""The emulated Jira's search: JQL, time zones, the index that lags, tokens, and fetching many at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue

from sandbox.service import Conditions
from tests.sandbox.jira_desk import CREATED, Desk, at, rows


@pytest.fixture(scope="module")
def shared() -> Iterator[Desk]:
    with Desk.open() as desk:
        yield desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk.open(Conditions(limits=False)) as desk:
        yield desk


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ("project = ENG ORDER BY created ASC", ["ENG-1", "ENG-2"]),
        ('project in ("ENG", OPS) order by created desc', ["OPS-1", "ENG-2", "ENG-1"]),
        ("project = ENG", ["ENG-2", "ENG-1"]),
        ("project != ENG", ["OPS-1"]),
        ("labels = exports", ["ENG-1"]),
        ("labels in (exports, other) AND project = OPS", []),
        ("project = ENG AND labels is EMPTY", ["ENG-2"]),
        ("issuetype = Bug AND NOT status = 'To Do'", ["ENG-1"]),
        ("status = Done OR (project = OPS AND priority = Highest)", ["OPS-1", "ENG-2"]),
        ("statusCategory = 'In Progress'", ["ENG-1"]),
        ("assignee is not EMPTY", ["ENG-1"]),
        ("reporter = 'Bo Lind'", ["ENG-1"]),
        ("reporter = currentUser()", []),
        ("key = ENG-2", ["ENG-2"]),
        ("summary ~ 'DISK'", ["OPS-1"]),
        ("created >= 2026-03-03 ORDER BY key ASC", ["ENG-2", "OPS-1"]),
        ("created < '2026-03-02 10:31' AND created >= '2026/03/02 10:30'", ["ENG-1"]),  # Berlin is UTC+1
        ("created < '2026-03-02 09:31'", []),
        (f"created <= {int(CREATED.timestamp() * 1000)}", ["ENG-1"]),
        ("project = ENG AND created <= -1h ORDER BY updated ASC, key ASC", ["ENG-1", "ENG-2"]),
    ],
)
def test_jql(shared: Desk, jql: str, keys: list[str]) -> None:
    assert shared.keys(jql) == keys


@pytest.mark.parametrize(
    ("jql", "message"),
    [
        ("project = ", "too early"),
        ("project ENG", "not expected"),
        ("project = ENG AND", "too early"),
        ("project in (ENG", "too early"),
        ("(project = ENG", "not expected|too early"),
        ("project = ENG garbage", "not expected"),
        ("updated >= yesterday", "Date value 'yesterday'"),
        ("updated ~ 1", "not supported"),
        ("project = ENG ORDER BY a, b, c, d, e, f, g, h", "maximum number"),
        ("project = ENG ORDER BY mood", "Not able to sort"),
        ("reporter = whoever()", "whoever"),
        ('project = "ENG', "not expected"),
    ],
)
def test_jql_that_jira_would_not_take(shared: Desk, jql: str, message: str) -> None:
    answer = shared.call("POST", "/search/jql", {"jql": jql}, status=400)
    assert any(part in str(at(answer, "errorMessages", 0)) for part in message.split("|"))


@pytest.mark.parametrize("jql", ["nonsense = 1", "project = NOPE", "status = Dnoe", "assignee = nobody"])
def test_unknown_names_find_nothing_and_are_no_mistake(shared: Desk, jql: str) -> None:
    assert shared.keys(jql) == []


@pytest.mark.parametrize("jql", ["", "ORDER BY created"])
def test_a_query_for_everything_is_refused(shared: Desk, jql: str) -> None:
    answer = shared.call("POST", "/search/jql", {"jql": jql}, status=400)
    assert "Unbounded" in str(at(answer, "errorMessages", 0))


def test_only_ids_come_unasked(shared: Desk) -> None:
    answer = shared.call("POST", "/search/jql", {"jql": "project = OPS"})
    assert answer == {"issues": [{"id": shared.id("OPS-1")}], "isLast": True}


def test_the_old_search_is_gone(shared: Desk) -> None:
    for method in ("GET", "POST"):
        answer = shared.call(method, "/search", status=410)
        assert "/rest/api/3/search/jql" in str(at(answer, "errorMessages", 0))


@pytest.mark.parametrize("size", [0, 5_001])
def test_a_page_has_a_size(shared: Desk, size: int) -> None:
    refused = shared.call("POST", "/search/jql", {"jql": "project = ENG", "maxResults": size}, status=400)
    assert "maxResults" in str(at(refused, "errorMessages", 0))


def test_pages_follow_by_token_and_the_last_has_none(desk: Desk) -> None:
    made = [desk.create(summary=f"Issue {number}") for number in range(7)]
    asked: dict[str, JsonValue] = {
        "jql": "project = ENG AND summary ~ Issue ORDER BY created ASC",
        "fields": ["summary"],
        "maxResults": 3,
    }
    seen: list[str] = []
    for expected in (3, 3, 1):
        page = desk.call("POST", "/search/jql", asked)
        assert len(rows(page, "issues")) == expected
        seen += [str(at(row, "key")) for row in rows(page, "issues")]
        assert isinstance(page, dict)
        assert "total" not in page
        assert page["isLast"] is ("nextPageToken" not in page)
        asked["nextPageToken"] = page.get("nextPageToken")
    assert seen == made
    assert asked["nextPageToken"] is None


def test_pages_shrink_as_more_is_asked(desk: Desk) -> None:
    for number in range(110):
        desk.create(summary=f"Issue {number}")
    asked: dict[str, JsonValue] = {"jql": "project = ENG", "maxResults": 5000}
    for fields, expected in ((["id"], 112), (["updated"], 112), (["summary"], 100)):
        page = desk.call("POST", "/search/jql", {**asked, "fields": [*fields]})
        assert len(rows(page, "issues")) == expected


def test_a_token_lives_seven_days(desk: Desk) -> None:
    asked: dict[str, JsonValue] = {"jql": "project = ENG", "maxResults": 1}
    asked["nextPageToken"] = at(desk.call("POST", "/search/jql", asked), "nextPageToken")
    assert len(rows(desk.call("POST", "/search/jql", asked), "issues")) == 1
    desk.sandbox.clock.advance(7 * 86_400 + 1)
    for token in (asked["nextPageToken"], "invented"):
        refused = desk.call("POST", "/search/jql", {**asked, "nextPageToken": token}, status=400)
        assert "token" in str(at(refused, "errorMessages", 0)).lower()


def test_the_index_lags_and_the_database_does_not(desk: Desk) -> None:
    desk.service.index_lag = timedelta(seconds=60)
    key = desk.create(labels=["fresh"])
    number = desk.id(key)
    assert desk.keys("labels = fresh") == []
    fetched = desk.call("POST", "/issue/bulkfetch", {"issueIdsOrKeys": [number], "fields": ["labels"]})
    assert at(fetched, "issues", 0, "fields", "labels") == ["fresh"]
    desk.sandbox.clock.advance(61)
    assert desk.keys("labels = fresh") == [key]


def test_issues_that_are_to_be_reconciled_are_found_as_they_are(desk: Desk) -> None:
    desk.service.index_lag = timedelta(seconds=180)
    key = desk.create(labels=["fresh"])
    desk.call("PUT", "/issue/ENG-1", {"fields": {"labels": ["fresh"]}}, status=204)
    ids = [int(desk.id(key)), int(desk.id("ENG-1"))]
    assert desk.keys("labels = fresh", reconcileIssues=[ids[0]]) == [key]
    assert desk.keys("labels = fresh", reconcileIssues=[*ids]) == [key, "ENG-1"]
    assert desk.keys("labels = exports", reconcileIssues=[*ids]) == []
    many: JsonValue = {"jql": "labels = fresh", "reconcileIssues": [*range(51)]}
    desk.call("POST", "/search/jql", many, status=400)


def test_meanwhile_the_index_shows_the_old_version(desk: Desk) -> None:
    desk.service.index_lag = timedelta(seconds=60)
    desk.call("PUT", "/issue/ENG-1", {"fields": {"summary": "Renamed"}}, status=204)
    asked: JsonValue = {"jql": "key = ENG-1", "fields": ["summary"]}
    summary = at(desk.call("POST", "/search/jql", asked), "issues", 0, "fields", "summary")
    assert summary == "Export fails"
    desk.sandbox.clock.advance(61)
    summary = at(desk.call("POST", "/search/jql", asked), "issues", 0, "fields", "summary")
    assert summary == "Renamed"


def test_local_literals_have_the_grain_of_a_minute_and_the_zone_of_the_account(shared: Desk) -> None:
    """The issue was made at 09:30:15 UTC, which is 10:30:15 in Berlin, where the account lives."""
    assert shared.keys('project = ENG AND created < "2026-03-02 10:31"') == ["ENG-1"]
    assert shared.keys('project = ENG AND created < "2026-03-02 10:30"') == []
    assert shared.keys(f"project = ENG AND created < {int(CREATED.timestamp() * 1000)}") == []
    shared.call("POST", "/search/jql", {"jql": 'created < "2026-03-02 10:30:30"'}, status=400)
    created = at(shared.call("GET", "/issue/ENG-1?fields=created"), "fields", "created")
    assert created == "2026-03-02T10:30:15.250+0100"


def test_epoch_milliseconds_find_what_was_just_updated(desk: Desk) -> None:
    since = int((desk.sandbox.clock.now() - timedelta(seconds=5)).timestamp() * 1000)
    assert desk.keys(f"project = ENG AND updated >= {since}") == []
    key = desk.create()
    assert desk.keys(f"project = ENG AND updated >= {since}") == [key]


def test_bulkfetch_gives_errors_row_by_row_and_follows_old_keys(desk: Desk) -> None:
    site = desk.service.site
    desk.sandbox.call(lambda: site.move(site.issue("ENG-2"), site.project("OPS"), desk.service.bot))
    asked: JsonValue = {"issueIdsOrKeys": ["ops-1", "ENG-2", "ENG-99"], "fields": ["*all", "-comment"]}
    answer = desk.call("POST", "/issue/bulkfetch", asked)
    assert [at(row, "key") for row in rows(answer, "issues")] == ["OPS-2", "OPS-1"]  # by ascending id
    assert "comment" not in str(rows(answer, "issues"))
    assert [at(row, "id") for row in rows(answer, "issueErrors")] == ["ENG-99"]
    many: JsonValue = {"issueIdsOrKeys": [str(number) for number in range(101)]}
    desk.call("POST", "/issue/bulkfetch", many, status=400)


def test_lists_bring_the_newest_twenty_comments(desk: Desk) -> None:
    site, issue = desk.service.site, desk.service.site.issue("OPS-1")
    start = datetime(2026, 4, 1, tzinfo=UTC)
    for number in range(130):
        body: dict[str, JsonValue] = {"type": "doc", "version": 1, "content": []}
        site.add_comment(issue, body, desk.service.bot, created=start + timedelta(minutes=number))
    fetched = desk.call("POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["OPS-1"], "fields": ["comment"]})
    embedded = at(fetched, "issues", 0, "fields", "comment")
    assert (len(rows(embedded, "comments")), at(embedded, "total")) == (20, 130)
    whole = at(desk.call("GET", "/issue/OPS-1"), "fields", "comment")
    assert (len(rows(whole, "comments")), at(whole, "total")) == (100, 130)


def test_lists_bring_the_newest_forty_changes_and_the_changelog_all(desk: Desk) -> None:
    for number in range(45):
        desk.call("PUT", "/issue/OPS-1", {"fields": {"summary": f"Title {number}"}}, status=204)
    asked: JsonValue = {"jql": "key = OPS-1", "fields": ["summary"], "expand": "changelog"}
    shown = at(desk.call("POST", "/search/jql", asked), "issues", 0, "changelog")
    assert (len(rows(shown, "histories")), at(shown, "total")) == (40, 45)
    assert at(shown, "histories", 0, "items", 0, "toString") == "Title 44"
    assert len(rows(desk.call("GET", "/issue/OPS-1/changelog"), "values")) == 45


def test_counting(shared: Desk) -> None:
    assert shared.call("POST", "/search/approximate-count", {"jql": "project = ENG"}) == {"count": 2}


def test_ten_thousand_issues_are_searched_quickly(desk: Desk) -> None:
    site, bot = desk.service.site, desk.service.bot
    project, type_ = site.project("ENG"), site.issue("ENG-1").type
    for number in range(10_000):
        site.add_issue(project, type_, bot, CREATED + timedelta(minutes=number), f"Issue {number}")
    asked: JsonValue = {
        "jql": "project = ENG ORDER BY updated ASC",
        "fields": ["updated"],
        "maxResults": 1000,
    }
    before = datetime.now(UTC)
    page = desk.call("POST", "/search/jql", asked)
    assert len(rows(page, "issues")) == 1000
    assert datetime.now(UTC) - before < timedelta(seconds=5)
