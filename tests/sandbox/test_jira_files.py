"""Attachments of the emulated Jira: forms are streamed in, files come from a host of their own."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import httpx
import pytest

from sandbox.credentials import EMAIL, TOKEN
from sandbox.service import Conditions
from tests.sandbox.jira_desk import Desk, at, rows

UNGUARDED = {"X-Atlassian-Token": "no-check"}


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk.open(Conditions(limits=False)) as desk:
        yield desk


def _attach(desk: Desk, *files: tuple[str, bytes], key: str = "ENG-1") -> httpx.Response:
    form = [("file", (name, content, "text/csv")) for name, content in files]
    return desk.http.post(f"/issue/{key}/attachments", files=form, headers=UNGUARDED)


def test_a_file_is_attached_by_a_form_and_shown_on_the_issue(desk: Desk) -> None:
    answer = _attach(desk, ("rows.csv", b"a,b\r\n--1,2"))
    (made,) = answer.json()
    assert (made["filename"], made["size"], made["mimeType"]) == ("rows.csv", 10, "text/csv")
    fields = at(desk.call("GET", "/issue/ENG-1?fields=attachment"), "fields")
    assert [at(row, "id") for row in rows(fields, "attachment")] == [made["id"]]
    read = desk.call("GET", f"/attachment/{made['id']}")
    assert (at(read, "filename"), at(read, "id")) == ("rows.csv", int(made["id"]))
    desk.call("DELETE", f"/attachment/{made['id']}", status=204)
    assert rows(desk.call("GET", "/issue/ENG-1?fields=attachment"), "fields", "attachment") == []


def test_a_form_without_the_header_against_forgery_is_refused(desk: Desk) -> None:
    answer = desk.http.post("/issue/ENG-1/attachments", files={"file": ("a", b"b")})
    assert answer.status_code == 403


def test_sixty_files_go_into_a_form_and_no_file_may_be_too_large(desk: Desk) -> None:
    assert _attach(desk, *[(f"{number}.txt", b"x") for number in range(60)]).status_code == 200
    assert _attach(desk, *[(f"{number}.txt", b"x") for number in range(61)]).status_code == 413
    desk.service.files.largest = 5
    assert at(desk.call("GET", "/attachment/meta"), "uploadLimit") == 5
    assert _attach(desk, ("six.txt", b"123456")).status_code == 413
    assert desk.http.post("/issue/ENG-1/attachments", content=b"x", headers=UNGUARDED).status_code == 400


def test_contents_come_by_303_from_another_host_which_takes_no_credential(desk: Desk) -> None:
    (made,) = _attach(desk, ("rows.csv", b"content")).json()
    answer = desk.http.get(made["content"])
    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert httpx.URL(address).host != httpx.URL(desk.service.base_url).host
    assert httpx.get(address).content == b"content"
    assert httpx.get(address, auth=(EMAIL, TOKEN)).status_code == 400
    assert desk.service.files.leaks == 1
    desk.sandbox.clock.advance(3600)
    assert httpx.get(address).status_code == 403
    assert desk.http.get(made["content"], params={"redirect": "false"}).content == b"content"


def test_a_large_file_is_never_held_in_memory(desk: Desk) -> None:
    piece = b"0123456789abcdef" * 4_096

    def body() -> Iterator[bytes]:
        yield b'--edge\r\nContent-Disposition: form-data; name="file"; filename="big"\r\n\r\n'
        for _ in range(500):
            yield piece
        yield b"\r\n--edge--\r\n"

    headers = {**UNGUARDED, "Content-Type": "multipart/form-data; boundary=edge"}
    tracemalloc.start()
    answer = desk.http.post("/issue/ENG-1/attachments", content=body(), headers=headers)
    (made,) = answer.json()
    with desk.http.stream("GET", made["content"], params={"redirect": "false"}) as download:
        size = sum(map(len, download.iter_bytes()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert made["size"] == size == 500 * len(piece)
    assert peak < 8_000_000
