"""Zendesk Support: tickets and their comments, through zenpy.

Facts it rests on, all from the vendor's reference: the cursor export leaves out the last minute, so webhooks
bring the newest changes and reading by id has no such lag; comments cannot be edited; a public comment is
mailed to the requester; an ``Idempotency-Key`` is honoured for ``POST /tickets`` alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from requests.auth import AuthBase

from connectors.errors import AuthFailed, ConnectorError, NotFound, OutcomeUnknown, Rejected
from connectors.model import Audience, Comment, CommentDraft, Draft, Item, JsonValue, Patch, Ref
from connectors.protocol import Account, ChangePage, Delivery, Gate, Observation, WebhookRequest
from connectors.text import html
from connectors.zendesk import shape, webhooks
from connectors.zendesk.client import Bearer, Client, token_auth
from connectors.zendesk.directory import Directory
from connectors.zendesk.rows import CommentRow, TicketRow

__all__ = ["ZendeskConnector", "ZendeskSettings"]

_CLOCK_SKEW = timedelta(minutes=5)
_NAMES = {"title": "subject", "status": "status", "priority": "priority", "type": "type"}
_NEVER_EMPTY = frozenset({"title", "status"})


class ZendeskSettings(BaseModel):
    """One Zendesk account and the agent that Loopwright is there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(
        pattern=r"^https?://[^/]+/?$", description="The account's address: https://SUBDOMAIN.zendesk.com"
    )
    email: str | None = Field(default=None, description="The e-mail address of the agent that Loopwright is.")
    api_token: SecretStr | None = Field(default=None, description="An API token of the account.")
    oauth_token: SecretStr | None = Field(
        default=None, description="An OAuth access token, instead of an e-mail address and an API token."
    )
    brands: tuple[str, ...] = Field(
        default=(), description="The names of the brands whose tickets are read; all brands when empty."
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="The signing secret of the webhook, as Zendesk shows it."
    )
    settle_seconds: float = Field(
        default=60.0,
        ge=0,
        description="How long a write whose answer was lost may still be on its way inside Zendesk.",
    )
    timeout_seconds: float = Field(default=30.0, gt=0, description="How long to wait for an answer.")

    @model_validator(mode="after")
    def _has_credential(self) -> Self:
        if self.oauth_token is None and (self.email is None or self.api_token is None):
            raise ValueError("give email and api_token, or oauth_token")
        return self


class _Cursor(BaseModel):
    """Where the export goes on: Zendesk's own cursor, or the time to start from until there is one."""

    model_config = ConfigDict(extra="forbid")

    after: str | None = None


