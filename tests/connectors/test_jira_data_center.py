"""What the connector does otherwise where Jira is a Data Center."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import ValidationError

from connectors.errors import AuthFailed, RateLimited
from connectors.jira import JiraConnector
from connectors.jira import data_center as edition
from connectors.jira.wire import Wire
from connectors.model import Audience, CommentDraft, Draft, FileDraft, Kind, LinkDraft, Patch, Ref
from sandbox.credentials import EMAIL
from sandbox.jira import data_center_webhooks
from sandbox.jira.records import Account, Comment
from sandbox.jira.seed import add_project
from sandbox.jira.versions import add_version
from sandbox.trouble import Fault
from tests.conformance.jira_data_center_world import DataCenterSite, data_center_site, settings
from tests.conformance.jira_world import Requests
from tests.sandbox.jira_desk import CREATED, paragraph


@pytest.fixture
def site() -> Iterator[DataCenterSite]:
    with data_center_site() as site:
        yield site


def _ref(site: DataCenterSite, key: str) -> Ref:
    return Ref(connection="jira", id=str(site.issue(key).id), key=key)


def _draft(**others: object) -> Draft:
    given: dict[str, object] = {
        "container": "ENG",
        "title": "From a ticket",
        "body": "Hello",
        "marker": "lw-1",
    }
    return Draft.model_validate({**given, **others})


def _stored(site: DataCenterSite, key: str) -> object:
    """The description as it was sent."""
    return (site.issue(key).description or {}).get("text")


def test_a_personal_access_token_is_the_whole_credential(site: DataCenterSite) -> None:
    assert site.connector.check().id == site.service.bot.username
    wrong = site.connect(token="wrong-token")
    with pytest.raises(AuthFailed, match="401") as refused:
        wrong.check()
    assert "personal access token" in refused.value.advice
    with pytest.raises(ValidationError, match="by token alone"):
        settings("https://jira.example", email=EMAIL)


def test_a_server_may_have_a_path_of_its_own() -> None:
    wire = Wire("jira", settings("https://tools.example/jira/"), Requests())
    assert wire.url("myself") == "https://tools.example/jira/rest/api/2/myself"
    assert wire.url("/secure/attachment/1/a.txt") == "https://tools.example/jira/secure/attachment/1/a.txt"
    wire.close()


def test_an_issue_in_canonical_form(site: DataCenterSite) -> None:
    item = site.connector.get(_ref(site, "ENG-1")).item
    assert item.body == "Steps:\n\n- open\n- click **Export**"
    assert item.assignee is not None
    assert (item.assignee.id, item.assignee.email) == ("ann", "ann@northwind-soft.example")
    assert item.assignee.staff
    assert item.url == f"{site.service.base_url}/browse/ENG-1"


def test_texts_are_written_in_wiki_markup(site: DataCenterSite) -> None:
    item = site.connector.create(_draft(body="Is **bold**\n\n1. one\n2. `two`"))
    assert _stored(site, item.ref.key) == "Is *bold*\n\n# one\n# {{two}}"
    assert item.body == "Is **bold**\n\n1. one\n2. `two`"
    written = site.connector.comment(item.ref, CommentDraft(body="*so*", marker="lw-2"))
    assert written.body == "*so*"
    assert site.issue(item.ref.key).comments[-1].body["text"] == "_so_"


def test_people_are_assigned_by_their_user_name(site: DataCenterSite) -> None:
    connector = site.connector
    assert connector.people(["BO@northwind-soft.example"])["bo@northwind-soft.example"].id == "bo"
    item = connector.update(_ref(site, "ENG-2"), Patch(fields={"assignee": "bo"}))
    assert item.assignee is not None
    assert item.assignee.name == "Bo Lind"
    assert connector.update(item.ref, Patch(fields={"assignee": None})).assignee is None


def test_mentions_are_read_as_names_and_stay_when_another_place_is_edited(site: DataCenterSite) -> None:
    issue = site.issue("ENG-1")
    issue.description = {"type": "wiki markup", "text": "Ask [~ann] first.\n\nThen do it."}
    item = site.connector.get(_ref(site, "ENG-1")).item
    assert item.body == "Ask [@ann](person:ann) first.\n\nThen do it."
    site.connector.update(item.ref, Patch(fields={"body": item.body.replace("do it", "leave it")}))
    assert _stored(site, "ENG-1") == "Ask [~ann] first.\n\nThen leave it."


def test_an_update_asks_only_what_version_2_has(site: DataCenterSite) -> None:
    cursor = site.connector.changes(None).cursor
    site.connector.update(_ref(site, "ENG-1"), Patch(fields={"title": "Renamed"}, add_labels=("new",)))
    site.requests.made.clear()
    page = site.connector.changes(cursor)
    assert [seen.item.title for seen in page.observations] == ["Renamed"]
    assert set(site.requests.made) <= {"POST /search", f"GET /issue/{site.issue('ENG-1').id}/comment"}


def test_who_is_deleted_while_a_round_lasts_hides_nobody(
    site: DataCenterSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edition, "PAGE", 2)
    for number in range(6):
        site.connector.create(_draft(marker=f"lw-{number}", title=f"Issue {number}"))
    page = site.connector.changes(None)
    seen = {observation.item.ref.key for observation in page.observations}
    site.sandbox.call(lambda: site.site.delete(site.issue("ENG-1"), site.service.bot))
    while page.more:
        page = site.connector.changes(page.cursor)
        seen |= {observation.item.ref.key for observation in page.observations}
    assert seen >= {issue.key for issue in site.site.issues.values()}


def test_many_of_one_second_are_read_page_by_page(
    site: DataCenterSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place of a page is a second; behind that, rows are counted."""
    monkeypatch.setattr(edition, "PAGE", 2)
    type_, bot = site.issue("ENG-1").type, site.service.bot
    for number in range(7):
        created = CREATED + timedelta(days=5, milliseconds=number)
        site.site.add_issue(site.site.project("OPS"), type_, bot, created, f"At once {number}")
    page = site.connector.changes(None)
    seen = {observation.item.ref.key for observation in page.observations}
    while page.more:
        page = site.connector.changes(page.cursor)
        seen |= {observation.item.ref.key for observation in page.observations}
    assert seen == {issue.key for issue in site.site.issues.values()}


