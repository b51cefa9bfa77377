"""Many tickets at once: in as few requests as the vendor allows, and each with an outcome of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.abilities import CreatesMany, GetsMany, UpdatesMany
from connectors.errors import ConnectorError, RateLimited, Rejected
from connectors.model import Draft, Patch, Ref
from tests.conformance.zendesk_world import ZendeskAccount, zendesk_account

TICKET = Ref(connection="zendesk", id="1")


@pytest.fixture
def account() -> Iterator[ZendeskAccount]:
    with zendesk_account() as account:
        yield account


class Patience:
    """Lets time pass in the sandbox, and remembers how long."""

    def __init__(self, account: ZendeskAccount) -> None:
        self._account = account
        self.waited: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.waited.append(seconds)
        self._account.sandbox.call(lambda: self._account.sandbox.clock.advance(seconds))


@pytest.fixture
def wait(account: ZendeskAccount) -> Patience:
    return Patience(account)


def drafts(many: int, **changed: object) -> list[Draft]:
    return [
        Draft.model_validate({"container": "", "title": f"Draft {n}", "marker": f"lw-bulk-{n}", **changed})
        for n in range(many)
    ]


def kinds(outcomes: tuple[Ref | ConnectorError | None, ...]) -> list[str]:
    return [type(outcome).__name__ for outcome in outcomes]


def test_it_has_the_abilities(account: ZendeskAccount) -> None:
    for ability in (GetsMany, CreatesMany, UpdatesMany):
        assert isinstance(account.connector, ability)


def test_a_hundred_go_in_one_request_and_all_jobs_are_looked_at_in_one(
    account: ZendeskAccount, wait: Patience
) -> None:
    made = account.connector.create_many(drafts(450), wait)
    assert len(account.service.state.tickets) == 451
    assert [request for request in account.requests.made if "brands" not in request] == [
        *["POST /api/v2/tickets/create_many.json"] * 5,
        "GET /api/v2/job_statuses/show_many.json",
    ]
    assert len(wait.waited) == 1
    tickets = account.service.state.tickets
    for number, ref in enumerate(made):
        assert isinstance(ref, Ref)
        assert tickets[int(ref.id)].subject == f"Draft {number}"
        assert tickets[int(ref.id)].external_id == f"lw-bulk-{number}"


def test_a_refused_draft_is_refused_alone(account: ZendeskAccount, wait: Patience) -> None:
    wanted = [
        *drafts(1),
        *drafts(1, status="solved", marker="lw-b"),
        *drafts(1, container="Nowhere", marker="lw-c"),
        *drafts(1, marker="lw-d"),
    ]
    first, refused, nowhere, last = account.connector.create_many(wanted, wait)
    assert isinstance(first, Ref)
    assert isinstance(refused, Rejected)
    assert "TicketCreateInvalid" in refused.message
    assert "Assignee: is required" in refused.message
    assert isinstance(nowhere, Rejected)
    assert isinstance(last, Ref)
    assert account.connector.get(last).item.marker == "lw-d"


def test_a_job_that_takes_its_time_is_waited_for_with_growing_pauses(
    account: ZendeskAccount, wait: Patience
) -> None:
    account.service.conduct.work_seconds = 25
    assert kinds(account.connector.create_many(drafts(2), wait)) == ["Ref", "Ref"]
    assert wait.waited == [2, 4, 8, 16]


def test_a_job_that_does_not_end_leaves_its_drafts_open_to_be_looked_up(
    account: ZendeskAccount, wait: Patience
) -> None:
    account.service.conduct.work_seconds = 10_000
    outcomes = account.connector.create_many(drafts(2), wait)
    assert kinds(outcomes) == ["OutcomeUnknown"] * 2
    assert 300 <= sum(wait.waited) < 340
    wait(10_000)
    found = account.connector.find(drafts(1)[0], account.sandbox.clock.now())
    assert found is not None
    assert found.marker == "lw-bulk-0"


def test_a_killed_job_is_looked_up_too(account: ZendeskAccount, wait: Patience) -> None:
    account.service.conduct.kill_jobs = 1
    sent = account.sandbox.clock.now()
    assert kinds(account.connector.create_many(drafts(4), wait)) == ["OutcomeUnknown"] * 4
    found = [account.connector.find(draft, sent) for draft in drafts(4)]
    assert [item is not None for item in found] == [True, True, False, False]


@pytest.mark.parametrize("kind", ["lose_answer", "lose_request"])
def test_what_was_to_follow_a_lost_request_is_not_sent(
    account: ZendeskAccount, wait: Patience, kind: str
) -> None:
    account.breaks(kind, "POST /.*create_many")  # type: ignore[arg-type]
    outcomes = account.connector.create_many(drafts(150), wait)
    assert kinds(outcomes) == ["OutcomeUnknown"] * 100 + ["Unavailable"] * 50
    assert account.sandbox.faults["zendesk"].calls["POST"] == 1


def test_a_look_that_fails_is_taken_again(account: ZendeskAccount, wait: Patience) -> None:
    account.breaks("unavailable", "job_statuses", times=2)
    assert kinds(account.connector.create_many(drafts(1), wait)) == ["Ref"]
    assert len(wait.waited) == 3


def test_no_more_jobs_are_started_than_may_be_in_flight(account: ZendeskAccount, wait: Patience) -> None:
    account.service.conduct.work_seconds = 10_000
    for _ in range(29):
        account.connector._client.create_many([{"subject": "x", "comment": {"body": "b"}}])
    account.service.conduct.work_seconds = 0.5
    outcomes = account.connector.create_many(drafts(250), wait)
    assert kinds(outcomes) == ["Ref"] * 100 + ["RateLimited"] * 150
    assert isinstance(outcomes[-1], RateLimited)
    assert outcomes[-1].retry_after == 60
    assert account.connector.most_created == 3_000


def test_many_are_changed_in_one_request_and_a_closed_one_is_refused(
    account: ZendeskAccount, wait: Patience
) -> None:
    account.tickets(2)
    account.sandbox.call(lambda: account.service.person_sets("3", status="closed"))
    patch = Patch(fields={"priority": "Low"}, add_labels=("Seen",), remove_labels=("export",))
    refs = [TICKET, Ref(connection="zendesk", id="2"), Ref(connection="zendesk", id="3")]
    first, second, closed = account.connector.update_many([(ref, patch) for ref in refs], wait)
    assert (first, second) == (None, None)
    assert isinstance(closed, Rejected)
    assert "closed prevents" in closed.message
    assert [request for request in account.requests.made if "ticket" in request] == [
        "PUT /api/v2/tickets/update_many.json"
    ]
    item = account.connector.get(TICKET).item
    assert (item.priority, item.labels) == ("low", ("seen",))


def test_what_a_ticket_cannot_take_is_refused_before_anything_is_sent(
    account: ZendeskAccount, wait: Patience
) -> None:
    body = Patch(fields={"body": "new"})
    (refused,) = account.connector.update_many([(TICKET, body)], wait)
    assert isinstance(refused, Rejected)
    assert account.calls() == 0
    assert account.connector.create_many([], wait) == ()
    assert wait.waited == []


def test_many_are_read_in_one_request(account: ZendeskAccount) -> None:
    account.tickets(3)
    before = account.calls()
    refs = [Ref(connection="zendesk", id=number) for number in ("1", "99", "ENG-1", "3")]
    seen = account.connector.get_many(refs)
    assert [one.item.ref.id for one in seen] == ["1", "3"]
    assert [request for request in account.requests.made[before:] if "show_many" in request] == [
        "GET /api/v2/tickets/show_many.json"
    ]
    assert seen[0].item == account.connector.get(TICKET).item


def test_nobody_there_is_said_of_each(account: ZendeskAccount, wait: Patience) -> None:
    lonely = account.connect(url="http://127.0.0.1:9")
    assert (
        kinds(lonely.update_many([(TICKET, Patch(fields={"title": "x"}))] * 2, wait)) == ["Unavailable"] * 2
    )
