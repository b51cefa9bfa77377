"""Files on issues: streamed in as forms, kept on disk, and handed out by a media host of their own."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from sandbox.jira import uploads
from sandbox.jira.issue_routes import writable
from sandbox.jira.problem import Problem
from sandbox.jira.records import Account, Attachment, Change, Issue
from sandbox.jira.site import Event, Site
from sandbox.jira.web import Call, Front, Table

MOST_FILES = 60
VISIT = timedelta(minutes=10)
"""How long the media host honours an address that it was given."""


class Files:
    """``largest`` bytes may a file have; ``leaks`` counts credentials that were sent to the media host."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.largest = 1_000_000_000
        self.leaks = 0
        self._visits: dict[str, tuple[Attachment, datetime]] = {}

    def routes(self, front: Front) -> list[BaseRoute]:
        table: Table = (
            ("GET", "/attachment/meta", self._meta),
            ("GET", "/attachment/{file}", self._one),
            ("DELETE", "/attachment/{file}", self._drop),
        )
        content: Table = (("GET", "/attachment/content/{file}", self._content),)
        secure: Table = (("GET", "/attachment/{file}/{name}", self._secure),)
        contents = front.routes(secure, prefix="/secure") if self.site.data_center else front.routes(content)
        upload = front.streaming("POST", "/issue/{key}/attachments", self._attach)
        return [
            *contents,
            *front.routes(table),
            *upload,
            Route("/media/{visit}", self._media, methods=["GET"]),
        ]

    def _meta(self, call: Call) -> Response:
        return JSONResponse({"enabled": True, "uploadLimit": self.largest})

    async def _attach(self, call: Call) -> Response:
        request = call.request
        if request.headers.get("x-atlassian-token") not in {"no-check", "nocheck"}:
            return Response("XSRF check failed", 403)
        if "CREATE_ATTACHMENTS" not in self.site.rights:
            raise Problem(403, "You do not have permission to create attachments for this issue.")
        issue = writable(call)
        try:
            parts = await uploads.read(request.headers.get("content-type", ""), request.stream())
        except uploads.Malformed:
            raise Problem(400, "The request is not a well-formed multipart form.") from None
        files = [part for part in parts if part.field == "file" and part.name]
        if not files:
            raise Problem(400, "No file was attached.")
        if len(files) > MOST_FILES or any(part.content.size > self.largest for part in files):
            raise Problem(413, "The attachment exceeds the maximum allowed size or number of files.")
        made = [self.add(issue, part, call.account) for part in files]
        return JSONResponse([call.shape.attachment(file) for file in made])

    def add(self, issue: Issue, part: uploads.Upload, actor: Account) -> Attachment:
        """Attach a file."""
        now = self.site.now()
        number = self.site.next_id()
        file = Attachment(number, part.name, part.media_type, actor, now, part.content)
        self.site.index.hold(issue, now)
        issue.attachments.append(file)
        change = Change("Attachment", None, None, str(file.id), file.name)
        self.site.record(issue, actor, (change,), "issue_updated")
        self._tell("attachment_created", file, actor)
        return file

    def _tell(self, name: str, file: Attachment, actor: Account) -> None:
        event = Event(name, actor, None, about=lambda shape: {"attachment": shape.attachment(file)})
        self.site.tell(event)

    def _find(self, call: Call) -> tuple[Issue, Attachment]:
        wanted = call.path("file")
        for issue in self.site.visible().values():
            for file in issue.attachments:
                if str(file.id) == wanted:
                    return issue, file
        raise Problem(404, f"The attachment with id '{wanted}' does not exist")

    def _one(self, call: Call) -> Response:
        file = self._find(call)[1]
        # Its id is a number here, and a string wherever else a file is shown.
        return JSONResponse({**call.shape.attachment(file), "id": file.id})

    def _drop(self, call: Call) -> Response:
        issue, file = self._find(call)
        self.site.index.hold(issue, self.site.now())
        issue.attachments.remove(file)
        change = Change("Attachment", str(file.id), file.name, None, None)
        self.site.record(issue, call.account, (change,), "issue_updated")
        self._tell("attachment_deleted", file, call.account)
        return Response(status_code=204)

    def _secure(self, call: Call) -> Response:
        """Data Center hands out the file itself."""
        return _streamed(self._find(call)[1])

    def _content(self, call: Call) -> Response:
        """The way to the media host, or the file itself for who asks not to be sent there."""
        _, file = self._find(call)
        if call.query("redirect", "true") == "false":
            return _streamed(file)
        visit = secrets.token_urlsafe(24)
        self._visits[visit] = (file, self.site.now() + VISIT)
        # The same server under another name: what is sent there leaves the site's own host.
        port = urlsplit(call.shape.base).port
        return RedirectResponse(f"http://localhost:{port}/media/{visit}", 303)

    async def _media(self, request: Request) -> Response:
        """The address is the key: who shows a credential as well has given it away."""
        if "authorization" in request.headers:
            self.leaks += 1
            return Response("Only one auth mechanism is allowed", 400)
        file, expires = self._visits.get(request.path_params["visit"], (None, self.site.now()))
        return (
            _streamed(file) if file is not None and self.site.now() < expires else Response(status_code=403)
        )


def _streamed(file: Attachment) -> Response:
    headers = {"Content-Length": str(file.content.size)}
    return StreamingResponse(file.content.pieces(), media_type=file.media_type, headers=headers)
