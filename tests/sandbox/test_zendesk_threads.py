"""The emulated Zendesk's tickets in their later life: closed, followed up, merged, tied, blackened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.zendesk.checking import LONGEST_BODY, MOST_COMMENTS
from tests.sandbox.zendesk_desk import Account, zendesk_account


@pytest.fixture
def account() -> Iterator[Account]:
    yield from zendesk_account(limits=False)


def test_closed_tickets_refuse_tags_and_comments_too(account: Account) -> None:
    assert account.put("tickets/1/tags.json", tags=["x"]).status_code == 422
    assert account.change(1, comment={"body": "hello", "public": False}).status_code == 422
    assert account.get("tickets/1.json").status_code == 200


def test_a_follow_up_inherits_the_tags_of_a_closed_ticket_alone(account: Account) -> None:
    account.service.state.tickets[1].tags = ["old"]
    wanted = {"subject": "Again", "comment": {"body": "b"}}
    refused = account.ticket(**wanted, via_followup_source_id=2)
    assert refused.status_code == 422
    made = account.ticket(**wanted, via_followup_source_id=1, tags=None).json()["ticket"]
    assert made["tags"] == ["old"]
    assert made["via"]["source"] == {"from": {"ticket_id": 1}, "to": {}, "rel": "follow_up"}
    assert account.get("tickets/1.json").json()["ticket"]["followup_ids"] == [made["id"]]
    related = account.get(f"tickets/{made['id']}/related.json").json()
    assert related["followup_source_ids"] == ["1"]


def test_a_merge_is_a_job_that_closes_the_sources_with_a_private_comment(account: Account) -> None:
    other = account.ticket(subject="Twin", comment={"body": "b"}).json()["ticket"]["id"]
    answer = account.post("tickets/2/merge.json", ids=[other])
    assert answer.json()["job_status"]["status"] == "queued"
    account.pass_time(2)
    merged = account.get(f"tickets/{other}.json").json()["ticket"]
    assert (merged["status"], merged["tags"]) == ("closed", ["closed_by_merge"])
    for number, words in ((other, "Merged into request #2"), (2, f"Requests #{other} were merged")):
        last = account.get(f"tickets/{number}/comments.json").json()["comments"][-1]
        assert words in last["body"]
        assert not last["public"]
    assert account.service.outbox == []


def test_incidents_hang_on_a_problem(account: Account) -> None:
    problem = account.ticket(subject="P", type="problem", comment={"body": "b"}).json()["ticket"]["id"]
    assert account.change(2, problem_id=1).status_code == 422, "not a problem"
    assert account.change(2, type="incident", problem_id=problem).json()["ticket"]["problem_id"] == problem
    assert account.get(f"tickets/{problem}.json").json()["ticket"]["has_incidents"]
    rows = account.get(f"tickets/{problem}/incidents.json").json()["tickets"]
    assert [row["id"] for row in rows] == [2]
    assert account.get(f"tickets/{problem}/related.json").json()["incidents"] == 1
    assert [row["id"] for row in account.get("problems.json").json()["tickets"]] == [problem]
    account.change(2, problem_id=None)
    assert not account.get(f"tickets/{problem}.json").json()["ticket"]["has_incidents"]


def test_comments_are_never_edited_and_never_deleted(account: Account) -> None:
    comment = account.get("tickets/2/comments.json").json()["comments"][1]["id"]
    for method in ("PUT", "DELETE", "PATCH"):
        answer = account.client.request(method, f"/api/v2/tickets/2/comments/{comment}.json", json={})
        assert answer.status_code in (404, 405)


def test_a_redaction_blackens_for_good_and_touches_the_ticket(account: Account) -> None:
    comments = account.get("tickets/2/comments.json").json()["comments"]
    path = f"tickets/2/comments/{comments[3]['id']}/redact.json"
    before = account.get("tickets/2.json").json()["ticket"]["updated_at"]
    told = account.put(path, text="news").json()["comment"]
    assert (told["body"], "news" in told["html_body"]) == ("Any **▇▇▇▇**?", False)
    assert account.put(path, text="news").status_code == 422, "it is not there any more"
    assert account.get("tickets/2.json").json()["ticket"]["updated_at"] > before
    audit = account.get("tickets/2/audits.json").json()["audits"][-1]
    assert audit["events"][0]["type"] == "CommentRedactionEvent"


def test_a_ticket_takes_five_thousand_comments(account: Account) -> None:
    ticket = account.service.state.tickets[2]
    ticket.comments += [ticket.comments[0]] * (MOST_COMMENTS - len(ticket.comments))
    answer = account.change(2, comment={"body": "one more", "public": False})
    assert (answer.status_code, "at most 5000" in answer.text) == (422, True)
    assert account.change(2, priority="low").status_code == 200


def test_a_comment_takes_64_kilobytes(account: Account) -> None:
    assert account.change(2, comment={"body": "x" * LONGEST_BODY, "public": False}).status_code == 200
    answer = account.change(2, comment={"body": "ü" * (LONGEST_BODY // 2 + 1), "public": False})
    assert (answer.status_code, "too long" in answer.text) == (422, True)


def test_tags_replace_the_set_while_single_ones_come_and_go(account: Account) -> None:
    changed = account.change(2, additional_tags=["Two Words"], remove_tags=["export"]).json()["ticket"]
    assert changed["tags"] == ["area_data_export", "two_words"]
    assert account.change(2, tags=["only"]).json()["ticket"]["tags"] == ["only"]
    account.service.conduct.ignore_put_tags = True
    assert account.change(2, additional_tags=["more"]).json()["ticket"]["tags"] == ["only"]


def test_a_requester_by_address_silently_becomes_a_user(account: Account) -> None:
    requester = {"name": "New Person", "email": "new@else.example"}
    made = account.ticket(subject="s", comment={"body": "b"}, requester=requester).json()["ticket"]
    user = account.get(f"users/{made['requester_id']}.json").json()["user"]
    assert (user["name"], user["role"]) == ("New Person", "end-user")
    assert [mail.to for mail in account.service.outbox] == ["new@else.example"]


def test_archived_tickets_leave_the_lists_and_stay_readable(account: Account) -> None:
    account.service.state.tickets[1].archived = True
    assert [row["id"] for row in account.get("tickets.json").json()["tickets"]] == [2]
    assert account.get("tickets/1.json").status_code == 200
    exported = account.get("incremental/tickets/cursor.json", start_time=0).json()["tickets"]
    assert [row["id"] for row in exported] == [1, 2]
    assert account.get("tickets/1/related.json").json()["from_archive"]
