"""Following a Jira site by its lagging search: nothing is lost, little is fetched twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.jira import JiraConnector
from connectors.jira.answers import SearchAnswer
from connectors.jira.changes import milliseconds
from connectors.jira.client import JiraClient
from connectors.protocol import Observation
from sandbox.jira.records import Issue
from tests.conformance.jira_world import JiraSite, jira_site
from tests.sandbox.jira_desk import CREATED


@pytest.fixture
def site() -> Iterator[JiraSite]:
    with jira_site() as site:
        yield site


def _poll(connector: JiraConnector, cursor: str | None) -> tuple[list[Observation], str]:
    found: list[Observation] = []
    while True:
        page = connector.changes(cursor)
        found += page.observations
        cursor = page.cursor
        if not page.more:
            return found, cursor


def _keys(observations: list[Observation]) -> list[str]:
    return [observation.item.ref.key for observation in observations]


def _many(site: JiraSite, number: int) -> None:
    project, type_ = site.site.project("ENG"), site.issue("ENG-1").type
    for index in range(number):
        created = CREATED + timedelta(days=10, minutes=index)
        site.site.add_issue(project, type_, site.service.bot, created, f"Issue {index}")


def _edit(site: JiraSite, issue: Issue, title: str) -> None:
    """Somebody changes the title; a millisecond passes."""
    site.sandbox.clock.advance(0.001)
    site.sandbox.call(lambda: site.service.person_sets(str(issue.id), title=title))


def test_the_beginning_is_everything_in_the_projects_oldest_first(site: JiraSite) -> None:
    found, _ = _poll(site.connector, None)
    assert _keys(found) == ["ENG-1", "ENG-2", "OPS-1"]
    assert all(observation.complete for observation in found)
    assert _keys(_poll(site.connect(projects=["OPS"]), None)[0]) == ["OPS-1"]


def test_an_idle_poll_is_one_small_call(site: JiraSite) -> None:
    _, cursor = _poll(site.connector, None)
    site.sandbox.call(lambda: site.service.person_sets(site.id("ENG-1"), title="Changed"))
    found, cursor = _poll(site.connector, cursor)
    assert _keys(found) == ["ENG-1"]
    site.requests.made.clear()
    found, cursor = _poll(site.connector, cursor)
    assert found == []
    assert site.requests.made == ["POST /search/jql"]


def test_a_late_row_is_found_although_newer_ones_were_seen(site: JiraSite) -> None:
    site.service.index_lag = timedelta(seconds=90)
    site.sandbox.call(lambda: site.service.person_creates(title="Late", body="", container="ENG"))
    site.service.index_lag = timedelta()
    site.sandbox.call(lambda: site.service.person_sets(site.id("OPS-1"), title="Prompt"))
    found, cursor = _poll(site.connector, None)
    assert "OPS-1" in _keys(found)
    assert "ENG-3" not in _keys(found)
    site.sandbox.clock.advance(95)
    found, cursor = _poll(site.connector, cursor)
    assert _keys(found) == ["ENG-3"]


def test_a_stale_row_comes_again_once_the_index_has_caught_up(site: JiraSite) -> None:
    _, cursor = _poll(site.connector, None)
    site.sandbox.call(lambda: site.service.person_sets(site.id("ENG-1"), title="First"))
    site.sandbox.clock.advance(1)
    site.service.index_lag = timedelta(seconds=60)
    site.sandbox.call(lambda: site.service.person_sets(site.id("ENG-1"), title="Second"))
    stale, cursor = _poll(site.connector, cursor)
    assert [observation.item.title for observation in stale] == ["First"]
    site.sandbox.clock.advance(61)
    found, cursor = _poll(site.connector, cursor)
    assert [observation.item.title for observation in found] == ["Second"]
    assert found[0].item.updated > stale[0].item.updated
    site.sandbox.clock.advance(61)
    assert _poll(site.connector, cursor)[0] == []


def test_a_backfill_is_a_call_for_a_hundred_and_not_one_more(site: JiraSite) -> None:
    _many(site, 1_197)
    found, _ = _poll(site.connector, None)
    assert len({observation.item.ref for observation in found}) == len(found) == 1_200
    # the account is asked for once, to know our comments from others'
    assert site.requests.made == ["POST /search/jql", "GET /myself", *["POST /search/jql"] * 11]
    assert found[0].item.custom == site.connect().get(found[0].item.ref).item.custom


def test_what_changed_is_picked_up_by_a_call_for_a_hundred(site: JiraSite) -> None:
    _many(site, 397)
    _, cursor = _poll(site.connector, None)
    for round_ in range(3):
        site.sandbox.clock.advance(30)
        for issue in [*site.site.issues.values()][:300]:
            _edit(site, issue, f"Round {round_}")
        site.sandbox.clock.advance(1)
        site.requests.made.clear()
        found, cursor = _poll(site.connector, cursor)
        assert {observation.item.title for observation in found} == {f"Round {round_}"}
        assert len(found) == 300
        assert site.requests.made == ["POST /search/jql"] * 3
    site.requests.made.clear()
    assert _poll(site.connector, cursor)[0] == []
    assert site.requests.made == ["POST /search/jql"]


def test_a_long_look_at_what_is_known_asks_for_times_alone(site: JiraSite) -> None:
    _many(site, 197)
    _, cursor = _poll(site.connector, None)
    site.sandbox.clock.advance(30)
    for issue in site.site.issues.values():
        _edit(site, issue, "All at once")
    site.sandbox.clock.advance(330)
    found, cursor = _poll(site.connector, cursor)
    assert len(found) == 200
    _edit(site, site.issue("ENG-1"), "Once more")
    site.requests.made.clear()
    found, cursor = _poll(site.connector, cursor)
    assert _keys(found) == ["ENG-1"]
    assert site.requests.made == ["POST /search/jql", "POST /issue/bulkfetch"]


def test_pages_survive_a_restart_and_an_expired_token(site: JiraSite) -> None:
    _many(site, 397)
    first = site.connector.changes(None)
    assert first.more
    site.sandbox.clock.advance(8 * 86_400)
    site.requests.made.clear()
    rest, _ = _poll(site.connect(), first.cursor)
    assert len({observation.item.ref for observation in [*first.observations, *rest]}) == 400
    assert len(rest) == 301  # the last row of the first page is handed out twice


def test_a_token_that_leads_to_itself_ends_the_round(site: JiraSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever follows such a token follows it for ever."""
    ask = JiraClient.search

    def stuck(client: JiraClient, jql: str, *, token: str | None = None, names: bool = False) -> SearchAnswer:
        answer = ask(client, jql, names=names)
        return answer.model_copy(update={"nextPageToken": "again"})

    monkeypatch.setattr(JiraClient, "search", stuck)
    page = site.connector.changes(None)
    assert page.more
    assert not site.connector.changes(page.cursor).more


