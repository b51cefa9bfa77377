"""Zendesk's JSON, as far as it is used. What a plan, a version or a redaction leaves out has a default."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, Field, JsonValue


class UserRow(BaseModel):
    id: int | None = None
    """``None`` for the anonymous user, whom Zendesk shows to a request without credentials."""
    name: str = ""
    email: str | None = None
    role: str = "end-user"


class OrganizationRow(BaseModel):
    id: int
    name: str = ""
    domain_names: list[str] = []
    organization_fields: dict[str, JsonValue] = {}


class OptionRow(BaseModel):
    name: str
    value: str


class FieldRow(BaseModel):
    id: int
    type: str
    title: str = ""
    custom_field_options: list[OptionRow] = []


class BrandRow(BaseModel):
    id: int
    name: str
    default: bool = False


class CustomValue(BaseModel):
    id: int
    value: JsonValue = None


class Via(BaseModel):
    channel: str | int | None = None

    @property
    def is_email(self) -> bool:
        return self.channel == "email"


class TicketRow(BaseModel):
    id: int
    external_id: str | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    type: str | None = None
    subject: str | None = None
    description: str | None = None
    priority: str | None = None
    status: str | None = None
    requester_id: int | None = None
    assignee_id: int | None = None
    organization_id: int | None = None
    brand_id: int | None = None
    is_public: bool = False
    tags: list[str] = []
    custom_fields: list[CustomValue] = []
    via: Via = Via()


class Metadata(BaseModel):
    custom: dict[str, JsonValue] = {}


class CommentRow(BaseModel):
    id: int
    author_id: int | None = None
    body: str = ""
    html_body: str | None = None
    public: bool = True
    created_at: AwareDatetime
    metadata: Metadata | None = None
    via: Via = Via()


class EventRow(BaseModel):
    """An event of an audit; of those that are comments, their text."""

    id: int
    type: str = ""
    author_id: int | None = None
    body: JsonValue = None
    html_body: str | None = None
    public: bool = False


class AuditRow(BaseModel):
    author_id: int | None = None
    created_at: AwareDatetime | None = None
    events: list[EventRow] = []


class Beside(BaseModel):
    """What was side-loaded."""

    users: list[UserRow] = []
    organizations: list[OrganizationRow] = []


class UserAnswer(BaseModel):
    user: UserRow


class UsersAnswer(BaseModel):
    users: list[UserRow]


class OrganizationsAnswer(BaseModel):
    organizations: list[OrganizationRow]


class TicketAnswer(Beside):
    ticket: TicketRow


class TicketsAnswer(Beside):
    tickets: list[TicketRow]


class WriteAnswer(BaseModel):
    ticket: TicketRow
    audit: AuditRow = AuditRow()


class ExportPage(Beside):
    tickets: list[TicketRow]
    after_cursor: str | None = None
    end_of_stream: bool


class Meta(BaseModel):
    has_more: bool = False
    after_cursor: str | None = None


class Page(BaseModel):
    """A page of a list that goes by cursor."""

    meta: Meta = Field(default_factory=Meta)


class FieldsPage(Page):
    ticket_fields: list[FieldRow]


class BrandsPage(Page):
    brands: list[BrandRow]


class CommentsPage(Page):
    comments: list[CommentRow]
    users: list[UserRow] = []
