"""Releases of a project. They have no time at which they were updated: who follows them compares."""

from __future__ import annotations

from pydantic import Field
from starlette.responses import JSONResponse, Response

from sandbox.jira.problem import Problem
from sandbox.jira.records import Account, Project, Version
from sandbox.jira.site import Event, Site
from sandbox.jira.web import Call, Payload, Table


class VersionRequest(Payload):
    """Body of creating and changing a version."""

    name: str | None = Field(None, max_length=255)
    description: str | None = None
    projectId: int | None = None
    project: str | None = None
    released: bool | None = None
    archived: bool | None = None
    startDate: str | None = None
    releaseDate: str | None = None


def add_version(site: Site, project: Project, name: str, actor: Account) -> Version:
    """A new, unreleased version."""
    version = Version(site.next_id(), project, name)
    site.versions[version.id] = version
    _tell(site, "jira:version_created", version, actor)
    return version


def set_version(site: Site, version: Version, asked: VersionRequest, actor: Account) -> None:
    """Change what the request names."""
    was_released = version.released
    version.name = asked.name or version.name
    version.description = version.description if asked.description is None else asked.description
    version.released = version.released if asked.released is None else asked.released
    version.archived = version.archived if asked.archived is None else asked.archived
    version.start = asked.startDate or version.start
    version.release = asked.releaseDate or version.release
    event = "jira:version_updated"
    if version.released != was_released:
        event = "jira:version_released" if version.released else "jira:version_unreleased"
    _tell(site, event, version, actor)


def _tell(site: Site, name: str, version: Version, actor: Account) -> None:
    site.tell(Event(name, actor, None, about=lambda shape: {"version": shape.release(version)}))


def _of(call: Call) -> list[Version]:
    project = call.site.project(call.path("project"))
    return [version for version in call.site.versions.values() if version.project is project]


def _all(call: Call) -> Response:
    return JSONResponse([call.shape.release(version) for version in _of(call)])


def _page(call: Call) -> Response:
    found = _of(call)
    start, size = call.number("startAt", 0, most=10**9), call.number("maxResults", 50, most=50)
    page = {"startAt": start, "maxResults": size, "total": len(found), "isLast": start + size >= len(found)}
    values = [call.shape.release(version) for version in found[start : start + size]]
    return JSONResponse({**page, "values": values})


def _find(call: Call) -> Version:
    wanted = call.path("version")
    version = call.site.versions.get(int(wanted)) if wanted.isdecimal() else None
    if version is None:
        raise Problem(404, f"Could not find version for id '{wanted}'")
    return version


def _one(call: Call) -> Response:
    return JSONResponse(call.shape.release(_find(call)))


def _create(call: Call) -> Response:
    asked = call.body(VersionRequest)
    if not asked.name:
        raise Problem(400, errors={"name": "You must specify a valid version name"})
    project = call.site.project(str(asked.projectId or asked.project))
    if any(
        version.name == asked.name for version in call.site.versions.values() if version.project is project
    ):
        raise Problem(400, errors={"name": "A version with this name already exists in this project."})
    version = add_version(call.site, project, asked.name, call.account)
    set_version(call.site, version, asked, call.account)
    return JSONResponse(call.shape.release(version), 201)


def _change(call: Call) -> Response:
    version = _find(call)
    set_version(call.site, version, call.body(VersionRequest), call.account)
    return JSONResponse(call.shape.release(version))


ROUTES: Table = (
    ("GET", "/project/{project}/versions", _all),
    ("GET", "/project/{project}/version", _page),
    ("POST", "/version", _create),
    ("GET", "/version/{version}", _one),
    ("PUT", "/version/{version}", _change),
)
