"""Records in Jira's JSON, as one account sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from sandbox.jira import document
from sandbox.jira.catalogue import FIELD_BY_ID, Field
from sandbox.jira.matching import CATEGORIES
from sandbox.jira.records import (
    Account,
    Attachment,
    Comment,
    History,
    Issue,
    IssueLink,
    IssueType,
    LinkType,
    Object,
    Priority,
    Project,
    RemoteLink,
    Status,
    Version,
)
from sandbox.jira.workflow import Transition

_CATEGORY_IDS = {"new": (2, "blue-gray"), "indeterminate": (4, "yellow"), "done": (3, "green")}


class Shape:
    """Writes JSON for ``viewer``: local times in that profile's zone, other people's addresses hidden.

    ``version`` 2 gives texts as wiki markup, as webhooks do; 3 as documents.
    """

    def __init__(
        self,
        base: str,
        viewer: Account,
        accounts: dict[str, Account],
        issues: dict[int, Issue],
        *,
        version: int = 3,
    ) -> None:
        self.base = base
        self.issues = issues
        self.viewer = viewer
        self.accounts = accounts
        self.version = version
        self._zone = ZoneInfo(viewer.zone)

    def url(self, path: str) -> str:
        return f"{self.base}/rest/api/{self.version}/{path}"

    def time(self, time: datetime | None) -> str | None:
        """``2026-01-05T10:44:51.887-0800``: milliseconds, and the viewer's offset without a colon."""
        if time is None:
            return None
        local = time.astimezone(self._zone)
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03}{local:%z}"

    def text(self, value: Object | None) -> JsonValue:
        return document.wiki(value) if self.version == 2 and value is not None else value

    def user(self, account: Account | None) -> Object | None:
        if account is None:
            return None
        user: Object = {
            "self": self.url(f"user?accountId={account.id}"),
            "accountId": account.id,
            "accountType": account.type,
            "avatarUrls": self._avatars(f"avatar/{account.id}"),
            "displayName": account.name,
            "active": True,
            "timeZone": account.zone,
        }
        if account.shows_email or account.id == self.viewer.id:
            user["emailAddress"] = account.email
        return user

    def project(self, project: Project) -> Object:
        return {
            "self": self.url(f"project/{project.id}"),
            "id": str(project.id),
            "key": project.key,
            "name": project.name,
            "projectTypeKey": project.type,
            "simplified": False,
            "avatarUrls": self._avatars(f"projectavatar/{project.id}"),
        }

    def _avatars(self, path: str) -> Object:
        return {size: f"{self.base}/{path}?size={size}" for size in ("16x16", "24x24", "32x32", "48x48")}

    def type(self, type_: IssueType) -> Object:
        return {
            "self": self.url(f"issuetype/{type_.id}"),
            "id": type_.id,
            "description": "",
            "iconUrl": f"{self.base}/images/issuetypes/{type_.id}.svg",
            "name": type_.name,
            "subtask": type_.subtask,
            "hierarchyLevel": type_.level,
        }

    def status(self, status: Status) -> Object:
        number, color = _CATEGORY_IDS[status.category]
        return {
            "self": self.url(f"status/{status.id}"),
            "description": "",
            "iconUrl": f"{self.base}/images/icons/statuses/generic.png",
            "id": status.id,
            "name": status.name,
            "statusCategory": {
                "self": self.url(f"statuscategory/{number}"),
                "id": number,
                "key": status.category,
                "colorName": color,
                "name": CATEGORIES[status.category],
            },
        }

    def priority(self, priority: Priority | None) -> Object | None:
        if priority is None:
            return None
        return {
            "self": self.url(f"priority/{priority.id}"),
            "iconUrl": f"{self.base}/images/icons/priorities/{priority.name.lower()}.svg",
            "name": priority.name,
            "id": priority.id,
        }

    def resolution(self) -> Object:
        """The only one there is."""
        return {
            "self": self.url("resolution/10000"),
            "id": "10000",
            "description": "Work has been completed on this issue.",
            "name": "Done",
        }

    def transition(
        self, transition: Transition, screen: Sequence[str] = (), *, with_fields: bool = False
    ) -> Object:
        """``screen`` are the fields that have to be filled in."""
        shaped: Object = {
            "id": transition.id,
            "name": transition.name,
            "to": self.status(transition.target),
            "hasScreen": bool(screen),
            "isGlobal": False,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "isLooped": False,
        }
        if with_fields:
            shaped["fields"] = {name: self._screen_field(FIELD_BY_ID[name]) for name in screen}
        return shaped

    def _screen_field(self, field: Field) -> Object:
        return {
            "required": True,
            "schema": field.schema,
            "name": field.name,
            "key": field.id,
            "hasDefaultValue": False,
            "operations": ["set"],
        }

    def field(self, field: Field) -> Object:
        """An entry of ``/field``."""
        names: list[JsonValue] = (
            [field.id] if not field.custom else [f"cf[{field.schema['customId']}]", field.name]
        )
        return {
            "id": field.id,
            "key": field.id,
            "name": field.name,
            "custom": field.custom is not None,
            "orderable": True,
            "navigable": field.navigable,
            "searchable": True,
            "clauseNames": names,
            "schema": field.schema,
        }

    def comment(self, issue: Issue, comment: Comment, *, properties: bool = False) -> Object:
        shaped: Object = {
            "self": self.url(f"issue/{issue.id}/comment/{comment.id}"),
            "id": str(comment.id),
            "author": self.user(comment.author),
            "body": self.text(comment.body),
            "updateAuthor": self.user(comment.editor),
            "created": self.time(comment.created),
            "updated": self.time(comment.updated),
            "jsdPublic": not comment.internal,
        }
        if comment.visibility is not None:
            shaped["visibility"] = comment.visibility
        if properties:
            shaped["properties"] = [{"key": key, "value": value} for key, value in comment.properties.items()]
        return shaped

    def comments(self, issue: Issue, comments: Sequence[Comment]) -> Object:
        """The embedded page: what of the thread comes along, and how long it is in truth."""
        return {
            "comments": [self.comment(issue, comment) for comment in comments],
            "self": self.url(f"issue/{issue.id}/comment"),
            "maxResults": len(comments),
            "total": len(issue.comments),
            "startAt": 0,
        }

    def issue(
        self,
        issue: Issue,
        fields: Iterable[Field],
        *,
        embedded: int,
        properties: Sequence[str] = (),
    ) -> Object:
        """``embedded`` is how many of the newest comments come along at most."""
        shaped: Object = {
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
            "id": str(issue.id),
            "self": self.url(f"issue/{issue.id}"),
            "key": issue.key,
        }
        values = {field.id: self._value(issue, field, embedded) for field in fields}
        if values:
            shaped["fields"] = values
        if properties:
            shaped["properties"] = {
                key: value
                for key, value in issue.properties.items()
                if key in properties or "*all" in properties
            }
        return shaped

    def _value(self, issue: Issue, field: Field, embedded: int) -> JsonValue:
        match field.id:
            case "summary":
                return issue.summary
            case "description":
                return self.text(issue.description)
            case "issuetype":
                return self.type(issue.type)
            case "project":
                return self.project(issue.project)
            case "status":
                return self.status(issue.status)
            case "statuscategorychangedate":
                return self.time(issue.status_since)
            case "priority":
                return self.priority(issue.priority)
            case "resolution":
                return self.resolution() if issue.resolved else None
            case "resolutiondate":
                return self.time(issue.resolved)
            case "labels":
                return list(issue.labels)
            case "assignee" | "reporter" | "creator":
                return self.user(getattr(issue, field.id))
            case "created" | "updated":
                return self.time(getattr(issue, field.id))
            case "duedate":
                return issue.duedate
            case "votes":
                return self.votes(issue)
            case "watches":
                return self.watches(issue)
            case "issuelinks":
                return [self.link_of(issue, link) for link in issue.links]
            case "attachment":
                return [self.attachment(file) for file in issue.attachments]
            case "fixVersions":
                return []
            case "comment":
                return self.comments(issue, issue.comments[-embedded:])
        return self._custom(issue, field)

    def _custom(self, issue: Issue, field: Field) -> JsonValue:
        value = issue.custom.get(field.id)
        if field.custom == "userpicker" and isinstance(value, dict):
            return self.user(self.accounts.get(str(value["accountId"])))
        if field.custom == "textarea" and isinstance(value, dict):
            return self.text(value)
        return value

    def votes(self, issue: Issue) -> Object:
        return {
            "self": self.url(f"issue/{issue.key}/votes"),
            "votes": issue.votes + len(issue.voters),
            "hasVoted": self.viewer in issue.voters,
        }

    def watches(self, issue: Issue) -> Object:
        return {
            "self": self.url(f"issue/{issue.key}/watchers"),
            "watchCount": len(issue.watchers),
            "isWatching": self.viewer in issue.watchers,
        }

    def attachment(self, file: Attachment) -> Object:
        return {
            "self": self.url(f"attachment/{file.id}"),
            "id": str(file.id),
            "filename": file.name,
            "author": self.user(file.author),
            "created": self.time(file.created),
            "size": file.content.size,
            "mimeType": file.media_type,
            "content": self.url(f"attachment/content/{file.id}"),
        }

    def link_type(self, type_: LinkType) -> Object:
        return {
            "id": type_.id,
            "name": type_.name,
            "inward": type_.inward,
            "outward": type_.outward,
            "self": self.url(f"issueLinkType/{type_.id}"),
        }

    def link_of(self, issue: Issue, link: IssueLink) -> Object:
        """A link as the issue at one of its ends shows it: with the other end alone."""
        side, other = (
            ("outwardIssue", link.outward) if link.inward == issue.id else ("inwardIssue", link.inward)
        )
        return {**self._link(link), side: self.end(other)}

    def link(self, link: IssueLink) -> Object:
        """A link with both its ends."""
        ends: Object = {"inwardIssue": self.end(link.inward), "outwardIssue": self.end(link.outward)}
        return {**self._link(link), **ends}

    def _link(self, link: IssueLink) -> Object:
        return {
            "id": str(link.id),
            "self": self.url(f"issueLink/{link.id}"),
            "type": self.link_type(link.type),
        }

    def end(self, number: int) -> Object:
        issue = self.issues.get(number)
        shown: Object = {"id": str(number), "self": self.url(f"issue/{number}")}
        if issue is not None:
            fields = [FIELD_BY_ID[name] for name in ("summary", "status", "priority", "issuetype")]
            shown |= {"key": issue.key, "fields": {f.id: self._value(issue, f, 0) for f in fields}}
        return shown

    def release(self, version: Version) -> Object:
        shaped: Object = {
            "self": self.url(f"version/{version.id}"),
            "id": str(version.id),
            "name": version.name,
            "description": version.description,
            "archived": version.archived,
            "released": version.released,
            "projectId": version.project.id,
        }
        if version.start:
            shaped["startDate"] = version.start
        if version.release:
            shaped["releaseDate"] = version.release
        return shaped

    def history(self, history: History) -> Object:
        return {
            "id": str(history.id),
            "author": self.user(history.author),
            "created": self.time(history.created),
            "items": self.changes(history),
        }

    def changes(self, history: History) -> list[JsonValue]:
        return [
            {
                "field": change.field,
                "fieldtype": "jira" if change.field in FIELD_BY_ID or change.field == "Key" else "custom",
                "fieldId": change.field,
                "from": change.old_id,
                "fromString": change.old,
                "to": change.new_id,
                "toString": change.new,
            }
            for change in history.changes
        ]

    def remote_link(self, issue: Issue, link: RemoteLink) -> Object:
        shaped: Object = {
            "id": link.id,
            "self": self.url(f"issue/{issue.key}/remotelink/{link.id}"),
            "application": link.application,
            "object": link.object,
        }
        if link.global_id is not None:
            shaped["globalId"] = link.global_id
        if link.relationship is not None:
            shaped["relationship"] = link.relationship
        return shaped
