"""The Jira connector as an OAuth app, and how it has Jira send webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.errors import AuthFailed, Unavailable
from connectors.jira import JiraConnector
from connectors.jira.limits import POINTS
from connectors.model import FileDraft, Ref
from connectors.protocol import OpenGate
from sandbox.jira.grants import CLIENT_ID, CLIENT_SECRET, CLOUD_ID, REFRESH_TOKEN
from tests.conformance.jira_world import JiraSite, jira_site

HOOK = "https://loop.example/hooks/jira"


@pytest.fixture
def site() -> Iterator[JiraSite]:
    with jira_site(limits=True) as site:
        yield site


@pytest.fixture
def app(site: JiraSite, tmp_path: Path) -> Iterator[JiraConnector]:
    connector = site.connect(
        url=f"{site.service.base_url}/ex/jira/{CLOUD_ID}",
        browse_url=site.service.base_url,
        email=None,
        token=None,
        oauth_client_id=CLIENT_ID,
        oauth_client_secret=CLIENT_SECRET,
        oauth_refresh_token=REFRESH_TOKEN,
        oauth_token_file=str(tmp_path / "tokens.json"),
    )
    yield connector
    connector.close()


def test_an_app_signs_in_and_renews_its_token(site: JiraSite, app: JiraConnector) -> None:
    assert app.check().name == "Loopwright"
    assert site.requests.made[0] == "POST /oauth/token"
    site.service.grants.revoke()
    ref = Ref(connection="jira", id=site.id("ENG-1"))
    with pytest.raises(AuthFailed):
        app.get(ref)  # a token that was made a moment ago will not do better next time


def test_a_token_that_ended_before_its_time_is_renewed_for_the_next_request(
    site: JiraSite, app: JiraConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.check()
    site.service.grants.revoke()
    monkeypatch.setattr("connectors.oauth._YOUNG", 0.0)
    ref = Ref(connection="jira", id=site.id("ENG-1"))
    with pytest.raises(Unavailable, match="next request"):
        app.get(ref)
    assert app.get(ref).item.url == f"{site.service.base_url}/browse/ENG-1"


def test_an_apps_token_is_not_sent_to_the_media_host(site: JiraSite, app: JiraConnector) -> None:
    ref = Ref(connection="jira", id=site.id("ENG-1"))
    made = app.upload(ref, FileDraft(name="a", size=1), [b"x"])
    assert list(app.download(ref, made)) == [b"x"]
    assert site.service.files.leaks == 0


def test_an_app_hears_how_many_points_are_left(site: JiraSite, app: JiraConnector) -> None:
    gate = OpenGate()
    limits = {limit.name for limit in JiraConnector.limits(app._settings)}
    app._client.wire._adapter._gate = gate
    app.changes(None)
    points = [standing for standing in gate.standings if standing.limit == "points"]
    assert points
    assert 0 < points[-1].left < POINTS
    assert 0 < points[-1].resets <= 3_600
    assert {standing.limit for standing in gate.standings} <= limits
    assert "points" not in {limit.name for limit in JiraConnector.limits(site.connector._settings)}


def test_an_app_makes_one_dynamic_webhook_and_renews_it_while_it_polls(
    site: JiraSite, app: JiraConnector
) -> None:
    first = app.set_up_webhook(HOOK)
    again = app.set_up_webhook(HOOK)
    (made,) = site.service.deliverer.subscriptions.values()
    assert str(made.id) == again.id != first.id
    assert again.secret is None
    before = made.expires
    cursor = app.changes(None).cursor
    site.requests.made.clear()
    cursor = app.changes(cursor).cursor
    assert [request.rpartition("/rest/api/3")[2] for request in site.requests.made] == ["/search/jql"]
    assert before is not None
    assert made.expires is not None
    assert made.expires > before


class TestAdminWebhooks:
    def test_it_is_made_with_a_secret_of_ours_and_changed_when_repeated(self, site: JiraSite) -> None:
        connector = site.connect(webhook_secret=None)
        setup = connector.set_up_webhook(HOOK)
        (made,) = site.service.deliverer.subscriptions.values()
        assert setup.secret is not None
        assert (setup.id, made.secret) == (str(made.id), setup.secret.get_secret_value())
        assert 'project in ("ENG", "OPS")' in made.filter
        moved = site.connect(webhook_secret="kept").set_up_webhook("https://elsewhere.example/hooks/jira")
        assert (moved.id, moved.secret) == (setup.id, None)
        assert (made.url, made.secret) == ("https://elsewhere.example/hooks/jira", "kept")

    def test_who_administers_nothing_is_told_what_to_click(self, site: JiraSite) -> None:
        site.site.rights.discard("ADMINISTER")
        setup = site.connector.set_up_webhook(HOOK)
        assert setup.id is None
        assert any(HOOK in step for step in setup.steps)
        assert site.service.deliverer.subscriptions == {}
