"""Attachments: streamed both ways, so that memory stays flat whatever their size."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from urllib.parse import quote

from connectors.errors import Rejected
from connectors.jira.answers import AttachmentRow, AttachmentsAnswer, UploadLimit
from connectors.jira.base import CLOCK_SKEW, JiraBase
from connectors.model import Audience, File, FileDraft, Ref


class Form:
    """One file as ``multipart/form-data`` (RFC 7578), whose length is known before its content is read."""

    def __init__(self, connection: str, draft: FileDraft, content: Iterable[bytes]) -> None:
        boundary = secrets.token_hex(16)
        disposition = f'Content-Disposition: form-data; name="file"; filename="{_sent(draft.name)}"'
        self._head = f"--{boundary}\r\n{disposition}\r\nContent-Type: {draft.media_type}\r\n\r\n".encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._connection = connection
        self._size = draft.size
        self._content = content
        self.headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "X-Atlassian-Token": "no-check",
        }

    def __len__(self) -> int:
        return len(self._head) + self._size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        left = self._size
        for piece in self._content:
            left -= len(piece)
            if left < 0:
                break
            yield piece
        if left != 0:
            raise Rejected(f"{self._connection}: a file has not the size that was said, so it was not sent")
        yield self._tail


def _sent(name: str) -> str:
    """The name as a form can hold it; the server may leave it like that."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


class WithFiles(JiraBase):
    """Reads files, and attaches them."""

    _known_limit: int | None = None

    def files(self, ref: Ref) -> tuple[File, ...]:
        place = self._place(ref)
        rows = sorted(self._attachments(ref), key=lambda row: (row.created, int(row.id)))
        return tuple(self._file(row, place) for row in rows)

    def download(self, ref: Ref, file: File) -> Iterator[bytes]:
        with self._client.wire.stream(self._client.content_path(file.id, quote(file.name))) as pieces:
            yield from pieces

    def largest_file(self) -> int:
        if self._known_limit is None:
            meta = self._client.wire.get(UploadLimit, "attachment/meta")
            self._known_limit = meta.uploadLimit if meta.enabled else 0
        return self._known_limit

    def upload(self, ref: Ref, draft: FileDraft, content: Iterable[bytes]) -> File:
        place = self._place(ref)
        if place is Audience.CUSTOMER and draft.audience is Audience.INTERNAL:
            raise Rejected(
                f"{self.connection}: in a service project a file cannot be kept from the customer",
                advice="Put it where only the team reads, and link to it.",
            )
        form = Form(self.connection, draft, content)
        path = f"issue/{ref.id}/attachments"
        rows = self._client.wire.send_form(list[AttachmentRow], path, form, form.headers)
        return self._file(rows[0], place).model_copy(update={"audience": place})

    def find_file(self, ref: Ref, draft: FileDraft, sent: datetime) -> File | None:
        place, ours = self._place(ref), self._account().id
        for row in self._attachments(ref):
            by_us = row.author is not None and row.author.id == ours
            same = row.filename in (draft.name, _sent(draft.name)) and row.size == draft.size
            if by_us and same and row.created >= sent - CLOCK_SKEW:
                return self._file(row, place)
        return None

    def _attachments(self, ref: Ref) -> list[AttachmentRow]:
        answer = self._client.wire.get(AttachmentsAnswer, f"issue/{ref.id}", {"fields": "attachment"})
        return answer.fields.attachment

    def _file(self, row: AttachmentRow, place: Audience) -> File:
        """Of the team's files in a service project Jira does not tell who sees them: so they stay inside."""
        by_customer = row.author is not None and row.author.accountType == "customer"
        return File(
            id=row.id,
            name=row.filename,
            media_type=row.mimeType,
            size=row.size,
            audience=place if by_customer else Audience.INTERNAL,
            created=row.created,
            url=f"{self._base}/secure/attachment/{row.id}/{quote(row.filename)}",
        )
