"""File uploads, from their announcement to the block, property or comment that they are attached to.

Whoever has an address of a file may read it for an hour; it is on another host, where the token has no
business. Contents lie in temporary files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from pydantic import JsonValue

from sandbox.content import Content
from sandbox.notion.acts import Quirks
from sandbox.notion.blocks import NewBlock
from sandbox.notion.problem import Object, as_object, as_text, invalid, missing
from sandbox.notion.state import Workspace, canonical

MEBIBYTE = 1024 * 1024
SINGLE = 20 * MEBIBYTE
"""Bytes that may be sent at once; larger files come in parts."""
SMALLEST_PART = 5 * MEBIBYTE
LARGEST = {"free": 5 * MEBIBYTE}
"""Bytes of one file by plan, where the plan allows less than others do."""
LARGEST_PAID = 5 * 1024 * MEBIBYTE
LIVES = timedelta(hours=1)
"""How long an upload waits to be attached, and how long an address of a file is good."""


@dataclass(slots=True)
class Upload:
    """A file that was announced; attached to something or not."""

    id: str
    name: str
    content_type: str
    parts: int
    """How many were announced; 0 for a file that is sent at once."""
    created: datetime
    status: str = "pending"
    sent: dict[int, Content] = field(default_factory=dict)
    attached: bool = False

    @property
    def size(self) -> int:
        return sum(part.size for part in self.sent.values())

    @property
    def contents(self) -> list[Content]:
        """Its parts, in order."""
        return [self.sent[number] for number in sorted(self.sent)]


class Uploads:
    """All uploads by id. ``leaks`` counts tokens that were sent to the files' host."""

    def __init__(self, workspace: Workspace, quirks: Quirks) -> None:
        self.workspace = workspace
        self.quirks = quirks
        self.all: dict[str, Upload] = {}
        self.host = ""
        """Where contents are, such as ``http://localhost:8125``."""
        self.leaks = 0

    @property
    def largest(self) -> int:
        """Bytes of one file in the workspace's plan."""
        return LARGEST.get(self.quirks.plan, LARGEST_PAID)

    def announce(self, body: Object) -> Upload:
        """A new upload; refuses what the API does."""
        mode = body.get("mode") or "single_part"
        if mode not in ("single_part", "multi_part"):
            raise invalid(f"body failed validation: body.mode is not supported, instead was `{mode}`.")
        parts = body.get("number_of_parts") if mode == "multi_part" else 0
        if not isinstance(parts, int) or (mode == "multi_part" and not 1 <= parts <= 1_000):
            raise invalid("body failed validation: body.number_of_parts should be a number from 1 to 1000.")
        name = as_text(body.get("filename") or "file", "body.filename")
        kind = as_text(body.get("content_type") or "application/octet-stream", "body.content_type")
        made = Upload(self.workspace.new_id(), name, kind, parts, self.workspace.clock.now())
        self.all[made.id] = made
        return made

    def find(self, identity: str) -> Upload:
        """By id; one that nobody attached in time has expired."""
        found = self.all.get(canonical(identity))
        if found is None:
            raise missing("file upload", identity)
        if not found.attached and self.workspace.clock.now() >= found.created + LIVES:
            found.status = "expired"
        return found

    def receive(self, upload: Upload, content: Content, part: int | None) -> None:
        """The file, or one part of it."""
        if upload.status != "pending":
            raise invalid(f"File upload status is `{upload.status}`, expected `pending`.")
        if upload.parts and (part is None or not 1 <= part <= upload.parts):
            raise invalid(f"body failed validation: body.part_number should be from 1 to {upload.parts}.")
        if content.size > SINGLE:
            raise invalid(f"File size {content.size} is over the limit of {SINGLE} bytes for one request.")
        if upload.parts and part != upload.parts and content.size < SMALLEST_PART:
            raise invalid(f"Part {part} is under {SMALLEST_PART} bytes and not the last.")
        if upload.size + content.size > self.largest:
            raise invalid(f"File is over the limit of {self.largest} bytes of this workspace.")
        upload.sent[part or 1] = content
        if not upload.parts:
            upload.status = "uploaded"

    def complete(self, upload: Upload) -> None:
        """All parts are there."""
        if upload.status != "pending" or len(upload.sent) != upload.parts:
            raise invalid(f"{len(upload.sent)} of {upload.parts} parts were sent; status `{upload.status}`.")
        upload.status = "uploaded"

    def render(self, upload: Upload, base_url: str) -> Object:
        """The object as answers show it."""
        url = f"{base_url}/v1/file_uploads/{upload.id}"
        until = None if upload.attached else _time(upload.created + LIVES)
        shown: Object = {
            "object": "file_upload",
            "id": upload.id,
            "created_time": _time(upload.created),
            "created_by": {"id": self.workspace.bot.id, "type": "bot"},
            "last_edited_time": _time(upload.created),
            "in_trash": False,
            "expiry_time": until,
            "status": upload.status,
            "filename": upload.name,
            "content_type": upload.content_type,
            "content_length": upload.size if upload.status == "uploaded" else None,
        }
        if upload.status == "pending":
            shown["upload_url"] = f"{url}/send"
        if upload.parts:
            shown["number_of_parts"] = {"total": upload.parts, "sent": len(upload.sent)}
            shown["complete_url"] = f"{url}/complete"
        return shown

    def attach(self, value: JsonValue) -> JsonValue:
        """A value of a request in which every upload has become a file of the workspace's own."""
        if isinstance(value, list):
            return [self.attach(item) for item in value]
        if not isinstance(value, dict):
            return value
        if value.get("type") == "file_upload" or "file_upload" in value:
            upload = self._taken(as_object(value.get("file_upload"), "body.file_upload").get("id"))
            rest = {name: item for name, item in value.items() if name not in ("file_upload", "type")}
            return {
                **rest,
                "type": "file",
                "file": {"hosted": upload.id},
                "name": rest.get("name", upload.name),
            }
        hosted = self._known(value.get("file"))
        if hosted is not None:
            return {**value, "file": {"hosted": hosted}}
        return {name: self.attach(item) for name, item in value.items()}

    def attached(self, body: Sequence[NewBlock]) -> list[NewBlock]:
        """Blocks of a request with their uploads taken."""
        return [
            NewBlock(new.type, as_object(self.attach(new.content), "body"), self.attached(new.children))
            for new in body
        ]

    def _taken(self, identity: JsonValue) -> Upload:
        upload = self.find(as_text(identity, "body.file_upload.id"))
        if upload.status != "uploaded":
            raise invalid(f"File upload {upload.id} is `{upload.status}`, and cannot be attached.")
        upload.attached = True
        return upload

    def _known(self, file: JsonValue) -> str | None:
        """The upload behind an address that was given out, as requests send it back."""
        url = str(file.get("url")) if isinstance(file, dict) else ""
        found = re.match(rf"{re.escape(self.host)}/files/([0-9a-f-]{{36}})/", url)
        return found.group(1) if found and found.group(1) in self.all else None

    def take(self, identity: JsonValue) -> Object:
        """An attachment of a comment."""
        upload = self._taken(identity)
        category = upload.content_type.split("/")[0]
        known = category if category in ("image", "video", "audio") else "productivity"
        return {"category": known, "file": {"hosted": upload.id}}

    def with_addresses(self, value: JsonValue) -> JsonValue:
        """A value of an answer in which every file has an address that is good for an hour."""
        if isinstance(value, list):
            return [self.with_addresses(item) for item in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"hosted"}:
            return self._address(self.all[str(value["hosted"])])
        return {name: self.with_addresses(item) for name, item in value.items()}

    def _address(self, upload: Upload) -> Object:
        until = self.workspace.clock.now() + LIVES
        place = f"{self.host}/files/{upload.id}/{quote(upload.name)}"
        return {"url": f"{place}?until={until.timestamp():.0f}", "expiry_time": _time(until)}


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
