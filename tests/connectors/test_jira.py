"""What the Jira connector makes of issues and comments, and what it writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from connectors.errors import OutcomeUnknown, Rejected
from connectors.jira import JiraConnector, JiraSettings
from connectors.jira.client import PROPERTY
from connectors.model import Audience, CommentDraft, Draft, Kind, Patch, Ref
from connectors.protocol import OpenGate
from sandbox.faults import FaultKind
from sandbox.jira.records import Account, Object
from sandbox.jira.seed import add_project
from tests.conformance.jira_world import JiraSite, jira_site, settings
from tests.sandbox.jira_desk import CREATED, paragraph


@pytest.fixture
def site() -> Iterator[JiraSite]:
    with jira_site() as site:
        yield site


def _ref(site: JiraSite, key: str) -> Ref:
    return Ref(connection="jira", id=site.id(key), key=key)


def _draft(**others: object) -> Draft:
    given: dict[str, object] = {"container": "ENG", "title": "New", "marker": "lw-1a2b3c"}
    return Draft.model_validate({**given, **others})


def test_an_issue_in_canonical_form(site: JiraSite) -> None:
    observation = site.connector.get(_ref(site, "ENG-1"))
    item = observation.item
    assert (item.ref.key, item.kind, item.container) == ("ENG-1", Kind.ISSUE, "ENG")
    assert item.url == f"{site.service.base_url}/browse/ENG-1"
    assert item.title == "Export fails"
    assert item.body == "Steps:\n\n- open\n- click **Export**"
    assert (item.type, item.status, item.priority, item.closed) == ("Bug", "In Progress", "High", False)
    assert item.labels == ("exports", "needs-review")
    assert item.assignee is not None
    assert (item.assignee.name, item.assignee.email, item.assignee.staff) == ("Ann Berg", None, True)
    assert item.requester is not None
    assert item.requester.email == "bo@northwind-soft.example"
    assert item.created == CREATED.replace(microsecond=250_000)
    assert item.created.tzinfo is UTC
    assert item.audience is Audience.INTERNAL
    assert site.connector.get(_ref(site, "ENG-2")).item.closed
    assert observation.complete
    assert observation.comments is not None
    assert [comment.body for comment in observation.comments] == ["Found it: `csv.py`"]


def test_votes_are_a_number(site: JiraSite) -> None:
    assert site.connector.get(_ref(site, "ENG-1")).item.votes == 0
    site.issue("ENG-1").voters += [*site.site.accounts.values()][:2]
    assert site.connector.get(_ref(site, "ENG-1")).item.votes == 2


def test_one_call_reads_an_issue_with_its_comments(site: JiraSite) -> None:
    site.connector.get(_ref(site, "ENG-1"))  # learns fields and account once
    before = site.calls()
    site.connector.get(_ref(site, "ENG-1"))
    assert site.calls() - before == 1


def test_a_moved_issue_is_found_by_its_id(site: JiraSite) -> None:
    ref = _ref(site, "ENG-1")
    site.sandbox.call(lambda: site.site.move(site.issue("ENG-1"), site.site.project("OPS"), site.service.bot))
    item = site.connector.get(ref).item
    assert item.ref == ref
    assert (item.ref.key, item.container) == ("OPS-2", "OPS")


def test_creating_leaves_the_marker_and_hides_its_label(site: JiraSite) -> None:
    item = site.connector.create(_draft(labels=("b", "a"), body="Text", priority="Low", type="Story"))
    assert item.labels == ("a", "b")
    assert (item.type, item.priority, item.marker) == ("Story", "Low", "lw-1a2b3c")
    issue = site.issue(item.ref.key)
    assert issue.labels == ["a", "b", "lw-1a2b3c"]
    assert issue.properties == {PROPERTY: {"marker": "lw-1a2b3c"}}
    assert issue.creator == site.service.bot


def test_a_type_of_its_own_for_rules_that_name_none(site: JiraSite) -> None:
    assert site.connector.create(_draft()).type == "Task"
    assert site.connect(issue_type="Bug").create(_draft()).type == "Bug"


def test_a_title_is_one_line(site: JiraSite) -> None:
    assert site.connector.create(_draft(title="Two \n lines")).title == "Two lines"


def test_a_title_that_is_too_long_arrives_cut(site: JiraSite) -> None:
    item = site.connector.create(_draft(title="word " * 100))
    assert len(item.title) <= 255
    assert item.title.endswith("word…")
    assert site.connector.update(item.ref, Patch(fields={"title": "x" * 300})).title == "x" * 254 + "…"


def test_texts_that_are_too_long_arrive_cut_and_say_so(site: JiraSite) -> None:
    """An item must not be lost for its length; an update must not replace a whole text by half of one."""
    text = "```\n" + "A line of a log\n" * 3_000 + "```"
    item = site.connector.create(_draft(body=text))
    assert item.body.startswith("```\nA line of a log\nA line of a log\n")
    assert re.search(r"log\n```\n\nCut here: 18,\d{3} more characters are in the original\.$", item.body)
    comment = site.connector.comment(item.ref, CommentDraft(body="x" * 50_000, marker="lw-c1"))
    assert re.search(r"x\n\nCut here: 20,\d{3} more characters are in the original\.$", comment.body)
    with pytest.raises(Rejected, match="too long"):
        site.connector.update(item.ref, Patch(fields={"body": text}))
    copy = Patch(fields={"body": text}, original="https://there.example/7")
    assert site.connector.update(item.ref, copy).body.endswith("[the original](https://there.example/7).")


def test_a_new_issue_walks_to_its_status(site: JiraSite) -> None:
    assert site.connector.create(_draft(status="done")).status == "Done"


def test_a_status_that_does_not_exist_creates_nothing(site: JiraSite) -> None:
    with pytest.raises(Rejected, match="has no status 'Doing'") as caught:
        site.connector.create(_draft(status="Doing"))
    assert "In Review" in caught.value.advice
    assert len(site.site.issues) == 3


def test_an_issue_that_was_made_is_never_made_again(site: JiraSite) -> None:
    """When reading it back fails, the caller must look for it, whatever the failure was."""
    site.connector.create(_draft(marker="lw-first"))
    faults: tuple[FaultKind, ...] = ("unavailable", "rate_limited")
    for fault in faults:
        site.breaks(fault, r"^GET /rest/api/3/issue/")
        with pytest.raises(OutcomeUnknown, match="was created"):
            site.connector.create(_draft(marker=f"lw-{fault}"))
        sent = site.sandbox.clock.now()
        assert site.connector.find(_draft(marker=f"lw-{fault}"), sent) is not None


def test_an_update_writes_all_sorts_of_fields(site: JiraSite) -> None:
    ann = site.issue("ENG-1").assignee
    assert ann is not None
    item = site.connector.update(
        _ref(site, "OPS-1"),
        Patch(
            fields={
                "title": "Disk nearly full",
                "body": "- 97 %",
                "type": "Task",
                "priority": None,
                "assignee": ann.id,
                "custom.product_area": "Search",
                "custom.customers_affected": 12,
                "custom.feedback_source": "Zendesk",
                "custom.steps_to_reproduce": "1. wait",
                "custom.plans": ["team", "enterprise"],
                "custom.product_manager": ann.id,
                "custom.promised_for": "2026-12-24",
            },
            add_labels=("ops",),
        ),
    )
    assert (item.title, item.body, item.type, item.priority) == ("Disk nearly full", "- 97 %", "Task", None)
    assert item.assignee is not None
    assert item.assignee.name == "Ann Berg"
    assert item.labels == ("ops",)
    assert item.custom == {
        "customers_affected": 12,
        "feedback_source": "Zendesk",
        "plans": ["team", "enterprise"],
        "product_area": "Search",
        "product_manager": ann.id,
        "promised_for": "2026-12-24",
        "steps_to_reproduce": "1. wait",
    }
    cleared = {name: None for name in ("assignee", "body", "custom.plans", "custom.product_area")}
    item = site.connector.update(item.ref, Patch(fields=dict(cleared)))
    assert (item.assignee, item.body) == (None, "")
    assert "plans" not in item.custom
    assert "product_area" not in item.custom
    assert item.custom["feedback_source"] == "Zendesk"


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (Patch(fields={"organization": "Acme"}), "Jira has no field 'organization'"),
        (Patch(fields={"custom.mood": "good"}), "Jira has no custom field 'mood'"),
        (Patch(fields={"status": None}), "cannot be without a status"),
        (Patch(fields={"title": "New", "status": "Nowhere"}), "has no status 'Nowhere'"),
        (Patch(fields={"priority": "Sky-high"}), "priority: The priority selected is invalid"),
        (Patch(add_labels=("two words",)), "labels: The label '…' contains spaces"),
        (Patch(fields={"body": "x" * 40_000}), "description: The entered text is too long"),
    ],
)
def test_refused_updates_change_nothing(site: JiraSite, patch: Patch, message: str) -> None:
    updated = site.issue("OPS-1").updated
    with pytest.raises(Rejected, match=message):
        site.connector.update(_ref(site, "OPS-1"), patch)
    assert site.issue("OPS-1").updated == updated


def test_a_status_two_steps_away_is_walked_to(site: JiraSite) -> None:
    item = site.connector.update(
        _ref(site, "OPS-1"), Patch(fields={"status": "In Review", "title": "Seen"}, add_labels=("x",))
    )
    assert (item.status, item.title, item.labels) == ("In Review", "Seen", ("x",))
    steps = [
        change.new
        for history in site.issue("OPS-1").history
        for change in history.changes
        if change.field == "status"
    ]
    assert steps == ["In Progress", "In Review"]


def test_a_status_that_is_had_already_costs_no_write(site: JiraSite) -> None:
    updated = site.issue("ENG-1").updated
    assert site.connector.update(_ref(site, "ENG-1"), Patch(fields={"status": "in progress"})).status
    assert site.issue("ENG-1").updated == updated


def test_a_clone_is_not_taken_for_ours(site: JiraSite) -> None:
    """Cloning copies labels; the property is what tells who made an issue."""
    draft = _draft()
    item = site.connector.create(draft)
    clone = site.site.add_issue(
        site.site.project("ENG"),
        site.issue("ENG-1").type,
        site.service.bot,
        site.sandbox.clock.now(),
        "CLONE - New",
    )
    clone.labels = [draft.marker]
    found = site.connector.find(draft, site.sandbox.clock.now())
    assert found is not None
    assert found.ref == item.ref
    cloned = site.connector.get(Ref(connection="jira", id=str(clone.id))).item
    assert (cloned.marker, cloned.labels) == (None, ())


def test_an_issue_whose_label_was_taken_off_is_found(site: JiraSite) -> None:
    draft, sent = _draft(), site.sandbox.clock.now()
    item = site.connector.create(draft)
    site.sandbox.call(lambda: site.service.person_sets(item.ref.id, remove_label=draft.marker))
    found = site.connector.find(draft, sent)
    assert found is not None
    assert found.ref == item.ref
    assert found.marker == draft.marker


def test_a_comment_is_found_in_a_long_thread(site: JiraSite) -> None:
    ref, draft = _ref(site, "ENG-1"), CommentDraft(body="Ours", marker="lw-c1")
    sent = site.sandbox.clock.now()
    site.connector.comment(ref, draft)
    site.says("ENG-1", *(f"Reply {number}" for number in range(130)))
    found = site.connect().find_comment(ref, draft, sent)
    assert found is not None
    assert (found.body, found.marker) == ("Ours", "lw-c1")
    assert site.connector.find_comment(ref, CommentDraft(body="Ours", marker="lw-c2"), sent) is None


def test_old_comments_are_not_searched(site: JiraSite) -> None:
    ref, issue = _ref(site, "ENG-1"), site.issue("ENG-1")
    for number in range(250):
        site.site.add_comment(issue, paragraph(str(number)), site.service.bot, created=CREATED)
    site.connector.check()
    before = site.calls()
    draft = CommentDraft(body="Never", marker="lw-none")
    assert site.connector.find_comment(ref, draft, site.sandbox.clock.now()) is None
    assert site.calls() - before == 1


def test_our_comments_carry_their_marker_wherever_they_are_read(site: JiraSite) -> None:
    ref = _ref(site, "ENG-1")
    written = site.connector.comment(ref, CommentDraft(body="Ours", marker="lw-c1"))
    fresh = site.connect()
    observed = fresh.get(ref).comments
    assert observed is not None
    assert observed == fresh.comments(ref)
    assert [comment.marker for comment in observed] == [None, "lw-c1"]
    assert observed[-1] == written


def test_long_threads_come_along_in_part_and_say_so(site: JiraSite) -> None:
    ref, issue = _ref(site, "OPS-1"), site.issue("OPS-1")
    ann = site.issue("ENG-1").assignee
    assert ann is not None
    for number in range(101):
        site.site.add_comment(issue, paragraph(str(number)), ann, created=site.site.now())
    observation = site.connector.get(ref)
    assert observation.comments is not None
    assert (len(observation.comments), observation.complete) == (100, False)
    assert len(site.connector.comments(ref)) == 101


class TestServiceProject:
    """In a service project customers read along."""

    @pytest.fixture
    def desk(self, site: JiraSite) -> JiraSite:
        add_project(site.site, "HELP", "Help desk", "service_desk")
        customer = Account("qm:1", "Cleo Customer", "cleo@acme.example", type="customer")
        site.site.accounts[customer.id] = customer
        issue = site.site.add_issue(
            site.site.project("HELP"), site.issue("ENG-1").type, customer, CREATED, "Help!"
        )
        visibility: Object = {"type": "role", "value": "Administrators"}
        for number, hidden in enumerate((None, visibility)):
            site.site.add_comment(issue, paragraph(str(number)), customer, created=CREATED, visibility=hidden)
        site.connector = site.connect(projects=["ENG", "HELP"])
        return site

    def test_its_issues_are_read_by_customers(self, desk: JiraSite) -> None:
        assert desk.connector.audience("HELP") is Audience.CUSTOMER
        assert desk.connector.audience("ENG") is Audience.INTERNAL
        observation = desk.connector.get(_ref(desk, "HELP-1"))
        assert observation.item.audience is Audience.CUSTOMER
        assert observation.item.requester is not None
        assert not observation.item.requester.staff
        assert observation.comments is not None
        audiences = [comment.audience for comment in observation.comments]
        assert audiences == [Audience.CUSTOMER, Audience.INTERNAL]
        assert desk.connector.comments(_ref(desk, "HELP-1")) == observation.comments

    def test_comments_stay_within_their_audience(self, desk: JiraSite) -> None:
        ref = _ref(desk, "HELP-1")
        for number, audience in enumerate((Audience.INTERNAL, Audience.CUSTOMER)):
            written = desk.connector.comment(
                ref, CommentDraft(body="x", audience=audience, marker=f"lw-{number}")
            )
            assert written.audience is audience
            assert desk.connector.comments(ref)[-1] == written
        assert [comment.internal for comment in desk.issue("HELP-1").comments[-2:]] == [True, False]

    def test_elsewhere_a_comment_for_customers_reaches_the_team_alone(self, desk: JiraSite) -> None:
        draft = CommentDraft(body="x", audience=Audience.CUSTOMER, marker="lw-1")
        assert desk.connector.comment(_ref(desk, "ENG-1"), draft).audience is Audience.INTERNAL


def test_check_warns_of_what_is_missing(site: JiraSite) -> None:
    account = site.connector.check()
    assert (account.name, account.id, account.warnings) == ("Loopwright", site.service.bot.id, ())
    (warning,) = site.connect(projects=["ENG", "GONE"]).check().warnings
    assert "project GONE" in warning


def test_settings_tell_their_mistakes_and_keep_their_secrets() -> None:
    mistakes: tuple[dict[str, object], ...] = (
        {"projects": []},
        {"projects": ["not a key"]},
        {"settle_seconds": -1},
        {"tokn": "x"},
        {"browse_url": "acme.atlassian.net"},
    )
    for mistake in mistakes:
        with pytest.raises(ValidationError):
            settings("https://acme.example", **mistake)
    assert "sandbox-token" not in repr(settings("https://acme.example"))
    assert settings("https://acme.example").settle_seconds == 0
    assert JiraSettings.model_fields["settle_seconds"].default == 180
    with pytest.raises(TypeError, match="not JiraSettings"):
        JiraConnector.open("jira", _draft(), OpenGate())


def test_people_open_issues_where_they_are_used_to(site: JiraSite) -> None:
    connector = site.connect(browse_url="https://acme.atlassian.net/")
    assert connector.get(_ref(site, "ENG-1")).item.url == "https://acme.atlassian.net/browse/ENG-1"


def test_markers_are_looked_for_around_the_time_of_sending(site: JiraSite) -> None:
    site.connector.create(_draft())
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    assert site.connector.find(_draft(marker="lw-other"), long_ago) is None
    assert site.connector.find(_draft(marker="lw-other"), site.sandbox.clock.now()) is None
    assert site.connector.find(_draft(), long_ago) is not None  # the label is found whenever it was made
