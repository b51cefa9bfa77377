"""Following a Jira site by its lagging search: nothing is lost, little is fetched twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.jira import JiraConnector
from connectors.jira.changes import milliseconds
from connectors.jira.client import JiraClient
from connectors.protocol import Observation
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


def test_contents_are_fresh_where_the_index_is_not(site: JiraSite) -> None:
    """What search holds of an issue may be older than what we wrote ourselves."""
    _, cursor = _poll(site.connector, None)
    site.sandbox.call(lambda: site.service.person_sets(site.id("ENG-1"), title="First"))
    site.sandbox.clock.advance(1)
    site.service.index_lag = timedelta(seconds=60)
    site.sandbox.call(lambda: site.service.person_sets(site.id("ENG-1"), title="Second"))
    found, cursor = _poll(site.connector, cursor)
    assert [observation.item.title for observation in found] == ["Second"]
    site.sandbox.clock.advance(61)
    found, cursor = _poll(site.connector, cursor)
    assert found == []  # the index caught up with what was handed out already


def test_a_backfill_costs_little_more_than_a_call_for_a_hundred(site: JiraSite) -> None:
    _many(site, 1_200)
    site.connector.check()
    site.requests.made.clear()
    found, _ = _poll(site.connector, None)
    assert len({observation.item.ref for observation in found}) == 1_203
    assert len(found) == 1_203
    searches = site.requests.made.count("POST /search/jql")
    fetches = site.requests.made.count("POST /issue/bulkfetch")
    assert (searches, fetches) == (3, 13)
    assert len(site.requests.made) == searches + fetches + 1  # and the names of the fields, once


def test_pages_survive_a_restart_and_an_expired_token(site: JiraSite) -> None:
    _many(site, 600)
    first = site.connector.changes(None)
    assert first.more
    site.sandbox.clock.advance(8 * 86_400)
    rest, _ = _poll(site.connect(), first.cursor)
    seen = {observation.item.ref for observation in [*first.observations, *rest]}
    assert len(seen) == 603
    assert len(rest) == 103  # what the first page held is not fetched again


def test_what_changes_during_a_long_round_is_in_the_next(site: JiraSite) -> None:
    _many(site, 600)
    first = site.connector.changes(None)
    site.sandbox.call(lambda: site.service.person_sets(site.id("ENG-1"), title="Meanwhile"))
    rest, cursor = _poll(site.connector, first.cursor)
    later, _ = _poll(site.connector, cursor)
    assert "Meanwhile" in [observation.item.title for observation in [*rest, *later]]


def test_deleted_meanwhile_is_left_out_and_not_asked_for_again(
    site: JiraSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.service.index_lag = timedelta(seconds=60)
    site.sandbox.call(lambda: site.service.person_sets(site.id("OPS-1"), title="x"))
    found, cursor = _poll(site.connector, None)
    site.sandbox.clock.advance(61)
    # The index still has the row when the issue is gone from the database.
    monkeypatch.setattr(site.site, "find", lambda key: None)
    found, cursor = _poll(site.connector, cursor)
    assert found == []
    site.requests.made.clear()
    assert _poll(site.connector, cursor)[0] == []
    assert site.requests.made == ["POST /search/jql"]


def test_most_polls_only_glance_back_and_some_sweep(site: JiraSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JiraClient, "time", property(lambda client: site.sandbox.clock.now()))
    _, cursor = _poll(site.connector, None)
    depths = []
    for _ in range(12):
        site.sandbox.clock.advance(60)
        now = milliseconds(site.sandbox.clock.now())
        depths.append(round((now - json.loads(cursor)["since"]) / 60_000))
        _, cursor = _poll(site.connector, cursor)
    # 2 or 15 minutes before the beginning of the poll a minute earlier, floored to the minute
    assert set(depths) <= {3, 4, 16, 17}
    assert [index for index, depth in enumerate(depths) if depth >= 16] == [0, 5, 10]


def test_what_search_shows_after_ten_minutes_is_found(
    site: JiraSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JiraClient, "time", property(lambda client: site.sandbox.clock.now()))
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
