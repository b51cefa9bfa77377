"""The jira client, tamed: one request per call, never repeated and never waited for, each past the gate.

Its session and its sign-in are used for everything. Its own methods are used where they send what Jira's
reference asks for and no more. The others are gone round: ``create_issue`` and ``add_comment`` cannot carry
properties, ``transition_issue`` sends a number for an id, ``Issue.update`` reads the issue again,
``enhanced_search_issues`` asks for all fields first and sends nulls, and bulk fetching is missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import requests
from jira import JIRA, JIRAError
from pydantic import JsonValue, TypeAdapter, ValidationError
from requests.adapters import HTTPAdapter

from connectors.jira.answers import (
    CommentList,
    CommentRow,
    CommentsPage,
    CreatedRow,
    FetchAnswer,
    FieldRow,
    IssueRow,
    PermissionsAnswer,
    ProjectRow,
    ProjectsPage,
    SearchAnswer,
    StandingAnswer,
    StandingRow,
    TypeStatuses,
    UserRow,
)
from connectors.jira.failures import Asked, lost, misunderstood, refused, server_time
from connectors.jira.settings import JiraSettings
from connectors.protocol import Gate

T = TypeVar("T")

PROPERTY = "loopwright"
"""The key of the issue and comment property that holds our marker."""
FIELDS = ("*navigable", "description", "comment")
"""What we read of an issue: the texts, and all that a list of issues could show, custom fields included."""
MOST_FETCHED = 100
MOST_LISTED = 1_000
MOST_KEYS = 50
STANDING = ("project", "issuetype", "status")


class _Adapter(HTTPAdapter):
    """The one door to the network: passes the gate, sends once, turns every failure into our errors.

    The client never sees a failure, so it has nothing to repeat, to sleep on, or to print.
    """

    def __init__(self, connection: str, gate: Gate) -> None:
        super().__init__(max_retries=0)
        self._connection = connection
        self._gate = gate
        self.asked = Asked(connection, "GET", "/")
        self.time = datetime.now(UTC)
        """Jira's clock, as of its last answer."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        path = request.path_url.partition("?")[0]
        self.asked = Asked(self._connection, request.method or "GET", path)
        self._gate(self.asked.method, path)
        try:
            response = super().send(request, stream, timeout, verify, cert, proxies)
            # Read it here: a body that breaks off is this request's failure.
            _ = response.content
        except requests.RequestException as error:
            raise lost(self.asked, error) from error
        if not 200 <= response.status_code < 300:
            raise refused(self.asked, response)
        self.time = server_time(response) or self.time
        return response


