"""Jira Data Center: the same issues by other routes, through REST API v2.

What it lacks, next to Cloud: fetching issues in bulk, comments by their ids, properties in lists, answers to
edits, pages by token. What it has: all comments of an issue in every list, and everybody's address.

Source: Atlassian's reference of the Jira Data Center platform REST API, and its page on webhooks; that
``expand=properties`` works on lists of comments is from github.com/pycontribs/jira/issues/1011.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from pydantic import BaseModel, JsonValue, ValidationError

from connectors.errors import NotFound
from connectors.jira.answers import (
    CommentRow,
    CommentsPage,
    IssueRow,
    ProjectRow,
    PropertyRow,
    SearchAnswer,
    StandingAnswer,
    StandingRow,
    TimesAnswer,
)
from connectors.jira.client import (
    FIELDS,
    PAGE,
    PROPERTY,
    SECTION,
    STANDING,
    JiraClient,
    WebhookWish,
    batches,
    marker_in,
)
from connectors.jira.jql import narrowed


class _Place(BaseModel):
    """Where the next page begins: behind so many of the rows that were created in this second or later."""

    created: int
    skip: int = 0


class DataCenterClient(JiraClient):
    """Requests to one site."""

    candidates = 20
    webhooks = "/rest/jira-webhook/1.0/webhooks"
    """Since version 10, the first that signs."""

    def visible_projects(self, keys: Sequence[str]) -> set[str]:
        return {project.key for project in self.wire.get(list[ProjectRow], "project")} & {*keys}

    def search(self, jql: str, *, token: str | None = None, names: bool = False) -> SearchAnswer:
        expand: list[JsonValue] = ["names", "schema"] if names else []
        body = _question(jql, FIELDS, PAGE, token) | {"expand": expand}
        answer = self.wire.post(SearchAnswer, "search", body)
        created = [row.fields.created for row in answer.issues]
        return answer.model_copy(update={"nextPageToken": _next(token, created, answer.total)})

    def times(self, jql: str, *, size: int, token: str | None = None) -> TimesAnswer:
        answer = self.wire.post(TimesAnswer, "search", _question(jql, ("created", "updated"), size, token))
        created = [row.fields.created for row in answer.issues]
        return answer.model_copy(update={"nextPageToken": _next(token, created, answer.total)})

    def sample(self, jql: str) -> StandingRow | None:
        body = _question(jql, STANDING, 1, None) | {"expand": ["transitions"]}
        return next(iter(self.wire.post(StandingAnswer, "search", body).issues), None)

    def fetch(self, ids: Iterable[str]) -> Iterator[IssueRow]:
        """By a search: here the index is no later than its answers are."""
        for batch in batches(list(ids), PAGE):
            body = _question(f"id in ({', '.join(batch)})", FIELDS, PAGE, None)
            yield from self.wire.post(SearchAnswer, "search", body).issues

    def whole(self, ids: Iterable[str]) -> Iterator[IssueRow]:
        """One by one: a search brings no properties."""
        for id_ in ids:
            with suppress(NotFound):
                yield self.issue(id_)

    def edit(
        self, id_or_key: str, fields: Mapping[str, JsonValue], update: Mapping[str, JsonValue]
    ) -> IssueRow:
        self.wire.change("PUT", f"issue/{id_or_key}", {"fields": dict(fields), "update": dict(update)})
        return self.issue(id_or_key)

    def comments_page(self, id_or_key: str, query: Mapping[str, str]) -> CommentsPage:
        return super().comments_page(id_or_key, {**query, "expand": "properties"})

    def markers(self, comment_ids: Sequence[str]) -> dict[str, str | None]:
        found: dict[str, str | None] = dict.fromkeys(comment_ids)
        for id_ in comment_ids:
            with suppress(NotFound):
                row = self.wire.get(PropertyRow, f"comment/{id_}/properties/{PROPERTY}")
                found[id_] = marker_in(row.value)
        return found

    def one_comment(self, id_or_key: str, comment: str) -> CommentRow:
        return self.wire.get(CommentRow, f"issue/{id_or_key}/comment/{comment}", {"expand": "properties"})

    def edit_comment(
        self, id_or_key: str, comment: CommentRow, body: JsonValue, *, quietly: bool
    ) -> CommentRow:
        """Nobody can ask for no mails here, and the answer tells nothing of the properties that stay."""
        edited = super().edit_comment(id_or_key, comment, body, quietly=False)
        return edited.model_copy(update={"properties": comment.properties})

    def content_path(self, file: str, name: str) -> str:
        return f"/secure/attachment/{file}/{name}"

    def webhook(self, name: str, wanted: WebhookWish) -> dict[str, JsonValue]:
        """The configuration holds strings. A secret in another place is passed over in silence."""
        configuration: dict[str, JsonValue] = {
            "FILTERS": json.dumps({SECTION: wanted.jql}),
            "EXCLUDE_BODY": "false",
            "SECRET": wanted.secret,
        }
        return {
            "name": name,
            "url": wanted.url,
            "events": [*wanted.events],
            "configuration": configuration,
            "active": True,
        }


def _question(jql: str, fields: Sequence[str], size: int, token: str | None) -> dict[str, JsonValue]:
    """The body of a search. Nothing is checked: a project that cannot be seen would hide the others."""
    place = _place(token)
    return {
        "jql": jql if place is None else narrowed(jql, f"created >= {place.created}"),
        "startAt": place.skip if place else 0,
        "maxResults": size,
        "fields": list(fields),
        "validateQuery": False,
    }


def _place(token: str | None) -> _Place | None:
    try:
        return _Place.model_validate_json(token) if token else None
    except ValidationError:
        return None  # of another edition: the round begins again


def _next(token: str | None, created: Sequence[datetime], total: int) -> str | None:
    """Where to go on after rows in the order of their creation.

    By the time of the last row rather than by number: what is deleted while a round lasts would move the
    later ones up, past the place where the next page begins. The index knows seconds.
    """
    here = _place(token) or _Place(created=0)
    if not created or here.skip + len(created) >= total:
        return None
    second = int(created[-1].timestamp()) * 1000
    if second > here.created:
        return _Place(created=second).model_dump_json()
    return _Place(created=here.created, skip=here.skip + len(created)).model_dump_json()