def test_a_project_that_cannot_be_seen_hides_no_other(site: DataCenterSite) -> None:
    connector = site.connect(projects=["ENG", "GONE"])
    assert [seen.item.container for seen in connector.changes(None).observations] == ["ENG", "ENG"]
    (warning,) = connector.check().warnings
    assert "GONE" in warning


def test_our_comments_are_known_by_their_property_after_a_restart(site: DataCenterSite) -> None:
    site.connector.comment(_ref(site, "ENG-1"), CommentDraft(body="Ours", marker="lw-9"))
    (found,) = [seen for seen in site.connect().changes(None).observations if seen.item.ref.key == "ENG-1"]
    assert found.comments is not None
    assert [comment.marker for comment in found.comments] == [None, "lw-9"]
    assert found.complete


def test_in_a_service_project_internal_comments_are_told_from_public_ones(site: DataCenterSite) -> None:
    add_project(site.site, "HELP", "Help desk", "service_desk")
    cleo = Account("qm:1", "Cleo Customer", "cleo@acme.example", type="customer")
    site.site.accounts[cleo.id] = cleo
    issue = site.site.add_issue(site.site.project("HELP"), site.issue("ENG-1").type, cleo, CREATED, "Help!")
    site.site.add_comment(issue, paragraph("From outside"), cleo, created=CREATED)
    connector = site.connect(projects=["ENG", "HELP"])
    ref = _ref(site, "HELP-1")
    for number, audience in enumerate((Audience.INTERNAL, Audience.CUSTOMER)):
        draft = CommentDraft(body="x", audience=audience, marker=f"lw-{number}")
        assert connector.comment(ref, draft).audience is audience
    (seen,) = [one for one in connector.changes(None).observations if one.item.ref.id == ref.id]
    assert seen.comments is not None
    assert [comment.audience for comment in seen.comments] == [
        Audience.CUSTOMER,
        Audience.INTERNAL,
        Audience.CUSTOMER,
    ]
    assert seen.item.requester is not None
    assert not seen.item.requester.staff


