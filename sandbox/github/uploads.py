"""Files that people drop into texts in GitHub's pages: addresses beside the API, which cannot make them.

In a public repository everybody may read them. In a private one a browser that is signed in may, and whoever
has an address that is signed for some minutes: a text asked for as HTML has such ones of its pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from itertools import count
from mimetypes import guess_type
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.github.records import Repository

SIGNED_FOR = timedelta(minutes=5)
_PIECES = re.compile(r'(https?://[^\s()<>"]+/user-attachments/[^\s()<>"]+)')


@dataclass(frozen=True, slots=True)
class Upload:
    """A file, where it lies."""

    path: str
    """Below the address of GitHub's pages."""
    repository: Repository
    media_type: str
    content: bytes

    @property
    def pictured(self) -> bool:
        return self.media_type.startswith(("image/", "video/"))


class Uploads:
    def __init__(self, clock: Clock, base: Callable[[], str]) -> None:
        self._clock = clock
        self._base = base
        self._numbers = count(1)
        self._uploads: dict[str, Upload] = {}

    def add(self, repository: Repository, name: str, content: bytes) -> str:
        """Somebody drops a file; the Markdown that GitHub writes into the text."""
        number = next(self._numbers)
        media_type = guess_type(name)[0] or "application/octet-stream"
        path = f"/user-attachments/files/{number}/{quote(name)}"
        if media_type.startswith(("image/", "video/")):
            path = f"/user-attachments/assets/{UUID(int=number << 64)}"
        self._uploads[path] = Upload(path, repository, media_type, content)
        sign = "!" if media_type.startswith("image/") else ""
        return f"{sign}[{name}]({self._base()}{path})"

    def html(self, text: str) -> str:
        """The text as a page shows it, as far as files go."""
        shown = []
        for piece in _PIECES.split(text):
            upload = self._uploads.get(piece.removeprefix(self._base()))
            address = escape(self._signed(upload) if upload and upload.repository.private else piece)
            if upload is None:
                shown.append(escape(piece))
            elif upload.pictured:
                shown.append(f'<img src="{address}" alt="">')
            else:
                shown.append(f'<a href="{address}">{address}</a>')
        return f"<p>{''.join(shown)}</p>"

    def _signed(self, upload: Upload) -> str:
        if not upload.pictured:
            return self._base() + upload.path
        name = upload.path.rpartition("/")[2]
        until = int((self._clock.now() + SIGNED_FOR).timestamp())
        return (
            f"{self._base()}/private-user-images/1/1-{name}.{upload.media_type.partition('/')[2]}?jwt={until}"
        )

    def routes(self) -> list[Route]:
        return [
            Route("/user-attachments/{rest:path}", self._open),
            Route("/user-images/{rest:path}", self._given),
            Route("/private-user-images/{rest:path}", self._private),
        ]

    async def _open(self, request: Request) -> Response:
        """A redirect to where the content is, for those who may read it without being asked."""
        upload = self._uploads.get(request.scope["raw_path"].decode())
        if upload is None or upload.repository.private:
            return Response("Not Found", 404)
        return RedirectResponse(f"{self._base()}/user-images{upload.path}", 302)

    async def _given(self, request: Request) -> Response:
        path = request.scope["raw_path"].decode().removeprefix("/user-images")
        return self._content(request, self._uploads.get(path))

    async def _private(self, request: Request) -> Response:
        until = request.query_params.get("jwt", "")
        if not until.isdecimal() or int(until) < self._clock.now().timestamp():
            return Response("Not Found", 404)
        name = request.url.path.rpartition("/1-")[2].partition(".")[0]
        return self._content(request, self._uploads.get(f"/user-attachments/assets/{name}"))

    def _content(self, request: Request, upload: Upload | None) -> Response:
        if upload is None:
            return Response("Not Found", 404)
        if request.headers.get("range") == "bytes=0-0" and upload.content:
            told = {"Content-Range": f"bytes 0-0/{len(upload.content)}"}
            return Response(upload.content[:1], 206, told, upload.media_type)
        return Response(upload.content, 200, media_type=upload.media_type)
