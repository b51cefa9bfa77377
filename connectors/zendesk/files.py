"""Attachments of tickets: they hang on comments, and have the readers of these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from connectors.errors import NotFound, OutcomeUnknown, Rejected, Unavailable
from connectors.model import Audience, File, FileDraft, JsonValue, Ref
from connectors.text import html
from connectors.zendesk.client import Client
from connectors.zendesk.rows import AttachmentRow, CommentRow
from connectors.zendesk.threads import Threads
from connectors.zendesk.wire import Wire

FILE_KEY = "loopwright_file"
"""The name, in the metadata of an update, of what it attached."""
_MALICIOUS = "malware_found"


class Files:
    def __init__(self, connection: str, wire: Wire, client: Client, threads: Threads, largest: int) -> None:
        self._connection = connection
        self._wire = wire
        self._client = client
        self._threads = threads
        self.largest = largest

    def all(self, ref: Ref) -> tuple[File, ...]:
        """The files of all comments, oldest first; those of the first are the item's own."""
        found: list[File] = []
        for place, row in enumerate(self._threads.rows(ref)):
            found += (self._file(row, file, own=place == 0) for file in row.attachments if _is_sound(file))
        return tuple(found)

    def download(self, file: File) -> Iterator[bytes]:
        """Raises NotFound where the file has been redacted or deleted."""
        if not file.url:
            raise NotFound(f"{self._connection}: file {file.id} has no address")
        return self._wire.download(file.url)

    def upload(self, ref: Ref, draft: FileDraft, content: Iterable[bytes]) -> File:
        """Send the content first, which changes nothing yet; then attach it by a comment of its readers."""
        if draft.size > self.largest:
            raise Rejected(
                f"{self._connection}: the file has {draft.size} bytes, and Zendesk takes {self.largest}"
            )
        number = self._threads.number(ref)
        media_type = draft.media_type
        try:
            upload = self._client.upload(draft.name, media_type, content, draft.size).upload
        except OutcomeUnknown as error:
            # what lies there unattached is thrown away within the hour
            raise Unavailable(error.message) from error
        comment: dict[str, JsonValue] = {
            "html_body": html.from_markdown(f"`{draft.name}`"),
            "uploads": [upload.token],
        }
        row = self._threads.add(
            self._threads.ref(number), comment, draft.audience, {FILE_KEY: _identity(draft)}
        )
        attached = row.attachments[0] if row.attachments else upload.attachment
        return self._file(row, attached, own=False)

    def find(self, ref: Ref, draft: FileDraft, sent: datetime) -> File | None:
        """By the metadata of the update that attached it."""
        for row in self._threads.rows_since(ref, sent):
            named = row.metadata.custom.get(FILE_KEY) if row.metadata else None
            if named == _identity(draft) and row.attachments:
                return self._file(row, row.attachments[0], own=False)
        return None

    def _file(self, comment: CommentRow, file: AttachmentRow, *, own: bool) -> File:
        return File(
            id=str(file.id),
            name=file.file_name,
            media_type=file.content_type or "application/octet-stream",
            size=file.size,
            audience=Audience.CUSTOMER if comment.public else Audience.INTERNAL,
            comment=None if own else str(comment.id),
            created=comment.created_at,
            url=file.content_url,
        )


def _identity(draft: FileDraft) -> str:
    return f"{draft.size}:{draft.name}"


def _is_sound(file: AttachmentRow) -> bool:
    """Neither deleted nor found to do harm, which is not carried any further."""
    return not file.deleted and file.malware_scan_result != _MALICIOUS
