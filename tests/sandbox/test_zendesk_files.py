"""The emulated Zendesk's files: uploaded first, fixed to a comment, read from another host."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.zendesk_desk import Account, zendesk_account


@pytest.fixture
def account() -> Iterator[Account]:
    yield from zendesk_account(limits=False)


def upload(account: Account, name: str = "log.txt", body: bytes = b"trace", **query: str) -> httpx.Response:
    return account.client.post(
        "/api/v2/uploads.json",
        params={"filename": name, **query},
        content=body,
        headers={"Content-Type": "text/plain"},
    )


def attach(account: Account, *tokens: str, public: bool = False) -> httpx.Response:
    return account.change(2, comment={"body": "see file", "public": public, "uploads": [*tokens]})


def test_an_upload_becomes_an_attachment_of_a_comment(account: Account) -> None:
    answer = upload(account)
    told = answer.json()["upload"]
    assert (answer.status_code, told["attachment"]["file_name"]) == (201, "log.txt")
    assert attach(account, told["token"]).status_code == 200
    last = account.get("tickets/2/comments.json").json()["comments"][-1]
    (file,) = last["attachments"]
    assert (file["file_name"], file["content_type"], file["size"]) == ("log.txt", "text/plain", 5)
    assert account.get(f"attachments/{file['id']}.json").json()["attachment"] == file


def test_a_token_is_good_once_and_for_an_hour(account: Account) -> None:
    token = upload(account).json()["upload"]["token"]
    assert attach(account, token).status_code == 200
    assert attach(account, token).status_code == 422
    late = upload(account).json()["upload"]["token"]
    account.pass_time(3_600)
    refused = attach(account, late)
    assert (refused.status_code, "not a valid upload" in refused.text) == (422, True)
    assert len(account.get("tickets/2/comments.json").json()["comments"]) == 5


def test_several_files_share_a_token(account: Account) -> None:
    token = upload(account, "a.txt").json()["upload"]["token"]
    both = upload(account, "b.txt", token=token).json()["upload"]
    assert [file["file_name"] for file in both["attachments"]] == ["a.txt", "b.txt"]
    attach(account, token)
    last = account.get("tickets/2/comments.json").json()["comments"][-1]
    assert [file["file_name"] for file in last["attachments"]] == ["a.txt", "b.txt"]
    dropped = upload(account).json()["upload"]["token"]
    assert account.client.delete(f"/api/v2/uploads/{dropped}.json").status_code == 204
    assert attach(account, dropped).status_code == 422


def test_content_is_on_another_host_that_notices_a_credential(account: Account) -> None:
    attach(account, upload(account, body=b"x" * 200_000).json()["upload"]["token"])
    address = account.get("tickets/2/comments.json").json()["comments"][-1]["attachments"][0]["content_url"]
    assert httpx.URL(address).host == "localhost"
    assert httpx.get(address).content == b"x" * 200_000
    assert account.service.files.leaks == 0
    assert account.client.get(address).status_code == 400, "a client that sends its credential everywhere"
    assert account.service.files.leaks == 1
    account.service.conduct.files_elsewhere = False
    address = account.get("tickets/2/comments.json").json()["comments"][-1]["attachments"][0]["content_url"]
    assert httpx.get(address).status_code == 401
    sent_on = account.client.get(address)
    assert (sent_on.status_code, httpx.URL(sent_on.headers["location"]).host) == (302, "localhost")


def test_a_redacted_file_is_an_empty_text(account: Account) -> None:
    attach(account, upload(account).json()["upload"]["token"])
    comment = account.get("tickets/2/comments.json").json()["comments"][-1]
    file = comment["attachments"][0]["id"]
    answer = account.put(f"tickets/2/comments/{comment['id']}/attachments/{file}/redact.json")
    assert answer.json()["attachment"]["file_name"] == "redacted.txt"
    (left,) = account.get("tickets/2/comments.json").json()["comments"][-1]["attachments"]
    assert (left["file_name"], left["size"]) == ("redacted.txt", 0)


def test_too_large_a_file_is_refused(account: Account) -> None:
    account.service.uploads.largest = 10
    assert upload(account, body=b"x" * 11).status_code == 413
    assert account.client.post("/api/v2/uploads.json", content=b"x").status_code == 400


def test_inline_images_come_when_they_are_asked_for(account: Account) -> None:
    attach(account, upload(account, "shot.png").json()["upload"]["token"])
    comment = account.service.state.tickets[2].comments[-1]
    comment.attachments[0].inline = True
    assert account.get("tickets/2/comments.json").json()["comments"][-1]["attachments"] == []
    shown = account.get("tickets/2/comments.json", include_inline_images="true").json()["comments"][-1]
    assert [file["inline"] for file in shown["attachments"]] == [True]


def test_a_large_file_is_counted_and_hashed_and_not_held(account: Account) -> None:
    piece = b"0123456789abcdef" * 4_096

    def pieces() -> Iterator[bytes]:
        for _ in range(64):
            yield piece

    answer = account.client.post(
        "/api/v2/uploads.json", params={"filename": "big.bin"}, content=pieces(), timeout=60
    )
    file = account.service.uploads.files[answer.json()["upload"]["attachment"]["id"]]
    assert file.content.size == 64 * len(piece)
    assert file.content.sha256 == hashlib.sha256(piece * 64).hexdigest()
    assert max(len(part) for part in file.content.pieces()) <= 65_536
