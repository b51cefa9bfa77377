"""Files on their way into a comment: each upload has a token that lives for an hour and is good once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from sandbox.content import Content
from sandbox.zendesk.inputs import Invalid
from sandbox.zendesk.records import Attachment
from sandbox.zendesk.state import State

TOKENS_LIVE = timedelta(minutes=60)
LARGEST = 50 * 1024 * 1024
"""Bytes of one file, in every plan (from memory of the help pages)."""


@dataclass(slots=True)
class Upload:
    token: str
    until: datetime
    files: list[Attachment] = field(default_factory=list)


class Uploads:
    """The uploads that no comment has taken yet, and every file by its id."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._open: dict[str, Upload] = {}
        self.files: dict[int, Attachment] = {}
        self.largest = LARGEST

    def add(self, name: str, content_type: str, content: Content, token: str | None) -> Upload:
        """Keep a file, under a new token or, to send several at once, under one that is still open."""
        upload = self._find(token) if token else self._begin()
        upload.files.append(self._file(self._state.next_id(), name, content_type, content))
        return upload

    def take(self, tokens: Sequence[str]) -> list[Attachment]:
        """The files of these uploads, which are used up then. Raises Invalid for a token that is not good."""
        uploads = [self._find(token) for token in tokens]
        for upload in uploads:
            self._open.pop(upload.token, None)
        return [file for upload in uploads for file in upload.files]

    def drop(self, token: str) -> bool:
        """Whether there was such an upload."""
        return self._open.pop(token, None) is not None

    def empty(self, attachment_id: int) -> Attachment:
        """What a redacted file is replaced by."""
        return self._file(attachment_id, "redacted.txt", "text/plain", Content())

    def _begin(self) -> Upload:
        upload = Upload(uuid4().hex, self._state.clock.now() + TOKENS_LIVE)
        self._open[upload.token] = upload
        return upload

    def _find(self, token: str) -> Upload:
        upload = self._open.get(token)
        if upload is None or upload.until <= self._state.clock.now():
            raise Invalid("uploads", f"Uploads: {token} is not a valid upload token")
        return upload

    def _file(self, number: int, name: str, content_type: str, content: Content) -> Attachment:
        file = Attachment(number, name, content_type, content, self._state.now())
        self.files[number] = file
        return file
