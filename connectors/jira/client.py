"""The routes for issues and comments, one request a call; those of Cloud, where Data Center has others.

The jira client's own methods are used where they send what Jira's reference asks for and no more. The others
are gone round: ``create_issue`` and ``add_comment`` cannot carry properties, ``transition_issue`` sends a
number for an id, ``Issue.update`` reads the issue again, ``enhanced_search_issues`` asks for all fields first
and sends nulls, and bulk fetching is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from connectors.jira.answers import (
    INTERNAL,
    AdminWebhookRow,
    CommentList,
    CommentRow,
    CommentsPage,
    CreatedMany,
    CreatedRow,
    FetchAnswer,
    FieldRow,
    IssueRow,
    PermissionsAnswer,
    ProjectRow,
    ProjectsPage,
    PropertyRow,
    SearchAnswer,
    StandingAnswer,
    StandingRow,
    TimesAnswer,
    TypeStatuses,
    UserRow,
)
from connectors.jira.settings import JiraSettings
from connectors.jira.wire import Wire
from connectors.protocol import Gate

PROPERTY = "loopwright"
"""The key of the issue and comment property that holds our marker."""
FIELDS = ("*navigable", "description", "comment")
"""What we read of an issue: the texts, and all that a list of issues could show, custom fields included."""
PAGE = 100
"""Issues with their texts in one answer, of search as of bulk fetching."""
MOST_CREATED = 50
MOST_LISTED = 1_000
MOST_KEYS = 50
STANDING = ("project", "issuetype", "status")
SECTION = "issue-related-events-section"
"""Under which a webhook has the query for the issues that it is about."""


@dataclass(frozen=True, slots=True)
class WebhookWish:
    """What a webhook is to do; signed with ``secret``."""

    url: str
    events: Sequence[str]
    jql: str
    secret: str = field(repr=False)


class JiraClient:
    """Requests to one site."""

    candidates = 100
    """How many issues may be looked into, one by one, for what search cannot find."""
    webhooks = "/rest/webhooks/1.0/webhook"
    """Where the webhooks of administrators are kept."""

    def __init__(self, connection: str, settings: JiraSettings, gate: Gate) -> None:
        self.wire = Wire(connection, settings, gate)

    @property
    def time(self) -> datetime:
        """Jira's clock when it was last asked."""
        return self.wire.time

    def close(self) -> None:
        self.wire.close()

    def myself(self) -> UserRow:
        return self.wire.own(UserRow, self.wire.jira.myself)

    def fields(self) -> list[FieldRow]:
        return self.wire.own(list[FieldRow], self.wire.jira.fields)

    def project(self, key: str) -> ProjectRow:
        return self.wire.get(ProjectRow, f"project/{key}")

    def visible_projects(self, keys: Sequence[str]) -> set[str]:
        """Which of the projects the account sees."""
        found: set[str] = set()
        for batch in batches(keys, MOST_KEYS):
            page = self.wire.get(ProjectsPage, "project/search", {"keys": batch, "maxResults": "100"})
            found.update(project.key for project in page.values)
        return found

    def missing_permissions(self, wanted: Sequence[str], project: str | None = None) -> list[str]:
        """Which of the permissions the account has not in the project, or in no project at all."""
        query = {"permissions": ",".join(wanted)} | ({"projectKey": project} if project else {})
        answer = self.wire.get(PermissionsAnswer, "mypermissions", query)
        return [
            key
            for key in wanted
            if key not in answer.permissions or not answer.permissions[key].havePermission
        ]

    def statuses(self, project: str) -> list[TypeStatuses]:
        return self.wire.get(list[TypeStatuses], f"project/{project}/statuses")

    def search(self, jql: str, *, token: str | None = None, names: bool = False) -> SearchAnswer:
        """Issues as the index knows them; it lags. ``names`` brings the names and forms of the fields."""
        body: dict[str, JsonValue] = {
            "jql": jql,
            "fields": list(FIELDS),
            "properties": [PROPERTY],
            "maxResults": PAGE,
        }
        if names:
            body["expand"] = "names,schema"
        return self.wire.post(SearchAnswer, "search/jql", _continued(body, token))

    def times(self, jql: str, *, size: int, token: str | None = None) -> TimesAnswer:
        """Ids and times alone, of many more issues a call."""
        body: dict[str, JsonValue] = {"jql": jql, "fields": ["created", "updated"], "maxResults": size}
        return self.wire.post(TimesAnswer, "search/jql", _continued(body, token))

    def sample(self, jql: str) -> StandingRow | None:
        """One issue that the query finds, with the ways out of its status."""
        body: dict[str, JsonValue] = {
            "jql": jql,
            "fields": list(STANDING),
            "maxResults": 1,
            "expand": "transitions",
        }
        return next(iter(self.wire.post(StandingAnswer, "search/jql", body).issues), None)

    def fetch(self, ids: Iterable[str]) -> Iterator[IssueRow]:
        """The issues as they stand in the database, 100 a call; those that are gone are left out."""
        for batch in batches(list(ids), PAGE):
            body: dict[str, JsonValue] = {
                "issueIdsOrKeys": [*batch],
                "fields": list(FIELDS),
                "properties": [PROPERTY],
            }
            yield from self.wire.post(FetchAnswer, "issue/bulkfetch", body).issues

    def whole(self, ids: Iterable[str]) -> Iterator[IssueRow]:
        """The same, with their properties."""
        return self.fetch(ids)

    def issue(self, id_or_key: str) -> IssueRow:
        query = {"fields": ",".join(FIELDS), "properties": PROPERTY}
        return self.wire.get(IssueRow, f"issue/{id_or_key}", query)

    def standing(self, id_or_key: str) -> StandingRow:
        query = {"fields": ",".join(STANDING), "expand": "transitions"}
        return self.wire.get(StandingRow, f"issue/{id_or_key}", query)

    def create(self, fields: Mapping[str, JsonValue], marker: str) -> CreatedRow:
        return self.wire.post(CreatedRow, "issue", _creation(fields, marker))

    def create_many(self, issues: Iterable[tuple[Mapping[str, JsonValue], str]]) -> CreatedMany:
        """At most 50; those that Jira refuses are named by their place."""
        updates: list[JsonValue] = [_creation(fields, marker) for fields, marker in issues]
        return self.wire.post(CreatedMany, "issue/bulk", {"issueUpdates": updates})

    def edit(
        self, id_or_key: str, fields: Mapping[str, JsonValue], update: Mapping[str, JsonValue]
    ) -> IssueRow:
        """The issue as it is then, without its properties and with the ways out of its status."""
        body: dict[str, JsonValue] = {"fields": dict(fields), "update": dict(update)}
        query = {"returnIssue": "true", "expand": "transitions"}
        return self.wire.put(IssueRow, f"issue/{id_or_key}", body, query)

    def delete(self, id_or_key: str) -> None:
        self.wire.write("DELETE", f"issue/{id_or_key}")

    def transition(self, id_or_key: str, transition: str) -> None:
        self.wire.change("POST", f"issue/{id_or_key}/transitions", {"transition": {"id": transition}})

    def comments(self, id_or_key: str, *, newest_first: bool = False) -> Iterator[CommentRow]:
        """The whole thread, 100 a call."""
        start = 0
        while True:
            query = {
                "startAt": str(start),
                "maxResults": "100",
                "orderBy": "-created" if newest_first else "created",
            }
            page = self.comments_page(id_or_key, query)
            yield from page.comments
            start += len(page.comments)
            if not page.comments or start >= page.total:
                return

    def comments_page(self, id_or_key: str, query: Mapping[str, str]) -> CommentsPage:
        return self.wire.get(CommentsPage, f"issue/{id_or_key}/comment", query)

    def markers(self, comment_ids: Sequence[str]) -> dict[str, str | None]:
        """The markers of comments by their ids: lists of comments come without their properties."""
        found: dict[str, str | None] = {}
        for batch in batches(comment_ids, MOST_LISTED):
            body: dict[str, JsonValue] = {"ids": [int(number) for number in batch]}
            answer = self.wire.post(CommentList, "comment/list", body, {"expand": "properties"})
            for comment in answer.values:
                found[comment.id] = marker_in(comment.property(PROPERTY))
        return found

    def one_comment(self, id_or_key: str, comment: str) -> CommentRow:
        return self.wire.get(CommentRow, f"issue/{id_or_key}/comment/{comment}")

    def add_comment(self, id_or_key: str, body: JsonValue, marker: str, *, internal: bool) -> CommentRow:
        """``internal`` hides it from the customers of a service project; elsewhere it changes nothing."""
        properties: list[JsonValue] = [_property(marker)]
        if internal:
            properties.append({"key": INTERNAL, "value": {"internal": True}})
        sent: dict[str, JsonValue] = {"body": body, "properties": properties}
        made = self.wire.post(CommentRow, f"issue/{id_or_key}/comment", sent)
        rows = [PropertyRow.model_validate(entry) for entry in properties]
        return made.model_copy(update={"properties": rows})

    def edit_comment(
        self, id_or_key: str, comment: CommentRow, body: JsonValue, *, quietly: bool
    ) -> CommentRow:
        """A comment keeps its properties, but who may see it has to be said again."""
        sent: dict[str, JsonValue] = {"body": body}
        if comment.visibility is not None:
            sent["visibility"] = comment.visibility
        query = {"notifyUsers": "false"} if quietly else None
        return self.wire.put(CommentRow, f"issue/{id_or_key}/comment/{comment.id}", sent, query)

    def delete_comment(self, id_or_key: str, comment: str) -> None:
        self.wire.write("DELETE", f"issue/{id_or_key}/comment/{comment}")

    def content_path(self, file: str, name: str) -> str:
        """Where the content of a file is."""
        return f"attachment/content/{file}"

    def put_webhook(self, name: str, wanted: WebhookWish) -> AdminWebhookRow:
        """Make an administrator's webhook, or change the one that has this name or this address."""
        known = self.wire.get(list[AdminWebhookRow], self.webhooks)
        same = next((row for row in known if wanted.url == row.url or name == row.name), None)
        body = self.webhook(name, wanted)
        if same is None:
            return self.wire.post(AdminWebhookRow, self.webhooks, body)
        return self.wire.put(AdminWebhookRow, f"{self.webhooks}/{same.id}", body)

    def webhook(self, name: str, wanted: WebhookWish) -> dict[str, JsonValue]:
        """The webhook as the site wants to be told of it."""
        return {
            "name": name,
            "url": wanted.url,
            "events": [*wanted.events],
            "filters": {SECTION: wanted.jql},
            "excludeBody": False,
            "secret": wanted.secret,
        }


def marker_in(value: JsonValue) -> str | None:
    """The marker that our property holds."""
    marker = value.get("marker") if isinstance(value, dict) else None
    return marker if isinstance(marker, str) else None


def _property(marker: str) -> dict[str, JsonValue]:
    return {"key": PROPERTY, "value": {"marker": marker}}


def _creation(fields: Mapping[str, JsonValue], marker: str) -> dict[str, JsonValue]:
    return {"fields": dict(fields), "properties": [_property(marker)]}


def _continued(body: dict[str, JsonValue], token: str | None) -> dict[str, JsonValue]:
    return body if token is None else {**body, "nextPageToken": token}


def batches(entries: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]
