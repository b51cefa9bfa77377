"""What a client asks about the site itself: people, projects, fields, types, statuses, rights."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import JSONResponse, Response

from sandbox.jira import catalogue
from sandbox.jira.catalogue import Field
from sandbox.jira.problem import Problem
from sandbox.jira.records import Account, Object, Project
from sandbox.jira.values import option_id
from sandbox.jira.web import Call, Table
from sandbox.jira.workflow import STATUSES

REQUIRED = frozenset({"summary", "issuetype", "project"})
READ_ONLY = frozenset({"status", "statuscategorychangedate", "resolution", "resolutiondate", "creator"}) | {
    "created",
    "updated",
    "votes",
    "comment",
}


def _myself(call: Call) -> Response:
    return JSONResponse({**(call.shape.user(call.account) or {}), "locale": "en_US", "expand": "groups"})


def _server(call: Call) -> Response:
    return JSONResponse(
        {
            "baseUrl": call.shape.base,
            "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud",
            "buildNumber": 100_290,
            "buildDate": "2026-11-01T00:00:00.000+0000",
            "serverTime": call.shape.time(call.site.now()),
            "scmInfo": "0" * 40,
            "serverTitle": "Jira",
        }
    )


def _fields(call: Call) -> Response:
    return JSONResponse([call.shape.field(field) for field in catalogue.FIELDS])


def _priorities(call: Call) -> Response:
    return JSONResponse(
        [
            {**(call.shape.priority(p) or {}), "description": "", "statusColor": p.color}
            for p in catalogue.PRIORITIES
        ]
    )


def _statuses(call: Call) -> Response:
    return JSONResponse([call.shape.status(status) for status in STATUSES])


def _types(call: Call) -> Response:
    return JSONResponse([call.shape.type(type_) for type_ in catalogue.TYPES])


def _paged(call: Call, values: Sequence[Object], *, name: str = "values", default: int = 50) -> Response:
    start, size = call.number("startAt", 0, most=10**9), call.number("maxResults", default, most=100)
    page: Object = {"startAt": start, "maxResults": size, "total": len(values)}
    if name == "values":
        page["isLast"] = start + size >= len(values)
    return JSONResponse({**page, name: list(values[start : start + size])})


def _project_search(call: Call) -> Response:
    keys, query = {key.upper() for key in call.queries("keys")}, call.query("query").lower()

    def wanted(project: Project) -> bool:
        named = query in project.key.lower() or query in project.name.lower()
        return named and (not keys or project.key in keys)

    projects = sorted(filter(wanted, call.site.projects.values()), key=lambda project: project.key)
    return _paged(call, [call.shape.project(project) for project in projects])


def _projects(call: Call) -> Response:
    return JSONResponse([call.shape.project(project) for project in call.site.projects.values()])


def _project(call: Call) -> Response:
    project = call.site.project(call.path("project"))
    types = [call.shape.type(type_) for type_ in catalogue.TYPES]
    return JSONResponse({**call.shape.project(project), "issueTypes": types, "description": ""})


def _project_statuses(call: Call) -> Response:
    call.site.project(call.path("project"))
    statuses = [call.shape.status(status) for status in STATUSES]
    return JSONResponse(
        [
            {
                **{k: v for k, v in call.shape.type(t).items() if k in {"self", "id", "name", "subtask"}},
                "statuses": statuses,
            }
            for t in catalogue.TYPES
        ]
    )


def _create_types(call: Call) -> Response:
    call.site.project(call.path("project"))
    return _paged(call, [call.shape.type(type_) for type_ in catalogue.TYPES], name="issueTypes")


def _create_fields(call: Call) -> Response:
    call.site.project(call.path("project"))
    if call.path("type") not in {type_.id for type_ in catalogue.TYPES}:
        raise Problem(404, "The issue type does not exist or you do not have permission to see it.")
    fields = [_create_field(call, field) for field in catalogue.FIELDS if field.id not in READ_ONLY]
    return _paged(call, fields, name="fields")


def _create_field(call: Call, field: Field) -> Object:
    shaped: Object = {
        "fieldId": field.id,
        "key": field.id,
        "name": field.name,
        "required": field.id in REQUIRED,
        "hasDefaultValue": field.id == "priority",
        "operations": ["add", "set", "remove"] if field.kind == "array" else ["set"],
        "schema": field.schema,
    }
    if field.options:
        shaped["allowedValues"] = [
            {"id": option_id(field, number), "value": text} for number, text in enumerate(field.options)
        ]
    elif field.id == "priority":
        shaped["allowedValues"] = [call.shape.priority(priority) for priority in catalogue.PRIORITIES]
    return shaped


def _user(call: Call) -> Response:
    account = call.site.account(call.query("accountId"))
    if account is None:
        raise Problem(404, "Specified user does not exist or you do not have required permissions")
    return JSONResponse(call.shape.user(account))


def matches(account: Account, query: str, *, shown: bool) -> bool:
    """Whether a word of the name begins like this, or the address where it is shown."""
    words = account.name.lower().split() + ([account.email.lower()] if shown else [])
    return any(word.startswith(query) for word in words) or account.name.lower().startswith(query)


def _user_search(call: Call) -> Response:
    """By the beginning of a word of the name, or of the address where the person shows it."""
    query, wanted = call.query("query").lower(), call.query("accountId")
    if not query and not wanted:
        raise Problem(400, "You must specify at least one query parameter from: query, accountId, property")

    found = [
        account
        for account in call.site.accounts.values()
        if (account.id == wanted if wanted else matches(account, query, shown=account.shows_email))
    ]
    start, size = call.number("startAt", 0, most=10**9), call.number("maxResults", 50, most=1000)
    return JSONResponse([call.shape.user(account) for account in found[start : start + size]])


def _permissions(call: Call) -> Response:
    asked = call.queries("permissions")
    if not asked:
        raise Problem(400, "The 'permissions' query parameter is required.")
    if key := call.query("projectKey"):
        call.site.project(key)
    return JSONResponse(
        {
            "permissions": {
                name: {
                    "id": str(number),
                    "key": name,
                    "name": name.replace("_", " ").capitalize(),
                    "type": "PROJECT",
                    "description": "",
                    "havePermission": name in call.site.rights,
                }
                for number, name in enumerate(asked)
            }
        }
    )


def _labels(call: Call) -> Response:
    labels = sorted({label for issue in call.site.issues.values() for label in issue.labels})
    start, size = call.number("startAt", 0, most=10**9), call.number("maxResults", 1000, most=1000)
    page = {"startAt": start, "maxResults": size, "total": len(labels), "isLast": start + size >= len(labels)}
    return JSONResponse({**page, "values": labels[start : start + size]})


ROUTES: Table = (
    ("GET", "/myself", _myself),
    ("GET", "/serverInfo", _server),
    ("GET", "/field", _fields),
    ("GET", "/priority", _priorities),
    ("GET", "/status", _statuses),
    ("GET", "/issuetype", _types),
    ("GET", "/label", _labels),
    ("GET", "/mypermissions", _permissions),
    ("GET", "/user", _user),
    ("GET", "/user/search", _user_search),
    ("GET", "/user/assignable/search", _user_search),
    ("GET", "/project", _projects),
    ("GET", "/project/search", _project_search),
    ("GET", "/project/{project}", _project),
    ("GET", "/project/{project}/statuses", _project_statuses),
    ("GET", "/issue/createmeta/{project}/issuetypes", _create_types),
    ("GET", "/issue/createmeta/{project}/issuetypes/{type}", _create_fields),
)
