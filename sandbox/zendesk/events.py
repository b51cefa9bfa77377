"""What a change raises: events in the webhooks' own words, where ids are texts and enumerations are loud."""

from __future__ import annotations

from sandbox.zendesk.conduct import Conduct
from sandbox.zendesk.library import Article
from sandbox.zendesk.records import Afterthought, Audit, Comment, FieldEvent, Ticket
from sandbox.zendesk.shape import FORM_ID, Body, stamp
from sandbox.zendesk.state import State

TICKET = "zen:event-type:ticket."
ARTICLE = "zen:event-type:article."
_RAISED_BY = {
    "status": "status_changed",
    "priority": "priority_changed",
    "type": "type_changed",
    "subject": "subject_changed",
    "custom_status_id": "custom_status_changed",
    "assignee_id": "agent_assignment_changed",
    "group_id": "group_assignment_changed",
    "organization_id": "organization_changed",
    "requester_id": "requester_changed",
    "external_id": "external_id_changed",
    "problem_id": "problem_link_changed",
}
_ENUMERATIONS = ("status", "priority", "type")
_AFTERWARDS = {
    "CommentPrivacyChange": "comment_made_private",
    "CommentRedactionEvent": "comment_redacted",
    "AttachmentRedactionEvent": "attachment_redacted_from_comment",
}
TICKET_EVENTS = (
    "created",
    "comment_added",
    "comment_made_private",
    "comment_redacted",
    "attachment_linked_to_comment",
    "attachment_redacted_from_comment",
    *_RAISED_BY.values(),
    "description_changed",
    "tags_changed",
    "custom_field_changed",
    "merged",
    "marked_as_spam",
    "soft_deleted",
    "permanently_deleted",
    "undeleted",
)
ARTICLE_EVENTS = ("published", "unpublished", "comment_created")


class Events:
    def __init__(self, state: State, conduct: Conduct) -> None:
        self._state = state
        self._conduct = conduct

    def of_audit(self, ticket: Ticket, audit: Audit) -> list[tuple[str, Body]]:
        """The types and contents of the events that one update raises."""
        raised: list[tuple[str, Body]] = []
        if audit.creation:
            raised.append(("created", {}))
        else:
            raised.extend(self._change(change) for change in audit.changes)
        if audit.comment is not None:
            raised.append(("comment_added", {"comment": self._comment(audit.comment)}))
            for file in audit.comment.attachments:
                linked = {"id": str(file.id), "filename": file.file_name, "is_public": audit.comment.public}
                comment = {"id": str(audit.comment.id)}
                raised.append(("attachment_linked_to_comment", {"attachment": linked, "comment": comment}))
        raised.extend(self._afterwards(done) for done in audit.afterthoughts)
        return raised

    def detail(self, ticket: Ticket, audit: Audit) -> Body:
        """The ticket as events show it: without custom fields."""
        return {
            "actor_id": str(audit.author_id),
            "assignee_id": _text(ticket.assignee_id),
            "brand_id": str(ticket.brand_id),
            "created_at": stamp(ticket.created),
            "custom_status": _text(ticket.custom_status_id),
            "description": ticket.comments[0].body if ticket.comments else "",
            "external_id": ticket.external_id,
            "form_id": str(FORM_ID),
            "group_id": _text(ticket.group_id),
            "id": str(ticket.id),
            "is_public": ticket.is_public,
            "organization_id": _text(ticket.organization_id),
            "priority": self._enumeration(ticket.priority),
            "requester_id": str(ticket.requester_id),
            "status": self._enumeration(ticket.status),
            "subject": ticket.subject,
            "submitter_id": str(ticket.submitter_id),
            "tags": ticket.tags,
            "type": self._enumeration(ticket.type),
            "updated_at": stamp(ticket.updated),
            "via": {"channel": audit.channel},
        }

    def article(self, article: Article) -> Body:
        """An article as events show it."""
        return {"id": str(article.id), "brand_id": str(self._state.default_brand().id)}

    def _change(self, change: FieldEvent) -> tuple[str, Body]:
        if change.name == "status" and "deleted" in (change.value, change.previous):
            return ("soft_deleted" if change.value == "deleted" else "undeleted"), {}
        if change.name == "merged_into":
            return "merged", {"target_ticket_id": str(change.value)}
        if change.name.isdigit():
            field = {"id": change.name, "type": self._state.fields[int(change.name)].type}
            told = {"current": change.value, "previous": change.previous, "field": field}
            return "custom_field_changed", told
        if change.name == "tags":
            now, before = _words(change.value), _words(change.previous)
            return "tags_changed", {"tags_added": sorted(now - before), "tags_removed": sorted(before - now)}
        shown = self._enumeration if change.name in _ENUMERATIONS else _text
        return _RAISED_BY[change.name], {"current": shown(change.value), "previous": shown(change.previous)}

    def _afterwards(self, done: Afterthought) -> tuple[str, Body]:
        told: Body = {"comment": {"id": str(done.comment.id)}}
        if done.attachment_id is not None:
            told["attachment"] = {"id": str(done.attachment_id)}
        return _AFTERWARDS[done.kind], told

    def _comment(self, comment: Comment) -> Body:
        author = self._state.users[comment.author_id]
        return {
            "id": str(comment.id),
            "body": comment.body,
            "html_body": comment.html,
            "is_public": comment.public,
            "author": {"id": str(author.id), "is_staff": author.staff, "name": author.name},
        }

    def _enumeration(self, value: object) -> object:
        return value.upper() if isinstance(value, str) and self._conduct.loud_enums else value


def _text(value: object) -> object:
    """Ids are texts in events."""
    return str(value) if isinstance(value, int) else value


def _words(value: object) -> set[str]:
    return {str(each) for each in value} if isinstance(value, list) else set()
