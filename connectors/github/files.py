"""Files that people dropped into the text of an issue or a comment; GitHub's API takes none itself.

They are addresses in the text. In a public repository these are open to everybody. In a private one they are
open to browsers alone, save for pictures and films: a text rendered for us has addresses of these that are
signed for some minutes. What cannot be read stays the address in the text that it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from mimetypes import guess_extension
from urllib.parse import unquote

from connectors.errors import NotFound
from connectors.github.client import Client
from connectors.github.listing import COMMENTS
from connectors.github.places import ISSUE, Places
from connectors.github.rows import COMMENT, CommentRow, IssueRow
from connectors.github.settings import GitHubSettings
from connectors.github.storage import Storage
from connectors.model import Audience, File, Ref

_RENDERED = "application/vnd.github.full+json"
_ADDRESS = re.compile(r'(?:src|href)="([^"]+)"')
_SIGNED = "https://private-user-images.githubusercontent.com/"


@dataclass(frozen=True, slots=True)
class _Found:
    """An address in a text."""

    id: str
    """What is particular about the address: it is in the signed one, too."""
    url: str
    name: str
    """Empty for pictures and films, which have none."""
    created: datetime
    comment: str | None = None


class Files:
    """The files of issues."""

    def __init__(self, client: Client, settings: GitHubSettings, places: Places, storage: Storage) -> None:
        self._client = client
        self._places = places
        self._storage = storage
        self._web = settings.web_url()
        self._mentioned = re.compile(
            rf"{re.escape(self._web)}/user-attachments/(?:assets/([0-9a-f-]{{36}})|files/(\d+)/([^\s()\"'<>]+))"
        )

    def all(self, ref: Ref) -> tuple[File, ...]:
        """Oldest first: a call for each text that has some, and one for the size of each."""
        row = self._places.issue(ref)
        found = [*self._in(row.body or "", row.created_at)]
        if row.comments:
            for page in self._client.pages(COMMENTS, f"{row.address.path}/comments"):
                for comment in page:
                    found += self._in(comment.body, comment.created_at, str(comment.id))
        if not found:
            return ()
        audience = self._places.audience(row.repository)
        files: list[File] = []
        for holder in dict.fromkeys(each.comment for each in found):
            here = [each for each in found if each.comment == holder]
            addresses = self._addresses(row, here, audience)
            files += [
                self._file(row, each, addresses[each.id], audience) for each in here if each.id in addresses
            ]
        return tuple(files)

    def _in(self, text: str, created: datetime, comment: str | None = None) -> Iterator[_Found]:
        seen = set()
        for match in self._mentioned.finditer(text):
            identity = match[1] or f"{match[2]}/{match[3]}"
            if identity not in seen:
                seen.add(identity)
                yield _Found(identity, match[0], unquote(match[3] or ""), created, comment)

    def _addresses(self, row: IssueRow, found: list[_Found], audience: Audience) -> dict[str, str]:
        """Where each of these, which are in one text, can be read now."""
        if audience is Audience.PUBLIC:
            return {each.id: each.url for each in found}
        html = self._rendered(row, found[0].comment).body_html or ""
        trusted = (_SIGNED, f"{self._web}/private-user-images/")
        signed = [unescape(url) for url in _ADDRESS.findall(html)]
        return {
            each.id: url
            for each in found
            for url in signed
            if url.startswith(trusted) and f"{each.id}." in url.partition("?")[0]
        }

    def _rendered(self, row: IssueRow, comment: str | None) -> IssueRow | CommentRow:
        if comment is None:
            return self._client.read(ISSUE, row.address.path, media=_RENDERED)
        path = f"/repos/{row.repository}/issues/comments/{comment}"
        return self._client.read(COMMENT, path, media=_RENDERED)

    def _file(self, row: IssueRow, found: _Found, address: str, audience: Audience) -> File:
        size, media_type = self._storage.size(address)
        suffix = guess_extension(media_type.partition(";")[0]) or ""
        return File(
            id=found.id,
            name=found.name or f"{found.id.partition('-')[0]}{suffix}",
            media_type=media_type,
            size=size,
            audience=audience,
            comment=found.comment,
            created=found.created,
            url=found.url,
        )

    def download(self, ref: Ref, file: File) -> Iterator[bytes]:
        """From the address that it has now: a signed one lives for minutes."""
        row = self._places.issue(ref)
        found = _Found(file.id, file.url, file.name, file.created, file.comment)
        addresses = self._addresses(row, [found], self._places.audience(row.repository))
        if file.id not in addresses:
            raise NotFound(f"{self._client.connection}: file {file.id} of {ref} is not there any more")
        yield from self._storage.pieces(addresses[file.id])
