"""Finding issues: by JQL through the lagging index, and many at once straight from the database."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field
from starlette.responses import JSONResponse, Response

from sandbox.jira import catalogue
from sandbox.jira.catalogue import Field as CatalogueField
from sandbox.jira.problem import Problem
from sandbox.jira.records import Issue, Object
from sandbox.jira.web import Call, Payload, Table
from sandbox.jira.workflow import available

MOST_ROWS = 5_000
"""Rows of a page that asks for nothing but ids."""
MOST_LIGHT_ROWS = 1_000
MOST_FULL_ROWS = 100
"""Rows of a page that asks for texts."""
LIGHT = frozenset({"created", "updated", "status", "labels", "project", "priority", "issuetype"})
EMBEDDED = 20
"""Comments that come along in a list; GET of one issue brings more."""
CHANGES = 40
"""Entries of the changelog that come along in a list; its own route brings all."""
MOST_FETCHED = 100
MOST_PROPERTIES = 5


def _listed(value: object) -> object:
    return [] if value is None else value


Names = Annotated[list[str], BeforeValidator(_listed)]


class SearchRequest(Payload):
    """Body of POST /search/jql. Nulls are let pass, as the real service does."""

    jql: str = ""
    fields: Names = Field(default_factory=list)
    expand: str | None = None
    nextPageToken: str | None = None
    maxResults: int | None = None
    properties: Names = Field(default_factory=list)
    reconcileIssues: Annotated[list[int], BeforeValidator(_listed)] = Field(default_factory=list)
    fieldsByKeys: bool = False


class FetchRequest(Payload):
    issueIdsOrKeys: list[str]
    fields: Names = Field(default_factory=list)
    expand: Names = Field(default_factory=list)
    properties: Names = Field(default_factory=list)
    fieldsByKeys: bool = False


class CountRequest(Payload):
    jql: str


def _post_search(call: Call) -> Response:
    return _search(call, call.body(SearchRequest))


def _get_search(call: Call) -> Response:
    return _search(
        call,
        SearchRequest(
            jql=call.query("jql"),
            fields=call.queries("fields"),
            nextPageToken=call.query("nextPageToken") or None,
            maxResults=call.number("maxResults", 50, most=MOST_ROWS + 1),
            properties=call.queries("properties"),
            reconcileIssues=[int(part) for part in call.queries("reconcileIssues") if part.isdigit()],
        ),
    )


def _search(call: Call, asked: SearchRequest) -> Response:
    size = 50 if asked.maxResults is None else asked.maxResults
    if not 1 <= size <= MOST_ROWS:
        raise Problem(400, f"The 'maxResults' value must be between 1 and {MOST_ROWS}.")
    if len(asked.properties) > MOST_PROPERTIES:
        raise Problem(400, f"At most {MOST_PROPERTIES} properties can be requested.")
    if len(asked.reconcileIssues) > 50:
        raise Problem(400, "At most 50 issues can be reconciled.")
    fields = catalogue.chosen([name for name in asked.fields if name not in {"id", "key"}])
    page = call.site.index.search(
        call.site.visible(),
        asked.jql,
        call.account,
        call.site.now(),
        size=min(size, _most_rows([field.id for field in fields])),
        token=asked.nextPageToken,
        fresh=asked.reconcileIssues,
    )
    answer: Object = {
        "issues": [_row(call, asked, issue, fields) for issue in page.issues],
        "isLast": page.token is None,
    }
    if page.token is not None:
        answer["nextPageToken"] = page.token
    expand = (asked.expand or "").split(",")
    if "names" in expand:
        answer["names"] = {field.id: field.name for field in fields}
    if "schema" in expand:
        answer["schema"] = {field.id: field.schema for field in fields}
    return JSONResponse(answer)


def _row(call: Call, asked: SearchRequest, issue: Issue, fields: list[CatalogueField]) -> Object:
    if not asked.fields or asked.fields == ["id"]:
        return {"id": str(issue.id)}
    row = call.shape.issue(issue, fields, embedded=EMBEDDED, properties=asked.properties)
    expand = (asked.expand or "").split(",")
    if "changelog" in expand:
        row["changelog"] = call.shape.changelog(issue, CHANGES)
    if "transitions" in expand:
        row["transitions"] = [
            call.shape.transition(way, call.site.screens.get(way.id, ())) for way in available(issue.status)
        ]
    return row


def _most_rows(fields: list[str]) -> int:
    """Pages shrink as more is asked."""
    if not fields:
        return MOST_ROWS
    return MOST_LIGHT_ROWS if LIGHT.issuperset(fields) else MOST_FULL_ROWS


def _removed(call: Call) -> Response:
    raise Problem(
        410,
        "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
        "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046",
    )


def _count(call: Call) -> Response:
    asked = call.body(CountRequest)
    site = call.site
    page = site.index.search(site.visible(), asked.jql, call.account, site.now(), size=len(site.issues) + 1)
    return JSONResponse({"count": len(page.issues)})


def _fetch(call: Call) -> Response:
    asked = call.body(FetchRequest)
    if not 1 <= len(asked.issueIdsOrKeys) <= MOST_FETCHED:
        raise Problem(400, f"Between 1 and {MOST_FETCHED} issue IDs or keys can be requested.")
    found, errors = {}, []
    for id_or_key in asked.issueIdsOrKeys:
        issue = call.site.find(id_or_key)
        if issue is None:
            message = "Issue does not exist or you do not have permission to see it."
            errors.append({"id": id_or_key, "errorMessage": message})
        else:
            found[issue.id] = issue
    fields = catalogue.chosen(asked.fields or ["*navigable"])
    issues = [
        call.shape.issue(found[key], fields, embedded=EMBEDDED, properties=asked.properties)
        for key in sorted(found)
    ]
    return JSONResponse({"expand": "schema,names", "issues": issues, "issueErrors": errors})


ROUTES: Table = (
    ("POST", "/search/jql", _post_search),
    ("GET", "/search/jql", _get_search),
    ("POST", "/search", _removed),
    ("GET", "/search", _removed),
    ("POST", "/search/approximate-count", _count),
    ("POST", "/issue/bulkfetch", _fetch),
)
