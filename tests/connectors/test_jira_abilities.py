"""What the Jira connector can do beside the protocol: many at once, ties, people, releases, quiet edits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.abilities import (
    CreatesMany,
    EditsComments,
    FindsPeople,
    GetsMany,
    LinksItems,
    SetsUpWebhooks,
    StatesLimits,
    UpdatesMany,
    WritesFiles,
)
from connectors.errors import AuthFailed, ConnectorError, OutcomeUnknown, Rejected
from connectors.jira.answers import FieldRow, SchemaRow
from connectors.jira.fields import CustomFields
from connectors.model import Audience, CommentDraft, Draft, Kind, LinkDraft, Patch, Ref
from sandbox.jira.records import Object
from sandbox.jira.versions import VersionRequest, add_version, set_version
from tests.conformance.jira_world import JiraSite, jira_site
from tests.sandbox.jira_desk import at, paragraph, rows


@pytest.fixture
def site() -> Iterator[JiraSite]:
    with jira_site() as site:
        yield site


def _ref(site: JiraSite, key: str) -> Ref:
    return Ref(connection="jira", id=site.id(key), key=key)


def _drafts(number: int, **others: object) -> list[Draft]:
    given: dict[str, object] = {"container": "ENG", "title": "New", **others}
    return [Draft.model_validate({**given, "marker": f"lw-{index}"}) for index in range(number)]


def _wait(seconds: float) -> None:
    raise AssertionError("nothing has to be waited for")


def test_it_has_these_abilities(site: JiraSite) -> None:
    abilities = (CreatesMany, EditsComments, FindsPeople, GetsMany, LinksItems, SetsUpWebhooks, StatesLimits)
    assert all(isinstance(site.connector, ability) for ability in (*abilities, WritesFiles))
    assert not isinstance(site.connector, UpdatesMany)  # connectors/jira/many.py says why


class TestMany:
    def test_fifty_are_made_by_one_request(self, site: JiraSite) -> None:
        made = site.connector.create_many(_drafts(50, labels=("x",)), _wait)
        assert site.requests.made == ["POST /issue/bulk"]
        keys = [result.key for result in made if isinstance(result, Ref)]
        assert keys == [f"ENG-{number}" for number in range(3, 53)]
        first = made[0]
        assert isinstance(first, Ref)
        item = site.connector.get(first).item
        assert (item.marker, item.labels) == ("lw-0", ("x",))

    def test_each_refusal_is_of_its_own_draft(self, site: JiraSite) -> None:
        drafts = _drafts(4)
        drafts[0] = drafts[0].model_copy(update={"custom": {"mood": "good"}})
        drafts[2] = drafts[2].model_copy(update={"priority": "Sky-high"})
        made = site.connector.create_many(drafts, _wait)
        assert [type(result) for result in made] == [Rejected, Ref, Rejected, Ref]
        assert "no custom field 'mood'" in str(made[0])
        assert "priority" in str(made[2])
        assert [site.issue(key).properties for key in ("ENG-3", "ENG-4")] == [
            {"loopwright": {"marker": "lw-1"}},
            {"loopwright": {"marker": "lw-3"}},
        ]

    def test_when_all_are_refused_each_says_why(self, site: JiraSite) -> None:
        drafts = [*_drafts(1, priority="Sky-high"), *_drafts(1, type="Whim")]
        made = site.connector.create_many(drafts, _wait)
        assert all(isinstance(result, Rejected) for result in made)
        assert "priority" in str(made[0])
        assert "issuetype" in str(made[1])

    @pytest.mark.parametrize("fault", ["lose_answer", "lose_request", "html"])
    def test_a_lost_answer_leaves_all_to_be_looked_for(self, site: JiraSite, fault: str) -> None:
        site.breaks(fault, "issue/bulk")  # type: ignore[arg-type]
        made = site.connector.create_many(_drafts(2), _wait)
        assert all(isinstance(result, OutcomeUnknown) for result in made)
        found = site.connector.find(_drafts(2)[1], site.sandbox.clock.now())
        assert (found is not None) == (fault == "lose_answer")

    def test_those_with_a_status_are_moved_there(self, site: JiraSite) -> None:
        site.connector.create_many(_drafts(1, status="In Progress"), _wait)
        site.requests.made.clear()
        made = site.connector.create_many(_drafts(3, status="in progress"), _wait)
        assert all(isinstance(result, Ref) for result in made)
        assert {site.issue(f"ENG-{number}").status.name for number in range(3, 7)} == {"In Progress"}
        # once the workflow is known, a move is one request
        ids = [site.id(f"ENG-{number}") for number in range(4, 7)]
        assert site.requests.made == ["POST /issue/bulk", *[f"POST /issue/{id_}/transitions" for id_ in ids]]

    def test_many_are_read_by_one_request(self, site: JiraSite) -> None:
        site.connector.check()
        site.connector.get(_ref(site, "ENG-1"))
        site.requests.made.clear()
        seen = site.connector.get_many([_ref(site, key) for key in ("ENG-1", "OPS-1")])
        assert [one.item.ref.key for one in seen] == ["ENG-1", "OPS-1"]
        assert site.requests.made == ["POST /issue/bulkfetch"]


class TestMoving:
    def test_where_an_issue_was_last_seen_is_not_believed_when_it_moved_since(self, site: JiraSite) -> None:
        ref = _ref(site, "OPS-1")
        site.connector.update(ref, Patch(fields={"status": "In Progress"}))
        site.sandbox.call(lambda: site.service.person_sets(ref.id, status="In Review"))
        assert site.connector.update(ref, Patch(fields={"status": "Done"})).status == "Done"
        site.sandbox.call(lambda: site.service.person_sets(ref.id, status="To Do"))
        assert site.connector.update(ref, Patch(fields={"status": "Done"})).status == "Done"

    def test_a_screen_that_wants_more_is_a_refusal(self, site: JiraSite) -> None:
        site.site.screens["41"] = ("customfield_10033",)
        with pytest.raises(Rejected, match="Feedback source is required"):
            site.connector.update(_ref(site, "ENG-1"), Patch(fields={"status": "Done"}))


class TestLinks:
    def test_issues_are_tied_in_either_direction_and_only_once(self, site: JiraSite) -> None:
        one, other = _ref(site, "ENG-1"), _ref(site, "OPS-1")
        draft = LinkDraft(relation="is blocked by", to=other, marker="lw-1")
        made = site.connector.link(one, draft)
        assert site.connector.link(one, draft) == made
        assert (made.relation, made.to, made.title) == ("is blocked by", other, "Disk full")
        assert site.connector.links(one) == (made,)
        (back,) = site.connector.links(other)
        assert (back.relation, back.to) == ("blocks", one)
        site.connector.unlink(one, made.id)
        site.connector.unlink(one, made.id)
        assert site.connector.links(other) == ()
        with pytest.raises(Rejected, match="no relation 'resembles'") as caught:
            site.connector.link(one, LinkDraft(relation="resembles", to=other, marker="lw-2"))
        assert "blocks" in caught.value.advice

    def test_a_tie_to_elsewhere_keeps_all_that_it_says_when_it_is_repeated(self, site: JiraSite) -> None:
        ref = _ref(site, "ENG-1")
        draft = LinkDraft(relation="reported in", url="https://z.example/7", title="Ticket 7", marker="lw-1")
        made = site.connector.link(ref, draft)
        assert site.connector.link(ref, draft.model_copy(update={"title": "Renamed"})).id == made.id
        (shown,) = site.connector.links(ref)
        assert (shown.relation, shown.url, shown.title) == ("reported in", "https://z.example/7", "Renamed")
        site.connector.unlink(ref, made.id)
        site.connector.unlink(ref, made.id)
        assert site.connector.links(ref) == ()


class TestPeople:
    def test_only_those_are_found_who_show_this_very_address(self, site: JiraSite) -> None:
        hidden, beginning, nobody = "ann@northwind-soft.example", "bo@northwind-soft", "nobody@x.example"
        found = site.connector.people(["BO@northwind-soft.example", hidden, beginning, nobody])
        assert {email: person.name for email, person in found.items()} == {
            "bo@northwind-soft.example": "Bo Lind"
        }
        item = site.connector.update(
            _ref(site, "OPS-1"), Patch(fields={"assignee": found["bo@northwind-soft.example"].id})
        )
        assert item.assignee == found["bo@northwind-soft.example"]


class TestReleases:
    def test_versions_are_items_and_come_when_they_change(self, site: JiraSite) -> None:
        bot = site.service.bot
        version = site.sandbox.call(lambda: add_version(site.site, site.site.project("ENG"), "1.2", bot))
        connector = site.connect(releases=True)
        page = connector.changes(None)
        item = page.observations[-1].item
        assert (item.kind, item.title, item.ref.id, item.ref.key) == (
            Kind.RELEASE,
            "1.2",
            f"version:{version.id}",
            "ENG 1.2",
        )
        assert (item.container, item.status, item.closed) == ("ENG", "unreleased", False)
        asked = VersionRequest(released=True, releaseDate="2026-12-01")
        site.sandbox.call(lambda: set_version(site.site, version, asked, bot))
        site.sandbox.clock.advance(400)
        page = connector.changes(page.cursor)
        (seen,) = page.observations
        site.sandbox.clock.advance(400)
        assert connector.changes(page.cursor).observations == ()
        assert (seen.item.status, seen.item.custom) == ("released", {"release_date": "2026-12-01"})
        again = connector.get(item.ref)
        assert replace(again, item=again.item.model_copy(update={"updated": seen.item.updated})) == seen
        assert connector.comments(item.ref) == ()

    def test_without_the_setting_nobody_asks_for_versions(self, site: JiraSite) -> None:
        site.connector.changes(None)
        assert not any("version" in request for request in site.requests.made)


def test_an_edit_of_a_text_keeps_what_markdown_cannot_say(site: JiraSite) -> None:
    issue = site.issue("ENG-1")
    mention: Object = {"type": "mention", "attrs": {"id": "5b10", "text": "@Ann"}}
    issue.description = {
        "type": "doc",
        "version": 1,
        "content": [
            {"type": "panel", "attrs": {"panelType": "info"}, "content": paragraph("Mind this")["content"]},
            {"type": "paragraph", "content": [{"type": "text", "text": "Ask "}, mention]},
            {"type": "paragraph", "content": [{"type": "text", "text": "It is slow."}]},
        ],
    }
    ref = _ref(site, "ENG-1")
    body = site.connector.get(ref).item.body
    site.requests.made.clear()
    item = site.connector.update(ref, Patch(fields={"body": body.replace("slow", "slower")}))
    assert item.body == body.replace("slow", "slower")
    assert [request.split()[0] for request in site.requests.made][:2] == ["GET", "PUT"]
    assert mention in rows(issue.description, "content", 1, "content")
    assert at(issue.description, "content", 0, "type") == "panel"


class TestQuietEdits:
    def test_a_comment_is_edited_without_a_mail_where_that_is_allowed(self, site: JiraSite) -> None:
        ref = _ref(site, "ENG-1")
        written = site.connector.comment(ref, CommentDraft(body="As it was", marker="lw-c1"))
        site.site.outbox.clear()
        edited = site.connector.edit_comment(ref, written.id, CommentDraft(body="As it is", marker="lw-c2"))
        assert (edited.body, edited.marker) == ("As it is", "lw-c1")
        assert site.site.outbox == []
        site.site.rights -= {"ADMINISTER", "ADMINISTER_PROJECTS"}
        site.connect().edit_comment(ref, written.id, CommentDraft(body="Once more", marker="lw-c3"))
        assert [mail.kind for mail in site.site.outbox] == ["issue_comment_edited"]

    def test_an_edit_shows_a_comment_to_nobody_else(self, site: JiraSite) -> None:
        ref, issue = _ref(site, "ENG-1"), site.issue("ENG-1")
        role: Object = {"type": "role", "value": "Administrators"}
        hidden = site.site.add_comment(
            issue, paragraph("Hush"), site.service.bot, created=site.site.now(), visibility=role
        )
        site.connector.edit_comment(ref, str(hidden.id), CommentDraft(body="Still hush", marker="lw-1"))
        assert issue.comments[-1].visibility == role

    def test_what_a_customer_reads_takes_no_internal_text(self, site: JiraSite) -> None:
        site.site.project("ENG").type = "service_desk"
        ref = _ref(site, "ENG-1")
        shown = CommentDraft(body="For you", audience=Audience.CUSTOMER, marker="lw-1")
        written = site.connector.comment(ref, shown)
        with pytest.raises(Rejected, match="more people"):
            site.connector.edit_comment(ref, written.id, CommentDraft(body="About you", marker="lw-2"))
        assert site.connector.edit_comment(ref, written.id, shown).audience is Audience.CUSTOMER


def test_the_organization_behind_a_request() -> None:
    form = SchemaRow(type="array", custom="com.atlassian.servicedesk:sd-customer-organizations")
    fields = CustomFields([FieldRow(id="customfield_1", name="Organizations", schema=form)])
    found = fields.organization(
        {"customfield_1": [{"id": "7", "name": "Acme"}, {"id": "8", "name": "Other"}]}
    )
    assert found is not None
    assert (found.id, found.name) == ("7", "Acme")
    assert fields.organization({"customfield_1": None}) is None


def test_the_whole_site_may_refuse_a_batch(site: JiraSite) -> None:
    made: tuple[Ref | ConnectorError, ...] = site.connect(token="wrong").create_many(_drafts(2), _wait)
    assert all(isinstance(result, AuthFailed) for result in made)
