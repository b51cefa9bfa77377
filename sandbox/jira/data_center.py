"""Jira Data Center as one service of the sandbox: version 2 of the API, and what differs from Cloud there.

No bulk fetching, no comments by their ids, no ``search/jql``: the search that counts rows, one place for all
versions of the product. There are no limits on requests unless an administrator sets some.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from sandbox.jira import catalogue, data_center_webhooks, jql
from sandbox.jira.jql import Clause, Combination, Condition
from sandbox.jira.problem import Problem
from sandbox.jira.records import Issue, Object
from sandbox.jira.service import JiraService
from sandbox.jira.site import RIGHTS
from sandbox.jira.site_routes import matches
from sandbox.jira.web import Call, Front, Payload, Table
from sandbox.jira.workflow import available

MOST_ROWS = 1_000
"""Rows of a page, whatever is asked for: ``jira.search.views.default.max``."""
ALL = 1_000_000
"""Comments that come along: every one."""
ABSENT = frozenset(
    {
        *("/search/jql", "/search/approximate-count", "/issue/bulkfetch", "/comment/list", "/project/search"),
        *("/bulk/issues/fields", "/bulk/issues/transition", "/bulk/queue/{task}", "/label"),
        *("/webhook", "/webhook/refresh", "/webhook/failed"),
        *("/issue/{key}/changelog",),
    }
)


def _names(value: object) -> object:
    """A list, which a query writes with commas."""
    if value is None:
        return []
    return value.split(",") if isinstance(value, str) else value


Names = Annotated[list[str], BeforeValidator(_names)]


class SearchRequest(Payload):
    """Body of POST /search."""

    jql: str = ""
    startAt: int = Field(0, ge=0)
    maxResults: int = 50
    fields: Names = Field(default_factory=list)
    expand: Names = Field(default_factory=list)
    validateQuery: bool = True


def _post_search(call: Call) -> Response:
    return _search(call, call.body(SearchRequest))


def _get_search(call: Call) -> Response:
    asked = SearchRequest(
        jql=call.query("jql"),
        startAt=call.number("startAt", 0, most=10**9),
        maxResults=call.number("maxResults", 50, most=MOST_ROWS),
        fields=call.queries("fields"),
        expand=call.queries("expand"),
        validateQuery=call.query("validateQuery", "true") != "false",
    )
    return _search(call, asked)


def _search(call: Call, asked: SearchRequest) -> Response:
    site = call.site
    condition = jql.parse(asked.jql).condition
    if asked.validateQuery and condition is not None:
        _check_projects(call, condition)
    everything = len(site.issues) + 1
    found = site.index.search(
        site.visible(), asked.jql, call.account, site.now(), size=everything, bounded=False
    ).issues
    size = min(asked.maxResults, MOST_ROWS)
    fields = catalogue.chosen(asked.fields or ["*navigable"])
    answer: Object = {
        "expand": "schema,names",
        "startAt": asked.startAt,
        "maxResults": size,
        "total": len(found),
        "issues": [_row(call, asked, issue) for issue in found[asked.startAt : asked.startAt + size]],
    }
    if "names" in asked.expand:
        answer["names"] = {field.id: field.name for field in fields}
    if "schema" in asked.expand:
        answer["schema"] = {field.id: field.schema for field in fields}
    return JSONResponse(answer)


def _row(call: Call, asked: SearchRequest, issue: Issue) -> Object:
    row = call.shape.issue(issue, catalogue.chosen(asked.fields or ["*navigable"]), embedded=ALL)
    if "transitions" in asked.expand:
        row["transitions"] = [
            call.shape.transition(way, call.site.screens.get(way.id, ())) for way in available(issue.status)
        ]
    return row


def _check_projects(call: Call, condition: Condition) -> None:
    """Raises Problem (400) for a project that does not exist, as the real one does."""
    for clause in _clauses(condition):
        for value in clause.values if clause.field == "project" else ():
            if value.text.upper() not in call.site.projects:
                raise Problem(400, f"The value '{value.text}' does not exist for the field 'project'.")


def _clauses(condition: Condition) -> Iterator[Clause]:
    if isinstance(condition, Combination):
        for part in condition.parts:
            yield from _clauses(part)
    else:
        yield condition


def _user(call: Call) -> Response:
    account = call.site.account(call.query("username"))
    if account is None:
        raise Problem(404, f"The user named '{call.query('username')}' does not exist")
    return JSONResponse(call.shape.user(account))


def _users(call: Call) -> Response:
    query = call.query("username").lower()
    if not query:
        raise Problem(400, "The username query parameter was not provided")
    found = [
        account
        for account in call.site.accounts.values()
        if account.username.startswith(query) or matches(account, query, shown=True)
    ]
    start, size = call.number("startAt", 0, most=10**9), call.number("maxResults", 50, most=1000)
    return JSONResponse([call.shape.user(account) for account in found[start : start + size]])


def _permissions(call: Call) -> Response:
    """All of them, whatever was asked for."""
    if key := call.query("projectKey"):
        call.site.project(key)
    rows: Object = {
        name: {"id": str(number), "key": name, "havePermission": name in call.site.rights}
        for number, name in enumerate(RIGHTS)
    }
    return JSONResponse({"permissions": rows})


def _server(call: Call) -> Response:
    return JSONResponse(
        {
            "baseUrl": call.shape.base,
            "version": "10.3.0",
            "versionNumbers": [10, 3, 0],
            "deploymentType": "Server",
            "buildNumber": 10_030_000,
            "serverTime": call.shape.time(call.site.now()),
            "serverTitle": "Jira",
        }
    )


ROUTES: Table = (
    ("POST", "/search", _post_search),
    ("GET", "/search", _get_search),
    ("GET", "/user", _user),
    ("GET", "/user/search", _users),
    ("GET", "/user/assignable/search", _users),
    ("GET", "/mypermissions", _permissions),
    ("GET", "/serverInfo", _server),
)


class JiraDataCenterService(JiraService):
    """One site of Jira Data Center."""

    data_center: ClassVar[bool] = True

    def tables(self) -> tuple[Table, ...]:
        shared = (tuple(row for row in table if row[1] not in ABSENT) for table in super().tables())
        return (ROUTES, *shared)

    def admin_webhooks(self, front: Front) -> list[BaseRoute]:
        return front.routes(data_center_webhooks.routes(self.deliverer), prefix=data_center_webhooks.PREFIX)