class JiraClient:
    """Requests to one site."""

    def __init__(self, connection: str, settings: JiraSettings, gate: Gate) -> None:
        self._adapter = _Adapter(connection, gate)
        self._jira = JIRA(
            server=settings.url.rstrip("/"),
            options={"rest_api_version": "3"},
            basic_auth=(settings.email, settings.token.get_secret_value()),
            get_server_info=False,
            max_retries=0,
            timeout=settings.timeout_seconds,
            logging=False,
        )
        # Without serverInfo the client would take the site for a Data Center and answer None to Cloud calls.
        self._jira.deploymentType = "Cloud"
        self._session = self._jira._session
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)

    @property
    def time(self) -> datetime:
        """Jira's clock, as of its last answer."""
        return self._adapter.time

    def close(self) -> None:
        self._session.close()

    def myself(self) -> UserRow:
        return self._own(UserRow, self._jira.myself)

    def fields(self) -> list[FieldRow]:
        return self._own(list[FieldRow], self._jira.fields)

    def project(self, key: str) -> ProjectRow:
        return self._get(ProjectRow, f"project/{key}")

    def visible_projects(self, keys: Sequence[str]) -> set[str]:
        """Which of the projects the account sees."""
        found: set[str] = set()
        for batch in _batches(keys, MOST_KEYS):
            page = self._get(ProjectsPage, "project/search", {"keys": batch, "maxResults": "100"})
            found.update(project.key for project in page.values)
        return found

    def missing_permissions(self, wanted: Sequence[str]) -> list[str]:
        """Which of the permissions the account has in no project."""
        answer = self._get(PermissionsAnswer, "mypermissions", {"permissions": ",".join(wanted)})
        return [
            key
            for key in wanted
            if key not in answer.permissions or not answer.permissions[key].havePermission
        ]

    def statuses(self, project: str) -> list[TypeStatuses]:
        return self._get(list[TypeStatuses], f"project/{project}/statuses")

    def search(self, jql: str, *, size: int, token: str | None = None) -> SearchAnswer:
        """Ids and times of what the index knows; it lags, so contents are fetched by :meth:`fetch`."""
        body: dict[str, JsonValue] = {"jql": jql, "fields": ["created", "updated"], "maxResults": size}
        if token is not None:
            body["nextPageToken"] = token
        return self._post(SearchAnswer, "search/jql", body)

    def sample(self, jql: str) -> StandingRow | None:
        """One issue that the query finds, with the ways out of its status."""
        body: dict[str, JsonValue] = {
            "jql": jql,
            "fields": list(STANDING),
            "maxResults": 1,
            "expand": "transitions",
        }
        return next(iter(self._post(StandingAnswer, "search/jql", body).issues), None)

    def fetch(self, ids: Iterable[str]) -> Iterator[IssueRow]:
        """The issues as they stand in the database, 100 a call; those that are gone are left out."""
        for batch in _batches(list(ids), MOST_FETCHED):
            body: dict[str, JsonValue] = {
                "issueIdsOrKeys": [*batch],
                "fields": list(FIELDS),
                "properties": [PROPERTY],
            }
            yield from self._post(FetchAnswer, "issue/bulkfetch", body).issues

    def issue(self, id_or_key: str) -> IssueRow:
        query = {"fields": ",".join(FIELDS), "properties": PROPERTY}
        return self._get(IssueRow, f"issue/{id_or_key}", query)

    def standing(self, id_or_key: str) -> StandingRow:
        query = {"fields": ",".join(STANDING), "expand": "transitions"}
        return self._get(StandingRow, f"issue/{id_or_key}", query)

    def create(self, fields: Mapping[str, JsonValue], marker: str) -> CreatedRow:
        body: dict[str, JsonValue] = {"fields": dict(fields), "properties": [_property(marker)]}
        return self._post(CreatedRow, "issue", body)

    def edit(self, id_or_key: str, fields: Mapping[str, JsonValue], update: Mapping[str, JsonValue]) -> None:
        body = {"fields": dict(fields), "update": dict(update)}
        self._session.put(self._url(f"issue/{id_or_key}"), data=json.dumps(body))

    def transition(self, id_or_key: str, transition: str) -> None:
        body = {"transition": {"id": transition}}
        self._session.post(self._url(f"issue/{id_or_key}/transitions"), data=json.dumps(body))

    def comments(self, id_or_key: str, *, newest_first: bool = False) -> Iterator[CommentRow]:
        """The whole thread, 100 a call."""
        start = 0
        while True:
            query = {
                "startAt": str(start),
                "maxResults": "100",
                "orderBy": "-created" if newest_first else "created",
            }
            page = self._get(CommentsPage, f"issue/{id_or_key}/comment", query)
            yield from page.comments
            start += len(page.comments)
            if not page.comments or start >= page.total:
                return

    def markers(self, comment_ids: Sequence[str]) -> dict[str, str | None]:
        """The markers of comments by their ids: lists of comments come without their properties."""
        found: dict[str, str | None] = {}
        for batch in _batches(comment_ids, MOST_LISTED):
            body: dict[str, JsonValue] = {"ids": [int(number) for number in batch]}
            answer = self._post(CommentList, "comment/list?expand=properties", body)
            for comment in answer.values:
                value = next((entry.value for entry in comment.properties if entry.key == PROPERTY), None)
                found[comment.id] = marker_in(value)
        return found

    def add_comment(
        self, id_or_key: str, body: Mapping[str, JsonValue], marker: str, *, internal: bool
    ) -> CommentRow:
        """``internal`` hides it from the customers of a service project; elsewhere it changes nothing."""
        properties: list[JsonValue] = [_property(marker)]
        if internal:
            properties.append({"key": "sd.public.comment", "value": {"internal": True}})
        sent: dict[str, JsonValue] = {"body": dict(body), "properties": properties}
        return self._post(CommentRow, f"issue/{id_or_key}/comment", sent)

    def _url(self, path: str) -> str:
        return self._jira._get_url(path)

    def _get(self, form: type[T], path: str, query: Mapping[str, str | Sequence[str]] | None = None) -> T:
        return self._read(form, self._session.get(self._url(path), params=query).content)

    def _post(self, form: type[T], path: str, body: Mapping[str, JsonValue]) -> T:
        return self._read(form, self._session.post(self._url(path), data=json.dumps(body)).content)

    def _own(self, form: type[T], method: Callable[[], object]) -> T:
        """The answer to one of the client's own methods."""
        try:
            return TypeAdapter(form).validate_python(method())
        except (ValueError, JIRAError) as error:  # a ValidationError is a ValueError
            raise misunderstood(self._adapter.asked, error) from error

    def _read(self, form: type[T], answer: bytes) -> T:
        try:
            return TypeAdapter(form).validate_json(answer)
        except ValidationError as error:
            raise misunderstood(self._adapter.asked, error) from error


def marker_in(value: JsonValue) -> str | None:
    """The marker that our property holds."""
    marker = value.get("marker") if isinstance(value, dict) else None
    return marker if isinstance(marker, str) else None


def _property(marker: str) -> dict[str, JsonValue]:
    return {"key": PROPERTY, "value": {"marker": marker}}


def _batches(entries: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]
