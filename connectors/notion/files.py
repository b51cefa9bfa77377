"""Files of a page: in its text, in its properties of the type files, and in its comments.

They are known by what holds them, since their addresses die within the hour: each reading of a content asks
for a fresh one. What we attach goes to the end of the page's text, as a block of its own: that is one
request that cannot overwrite what others attach, as writing a property would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import unquote, urlsplit

from connectors.errors import NotFound, Rejected
from connectors.model import Audience, File, FileDraft, Ref
from connectors.notion import body, feed
from connectors.notion.answers import FileUpload, Listing, Page, Remark, Stamped
from connectors.notion.body import Node
from connectors.notion.client import NotionClient, Saved
from connectors.notion.people import People
from connectors.notion.remarks import Remarks
from connectors.notion.rewriting import is_hosted
from connectors.notion.sending import Part, part_sizes
from connectors.notion.storage import Storage

SMALLEST_LIMIT = 5 * 1024 * 1024
"""Bytes of one file in the free plan, taken where the workspace does not tell its own limit."""
KINDS = {"image": "image", "video": "video", "audio": "audio"}
"""Blocks by the first word of a media type; all others are plain files, save PDFs."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file as something in a page holds it."""

    id: str
    name: str
    url: str
    created: datetime
    comment: str | None = None
    author: str | None = None


class Files:
    """The files of pages. ``page`` reads one."""

    def __init__(
        self,
        client: NotionClient,
        storage: Storage,
        people: People,
        remarks: Remarks,
        page: Callable[[Ref], Page],
    ) -> None:
        self._client = client
        self._storage = storage
        self._people = people
        self._remarks = remarks
        self._page = page

    def all(self, ref: Ref) -> tuple[File, ...]:
        """The files of a page and its comments, oldest first; a call for the size of each."""
        page = self._page(ref)
        found = [
            *_in_blocks(body.tree(self._client, ref.id)),
            *_in_properties(page),
            *(file for remark in self._remarks.raw(ref) for file in _in_comment(remark)),
        ]
        found.sort(key=lambda file: file.created)
        return tuple(self._file(page, file) for file in found)

    def _file(self, page: Page, found: Found) -> File:
        size, media_type = self._storage.size(found.url)
        public = page.public_url is not None and found.comment is None
        anchor = f"#{found.id.replace('-', '')}" if found.author else ""
        return File(
            id=found.id,
            name=found.name,
            media_type=media_type,
            size=size,
            audience=Audience.PUBLIC if public else Audience.INTERNAL,
            comment=found.comment,
            created=found.created,
            url=f"{page.url}{anchor}",
        )

    def download(self, ref: Ref, file: File) -> Iterator[bytes]:
        """The content of a file, from the address that it has now."""
        holder = self._holders(ref, file)
        found = next((one for one in holder if one.id == file.id), None)
        if found is None:
            raise NotFound(f"{self._client.connection}: file {file.id} of {ref} is not there any more")
        yield from self._storage.pieces(found.url)

    def _holders(self, ref: Ref, file: File) -> Iterator[Found]:
        if file.comment is not None:
            return _in_comment(self._client.read(Remark, "GET", f"comments/{file.comment}"))
        if "/" in file.id:
            return _in_properties(self._page(ref))
        return _in_blocks([self._client.read(Node, "GET", f"blocks/{file.id}")])

    def largest(self) -> int:
        """Bytes, as the workspace tells them of its plan."""
        bot = self._people.bot().bot
        told = bot.workspace_limits.max_file_upload_size_in_bytes if bot else None
        return told or SMALLEST_LIMIT

    def upload(self, ref: Ref, draft: FileDraft, content: Iterable[bytes]) -> File:
        """Announce the file, send it, in parts where it is large, and attach it."""
        page = self._page(ref)
        if page.public_url is not None and draft.audience is not Audience.PUBLIC:
            raise Rejected(
                f"{self._client.connection}: {ref} is published to the web, and so are its files",
                advice=f"A file for the {draft.audience} audience cannot be kept within it there.",
            )
        if not 0 < draft.size <= self.largest():
            raise Rejected(
                f"{self._client.connection}: a file of {draft.size} bytes is not taken",
                advice=f"Files have at least one byte and at most {self.largest()} in this workspace's plan.",
            )
        upload = self._sent(draft, content)
        kind = (
            "pdf"
            if draft.media_type == "application/pdf"
            else KINDS.get(draft.media_type.split("/")[0], "file")
        )
        about: Node = {"type": "file_upload", "file_upload": {"id": upload}, "caption": []}
        block: Node = {"object": "block", "type": kind, kind: about}
        if kind == "file":
            about["name"] = draft.name
        made = self._client.write(Listing[Node], "PATCH", f"blocks/{ref.id}/children", {"children": [block]})
        identity = made.children[0] if isinstance(made, Saved) else str(made.results[0]["id"])
        return File(
            id=identity,
            name=draft.name,
            media_type=draft.media_type,
            size=draft.size,
            audience=Audience.PUBLIC if page.public_url else Audience.INTERNAL,
            created=self._client.now,
            url=f"{page.url}#{identity.replace('-', '')}",
        )

    def _sent(self, draft: FileDraft, content: Iterable[bytes]) -> str:
        """The id of the upload, once all of the file is there."""
        sizes = part_sizes(draft.size)
        several: Node = {"mode": "multi_part", "number_of_parts": len(sizes)} if len(sizes) > 1 else {}
        asked: Node = {"filename": draft.name, "content_type": draft.media_type, **several}
        upload = self._client.read(FileUpload, "POST", "file_uploads", body=asked)
        part = Part(self._client.connection, iter(content))
        for number, size in enumerate(sizes, 1):
            part.begin(size)
            form: dict[str, object] = {"file": (draft.name, part, draft.media_type)}
            if several:
                form["part_number"] = str(number)
            self._client.send_file(f"file_uploads/{upload.id}/send", form)
        if several:
            self._client.read(FileUpload, "POST", f"file_uploads/{upload.id}/complete", body={})
        return upload.id

    def find(self, ref: Ref, draft: FileDraft, sent: datetime) -> File | None:
        """The newest file of ours with this name and size. A minute of tolerance for the cut stamps."""
        bot, since = self._people.bot().id, feed.minute(sent) - feed.MINUTE
        page = self._page(ref)
        for found in reversed(list(_in_blocks(body.tree(self._client, ref.id)))):
            if found.author == bot and found.created >= since and found.name == draft.name:
                file = self._file(page, found)
                if file.size == draft.size:
                    return file
        return None


