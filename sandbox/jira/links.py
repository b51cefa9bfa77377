"""What an issue is tied to: other issues by links of a type, and things elsewhere by remote links."""

from __future__ import annotations

from pydantic import Field
from starlette.responses import JSONResponse, Response

from sandbox.jira.catalogue import LINK_TYPES
from sandbox.jira.issue_routes import writable
from sandbox.jira.problem import Problem
from sandbox.jira.records import Change, Issue, IssueLink, LinkType, Object, RemoteLink
from sandbox.jira.site import Event
from sandbox.jira.web import Call, Payload, Table


class TypeNamed(Payload):
    id: str | None = None
    name: str | None = None


class End(Payload):
    id: str | None = None
    key: str | None = None


class LinkRequest(Payload):
    """Body of POST /issueLink."""

    type: TypeNamed
    inwardIssue: End
    outwardIssue: End
    comment: Object | None = None


class RemoteLinkRequest(Payload):
    object: Object
    globalId: str | None = Field(None, max_length=255)
    application: Object = Field(default_factory=dict)
    relationship: str | None = None


def _type(named: TypeNamed) -> LinkType:
    for type_ in LINK_TYPES:
        if type_.id == named.id or (named.name or "").lower() == type_.name.lower():
            return type_
    raise Problem(404, f"No issue link type with name '{named.name}' found.")


def _end(call: Call, end: End) -> Issue:
    return call.site.issue(str(end.id or end.key))


def _make(call: Call) -> Response:
    """Making a link that is there already is a success and makes no second one."""
    asked = call.body(LinkRequest)
    if "LINK_ISSUES" not in call.site.rights:
        raise Problem(401, "No Link Issue Permission for issue.")
    type_, inward, outward = _type(asked.type), _end(call, asked.inwardIssue), _end(call, asked.outwardIssue)
    wanted = (type_, inward.id, outward.id)
    if not any((known.type, known.inward, known.outward) == wanted for known in inward.links):
        link = IssueLink(call.site.next_id(), type_, inward.id, outward.id)
        for issue, words, other in ((inward, type_.outward, outward), (outward, type_.inward, inward)):
            call.site.index.hold(issue, call.site.now())
            issue.links.append(link)
            change = Change("Link", None, None, other.key, f"This issue {words} {other.key}")
            call.site.record(issue, call.account, (change,), "issue_updated")
        _tell(call, "issuelink_created", link)
    return Response(status_code=201)


def _tell(call: Call, name: str, link: IssueLink) -> None:
    about: Object = {
        "issueLink": {
            "id": link.id,
            "sourceIssueId": link.inward,
            "destinationIssueId": link.outward,
            "issueLinkType": {
                "id": int(link.type.id),
                "name": link.type.name,
                "outwardName": link.type.outward,
                "inwardName": link.type.inward,
            },
        }
    }
    call.site.tell(Event(name, call.account, None, about=lambda shape: about))


def _find(call: Call) -> IssueLink:
    wanted = call.path("link")
    for issue in call.site.visible().values():
        for link in issue.links:
            if str(link.id) == wanted:
                return link
    raise Problem(404, f"No issue link with id '{wanted}' exists.")


def _one(call: Call) -> Response:
    return JSONResponse(call.shape.link(_find(call)))


def _drop(call: Call) -> Response:
    link = _find(call)
    for number in (link.inward, link.outward):
        issue = call.site.issues.get(number)
        if issue is not None:
            call.site.index.hold(issue, call.site.now())
            issue.links.remove(link)
            change = Change("Link", str(link.id), link.type.name, None, None)
            call.site.record(issue, call.account, (change,), "issue_updated")
    _tell(call, "issuelink_deleted", link)
    return Response(status_code=204)


def _types(call: Call) -> Response:
    return JSONResponse({"issueLinkTypes": [call.shape.link_type(type_) for type_ in LINK_TYPES]})


def _remote_links(call: Call) -> Response:
    issue = call.site.issue(call.path("key"))
    wanted = call.query("globalId")
    links = [link for link in issue.remote_links.values() if not wanted or link.global_id == wanted]
    if wanted and not links:
        raise Problem(404, f"A remote issue link with the global id '{wanted}' was not found.")
    if wanted:
        return JSONResponse(call.shape.remote_link(issue, links[0]))
    return JSONResponse([call.shape.remote_link(issue, link) for link in links])


def _put_remote_link(call: Call) -> Response:
    asked = call.body(RemoteLinkRequest)
    if not asked.object.get("url") or not asked.object.get("title"):
        raise Problem(400, errors={"title": "'title' is required.", "url": "'url' is required."})
    issue = writable(call)
    link = RemoteLink(0, asked.object, asked.globalId, asked.application, asked.relationship)
    new = call.site.put_remote_link(issue, link)
    answer = {"id": link.id, "self": call.shape.url(f"issue/{issue.key}/remotelink/{link.id}")}
    return JSONResponse(answer, 201 if new else 200)


def _remote_link(call: Call) -> RemoteLink:
    wanted = call.path("link")
    links = call.site.issue(call.path("key")).remote_links
    if not wanted.isdecimal() or int(wanted) not in links:
        raise Problem(404, f"No remote issue link with id '{wanted}' was found.")
    return links[int(wanted)]


def _one_remote_link(call: Call) -> Response:
    return JSONResponse(call.shape.remote_link(call.site.issue(call.path("key")), _remote_link(call)))


def _drop_remote_link(call: Call) -> Response:
    issue, link = writable(call), _remote_link(call)
    del issue.remote_links[link.id]
    return Response(status_code=204)


ROUTES: Table = (
    ("GET", "/issueLinkType", _types),
    ("POST", "/issueLink", _make),
    ("GET", "/issueLink/{link}", _one),
    ("DELETE", "/issueLink/{link}", _drop),
    ("GET", "/issue/{key}/remotelink", _remote_links),
    ("POST", "/issue/{key}/remotelink", _put_remote_link),
    ("GET", "/issue/{key}/remotelink/{link}", _one_remote_link),
    ("DELETE", "/issue/{key}/remotelink/{link}", _drop_remote_link),
)
