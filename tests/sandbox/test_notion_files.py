"""Files of the emulated Notion: how they come in, when they expire, and where they are read from."""

from __future__ import annotations

import httpx
import pytest
from pydantic import JsonValue

from sandbox.credentials import TOKEN
from sandbox.notion.uploads import MEBIBYTE
from tests.sandbox.notion_desk import NEWEST, Desk, Json, desk, inside, objects

__all__ = ["desk"]

CONTENT = bytes(range(256)) * 100


def announced(desk: Desk, **more: JsonValue) -> Json:
    asked: Json = {"filename": "log 1.txt", "content_type": "text/plain", **more}
    return desk.call("POST", "/v1/file_uploads", asked, version=NEWEST)


def sent(desk: Desk, upload: JsonValue, content: bytes, part: int | None = None) -> httpx.Response:
    data = {} if part is None else {"part_number": str(part)}
    files = {"file": ("log 1.txt", content, "text/plain")}
    return desk.http.post(f"/v1/file_uploads/{upload}/send", data=data, files=files)


def attached(desk: Desk, upload: JsonValue, status: int = 200) -> Json:
    file: Json = {"type": "file", "file": {"type": "file_upload", "file_upload": {"id": upload}}}
    return desk.call("PATCH", f"/v1/blocks/{desk.row('PRDs')}/children", {"children": [file]}, status)


def url_of(answer: Json) -> str:
    return str(inside(objects(answer["results"])[0], "file", "file")["url"])


def test_a_file_is_announced_sent_and_attached(desk: Desk) -> None:
    upload = announced(desk)
    assert (upload["object"], upload["status"]) == ("file_upload", "pending")
    assert upload["expiry_time"]
    assert str(upload["upload_url"]).endswith("/send")
    done = sent(desk, upload["id"], CONTENT).json()
    assert (done["status"], done["content_length"]) == ("uploaded", len(CONTENT))
    block = objects(attached(desk, upload["id"])["results"])[0]
    assert inside(block, "file")["name"] == "log 1.txt"
    assert httpx.get(str(inside(block, "file", "file")["url"])).content == CONTENT
    assert desk.call("GET", f"/v1/file_uploads/{upload['id']}")["expiry_time"] is None


def test_a_large_file_comes_in_parts(desk: Desk) -> None:
    upload = announced(desk, mode="multi_part", number_of_parts=2)
    assert upload["number_of_parts"] == {"total": 2, "sent": 0}
    path = f"/v1/file_uploads/{upload['id']}/complete"
    assert sent(desk, upload["id"], b"x").status_code == 400
    assert sent(desk, upload["id"], b"x", 1).status_code == 400
    assert sent(desk, upload["id"], b"y" * 10, 2).json()["number_of_parts"] == {"total": 2, "sent": 1}
    assert desk.call("POST", path, {}, status=400)["code"] == "validation_error"
    assert sent(desk, upload["id"], b"x" * (5 * MEBIBYTE), 1).status_code == 200
    assert desk.call("POST", path, {})["status"] == "uploaded"
    assert httpx.get(url_of(attached(desk, upload["id"]))).content == b"x" * (5 * MEBIBYTE) + b"y" * 10


def test_an_upload_that_nobody_attaches_expires(desk: Desk) -> None:
    upload = announced(desk)
    assert attached(desk, upload["id"], status=400)["code"] == "validation_error"
    sent(desk, upload["id"], CONTENT)
    desk.sandbox.clock.advance(3_601)
    assert desk.call("GET", f"/v1/file_uploads/{upload['id']}")["status"] == "expired"
    assert "expired" in str(attached(desk, upload["id"], status=400)["message"])


def test_an_address_dies_within_the_hour_and_is_given_anew(desk: Desk) -> None:
    upload = announced(desk)
    sent(desk, upload["id"], CONTENT)
    made = attached(desk, upload["id"])
    first = url_of(made)
    desk.sandbox.clock.advance(3_601)
    assert httpx.get(first).status_code == 403
    block = desk.call("GET", f"/v1/blocks/{objects(made['results'])[0]['id']}")
    again = str(inside(block, "file", "file")["url"])
    assert again != first
    assert httpx.get(again).content == CONTENT


def test_files_are_on_another_host_that_tells_of_tokens_sent_there(desk: Desk) -> None:
    upload = announced(desk)
    sent(desk, upload["id"], CONTENT)
    url = httpx.URL(url_of(attached(desk, upload["id"])))
    assert url.host != httpx.URL(desk.service.base_url).host
    assert (
        httpx.get(url, headers={"Range": "bytes=0-0"}).headers["content-range"] == f"bytes 0-0/{len(CONTENT)}"
    )
    assert httpx.get(url, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 400
    assert desk.service.uploads.leaks == 1


def test_the_free_plan_takes_five_mebibytes(desk: Desk) -> None:
    desk.service.quirks.plan = "free"
    me = desk.call("GET", "/v1/users/me")
    assert inside(me, "bot", "workspace_limits")["max_file_upload_size_in_bytes"] == 5 * MEBIBYTE
    refused = sent(desk, announced(desk)["id"], b"x" * (5 * MEBIBYTE + 1))
    assert (refused.status_code, refused.json()["code"]) == (400, "validation_error")


def test_files_in_properties_and_comments(desk: Desk) -> None:
    page = desk.row("PRDs")
    desk.call("PATCH", f"/v1/data_sources/{desk.source('PRDs')}", {"properties": {"Files": {"files": {}}}})
    one, two = announced(desk), announced(desk)
    for upload in (one, two):
        sent(desk, upload["id"], CONTENT)
    files: list[JsonValue] = [{"type": "file_upload", "file_upload": {"id": one["id"]}, "name": "a.txt"}]
    changed = desk.call("PATCH", f"/v1/pages/{page}", {"properties": {"Files": {"files": files}}})
    kept = objects(inside(changed, "properties", "Files")["files"])
    assert [(file["name"], file["type"]) for file in kept] == [("a.txt", "file")]
    again = desk.call("PATCH", f"/v1/pages/{page}", {"properties": {"Files": {"files": [*kept]}}})
    assert httpx.get(
        str(inside(objects(inside(again, "properties", "Files")["files"])[0], "file")["url"])
    ).content
    asked: Json = {
        "parent": {"page_id": page},
        "rich_text": [],
        "attachments": [{"file_upload_id": two["id"]}],
    }
    remark = desk.call("POST", "/v1/comments", asked)
    (attachment,) = objects(remark["attachments"])
    assert httpx.get(str(inside(attachment, "file")["url"])).content == CONTENT


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {}])
def test_what_is_no_form_is_refused(desk: Desk, headers: dict[str, str]) -> None:
    path = f"/v1/file_uploads/{announced(desk)['id']}/send"
    assert desk.http.post(path, content=b"x", headers=headers).status_code == 400
