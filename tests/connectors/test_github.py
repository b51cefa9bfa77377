"""The GitHub connector against the emulated GitHub, over real sockets."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import AuthFailed, Forbidden, NotFound, Rejected
from connectors.github import GitHubSettings
from connectors.github.changes import Look, Mark, Rounds, Walk
from connectors.model import Audience, CommentDraft, Kind, Patch, Ref
from tests.connectors.github_rig import APP, SDK, Rig, draft, rig
from tests.sandbox.test_github import START

__all__ = ["rig"]


def test_check_names_the_account_and_what_will_hurt(rig: Rig) -> None:
    account = rig.connector.check()
    assert (account.name, account.site, account.warnings) == ("loopwright", "northwind", ())
    repository = rig.service.state.repository(SDK)
    assert repository
    repository.access, repository.archived = "read", True
    rig.sandbox.call(lambda: rig.service.person_renames(APP, "core"))
    one, two, three, four = rig.open(repositories=[APP, SDK, "northwind/typo"]).check().warnings
    assert one.startswith("northwind/app is called northwind/core now")
    assert "archived" in two
    assert "write access" in three
    assert "northwind/typo" in four


def test_a_wrong_token_is_said_to_be_wrong(rig: Rig) -> None:
    with pytest.raises(AuthFailed, match="Bad credentials") as raised:
        rig.open(token="wrong").check()
    assert "wrong" not in raised.value.message.replace("The token is wrong", "")


def test_an_issue_in_the_canonical_form(rig: Rig) -> None:
    rig.sandbox.call(lambda: rig.service.person_sets(rig.ref(1).id, add_label="API"))
    issue = rig.service.state.issues[int(rig.ref(1).id)]
    rig.service.state.react(issue, rig.service.bot, "+1")
    item = rig.connector.get(rig.ref(1)).item
    assert item.ref == rig.ref(1)
    assert item.ref.key == "northwind/app#1"
    assert (item.system, item.kind, item.container) == ("github", Kind.ISSUE, APP)
    assert (item.title, item.body, item.status, item.closed) == ("Issue 1", "It fails.", "open", False)
    assert item.labels == ("API", "bug")
    assert item.audience is Audience.INTERNAL
    assert item.requester
    assert (item.requester.name, item.requester.staff) == ("ada-lovelace", True)
    assert (item.assignee, item.type, item.votes, item.priority, item.marker) == (None, None, 1, None, None)
    assert item.created == START + timedelta(hours=1)
    stranger = rig.connector.get(rig.ref(2)).item.requester
    assert stranger
    assert not stranger.staff


def test_everything_is_read_from_the_beginning_without_pull_requests(rig: Rig) -> None:
    made = rig.sandbox.call(lambda: rig.service.person_creates(title="Public", body="b", container=SDK))
    repository = rig.service.state.repository(APP)
    assert repository
    rig.service.state.put_issue(
        repository, title="PR", body=None, user=None, created=START, pull_request=True
    )
    items, _ = rig.all_changes()
    assert len(items) == 9
    assert {item.title for item in items} == {f"Issue {n}" for n in range(1, 9)} | {"Public"}
    [public] = [item for item in items if item.ref.id == made]
    assert public.audience is Audience.PUBLIC


def test_only_what_changed_comes_again_and_idle_looks_bring_nothing(rig: Rig) -> None:
    rig.sandbox.clock.advance(3600)
    _, cursor = rig.all_changes()
    rig.sandbox.call(lambda: rig.service.person_comments(rig.ref(3).id, "Any news?", internal=False))
    items, cursor = rig.all_changes(cursor)
    assert {item.ref for item in items} >= {rig.ref(3)}
    assert rig.ref(1) not in {item.ref for item in items}
    _, cursor = rig.all_changes(cursor)
    before = rig.received()
    items, again = rig.all_changes(cursor)
    assert items == []
    assert again == cursor
    assert rig.received() - before == 4, "one conditional request for each list of each repository"


def test_comments_are_known_without_asking_only_where_there_are_none(rig: Rig) -> None:
    made = rig.sandbox.call(lambda: rig.service.person_creates(title="Quiet", body="b"))
    seen = {o.item.ref.id: o for o in rig.connector.changes(None).observations}
    assert (seen[made].comments, seen[made].complete) == ((), True)
    assert (seen[rig.ref(1).id].comments, seen[rig.ref(1).id].complete) == (None, False)


def test_a_row_that_changes_while_pages_are_read_hides_no_other(rig: Rig) -> None:
    repository = rig.service.state.repository(SDK)
    assert repository
    for n in range(150):
        moment = START + timedelta(minutes=n)
        rig.service.state.put_issue(repository, title=f"{n}", body=None, user=None, created=moment)
    rig.connector = rig.open(repositories=[SDK])
    first = rig.connector.changes(None)
    assert first.more

    def touch_some() -> None:
        for observation in first.observations[:30]:
            rig.service.person_sets(observation.item.ref.id, add_label="moved")

    rig.sandbox.call(touch_some)
    rest, _ = rig.all_changes(first.cursor)
    seen = {o.item.title for o in first.observations} | {item.title for item in rest}
    assert seen == {str(n) for n in range(150)}


def test_more_issues_in_one_second_than_a_page_holds(rig: Rig) -> None:
    repository = rig.service.state.repository(SDK)
    assert repository
    for n in range(250):
        rig.service.state.put_issue(repository, title=f"{n}", body=None, user=None, created=START)
    later = START + timedelta(minutes=1)
    rig.service.state.put_issue(repository, title="later", body=None, user=None, created=later)
    rig.connector = rig.open(repositories=[SDK])
    items, cursor = rig.all_changes()
    assert {item.title for item in items} == {str(n) for n in range(250)} | {"later"}
    assert rig.all_changes(cursor)[0] == [], "old crowds do not come again"


def test_a_cursor_survives_other_settings_and_nonsense(rig: Rig) -> None:
    _, cursor = rig.all_changes()
    json.loads(cursor)
    rig.connector = rig.open(repositories=[SDK])
    assert rig.all_changes(cursor)[0] == []
    rig.connector = rig.open(repositories=[APP])
    assert len(rig.all_changes("nonsense")[0]) == 8


def test_a_renamed_repository_goes_on_being_read_in_full(rig: Rig) -> None:
    rig.sandbox.call(lambda: rig.service.person_renames(APP, "core"))
    items, _ = rig.all_changes()
    assert len(items) == 8, "also the closed ones: the redirect keeps its query"
    assert {item.container for item in items} == {"northwind/core"}


def test_one_repository_out_of_sight_does_not_hide_the_others(rig: Rig) -> None:
    rig.connector = rig.open(repositories=["northwind/gone", APP])
    for _ in range(2):
        with pytest.raises(NotFound, match="northwind/gone"):
            rig.connector.changes(None)
        assert len(rig.all_changes()[0]) == 8
    rig.connector = rig.open(repositories=["northwind/gone"])
    for _ in range(2):
        with pytest.raises(NotFound):
            rig.connector.changes(None)


def test_one_repository_that_may_not_be_read_does_not_hide_the_others() -> None:
    class Fenced:
        def look(self, repository: str, mark: Mark, walk: Walk | None) -> Look:
            if repository == SDK:
                raise Forbidden("github: 403")
            looked.append(repository)
            return Look(mark)

    looked: list[str] = []
    rounds = Rounds((SDK, APP), {"issues": Fenced()})
    for _ in range(2):
        with pytest.raises(Forbidden):
            rounds.page(None)
        page = rounds.page(None)
        assert page.more
        rounds.page(page.cursor)
    assert looked == [APP, APP]


def test_stale_keys(rig: Rig) -> None:
    rig.sandbox.call(lambda: rig.service.person_renames(APP, "core"))
    ref = Ref(connection="gh", id=rig.ref(1, "northwind/core").id, key="northwind/app#1")
    assert rig.connector.get(ref).item.ref.key == "northwind/core#1"
    assert rig.connector.update(ref, Patch(fields={"title": "Renamed"})).title == "Renamed"
    other = Ref(connection="gh", id=ref.id, key="northwind/app#2")
    with pytest.raises(NotFound, match="not the issue it was"):
        rig.open().get(other)
    nameless = rig.open(repositories=[SDK, "northwind/core"])
    assert nameless.get(Ref(connection="gh", id=ref.id)).item.ref.key == "northwind/core#1"
    with pytest.raises(NotFound, match="no repository of the settings"):
        nameless.get(Ref(connection="gh", id="4711"))


def test_a_reused_name_does_not_hide_the_issue(rig: Rig) -> None:
    rig.connector.get(rig.ref(1))
    rig.sandbox.call(lambda: rig.service.person_renames(APP, "core"))
    state = rig.service.state
    reused = state.add_repository(state.users["northwind"], "app", private=False, created=START)
    state.put_issue(reused, title="Another", body=None, user=None, created=START)
    ref = rig.ref(1, "northwind/core")
    assert rig.connector.get(ref).item.title == "Issue 1"
    assert rig.connector.get(rig.ref(1)).item.title == "Another"


def test_a_repository_renamed_under_our_feet_is_written_once(rig: Rig) -> None:
    ref = rig.ref(1)
    rig.connector.get(ref)
    rig.sandbox.call(lambda: rig.service.person_renames(APP, "core"))
    rig.connector.comment(ref, CommentDraft(body="Still here", marker="lw-2"))
    created = rig.connector.create(draft())
    assert created.container == "northwind/core"
    issue = rig.service.state.issues[int(ref.id)]
    assert [comment.body.split("\n")[0] for comment in issue.comments] == ["Seen.", "Still here"]


def test_a_deleted_issue_is_not_found(rig: Rig) -> None:
    rig.sandbox.call(lambda: rig.service.person_deletes(rig.ref(2).id))
    with pytest.raises(NotFound, match="410"):
        rig.connector.get(Ref(connection="gh", id="4711", key=f"{APP}#2"))


def test_a_transferred_issue_is_another_one_and_said_to_be_where_it_is_now(rig: Rig) -> None:
    moved = rig.ref(1)
    rig.connector.get(moved)
    rig.sandbox.call(lambda: rig.service.person_transfers(moved.id, SDK))
    with pytest.raises(NotFound, match="northwind/sdk#1 is there now"):
        rig.connector.get(moved)
    with pytest.raises(NotFound):
        rig.connector.comment(moved, CommentDraft(body="x", marker="lw-3"))
    sdk = rig.service.state.repository(SDK)
    assert sdk
    assert len(sdk.issues[1].comments) == 1, "nothing was written to what the issue became"


def test_create_carries_the_marker_out_of_sight(rig: Rig) -> None:
    item = rig.connector.create(draft(labels=("b", "a"), type="Bug"))
    assert (item.title, item.body, item.marker) == ("Export fails", "**It** fails.", "lw-1")
    assert (item.labels, item.type, item.status) == (("a", "b"), "Bug", "open")
    assert "<!-- loopwright:lw-1 -->" in (rig.service.state.issues[int(item.ref.id)].body or "")
    assert rig.connector.get(item.ref).item == item


def test_create_closed_takes_two_requests(rig: Rig) -> None:
    item = rig.connector.create(draft(status="closed: not_planned"))
    assert (item.status, item.closed, item.custom) == ("closed", True, {"state_reason": "not_planned"})


def test_what_is_too_long_for_github_arrives_cut_and_says_so(rig: Rig) -> None:
    long = "```\n" + "A line of a log.\n" * 10_000 + "```"
    item = rig.connector.create(draft(body=long))
    assert item.marker == "lw-1"
    assert item.body.startswith("```\nA line of a log.\n")
    assert re.search(r"log\.\n```\n\nCut here: 10\d,\d{3} more characters are in the original\.$", item.body)
    said = rig.connector.comment(item.ref, CommentDraft(body="x" * 70_000, marker="lw-2"))
    assert said.marker == "lw-2"
    assert "Cut here: 5,054 more" in said.body
    with pytest.raises(Rejected, match="too long"):
        rig.connector.update(item.ref, Patch(fields={"body": long}))
    copy = Patch(fields={"body": long}, original="https://there.example/7")
    assert rig.connector.update(item.ref, copy).body.endswith("[the original](<https://there.example/7>).")


def test_find_what_was_created(rig: Rig) -> None:
    now = datetime.now(UTC)
    assert rig.connector.find(draft(), now) is None
    item = rig.connector.create(draft())
    assert rig.connector.find(draft(), now) == item
    assert rig.connector.find(draft(marker="lw-2"), now) is None


def test_update_writes_what_is_named_and_nothing_else(rig: Rig) -> None:
    made = rig.connector.create(draft(labels=("bug",)))
    ada = rig.service.state.users["ada-lovelace"]
    person = {"assignee": str(ada.id), "status": "closed: duplicate", "body": "Two"}
    item = rig.connector.update(
        made.ref, Patch(fields=person, add_labels=("UX",), remove_labels=("bug", "no"))
    )
    assert item.assignee
    assert (item.assignee.name, item.labels, item.body) == ("ada-lovelace", ("UX",), "Two")
    assert (item.status, item.custom["state_reason"]) == ("closed", "duplicate")
    assert (item.title, item.marker) == (made.title, made.marker)
    again = rig.connector.update(made.ref, Patch(fields={"status": "open", "assignee": None}))
    assert (again.status, again.assignee, again.custom) == ("open", None, {})
    assert again.labels == ("UX",)


def test_an_edit_of_a_paragraph_leaves_the_rest_of_a_body_as_its_author_wrote_it(rig: Rig) -> None:
    template = "<!-- Please fill in. -->\nSteps\n=====\n* one\n* two\n\n__Old__ words."
    issue = rig.service.state.issues[int(rig.ref(1).id)]
    rig.sandbox.call(
        lambda: rig.service.state.edit_text(issue, rig.service.bot, title=issue.title, body=template)
    )
    wanted = "# Steps\n\n- one\n- two\n\n**New** words."
    item = rig.connector.update(rig.ref(1), Patch(fields={"body": wanted}))
    assert item.body == issue.body == template.replace("__Old__", "**New**")


def test_milestones_and_types(rig: Rig) -> None:
    repository = rig.service.state.repository(APP)
    assert repository
    rig.sandbox.call(lambda: rig.service.state.add_milestone(repository, "1.0", rig.service.bot))
    fields = {"custom.milestone": "1.0", "type": "Feature"}
    item = rig.connector.update(rig.ref(1), Patch(fields=fields))
    assert (item.custom, item.type) == ({"milestone": "1.0"}, "Feature")
    item = rig.connector.update(rig.ref(1), Patch(fields=dict.fromkeys(fields)))
    assert (item.custom, item.type) == ({}, None)
    assert rig.connector.create(draft(custom={"milestone": "1.0"})).custom == {"milestone": "1.0"}


def test_priorities_are_labels_where_the_settings_say_so(rig: Rig) -> None:
    connector = rig.open(priorities={"high": "P: high", "low": "P: low"})
    item = connector.create(draft(priority="high", labels=("bug",)))
    assert (item.priority, item.labels) == ("high", ("bug",))
    item = connector.update(item.ref, Patch(fields={"priority": "low"}))
    assert (item.priority, item.labels) == ("low", ("bug",))
    issue = rig.service.state.issues[int(item.ref.id)]
    assert {label.name for label in issue.labels} == {"P: low", "bug"}
    item = connector.update(item.ref, Patch(fields={"priority": None}))
    assert (item.priority, item.labels) == (None, ("bug",))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"priority": "high"}, "no priority of their own"),
        ({"status": "In Progress"}, "'open', 'closed'"),
        ({"status": None}, "'open', 'closed'"),
        ({"assignee": "4711"}, "can be assigned"),
        ({"assignee": "ada-lovelace"}, "number"),
        ({"custom.milestone": "9.9"}, "no milestone"),
        ({"custom.severity": "1"}, "custom.severity"),
        ({"custom.state_reason": "completed"}, "custom.state_reason"),
        ({"title": 7}, "is text"),
    ],
)
def test_what_github_does_not_have_is_refused_before_anything_is_written(
    rig: Rig, fields: dict[str, object], said: str
) -> None:
    before = rig.service.state.issues[int(rig.ref(1).id)].updated
    with pytest.raises(Rejected, match=said):
        rig.connector.update(rig.ref(1), Patch.model_validate({"fields": fields}))
    assert set(rig.sandbox.faults["github"].calls) <= {"GET"}
    assert rig.service.state.issues[int(rig.ref(1).id)].updated == before


def test_nobody_is_assigned_whom_github_would_drop(rig: Rig) -> None:
    stranger = rig.service.state.users["stranger7"]
    with pytest.raises(Rejected, match="can be assigned"):
        rig.connector.update(rig.ref(1), Patch(fields={"assignee": str(stranger.id)}))
    assert set(rig.sandbox.faults["github"].calls) <= {"GET"}


def test_github_own_words_about_a_field_without_the_value(rig: Rig) -> None:
    with pytest.raises(Rejected, match=r"Validation Failed: Issue.body body is too long") as raised:
        rig.connector.update(rig.ref(1), Patch(fields={"body": "secret " * 10_000}))
    assert "secret" not in str(raised.value)
    with pytest.raises(Rejected, match=r"Issue\.type invalid") as raised:
        rig.connector.update(rig.ref(1), Patch(fields={"type": "Confidential"}))
    assert "Confidential" not in str(raised.value)


def test_comments(rig: Rig) -> None:
    ref = rig.ref(1)
    before = datetime.now(UTC)
    made = rig.connector.comment(ref, CommentDraft(body="Looking *into* it.", marker="lw-c1"))
    assert (made.body, made.marker, made.audience) == ("Looking *into* it.", "lw-c1", Audience.INTERNAL)
    assert made.author
    assert made.author.name == "loopwright"
    first, second = rig.connector.comments(ref)
    assert (first.body, first.marker) == ("Seen.", None)
    assert second == made
    found = rig.connector.find_comment(ref, CommentDraft(body="", marker="lw-c1"), before)
    assert found == made
    assert rig.connector.find_comment(ref, CommentDraft(body="", marker="lw-c2"), before) is None


def test_comments_beyond_one_page(rig: Rig) -> None:
    issue = rig.service.state.issues[int(rig.ref(2).id)]
    for n in range(120):
        rig.service.state.put_comment(issue, None, f"{n}", START + timedelta(days=1, minutes=n))
    comments = rig.connector.comments(rig.ref(2))
    assert [comment.body for comment in comments] == ["Seen.", *map(str, range(120))]
    assert comments[-1].author is None


def test_no_text_goes_where_more_people_read_it(rig: Rig) -> None:
    made = rig.sandbox.call(lambda: rig.service.person_creates(title="Public", body="b", container=SDK))
    ref = Ref(connection="gh", id=made, key="northwind/sdk#1")
    for audience in (Audience.INTERNAL, Audience.CUSTOMER):
        with pytest.raises(Rejected, match="northwind/sdk is public"):
            rig.connector.comment(ref, CommentDraft(body="secret", audience=audience, marker="lw-x"))
    assert set(rig.sandbox.faults["github"].calls) == {"GET"}
    said = rig.connector.comment(ref, CommentDraft(body="open", audience=Audience.PUBLIC, marker="lw-y"))
    assert said.audience is Audience.PUBLIC
    kept = rig.connector.comment(
        rig.ref(1), CommentDraft(body="open", audience=Audience.PUBLIC, marker="lw-z")
    )
    assert kept.audience is Audience.INTERNAL


def test_audience_of_a_container(rig: Rig) -> None:
    assert rig.connector.audience(APP) is Audience.INTERNAL
    assert rig.connector.audience(SDK) is Audience.PUBLIC
    with pytest.raises(NotFound):
        rig.connector.audience("northwind/none")


def test_a_deleted_account_is_nobody(rig: Rig) -> None:
    rig.sandbox.call(lambda: rig.service.person_leaves("stranger7"))
    assert rig.connector.get(rig.ref(2)).item.requester is None
    rig.service.state.issues[int(rig.ref(1).id)].user = None
    assert rig.connector.get(rig.ref(1)).item.requester is None


def test_settings_hide_the_token_and_check_names() -> None:
    settings = GitHubSettings.model_validate({"token": "s3cret", "repositories": ["a/b"]})
    assert "s3cret" not in repr(settings)
    assert settings.base_url == "https://api.github.com"
    with pytest.raises(ValueError, match="repositories"):
        GitHubSettings.model_validate({"token": "t", "repositories": ["no-slash"]})
    assert all(field.description for field in GitHubSettings.model_fields.values())