def test_what_changes_during_a_long_round_is_in_the_next(site: JiraSite) -> None:
    _many(site, 600)
    first = site.connector.changes(None)
    site.sandbox.call(lambda: site.service.person_sets(site.id("ENG-1"), title="Meanwhile"))
    rest, cursor = _poll(site.connector, first.cursor)
    later, _ = _poll(site.connector, cursor)
    assert "Meanwhile" in [observation.item.title for observation in [*rest, *later]]


def test_what_is_gone_from_the_database_is_left_out(site: JiraSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long look may know of a row from the index whose issue is there no more."""
    _many(site, 97)
    _, cursor = _poll(site.connector, None)
    for issue in site.site.issues.values():
        _edit(site, issue, "All at once")
    site.sandbox.clock.advance(330)
    _, cursor = _poll(site.connector, cursor)
    _edit(site, site.issue("ENG-1"), "Gone")
    monkeypatch.setattr(site.site, "find", lambda key: None)
    assert _poll(site.connector, cursor)[0] == []


def test_most_polls_only_glance_back_and_some_sweep(site: JiraSite) -> None:
    _, cursor = _poll(site.connector, None)
    depths = []
    for _ in range(12):
        site.sandbox.clock.advance(62)
        now = milliseconds(site.sandbox.clock.now())
        depths.append(round((now - json.loads(cursor)["since"]) / 60_000))
        _, cursor = _poll(site.connector, cursor)
    # 2 or 15 minutes before the beginning of the poll a minute earlier, floored to the minute
    assert set(depths) <= {3, 4, 16, 17}
    assert [index for index, depth in enumerate(depths) if depth >= 16] == [5, 10]


def test_what_search_shows_after_ten_minutes_is_found(site: JiraSite) -> None:
    found, cursor = _poll(site.connector, None)
    site.service.index_lag = timedelta(minutes=10)
    site.sandbox.call(lambda: site.service.person_creates(title="Very late", body="", container="ENG"))
    site.service.index_lag = timedelta()
    found = []
    for _ in range(16):
        site.sandbox.clock.advance(60)
        seen, cursor = _poll(site.connector, cursor)
        found += seen
    assert _keys(found) == ["ENG-3"]


def test_a_cursor_stays_small(site: JiraSite) -> None:
    _many(site, 600)
    _, cursor = _poll(site.connector, None)
    kept = json.loads(cursor)
    assert kept["seen"] == {}  # nothing of it lies within the overlap
    assert kept["since"] % 60_000 == 0
    assert len(cursor) < 200


def test_queries_do_not_depend_on_anybodys_time_zone(site: JiraSite) -> None:
    """The bot's profile is in Berlin: a local time in a query would be an hour or two off."""
    _, cursor = _poll(site.connector, None)
    site.sandbox.call(lambda: site.service.person_sets(site.id("ENG-1"), title="Now"))
    assert _keys(_poll(site.connector, cursor)[0]) == ["ENG-1"]


def test_long_threads_are_marked_as_cut(site: JiraSite) -> None:
    site.says("OPS-1", *(f"Comment {number}" for number in range(21)))
    found, _ = _poll(site.connector, None)
    (long,) = [observation for observation in found if observation.item.ref.key == "OPS-1"]
    assert long.comments is not None
    assert (len(long.comments), long.complete) == (20, False)
    bodies = [comment.body for comment in long.comments]
    assert bodies == [f"Comment {number}" for number in range(1, 21)]