class ZendeskConnector:
    """One Zendesk account. A ticket's key is ``ZD-`` and its number; its container is its brand."""

    system: ClassVar[str] = "zendesk"
    Settings: ClassVar[type[BaseModel]] = ZendeskSettings

    def __init__(self, connection: str, settings: ZendeskSettings, gate: Gate) -> None:
        self.connection = connection
        self.settles = timedelta(seconds=settings.settle_seconds)
        self._settings = settings
        self._site = settings.url.rstrip("/")
        timeout = settings.timeout_seconds
        self._client = Client(connection, self._site, _auth(settings), gate, timeout=timeout)
        self._directory = Directory(self._client, connection)

    @classmethod
    def open(cls, connection: str, settings: BaseModel, gate: Gate) -> Self:
        """Make a connector; makes no request. Raises TypeError for another connector's settings."""
        if not isinstance(settings, ZendeskSettings):
            raise TypeError(f"ZendeskConnector needs ZendeskSettings, not {type(settings).__name__}")
        return cls(connection, settings, gate)

    def check(self) -> Account:
        """Who we are, in one call."""
        me = self._client.me()
        if me.id is None or me.role not in ("agent", "admin"):
            raise AuthFailed(
                f"{self.connection}: the credential belongs to no agent",
                advice="Use the e-mail address of an agent, best of one made for Loopwright alone.",
            )
        warnings: tuple[str, ...] = ()
        if me.role != "admin":
            warnings = (
                f"{me.name} is an agent and no admin: tickets can be written, but the exports that find "
                "changes are for admins only.",
            )
        return Account(name=me.name, id=str(me.id), site=self._site, warnings=warnings)

    def changes(self, cursor: str | None) -> ChangePage:
        """Up to a thousand tickets in the order of their last change, in one call.

        Zendesk's cursor loses nothing: what changed within the last minute is not yet in the export, and
        comes later. Deleted tickets come too, as such.
        """
        after = self._after(cursor)
        page = self._client.export(after, start=0)
        self._directory.learn_beside(page)
        items = (self._item(ticket) for ticket in page.tickets)
        observations = tuple(Observation(item) for item in items if self._wanted(item))
        following = _Cursor(after=page.after_cursor or after)
        return ChangePage(observations, following.model_dump_json(), more=not page.end_of_stream)

    def get(self, ref: Ref) -> Observation:
        answer = self._client.ticket(self._number(ref))
        self._directory.learn_beside(answer)
        return Observation(self._item(answer.ticket))

    def comments(self, ref: Ref) -> tuple[Comment, ...]:
        rows = list(self._comment_rows(ref))
        return tuple(shape.comment(row, self._directory) for row in rows[1:])

    def audience(self, container: str) -> Audience:
        """The first comment of a created ticket is public, as that of any customer's ticket is."""
        return Audience.CUSTOMER

    def create(self, draft: Draft) -> Item:
        """A ticket whose requester is Loopwright's own agent, so that nobody else is mailed."""
        ticket: dict[str, JsonValue] = {
            "subject": draft.title,
            "comment": {"html_body": html.from_markdown(draft.body or draft.title), "public": True},
            "external_id": draft.marker,
            "brand_id": self._directory.brand_id(draft.container),
        }
        for name in ("type", "status", "priority"):
            value = getattr(draft, name)
            if value is not None:
                ticket[name] = value.lower()
        if draft.labels:
            ticket["tags"] = [_tag(label) for label in draft.labels]
        if draft.custom:
            ticket["custom_fields"] = self._custom(draft.custom)
        made = self._client.create(ticket, draft.marker).ticket
        with self._already_written(shape.ref(self.connection, made.id)):
            return self._item_after_write(made)

    def update(self, ref: Ref, patch: Patch) -> Item:
        """Fields in one call; labels by the routes that add and remove tags and leave other tags alone."""
        number = self._number(ref)
        changed = self._changed(patch)
        ticket = self._client.update(number, changed).ticket if changed else None
        if patch.add_labels:
            self._client.add_tags(number, [_tag(label) for label in patch.add_labels])
        if patch.remove_labels:
            self._client.delete_tags(number, [_tag(label) for label in patch.remove_labels])
        with self._already_written(ref):
            if ticket is None or patch.add_labels or patch.remove_labels:
                return self.get(ref).item
            return self._item_after_write(ticket)

    def comment(self, ref: Ref, draft: CommentDraft) -> Comment:
        """An internal note, or a public reply that Zendesk mails to the requester."""
        change: dict[str, JsonValue] = {
            "comment": {
                "html_body": html.from_markdown(draft.body),
                "public": draft.audience is not Audience.INTERNAL,
            },
            "metadata": {shape.MARKER_KEY: draft.marker},
        }
        answer = self._client.update(self._number(ref), change)
        row = shape.written(answer.audit, draft.marker)
        if row is None:
            raise OutcomeUnknown(f"{self.connection}: the update of {ref} tells of no comment")
        with self._already_written(ref):
            self._directory.meet([row.author_id])
            return shape.comment(row, self._directory)

    def find(self, draft: Draft, sent: datetime) -> Item | None:
        """By external id. Zendesk keeps it no more unique than it is sent: the oldest is ours."""
        answer = self._client.with_external_id(draft.marker)
        self._directory.learn_beside(answer)
        oldest = min(answer.tickets, key=lambda ticket: ticket.id, default=None)
        return None if oldest is None else self._item(oldest)

    def find_comment(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        """By the metadata of the update, from the newest comment back to the time of sending."""
        for row in self._comment_rows(ref, newest_first=True):
            if row.created_at < sent - _CLOCK_SKEW:
                return None
            if row.metadata and row.metadata.custom.get(shape.MARKER_KEY) == draft.marker:
                return shape.comment(row, self._directory)
        return None

    def receive(self, request: WebhookRequest) -> Delivery:
        secret = self._settings.webhook_secret
        return webhooks.receive(self.connection, secret.get_secret_value() if secret else None, request)

    def close(self) -> None:
        self._client.close()

    def _after(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        try:
            return _Cursor.model_validate_json(cursor).after
        except ValidationError as error:
            raise Rejected(f"{self.connection}: the stored cursor is not one of Zendesk's") from error

    def _wanted(self, item: Item) -> bool:
        return not self._settings.brands or item.container in self._settings.brands

    def _item(self, ticket: TicketRow) -> Item:
        return shape.item(self.connection, self._site, ticket, self._directory)

    def _number(self, ref: Ref) -> int:
        if not ref.id.isdigit():
            raise NotFound(f"{self.connection}: '{ref.id}' is not the number of a ticket")
        return int(ref.id)

    def _comment_rows(self, ref: Ref, *, newest_first: bool = False) -> Iterator[CommentRow]:
        for page in self._client.comments(self._number(ref), newest_first=newest_first):
            self._directory.learn(page.users)
            yield from page.comments

    def _custom(self, values: dict[str, JsonValue]) -> list[JsonValue]:
        return [self._directory.custom_value(name, value) for name, value in values.items()]

    def _changed(self, patch: Patch) -> dict[str, JsonValue]:
        """The patch in Zendesk's members. Raises Rejected for what a ticket cannot take."""
        changed: dict[str, JsonValue] = {}
        custom: dict[str, JsonValue] = {}
        for name, value in patch.fields.items():
            if name.startswith("custom."):
                custom[name.removeprefix("custom.")] = value
            elif name == "assignee":
                changed["assignee_id"] = self._assignee(value)
            elif name in _NAMES and not (value is None and name in _NEVER_EMPTY):
                changed[_NAMES[name]] = value.lower() if isinstance(value, str) and name != "title" else value
            else:
                raise Rejected(
                    f"{self.connection}: a ticket's {name} cannot be {'cleared' if value is None else 'set'}",
                    advice="A ticket's text is its first comment, which Zendesk lets nobody change."
                    if name == "body"
                    else "",
                )
        if custom:
            changed["custom_fields"] = self._custom(custom)
        return changed

    def _assignee(self, value: JsonValue) -> int | None:
        if value is None:
            return None
        if isinstance(value, str) and value.isdigit():
            return int(value)
        raise Rejected(f"{self.connection}: an assignee is given by the id of a Zendesk user")

    def _item_after_write(self, ticket: TicketRow) -> Item:
        self._directory.meet([ticket.requester_id, ticket.assignee_id], ticket.organization_id)
        return self._item(ticket)

    @contextmanager
    def _already_written(self, ref: Ref) -> Iterator[None]:
        """Whatever fails now must not look as if nothing had been written."""
        try:
            yield
        except ConnectorError as error:
            message = f"{self.connection}: {ref} was written and could not be read back"
            raise OutcomeUnknown(message) from error


def _auth(settings: ZendeskSettings) -> AuthBase:
    if settings.oauth_token is not None:
        return Bearer(settings.oauth_token.get_secret_value())
    token = settings.api_token.get_secret_value() if settings.api_token else ""
    return token_auth(settings.email or "", token)


def _tag(label: str) -> str:
    """A label as Zendesk keeps tags: lower case, and a space would begin another tag."""
    return "_".join(label.lower().split())
