"""The routes of the small GitLab, below ``/api/v4``."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulated_gitlab import Issue, Json, Note, Project, State, issue_json, note_json, project_json

T = TypeVar("T", Issue, Note)
Handler = Callable[[Request, Json], Response]

_STRINGS = ("title", "due_date", "issue_type")


class Problem(Exception):
    """Raised by a handler, answered as GitLab's JSON."""

    def __init__(self, status: int, message: JsonValue) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(slots=True)
class Throttle:
    """What the headers of each answer tell; ``None`` where an administrator has set no limit."""

    limit: int | None = 2000
    observed: int = 0


class Routes:
    """One token, and what it may ask."""

    def __init__(self, state: State, token: str) -> None:
        self.state = state
        self.token = token
        self.base_url = ""
        self.keyset = True
        """Whether the list of issues pages by keyset, as newer versions do; older ones take no notice."""
        self.page_size = 100
        self.throttle = Throttle()

    def routes(self) -> list[Route]:
        # the server has decoded the slashes in a project's path
        project, issue = "/projects/{project:path}", "/projects/{project:path}/issues/{iid:int}"
        ways: list[tuple[str, str, Handler]] = [
            ("GET", "/user", lambda request, body: JSONResponse(self.state.bot.json())),
            ("GET", f"{project}/issues", self.list_issues),
            ("POST", f"{project}/issues", self.create_issue),
            ("GET", issue, lambda request, body: self._shown(self._issue(request))),
            ("PUT", issue, self.update_issue),
            ("GET", f"{issue}/notes", self.list_notes),
            ("POST", f"{issue}/notes", self.create_note),
            ("GET", f"{issue}/notes/{{note:int}}", self.note),
            ("PUT", f"{issue}/notes/{{note:int}}", self.update_note),
            ("DELETE", f"{issue}/notes/{{note:int}}", self.delete_note),
            ("GET", project, self.project),
        ]
        return [Route(f"/api/v4{path}", self._guarded(act), methods=[method]) for method, path, act in ways]

    def _guarded(self, act: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            body: Json = json.loads(await request.body() or b"{}")
            given = request.headers.get("authorization", "")
            try:
                if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
                    raise Problem(401, "401 Unauthorized")
                answer = act(request, body)
            except Problem as problem:
                answer = JSONResponse({"message": problem.message}, problem.status)
            self._tell_limits(answer)
            return answer

        return handle

    def _tell_limits(self, answer: Response) -> None:
        throttle = self.throttle
        throttle.observed += 1
        if throttle.limit is not None:
            now = self.state.clock.now().timestamp()
            answer.headers["RateLimit-Limit"] = str(throttle.limit)
            answer.headers["RateLimit-Name"] = "throttle_authenticated_api"
            answer.headers["RateLimit-Observed"] = str(throttle.observed)
            answer.headers["RateLimit-Remaining"] = str(max(throttle.limit - throttle.observed, 0))
            answer.headers["RateLimit-Reset"] = str(int(now) + 60)

    # Projects

    def project(self, request: Request, body: Json) -> Response:
        name = request.path_params["project"]
        for project in self.state.projects.values():
            if name in project.former:
                return Response(
                    status_code=301, headers={"Location": f"{self.base_url}/api/v4/projects/{project.id}"}
                )
        return JSONResponse(project_json(self._project(request)))

    def _project(self, request: Request) -> Project:
        name = request.path_params["project"]
        for project in self.state.projects.values():
            if name in (str(project.id), project.path):
                return project
        raise Problem(404, "404 Project Not Found")

    # Issues

    def list_issues(self, request: Request, body: Json) -> Response:
        query = request.query_params
        project = self._project(request)
        found = [issue for issue in self.state.issues.values() if issue.project is project]
        for name, moment in (("updated_after", "updated"), ("created_after", "created")):
            if name in query:
                earliest = datetime.fromisoformat(query[name])
                found = [issue for issue in found if getattr(issue, moment) >= earliest]
        moment = query.get("order_by", "created_at").removesuffix("_at")
        found.sort(key=lambda issue: (getattr(issue, moment), issue.id), reverse=query.get("sort") != "asc")
        keyset = self.keyset and query.get("pagination") == "keyset"
        page, link = self._page(request, found, (lambda issue: _place(issue, moment)) if keyset else None)
        return self._listed([issue_json(issue, self.base_url) for issue in page], link)

    def create_issue(self, request: Request, body: Json) -> Response:
        project = self._project(request)
        _check_title(body)
        text = str(body.get("description") or "")
        issue = self.state.open_issue(project, self.state.bot, str(body["title"]), text)
        self._set(issue, {name: one for name, one in body.items() if name != "description"})
        self.state.add_labels(issue, _names(body.get("labels")))
        self.state.changed(issue)
        return self._shown(issue, 201)

    def update_issue(self, request: Request, body: Json) -> Response:
        issue = self._issue(request)
        if not body:
            raise Problem(400, {"error": "title, description, state_event are missing"})
        if "title" in body:
            _check_title(body)
        before = issue_json(issue, self.base_url)
        if "description" in body:
            self.state.describe(issue, str(body["description"] or ""))
        self._set(issue, body)
        self.state.add_labels(issue, _names(body.get("add_labels")))
        issue.labels = [name for name in issue.labels if name not in _names(body.get("remove_labels"))]
        if issue_json(issue, self.base_url) != before:
            self.state.changed(issue)
        return self._shown(issue)

    def _set(self, issue: Issue, body: Json) -> None:
        for name in _STRINGS:
            if name in body:
                setattr(issue, name, body[name])
        if "confidential" in body:
            issue.confidential = bool(body["confidential"])
        if body.get("state_event"):
            state = {"close": "closed", "reopen": "opened"}.get(str(body["state_event"]))
            if state is None:
                raise Problem(400, {"error": "state_event does not have a valid value"})
            self.state.set_state(issue, state, self.state.bot)
        ids = body.get("assignee_ids")
        if isinstance(ids, list):
            # whoever cannot be assigned is left out without a word
            members = issue.project.members & {one for one in ids if isinstance(one, int)}
            issue.assignees = [self.state.users[one] for one in members]

    def _issue(self, request: Request) -> Issue:
        project = self._project(request)
        issue = self.state.issues.get((project.id, request.path_params["iid"]))
        if issue is None:
            raise Problem(404, "404 Issue Not Found")
        return issue

    def _shown(self, issue: Issue, status: int = 200) -> Response:
        return JSONResponse(issue_json(issue, self.base_url), status)

    # Notes

    def list_notes(self, request: Request, body: Json) -> Response:
        issue = self._issue(request)
        found = sorted(issue.notes, key=lambda note: (note.created, note.id))
        if request.query_params.get("sort") != "asc":
            found.reverse()
        page, link = self._page(request, found, None)
        return self._listed([note_json(note, issue) for note in page], link)

    def create_note(self, request: Request, body: Json) -> Response:
        issue = self._issue(request)
        internal = body.get("internal") is True
        note = self.state.add_note(issue, self.state.bot, str(body["body"]), internal=internal)
        return JSONResponse(note_json(note, issue), 201)

    def note(self, request: Request, body: Json) -> Response:
        issue = self._issue(request)
        return JSONResponse(note_json(self._note(request, issue), issue))

    def update_note(self, request: Request, body: Json) -> Response:
        issue = self._issue(request)
        note = self._note(request, issue)
        self.state.edit_note(issue, note, str(body["body"]))
        return JSONResponse(note_json(note, issue))

    def delete_note(self, request: Request, body: Json) -> Response:
        """Which leaves the issue's time of change as it is."""
        issue = self._issue(request)
        issue.notes.remove(self._note(request, issue))
        return Response(status_code=204)

    def _note(self, request: Request, issue: Issue) -> Note:
        for note in issue.notes:
            if note.id == request.path_params["note"]:
                return note
        raise Problem(404, "404 Not found")

    # Paging

    def _page(
        self, request: Request, found: Sequence[T], place: Callable[[T], list[str]] | None
    ) -> tuple[Sequence[T], str]:
        """One page, and the query of the next: after a place in a keyset, else by number."""
        query = dict(request.query_params)
        size = min(int(query.get("per_page", "20")), self.page_size)
        if place is None:
            start = (int(query.get("page", "1")) - 1) * size
            onward = {**query, "page": str(start // size + 2)}
        else:
            after = json.loads(base64.urlsafe_b64decode(query["cursor"])) if "cursor" in query else None
            ascending = query.get("sort") == "asc"
            passed = [
                one for one in found if after and (place(one) <= after if ascending else place(one) >= after)
            ]
            start = len(passed)
            last = place(found[min(start + size, len(found)) - 1]) if found else []
            onward = {**query, "cursor": base64.urlsafe_b64encode(json.dumps(last).encode()).decode()}
        page = found[start : start + size]
        more = start + size < len(found)
        return page, f"{self.base_url}{request.url.path}?{urlencode(onward)}" if more else ""

    def _listed(self, rows: Sequence[Json], link: str) -> Response:
        return JSONResponse(list(rows), headers={"Link": f'<{link}>; rel="next"'} if link else {})


def _place(issue: Issue, moment: str) -> list[str]:
    """Where an issue stands in the order of the list; the database knows microseconds."""
    at: datetime = getattr(issue, moment)
    return [at.isoformat(timespec="microseconds"), f"{issue.id:09}"]


def _names(value: JsonValue) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else []


def _check_title(body: Json) -> None:
    if not body.get("title"):
        raise Problem(400, {"title": ["can't be blank"]})
    if len(str(body["title"])) > 255:
        raise Problem(400, {"title": ["is too long (maximum is 255 characters)"]})
