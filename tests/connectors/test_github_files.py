"""Files in the texts of issues: read where GitHub gives them out, and never with the token."""

from __future__ import annotations

import pytest

from connectors.abilities import ReadsFiles, WritesFiles
from connectors.errors import NotFound
from connectors.github.storage import PIECE
from connectors.model import Audience, File, Ref
from sandbox.github.uploads import SIGNED_FOR
from tests.connectors.github_rig import SDK, Rig, rig

__all__ = ["rig"]

PICTURE = b"\x89PNG" + bytes(range(256)) * 1024


def attach(rig: Rig, ref: Ref, name: str, content: bytes = PICTURE) -> None:
    rig.sandbox.call(lambda: rig.service.person_attaches(ref.id, name, content))


def public(rig: Rig) -> Ref:
    made = rig.sandbox.call(lambda: rig.service.person_creates(title="Open", body="See:", container=SDK))
    return Ref(connection="gh", id=made, key=f"{SDK}#1")


def content(rig: Rig, ref: Ref, file: File) -> bytes:
    return b"".join(rig.connector.download(ref, file))


def test_a_picture_in_a_private_repository_is_read_by_a_signed_address(rig: Rig) -> None:
    attach(rig, rig.ref(1), "screen.png")
    [file] = rig.connector.files(rig.ref(1))
    assert (file.size, file.media_type, file.audience) == (len(PICTURE), "image/png", Audience.INTERNAL)
    assert file.name.endswith(".png")
    assert "/user-attachments/assets/" in file.url, "the one that lasts"
    rig.sandbox.clock.advance(2 * SIGNED_FOR.total_seconds())
    assert content(rig, rig.ref(1), file) == PICTURE, "by an address signed anew"


def test_what_a_private_repository_shows_to_browsers_alone_stays_an_address(rig: Rig) -> None:
    attach(rig, rig.ref(1), "log.txt")
    assert rig.connector.files(rig.ref(1)) == ()
    assert "log.txt" in rig.connector.get(rig.ref(1)).item.body


def test_files_of_a_public_repository_are_read_whatever_they_are(rig: Rig) -> None:
    ref = public(rig)
    attach(rig, ref, "größe 1.txt", b"words")
    attach(rig, ref, "screen.png")
    files = rig.connector.files(ref)
    assert [(file.size, file.audience) for file in files] == [
        (5, Audience.PUBLIC),
        (len(PICTURE), Audience.PUBLIC),
    ]
    assert files[0].name == "größe 1.txt"
    assert [content(rig, ref, file) for file in files] == [b"words", PICTURE]


def test_a_file_in_a_comment_is_the_comments(rig: Rig) -> None:
    issue = rig.service.state.issues[int(rig.ref(1).id)]
    text = rig.service.uploads.add(issue.repository, "screen.png", PICTURE)
    rig.sandbox.call(lambda: rig.service.person_comments(rig.ref(1).id, f"{text} and {text}", internal=False))
    [file] = rig.connector.files(rig.ref(1))
    assert file.comment == str(issue.comments[-1].id)
    assert content(rig, rig.ref(1), file) == PICTURE


def test_a_file_whose_address_was_taken_out_of_the_text_is_gone(rig: Rig) -> None:
    attach(rig, rig.ref(1), "screen.png")
    [file] = rig.connector.files(rig.ref(1))
    issue = rig.service.state.issues[int(rig.ref(1).id)]
    rig.sandbox.call(
        lambda: rig.service.state.edit_text(issue, rig.service.bot, title=issue.title, body="None.")
    )
    assert rig.connector.files(rig.ref(1)) == ()
    with pytest.raises(NotFound):
        content(rig, rig.ref(1), file)


def test_addresses_of_other_hosts_are_no_files_and_are_not_asked(rig: Rig) -> None:
    issue = rig.service.state.issues[int(rig.ref(1).id)]
    elsewhere = "http://127.0.0.1:9/user-attachments/assets/00000000-0000-0001-0000-000000000000"
    rig.sandbox.call(
        lambda: rig.service.state.edit_text(
            issue, rig.service.bot, title=issue.title, body=f"![x]({elsewhere})"
        )
    )
    assert rig.connector.files(rig.ref(1)) == ()


def test_the_token_goes_to_the_api_alone(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = public(rig)
    attach(rig, ref, "screen.png")
    sent: list[tuple[str, bool]] = []
    session = rig.connector._storage._session
    send = session.send

    def watched(request, **given):  # type: ignore[no-untyped-def]
        sent.append((request.path_url, "authorization" in request.headers))
        return send(request, **given)

    monkeypatch.setattr(session, "send", watched)
    [file] = rig.connector.files(ref)
    pieces = [len(piece) for piece in rig.connector.download(ref, file)]
    assert max(pieces) <= PIECE, "never more in memory than a piece"
    assert sum(pieces) == len(PICTURE)
    assert len(sent) == 4, "each of the two is led on once"
    assert not any(signed for _, signed in sent)


def test_an_issue_without_files_costs_no_more_than_reading_it(rig: Rig) -> None:
    before = len(rig.gate.calls)
    assert rig.connector.files(rig.ref(1)) == ()
    assert len(rig.gate.calls) - before == 2


def test_github_takes_no_files(rig: Rig) -> None:
    assert isinstance(rig.connector, ReadsFiles)
    assert not isinstance(rig.connector, WritesFiles)
