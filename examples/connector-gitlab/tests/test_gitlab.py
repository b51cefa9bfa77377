"""What is particular to GitLab: paging, former paths, labels, people who cannot be assigned, limits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.abilities import EditsComments, StatesLimits
from connectors.conformance.world import latest, read_all, ref
from connectors.errors import AuthFailed, NotFound, Rejected
from connectors.model import Patch
from connectors.protocol import OpenGate
from gitlab_world import GitLabWorld
from loopwright_gitlab.limits import NOTES_PER_MINUTE, REQUESTS, standing


@pytest.mark.parametrize("keyset", [True, False])
def test_a_crowd_of_one_moment_is_read_to_its_end(private: GitLabWorld, keyset: bool) -> None:
    private.routes.keyset, private.routes.page_size = keyset, 4
    ids = [private.person_creates(f"Item {number}") for number in range(11)]
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    for item_id in ids[:9]:
        private.state.issue(item_id).updated = moment
    connector = private.open("under-test", OpenGate())
    assert set(ids) == set(latest(read_all(connector, None)[0]))


def test_an_issue_that_changes_between_pages_skips_no_other(private: GitLabWorld) -> None:
    private.routes.keyset, private.routes.page_size = False, 4
    ids: list[str] = []
    for number in range(10):
        private.advance(1)
        ids.append(private.person_creates(f"Item {number}"))
    connector = private.open("under-test", OpenGate())
    first = connector.changes(None)
    for item_id in ids[:3]:
        private.person_edits_title(item_id, "Changed")
    rest, _ = read_all(connector, first.cursor)
    assert set(ids[4:]) <= {seen.item.ref.id for seen in rest}


def test_an_idle_look_reads_no_issue_again(private: GitLabWorld) -> None:
    private.person_creates("Old")
    private.advance(120)
    connector = private.open("under-test", OpenGate())
    _, cursor = read_all(connector, None)
    assert read_all(connector, cursor)[0] == []


def test_what_a_replica_shows_late_is_still_read(private: GitLabWorld) -> None:
    connector = private.open("under-test", OpenGate())
    _, cursor = read_all(connector, None)
    item_id = private.person_creates("Late")
    private.state.issue(item_id).updated = private.now() - timedelta(seconds=30)
    assert item_id in latest(read_all(connector, cursor)[0])


def test_one_project_that_is_gone_does_not_stop_the_others(private: GitLabWorld) -> None:
    item_id = private.person_creates("Here")
    connector = private.open("under-test", OpenGate(), projects=["northwind/gone", "northwind/app"])
    with pytest.raises(NotFound):
        connector.changes(None)
    assert item_id in latest(read_all(connector, None)[0])
    (warning,) = connector.check().warnings
    assert warning.startswith("northwind/gone: ")


def test_a_project_is_found_under_its_former_path(private: GitLabWorld) -> None:
    item_id = private.person_creates("Before")
    private.person_moves(item_id)
    gate = OpenGate()
    connector = private.open("under-test", gate, projects=["northwind/app"])
    assert connector.create(private.draft()).container == "northwind/renamed"
    assert next(path for method, path in gate.calls if method == "GET").endswith("/projects/northwind%2Fapp")
    assert connector.check().warnings == ("northwind/app is northwind/renamed now: change the settings",)


def test_what_gitlab_itself_notes_is_no_comment(private: GitLabWorld) -> None:
    item_id = private.person_creates("To be closed")
    private.person_sets_status(item_id, "closed")
    connector = private.open("under-test", OpenGate())
    assert connector.comments(ref(item_id)) == ()
    assert latest(read_all(connector, None)[0])[item_id].complete


def test_a_label_with_a_comma_is_refused_instead_of_made_two(private: GitLabWorld) -> None:
    connector = private.open("under-test", OpenGate())
    with pytest.raises(Rejected, match="comma"):
        connector.update(ref(private.person_creates("Here")), Patch(add_labels=("one, two",)))


def test_who_cannot_be_assigned_is_said(private: GitLabWorld) -> None:
    connector = private.open("under-test", OpenGate())
    item = connector.create(private.draft())
    ada, stranger = private.state.ada, private.state.stranger
    item = connector.update(item.ref, Patch(fields={"assignee": str(ada.id)}))
    assert item.assignee is not None
    assert (item.assignee.id, item.assignee.name) == (str(ada.id), "Ada Lovelace")
    with pytest.raises(Rejected, match=f"user {stranger.id}"):
        connector.update(item.ref, Patch(fields={"assignee": str(stranger.id)}))
    assert connector.update(item.ref, Patch(fields={"assignee": None})).assignee is None


@pytest.mark.parametrize(
    "fields", [{"priority": "high"}, {"status": "done"}, {"custom.team": "blue"}, {"assignee": "ada"}]
)
def test_what_gitlab_does_not_have_is_refused_without_a_write(
    private: GitLabWorld, fields: dict[str, str]
) -> None:
    gate = OpenGate()
    connector = private.open("under-test", gate)
    item_id = private.person_creates("Here")
    with pytest.raises(Rejected, match=r"^under-test: "):
        connector.update(ref(item_id), Patch(fields={**fields}))
    assert {method for method, _ in gate.calls} == {"GET"}


def test_a_refusal_repeats_gitlabs_words_about_the_field(private: GitLabWorld) -> None:
    connector = private.open("under-test", OpenGate())
    with pytest.raises(Rejected, match="title is too long"):
        connector.create(private.draft(title="A customer's words " * 20))


def test_answers_tell_how_the_limit_stands(private: GitLabWorld) -> None:
    gate = OpenGate()
    private.open("under-test", gate).check()
    told = [(heard.limit, heard.left) for heard in gate.standings]
    assert told == [(REQUESTS, float(2000 - number)) for number in range(1, len(told) + 1)]
    assert all(58 <= heard.resets <= 61 for heard in gate.standings)
    private.routes.throttle.limit = None
    gate.standings.clear()
    private.open("under-test", gate).check()
    assert gate.standings == []


def test_the_standing_of_another_throttle_is_not_taken_for_ours() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    headers = {
        "ratelimit-name": "throttle_authenticated_protected_paths_api",
        "ratelimit-remaining": "9",
        "ratelimit-reset": str(int(now.timestamp()) + 30),
    }
    assert standing(headers, now) is None
    ours = standing({**headers, "ratelimit-name": "throttle_authenticated_api"}, now)
    assert ours is not None
    assert (ours.left, ours.resets) == (9.0, 30.0)


def test_the_limits_count_what_they_are_for(private: GitLabWorld) -> None:
    gate = OpenGate()
    connector = private.open("under-test", gate)
    assert isinstance(connector, StatesLimits)
    assert isinstance(connector, EditsComments)
    item = connector.create(private.draft())
    connector.comment(item.ref, private.comment_draft())
    counted = {
        limit.name: sum(limit.bucket(*call) is not None for call in gate.calls)
        for limit in connector.limits(private.given())
    }
    assert counted == {
        REQUESTS: len(gate.calls),
        "new issues a minute": 1,
        "new notes a minute": 1,
        "projects a minute": 1,
    }
    assert NOTES_PER_MINUTE == 60


def test_no_other_host_is_given_the_token(private: GitLabWorld) -> None:
    """A link that names another host, as behind a proxy, is followed on our own."""
    private.routes.base_url = "http://gitlab.internal.example"
    private.routes.page_size = 2
    ids = [private.person_creates(f"Item {number}") for number in range(5)]
    for item_id in ids:
        private.state.issue(item_id).updated = datetime(2026, 3, 1, tzinfo=UTC)
    connector = private.open("under-test", OpenGate())
    assert set(ids) == set(latest(read_all(connector, None)[0]))


def test_an_id_of_another_tool_is_not_found(private: GitLabWorld) -> None:
    connector = private.open("under-test", OpenGate())
    with pytest.raises(NotFound):
        connector.get(ref("ENG-12"))


def test_a_token_without_rights_halts(private: GitLabWorld) -> None:
    with pytest.raises(AuthFailed, match="set a new one"):
        private.open("under-test", OpenGate(), token="wrong").check()
