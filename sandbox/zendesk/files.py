"""Uploads, attachments, and the other host from which files are read."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from sandbox.content import Content
from sandbox.zendesk.conduct import Conduct
from sandbox.zendesk.records import Attachment
from sandbox.zendesk.shape import Shape
from sandbox.zendesk.uploads import Uploads
from sandbox.zendesk.wire import NOT_FOUND, Answer, Call, Front, Refusal, found, needs_agent


class FileRoutes:
    """``leaks`` counts the credentials that were sent to where they do not belong."""

    def __init__(self, uploads: Uploads, shape: Shape, conduct: Conduct) -> None:
        self._uploads = uploads
        self._shape = shape
        self._conduct = conduct
        self._front: Front | None = None
        self.leaks = 0

    def routes(self, front: Front) -> list[BaseRoute]:
        self._front = front
        return [
            *front.route("uploads", streams=True, POST=self.upload),
            *front.route("uploads/{token}", DELETE=self.drop),
            *front.route("attachments/{id:int}", GET=self.show),
            Route("/attachments/token/{token}/", self.download, methods=["GET"]),
        ]

    def upload(self, call: Call) -> Answer:
        """The body is the file; ``token`` of an earlier upload puts both into one comment."""
        needs_agent(call)
        name = call.query.get("filename", "")
        if not name:
            body = {"error": {"title": "Invalid attribute", "message": "filename is missing"}}
            raise Refusal(400, {**body})
        if call.content.size > self._uploads.largest:
            message = f"The file is larger than {self._uploads.largest} bytes"
            raise Refusal(413, {"error": "AttachmentTooLarge", "description": message})
        kind = call.headers.get("content-type", "application/octet-stream")
        upload = self._uploads.add(name, kind, call.content, call.query.get("token"))
        files = [self._shape.attachment(file) for file in upload.files]
        told = {"token": upload.token, "attachment": files[-1], "attachments": files}
        return Answer({"upload": told}, 201)

    def drop(self, call: Call) -> Answer:
        needs_agent(call)
        if not self._uploads.drop(str(call.path["token"])):
            raise Refusal(404, NOT_FOUND)
        return Answer(None, 204)

    def show(self, call: Call) -> Answer:
        needs_agent(call)
        file = found(self._uploads.files.get(call.id()))
        return Answer({"attachment": self._shape.attachment(file)})

    async def download(self, request: Request) -> Response:
        """The address itself is the key on the files' host; the account's own asks who is there first."""
        file = self._named(str(request.path_params["token"]))
        if request.url.hostname == "localhost":
            if request.headers.get("authorization"):
                self.leaks += 1
                return Response("Only one auth mechanism allowed", 400)
            return _streamed(file.content, file.content_type) if file else Response(None, 404)
        assert self._front is not None  # noqa: S101 - routes are asked for before anybody is served
        _, refused, told = self._front.admit(request)
        if refused is not None:
            return refused
        if file is None:
            return JSONResponse(NOT_FOUND, 404, told)
        away = f"{self._shape.elsewhere(request.url.path)}?{request.url.query}"
        return RedirectResponse(away, 302, told)

    def _named(self, token: str) -> Attachment | None:
        digest, number = token[:24], token[24:]
        file = self._uploads.files.get(int(number)) if number.isdigit() else None
        return file if file and file.content.sha256.startswith(digest) else None


def _streamed(content: Content, content_type: str) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in content.pieces():
            yield piece

    return StreamingResponse(pieces(), media_type=content_type, headers={"Content-Length": str(content.size)})