def test_an_edited_comment_keeps_its_visibility_and_asks_for_no_rights(site: DataCenterSite) -> None:
    visibility = {"type": "role", "value": "Administrators"}
    made: Comment = site.site.add_comment(
        site.issue("ENG-1"), paragraph("Hush"), site.service.bot, created=CREATED, visibility={**visibility}
    )
    site.requests.made.clear()
    draft = CommentDraft(body="Hush now", marker="lw-3")
    site.connector.edit_comment(_ref(site, "ENG-1"), str(made.id), draft)
    edited = site.issue("ENG-1").comments[-1]
    assert (edited.body["text"], edited.visibility) == ("Hush now", visibility)
    assert not [request for request in site.requests.made if "permissions" in request]


def test_a_file_is_read_from_the_server_itself(site: DataCenterSite) -> None:
    ref = _ref(site, "ENG-1")
    draft = FileDraft(name="Größe 1.txt", size=5, audience=Audience.INTERNAL)
    file = site.connector.upload(ref, draft, [b"he", b"llo"])
    site.requests.made.clear()
    assert b"".join(site.connector.download(ref, file)) == b"hello"
    assert site.requests.made == [f"GET /secure/attachment/{file.id}/Gr%C3%B6%C3%9Fe%201.txt"]


def test_issues_are_tied_to_one_another_and_to_elsewhere(site: DataCenterSite) -> None:
    one, other = _ref(site, "ENG-1"), _ref(site, "OPS-1")
    blocked = site.connector.link(one, LinkDraft(relation="is blocked by", to=other, marker="lw-1"))
    told = LinkDraft(relation="reported in", url="https://z.example/7", title="Ticket 7", marker="lw-2")
    reported = site.connector.link(one, told)
    assert site.connector.links(one) == (blocked, reported)
    for link in site.connector.links(one):
        site.connector.unlink(one, link.id)
    assert site.connector.links(one) == ()


def test_a_status_two_steps_away_is_walked_to(site: DataCenterSite) -> None:
    assert (
        site.connector.update(_ref(site, "OPS-1"), Patch(fields={"status": "In Review"})).status
        == "In Review"
    )


def test_versions_are_read_as_releases(site: DataCenterSite) -> None:
    bot = site.service.bot
    site.sandbox.call(lambda: add_version(site.site, site.site.project("ENG"), "1.2", bot))
    item = site.connect(releases=True).changes(None).observations[-1].item
    assert (item.kind, item.title, item.container) == (Kind.RELEASE, "1.2", "ENG")


def test_the_limits_of_a_server_are_its_administrators(site: DataCenterSite) -> None:
    """They are told by ``Retry-After`` once they refuse, and stated nowhere."""
    assert JiraConnector.limits(settings("https://jira.example")) == ()
    site.sandbox.faults["jira"].active.append(Fault("rate_limited", "^GET "))
    with pytest.raises(RateLimited) as refused:
        site.connector.check()
    assert refused.value.retry_after is not None


class TestWebhooks:
    def test_one_is_made_with_its_secret_where_version_10_looks_for_it(self, site: DataCenterSite) -> None:
        connector = site.connect(webhook_secret=None)
        setup = connector.set_up_webhook("https://loop.example/hooks/jira")
        (made,) = site.service.deliverer.subscriptions.values()
        assert setup.secret is not None
        assert (setup.id, made.secret) == (str(made.id), setup.secret.get_secret_value())
        assert 'project in ("ENG", "OPS")' in made.filter
        moved = site.connect(webhook_secret="kept").set_up_webhook("https://elsewhere.example/hooks/jira")
        assert (moved.id, moved.secret) == (setup.id, None)
        assert (made.url, made.secret) == ("https://elsewhere.example/hooks/jira", "kept")

    def test_an_older_server_is_left_to_polling(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its webhooks cannot be signed, and it does not know the route."""
        monkeypatch.setattr(data_center_webhooks, "PREFIX", "/rest/webhooks/1.0")
        with data_center_site() as old:
            setup = old.connector.set_up_webhook("https://loop.example/hooks/jira")
        assert (setup.id, setup.secret) == (None, None)
        assert "version 10" in setup.steps[0]
