"""The emulated Zendesk's bulk routes: answered at once, done later, and not always all of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.zendesk_desk import Account, zendesk_account


@pytest.fixture
def account() -> Iterator[Account]:
    yield from zendesk_account(limits=False)


def drafts(*subjects: str) -> list[dict[str, object]]:
    return [{"subject": subject, "comment": {"body": "b"}} for subject in subjects]


def job(account: Account, answer: httpx.Response) -> dict[str, object]:
    """The job of that answer as it stands now."""
    number = answer.json()["job_status"]["id"]
    found: dict[str, object] = account.get(f"job_statuses/{number}.json").json()["job_status"]
    return found


def test_a_job_is_queued_then_working_then_completed(account: Account) -> None:
    answer = account.post("tickets/create_many.json", tickets=drafts("a", "b"))
    assert answer.status_code == 200
    started = answer.json()["job_status"]
    assert (started["status"], started["total"], started["progress"], started["results"]) == (
        "queued",
        2,
        None,
        None,
    )
    assert len(account.service.state.tickets) == 2, "nothing is done yet"
    account.pass_time(0.6)
    assert (job(account, answer)["status"], job(account, answer)["results"]) == ("working", None)
    account.pass_time(0.6)
    done = job(account, answer)
    assert (done["status"], done["progress"]) == ("completed", 2)
    assert done["results"] == [
        {"index": 0, "id": 3, "action": "create", "status": "Created", "success": True},
        {"index": 1, "id": 4, "action": "create", "status": "Created", "success": True},
    ]
    account.pass_time(3_601)
    assert account.get(f"job_statuses/{started['id']}.json").status_code == 404, "results expire"


def test_completed_does_not_mean_that_all_succeeded(account: Account) -> None:
    state = account.service.state
    ann = state.users_by_email["ann.ames@acme.example"]
    ann.suspended = True
    wanted = [{**drafts("a")[0], "requester_id": ann.id}, *drafts("b")]
    created = account.post("tickets/create_many.json", tickets=wanted)
    updates = [{"id": 2, "priority": "low"}, {"id": 99, "priority": "low"}, {"id": 1, "priority": "low"}]
    updated = account.put("tickets/update_many.json", tickets=updates)
    account.pass_time(2)
    first, second = job(account, created)["results"], job(account, updated)["results"]
    assert isinstance(first, list)
    assert first[0] == {
        "index": 0,
        "error": "TicketCreateInvalid",
        "details": "Requester: is suspended",
        "id": 0,
        "action": "create",
        "success": False,
    }
    assert first[1]["success"]
    assert isinstance(second, list)
    assert [(row["index"], row["success"]) for row in second] == [(0, True), (1, False), (2, False)]
    assert second[2]["details"] == "Status: closed prevents ticket update"
    assert state.tickets[2].priority == "low"


def test_one_change_for_many_tickets_and_tags_one_by_one(account: Account) -> None:
    account.post("tickets/create_many.json", tickets=drafts("a", "b"))
    account.pass_time(2)
    account.client.put(
        "/api/v2/tickets/update_many.json",
        params={"ids": "3,4"},
        json={"ticket": {"additional_tags": ["seen"], "priority": "high"}},
    )
    account.put("tickets/update_many.json", tickets=[{"id": 2, "remove_tags": ["export"]}])
    account.pass_time(2)
    state = account.service.state
    account.get("job_statuses.json")
    assert [(state.tickets[n].tags, state.tickets[n].priority) for n in (3, 4)] == [(["seen"], "high")] * 2
    assert state.tickets[2].tags == ["area_data_export"]


def test_many_are_deleted_and_many_are_read(account: Account) -> None:
    account.post("tickets/create_many.json", tickets=drafts("a", "b"))
    account.pass_time(2)
    shown = account.get("tickets/show_many.json", ids="2,3,77,4").json()
    assert [row["id"] for row in shown["tickets"]] == [2, 3, 4]
    gone = account.client.delete("/api/v2/tickets/destroy_many.json", params={"ids": "3,77"})
    account.pass_time(2)
    results = job(account, gone)["results"]
    assert isinstance(results, list)
    assert [row["success"] for row in results] == [True, False]
    assert account.get("tickets/3.json").status_code == 404


def test_a_hundred_are_the_most(account: Account) -> None:
    assert account.post("tickets/create_many.json", tickets=drafts(*["x"] * 101)).status_code == 400
    ids = ",".join(map(str, range(1, 102)))
    assert account.get("tickets/show_many.json", ids=ids).status_code == 400
    assert account.get("job_statuses/show_many.json", ids=ids).status_code == 400


def test_thirty_jobs_are_the_most_in_flight(account: Account) -> None:
    answers = [account.post("tickets/create_many.json", tickets=drafts("x")) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    refused = answers[-1].json()
    assert refused["error"] == "TooManyJobs"
    assert len(refused["current_job_ids"]) == 30
    assert answers[0].headers["zendesk-ratelimit-inflight-jobs"] == "total=30; remaining=29; resets=60"
    account.pass_time(2)
    ids = ",".join(answer.json()["job_status"]["id"] for answer in answers[:30])
    shown = account.get("job_statuses/show_many.json", ids=f"{ids},nonsense").json()["job_statuses"]
    assert [one["status"] for one in shown] == ["completed"] * 30
    assert account.post("tickets/create_many.json", tickets=drafts("x")).status_code == 200


def test_bulk_is_never_idempotent(account: Account) -> None:
    for _ in range(2):
        answer = account.client.post(
            "/api/v2/tickets/create_many.json",
            json={"tickets": drafts("twin")},
            headers={"Idempotency-Key": "k"},
        )
        assert "x-idempotency-lookup" not in answer.headers
    account.pass_time(2)
    account.get("job_statuses.json")
    assert [t.subject for t in account.service.state.tickets.values()].count("twin") == 2


def test_a_killed_job_did_half_and_tells_nothing(account: Account) -> None:
    account.service.conduct.kill_jobs = 1
    answer = account.post("tickets/create_many.json", tickets=drafts("a", "b", "c", "d"))
    account.pass_time(2)
    killed = job(account, answer)
    assert (killed["status"], killed["results"]) == ("killed", None)
    assert len(account.service.state.tickets) == 4
