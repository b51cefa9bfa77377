"""Attachments in Zendesk: for the readers of their comment, piece by piece, and no credential astray."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from connectors.abilities import WritesFiles
from connectors.errors import NotFound, OutcomeUnknown, Rejected, Unavailable
from connectors.model import Audience, FileDraft, Ref
from sandbox.content import Content
from tests.conformance.zendesk_world import ZendeskAccount, zendesk_account

TICKET = Ref(connection="zendesk", id="1")
LOG = FileDraft(name="läufe & log.txt", media_type="text/plain", size=5)


@pytest.fixture
def account() -> Iterator[ZendeskAccount]:
    with zendesk_account() as account:
        yield account


def content(account: ZendeskAccount) -> bytes:
    (file,) = account.connector.files(TICKET)
    return b"".join(account.connector.download(TICKET, file))


def test_a_file_hangs_on_a_comment_for_its_readers(account: ZendeskAccount) -> None:
    assert isinstance(account.connector, WritesFiles)
    sent = account.sandbox.clock.now()
    assert account.connector.find_file(TICKET, LOG, sent) is None
    made = account.connector.upload(TICKET, LOG, [b"tr", b"ace"])
    assert (made.name, made.media_type, made.size) == (LOG.name, "text/plain", 5)
    assert made.audience is Audience.INTERNAL
    assert account.service.outbox == []
    assert account.requests.made == [
        "GET /api/v2/tickets/1/comments.json",
        "POST /api/v2/uploads.json",
        "PUT /api/v2/tickets/1.json",
    ]
    assert account.connector.files(TICKET) == (made,)
    assert account.connector.find_file(TICKET, LOG, sent) == made
    assert account.connector.find_file(TICKET, LOG.model_copy(update={"size": 6}), sent) is None
    comment = account.connector.comments(TICKET)[-1]
    assert (comment.id, comment.audience, comment.body) == (made.comment, Audience.INTERNAL, f"`{LOG.name}`")
    assert content(account) == b"trace"


def test_a_file_for_the_customer_is_mailed_and_one_for_the_public_goes_no_further(
    account: ZendeskAccount,
) -> None:
    for audience in (Audience.CUSTOMER, Audience.PUBLIC):
        draft = LOG.model_copy(update={"audience": audience})
        assert account.connector.upload(TICKET, draft, [b"trace"]).audience is Audience.CUSTOMER
    assert len(account.service.outbox) == 2


def test_a_file_of_the_first_comment_is_the_items_own(account: ZendeskAccount) -> None:
    service = account.service
    upload = service.uploads.add("shot.png", "image/png", Content.of(b"png"), None)
    service.state.tickets[1].comments[0].attachments = service.uploads.take([upload.token])
    (file,) = account.connector.files(TICKET)
    assert (file.comment, file.name, file.audience) == (None, "shot.png", Audience.CUSTOMER)


@pytest.mark.parametrize("elsewhere", [True, False])
@pytest.mark.parametrize("how", ["api_token", "oauth_token"])
def test_the_credential_goes_to_the_account_alone(account: ZendeskAccount, elsewhere: bool, how: str) -> None:
    account.service.conduct.files_elsewhere = elsewhere
    if how == "oauth_token":
        account.connector = account.connect(
            email=None, api_token=None, oauth_token=SecretStr("sandbox-token")
        )
    account.connector.upload(TICKET, LOG, [b"trace"])
    assert content(account) == b"trace"
    assert account.service.files.leaks == 0
    assert len(account.requests.made) == account.calls()


def test_large_files_pass_through_without_being_held(account: ZendeskAccount) -> None:
    piece, pieces = bytes(range(256)) * 1_024, 400
    draft = FileDraft(name="big.bin", size=len(piece) * pieces)
    account.connector = account.connect(largest_file=draft.size)
    account.service.uploads.largest = draft.size
    digest = hashlib.sha256()

    def produced() -> Iterator[bytes]:
        for _ in range(pieces):
            digest.update(piece)
            yield piece

    tracemalloc.start()
    try:
        made = account.connector.upload(TICKET, draft, produced())
        back = hashlib.sha256()
        for part in account.connector.download(TICKET, made):
            back.update(part)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert made.size == draft.size == 104_857_600
    assert back.digest() == digest.digest()
    assert account.service.uploads.files[int(made.id)].content.sha256 == digest.hexdigest()
    assert peak < 16 * 1024 * 1024


def test_a_file_that_zendesk_would_not_take_is_refused_without_a_call(account: ZendeskAccount) -> None:
    assert account.connector.largest_file() == 50 * 1024 * 1024
    with pytest.raises(Rejected, match="takes 52428800"):
        account.connector.upload(TICKET, LOG.model_copy(update={"size": 52_428_801}), [])
    assert account.calls() == 0
    account.service.uploads.largest = 3
    with pytest.raises(Rejected, match="413"):
        account.connector.upload(TICKET, LOG, [b"trace"])


def test_a_lost_upload_did_nothing_and_a_lost_comment_is_found(account: ZendeskAccount) -> None:
    sent = account.sandbox.clock.now()
    account.breaks("lose_answer", "POST /api/v2/uploads")
    with pytest.raises(Unavailable):
        account.connector.upload(TICKET, LOG, [b"trace"])
    assert account.connector.find_file(TICKET, LOG, sent) is None
    account.breaks("lose_answer", "PUT /")
    with pytest.raises(OutcomeUnknown):
        account.connector.upload(TICKET, LOG, [b"trace"])
    assert account.connector.find_file(TICKET, LOG, sent) == account.connector.files(TICKET)[0]


def test_what_does_harm_or_is_deleted_is_no_file(account: ZendeskAccount) -> None:
    made = account.connector.upload(TICKET, LOG, [b"trace"])
    account.service.uploads.files[int(made.id)].malware = "malware_found"
    assert account.connector.files(TICKET) == ()


def test_a_file_that_is_gone_halts_nothing(account: ZendeskAccount) -> None:
    made = account.connector.upload(TICKET, LOG, [b"trace"])
    for url in (f"{made.url.partition('/attachments')[0]}/attachments/token/none/?name=x", ""):
        with pytest.raises(NotFound):
            list(account.connector.download(TICKET, made.model_copy(update={"url": url})))
    account.breaks("unavailable", "GET /attachments")
    with pytest.raises(Unavailable):
        list(account.connector.download(TICKET, made))


def test_a_download_cut_short_is_a_failure_and_no_file(account: ZendeskAccount) -> None:
    made = account.connector.upload(TICKET, LOG, [b"trace"])
    account.breaks("lose_answer", "GET /attachments")
    with pytest.raises(Unavailable):
        list(account.connector.download(TICKET, made))


def test_an_empty_file_is_a_file(account: ZendeskAccount) -> None:
    made = account.connector.upload(TICKET, FileDraft(name="empty.txt", size=0), [])
    assert (made.size, list(account.connector.download(TICKET, made))) == (0, [])
