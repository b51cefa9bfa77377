"""Records in Zendesk's JSON."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote, urlsplit

from sandbox.zendesk.conduct import Conduct
from sandbox.zendesk.records import (
    Afterthought,
    Attachment,
    Audit,
    Brand,
    Comment,
    CustomStatus,
    Group,
    Organization,
    Ticket,
    TicketField,
    User,
)

Body = dict[str, object]

FORM_ID = 12


def stamp(moment: datetime) -> str:
    """A time as REST shows it: UTC, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _via(channel: str, followed_up: int | None = None) -> Body:
    from_: Body = {} if followed_up is None else {"ticket_id": followed_up}
    rel = None if followed_up is None else "follow_up"
    return {"channel": channel, "source": {"from": from_, "to": {}, "rel": rel}}


class Shape:
    """``base_url`` tells the address that all ``url`` members start with."""

    def __init__(self, base_url: Callable[[], str], conduct: Conduct) -> None:
        self._base_url = base_url
        self._conduct = conduct

    @property
    def site(self) -> str:
        return self._base_url()

    def url(self, path: str) -> str:
        return f"{self._base_url()}/api/v2/{path}.json"

    def elsewhere(self, path: str) -> str:
        """The same server under another name: what is sent there leaves the account's own host."""
        return f"http://localhost:{urlsplit(self._base_url()).port}{path}"

    def attachment(self, file: Attachment) -> Body:
        path = f"/attachments/token/{file.content.sha256[:24]}{file.id}/"
        address = self.elsewhere(path) if self._conduct.files_elsewhere else self._base_url() + path
        address += f"?name={quote(file.file_name)}"
        return {
            "url": self.url(f"attachments/{file.id}"),
            "id": file.id,
            "file_name": file.file_name,
            "content_url": address,
            "mapped_content_url": address,
            "content_type": file.content_type,
            "size": file.content.size,
            "inline": file.inline,
            "deleted": False,
            "malware_access_override": False,
            "malware_scan_result": file.malware,
            "thumbnails": [],
        }

    def ticket(self, ticket: Ticket) -> Body:
        custom = [{"id": key, "value": value} for key, value in ticket.custom.items()]
        return {
            "url": self.url(f"tickets/{ticket.id}"),
            "id": ticket.id,
            "external_id": ticket.external_id,
            "via": _via(ticket.channel, ticket.followup_source_id),
            "created_at": stamp(ticket.created),
            "updated_at": stamp(ticket.updated),
            "generated_timestamp": ticket.generated,
            "type": ticket.type,
            "subject": ticket.subject,
            "raw_subject": ticket.subject,
            "description": ticket.comments[0].body if ticket.comments else "",
            "priority": ticket.priority,
            "status": "deleted" if ticket.deleted else ticket.status,
            "recipient": None,
            "requester_id": ticket.requester_id,
            "submitter_id": ticket.submitter_id,
            "assignee_id": ticket.assignee_id,
            "organization_id": ticket.organization_id,
            "group_id": ticket.group_id,
            "collaborator_ids": [],
            "follower_ids": [],
            "email_cc_ids": [],
            "forum_topic_id": None,
            "problem_id": ticket.problem_id,
            "has_incidents": ticket.incidents > 0,
            "is_public": ticket.is_public,
            "due_at": None,
            "tags": ticket.tags,
            "custom_fields": custom,
            "satisfaction_rating": {"score": ticket.satisfaction},
            "sharing_agreement_ids": [],
            "custom_status_id": ticket.custom_status_id,
            "fields": custom,
            "followup_ids": ticket.followup_ids,
            "ticket_form_id": FORM_ID,
            "brand_id": ticket.brand_id,
            "allow_channelback": False,
            "allow_attachments": True,
            "from_messaging_channel": False,
        }

    def comment(self, comment: Comment, *, inline: bool = False) -> Body:
        files = [file for file in comment.attachments if inline or not file.inline]
        return {
            "id": comment.id,
            "type": "Comment",
            "author_id": comment.author_id,
            "body": comment.body,
            "html_body": comment.html,
            "plain_body": comment.body,
            "public": comment.public,
            "attachments": [self.attachment(file) for file in files],
            "audit_id": comment.audit_id,
            "via": _via(comment.channel),
            "created_at": stamp(comment.created),
            "metadata": {"system": {}, "custom": comment.metadata},
        }

    def audit(self, audit: Audit) -> Body:
        kind = "Create" if audit.creation else "Change"
        events: list[Body] = []
        if audit.comment is not None:
            comment = self.comment(audit.comment)
            events.append({name: value for name, value in comment.items() if name not in _NOT_IN_EVENTS})
        for change in audit.changes:
            event: Body = {
                "id": change.id,
                "type": kind,
                "field_name": change.name,
                "value": change.value,
            }
            if not audit.creation:
                event["previous_value"] = change.previous
            events.append(event)
        events += [{"type": done.kind, **_afterthought(done)} for done in audit.afterthoughts]
        return {
            "id": audit.id,
            "ticket_id": audit.ticket_id,
            "created_at": stamp(audit.created),
            "author_id": audit.author_id,
            "metadata": {"system": {}, "custom": audit.metadata},
            "events": events,
            "via": _via(audit.channel),
        }

    def ticket_event(self, audit: Audit, *, whole: bool) -> Body:
        """An audit as the ticket-event export shows it; ``whole`` brings its comment along."""
        children: list[Body] = []
        if audit.comment is not None:
            brief: Body = {
                "id": audit.comment.id,
                "comment_present": True,
                "comment_public": audit.comment.public,
            }
            told = self.comment(audit.comment, inline=True) if whole else brief
            if not self._conduct.events_tell_metadata:
                told.pop("metadata", None)
            children.append({**told, "event_type": "Comment"})
        kind = "Create" if audit.creation else "Change"
        children += [
            {"id": change.id, "via": "API", change.name: change.value, "event_type": kind}
            for change in audit.changes
        ]
        children += [{**_afterthought(done), "event_type": done.kind} for done in audit.afterthoughts]
        return {
            "id": audit.id,
            "ticket_id": audit.ticket_id,
            "timestamp": int(audit.created.timestamp()),
            "created_at": stamp(audit.created),
            "updater_id": audit.author_id,
            "via": audit.channel.title(),
            "system": {},
            "event_type": "Audit",
            "child_events": children,
        }

    def user(self, user: User) -> Body:
        return {
            "id": user.id,
            "url": self.url(f"users/{user.id}"),
            "name": user.name,
            "email": user.email,
            "external_id": None,
            "role": user.role,
            "organization_id": user.organization_id,
            "active": user.active,
            "suspended": user.suspended,
            "verified": True,
            "shared": False,
            "moderator": user.role == "admin",
            "time_zone": "UTC",
            "locale": "en-US",
            "phone": None,
            "tags": [],
            "user_fields": {},
            "created_at": stamp(user.created),
            "updated_at": stamp(user.updated),
        }

    def organization(self, organization: Organization) -> Body:
        return {
            "id": organization.id,
            "url": self.url(f"organizations/{organization.id}"),
            "name": organization.name,
            "external_id": None,
            "domain_names": organization.domains,
            "details": "",
            "notes": "",
            "group_id": None,
            "tags": [],
            "organization_fields": organization.fields,
            "shared_tickets": False,
            "shared_comments": False,
            "created_at": stamp(organization.created),
            "updated_at": stamp(organization.updated),
        }

    def brand(self, brand: Brand) -> Body:
        return {
            "id": brand.id,
            "url": self.url(f"brands/{brand.id}"),
            "name": brand.name,
            "subdomain": brand.subdomain,
            "brand_url": self._base_url(),
            "has_help_center": brand.default,
            "help_center_state": "enabled" if brand.default else "disabled",
            "active": True,
            "default": brand.default,
            "is_deleted": False,
            "ticket_form_ids": [FORM_ID],
            "created_at": stamp(brand.created),
            "updated_at": stamp(brand.created),
        }

    def ticket_field(self, field: TicketField) -> Body:
        shaped: Body = {
            "id": field.id,
            "url": self.url(f"ticket_fields/{field.id}"),
            "type": field.type,
            "title": field.title,
            "raw_title": field.title,
            "description": field.title,
            "active": True,
            "required": False,
            "removable": not field.system,
            "created_at": stamp(field.created),
            "updated_at": stamp(field.created),
        }
        if field.type == "tagger":
            shaped["custom_field_options"] = [
                {"id": field.id * 100 + place, "name": name, "raw_name": name, "value": tag, "default": False}
                for place, (tag, name) in enumerate(field.options.items(), 1)
            ]
        return shaped

    def group(self, group: Group) -> Body:
        return {
            "id": group.id,
            "url": self.url(f"groups/{group.id}"),
            "name": group.name,
            "default": group.default,
            "deleted": False,
            "is_public": True,
            "created_at": stamp(group.created),
            "updated_at": stamp(group.created),
        }

    def custom_status(self, status: CustomStatus) -> Body:
        return {
            "id": status.id,
            "status_category": status.category,
            "agent_label": status.label,
            "end_user_label": status.label,
            "description": "",
            "end_user_description": "",
            "active": status.active,
            "default": status.default,
            "created_at": stamp(status.created),
            "updated_at": stamp(status.created),
        }


def _afterthought(done: Afterthought) -> Body:
    """Ids of what was meant are texts there."""
    told: Body = {"id": done.id, "comment_id": str(done.comment.id)}
    if done.kind == "CommentPrivacyChange":
        told["public"] = done.comment.public
    if done.attachment_id is not None:
        told["attachment_id"] = str(done.attachment_id)
    return told


_NOT_IN_EVENTS = {"metadata", "created_at", "via", "plain_body"}