def _in_blocks(nodes: Iterable[Node]) -> Iterator[Found]:
    for node in nodes:
        if is_hosted(node):
            block = Stamped.model_validate(node)
            content = node[block.type]
            if isinstance(content, dict) and (url := _url(content)) is not None:
                name = str(content.get("name") or "") or _named(url)
                yield Found(block.id, name, url, block.created_time, author=block.created_by.id)
        below = node.get("children")
        yield from _in_blocks(
            [child for child in below if isinstance(child, dict)] if isinstance(below, list) else []
        )


def _in_properties(page: Page) -> Iterator[Found]:
    for value in page.properties.values():
        entries = value.get("files")
        for entry in entries if isinstance(entries, list) else []:
            if isinstance(entry, dict) and (url := _url(entry)) is not None:
                digest = sha256(urlsplit(url).path.encode()).hexdigest()[:16]
                yield Found(
                    f"{value['id']}/{digest}", str(entry.get("name") or _named(url)), url, page.created_time
                )


def _in_comment(remark: Remark) -> Iterator[Found]:
    for number, attachment in enumerate(remark.attachments):
        if (url := _url(attachment)) is not None:
            yield Found(f"{remark.id}/{number}", _named(url), url, remark.created_time, comment=remark.id)


def _url(holder: Node) -> str | None:
    """The address of a file that Notion keeps; ``None`` for one that is somewhere else for good."""
    file = holder.get("file")
    return str(file["url"]) if isinstance(file, dict) and "url" in file else None


def _named(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2]) or "file"
