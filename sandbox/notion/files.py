"""The routes of file uploads, and the other host that the contents are read from."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from sandbox.notion import shape
from sandbox.notion.api import Call, Door
from sandbox.notion.multipart import read_form
from sandbox.notion.problem import Object, invalid
from sandbox.notion.uploads import Upload, Uploads


class Files:
    """Handlers of ``/v1/file_uploads``, and of addresses of files."""

    def __init__(self, uploads: Uploads) -> None:
        self.uploads = uploads
        self.base_url = ""

    def routes(self, door: Door) -> list[BaseRoute]:
        return [
            door.route("POST", "/v1/file_uploads", self.announce),
            door.route("GET", "/v1/file_uploads", self.list),
            door.route("GET", "/v1/file_uploads/{id}", self.retrieve),
            door.stream("/v1/file_uploads/{id}/send", self.send),
            door.route("POST", "/v1/file_uploads/{id}/complete", self.complete),
            Route("/files/{id}/{name}", self.content, methods=["GET"]),
        ]

    def _shown(self, upload: Upload) -> Object:
        return self.uploads.render(upload, self.base_url)

    def announce(self, call: Call) -> Object:
        return self._shown(self.uploads.announce(call.body))

    def list(self, call: Call) -> Object:
        chosen, following = call.page_of(list(self.uploads.all.values()), lambda upload: upload.id)
        return shape.listing([self._shown(upload) for upload in chosen], "file_upload", following)

    def retrieve(self, call: Call) -> Object:
        return self._shown(self.uploads.find(call.path["id"]))

    async def send(self, request: Request) -> Object:
        """``file`` with the content, and ``part_number`` where there are several."""
        form = await read_form(request.headers.get("content-type", ""), request.stream())
        if "file" not in form.fields:
            raise invalid("body failed validation: body.file should be defined, instead was `undefined`.")
        upload, number = self.uploads.find(request.path_params["id"]), form.text("part_number")
        self.uploads.receive(upload, form.fields["file"], int(number) if number else None)
        return self._shown(upload)

    def complete(self, call: Call) -> Object:
        upload = self.uploads.find(call.path["id"])
        self.uploads.complete(upload)
        return self._shown(upload)

    async def content(self, request: Request) -> Response:
        """The address is the key. Who shows a token as well has told it to a stranger."""
        if request.headers.get("authorization"):
            self.uploads.leaks += 1
            return Response("<Error><Code>InvalidArgument</Code></Error>", 400, media_type="application/xml")
        upload = self.uploads.all.get(request.path_params["id"])
        until = float(request.query_params.get("until", "0"))
        if upload is None or self.uploads.workspace.clock.now().timestamp() >= until:
            return Response("<Error><Code>AccessDenied</Code></Error>", 403, media_type="application/xml")
        wanted = re.fullmatch(r"bytes=0-(\d+)", request.headers.get("range", ""))
        if wanted and upload.size:
            length = min(int(wanted.group(1)) + 1, upload.size)
            told = {"Content-Range": f"bytes 0-{length - 1}/{upload.size}", "Content-Length": str(length)}
            return _streamed(upload, length, 206, told)
        return _streamed(upload, upload.size, 200, {"Content-Length": str(upload.size)})


def _streamed(upload: Upload, length: int, status: int, headers: dict[str, str]) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        left = length
        for content in upload.contents:
            for piece in content.pieces():
                if left:
                    yield piece[:left]
                    left -= min(left, len(piece))

    return StreamingResponse(pieces(), status, {**headers, "Content-Type": upload.content_type})
