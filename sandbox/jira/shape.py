"""Issues and what hangs on them in Jira's JSON, as one account sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from pydantic import JsonValue

from sandbox.jira.catalogue import FIELD_BY_ID, Field
from sandbox.jira.records import (
    Attachment,
    Comment,
    History,
    Issue,
    IssueLink,
    LinkType,
    Object,
    RemoteLink,
    Version,
)
from sandbox.jira.site_shape import SiteShape


class Shape(SiteShape):
    """Writes JSON of issues for ``viewer``."""

    def comment(self, issue: Issue, comment: Comment, *, properties: bool = False) -> Object:
        shaped: Object = {
            "self": self.url(f"issue/{issue.id}/comment/{comment.id}"),
            "id": str(comment.id),
            "author": self.user(comment.author),
            "body": self.text(comment.body),
            "updateAuthor": self.user(comment.editor),
            "created": self.time(comment.created),
            "updated": self.time(comment.updated),
        }
        if not self.data_center:
            shaped["jsdPublic"] = not comment.internal
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
        content = f"{self.base}/secure/attachment/{file.id}/{quote(file.name)}"
        return {
            "self": self.url(f"attachment/{file.id}"),
            "id": str(file.id),
            "filename": file.name,
            "author": self.user(file.author),
            "created": self.time(file.created),
            "size": file.content.size,
            "mimeType": file.media_type,
            "content": content if self.data_center else self.url(f"attachment/content/{file.id}"),
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

    def changelog(self, issue: Issue, most: int) -> Object:
        """The newest entries, ``most`` at most, and how many there are in truth."""
        newest = issue.history[::-1][:most]
        return {
            "startAt": 0,
            "maxResults": len(newest),
            "total": len(issue.history),
            "histories": [self.history(history) for history in newest],
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
