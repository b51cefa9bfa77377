"""Zendesk's JSON, as far as it is used. What a plan, a version or a redaction leaves out has a default."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, Field, JsonValue, field_validator


class UserRow(BaseModel):
    id: int | None = None
    """``None`` for the anonymous user, whom Zendesk shows to a request without credentials."""
    name: str = ""
    email: str | None = None
    role: str = "end-user"
    active: bool = True
    suspended: bool = False


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


class GroupRow(BaseModel):
    id: int
    name: str


class CustomStatusRow(BaseModel):
    id: int
    agent_label: str


class CustomValue(BaseModel):
    id: int
    value: JsonValue = None


class ViaFrom(BaseModel):
    ticket_id: int | None = None


class ViaSource(BaseModel):
    from_: ViaFrom = Field(default=ViaFrom(), alias="from")
    rel: str | None = None


class Via(BaseModel):
    channel: str | int | None = None
    source: ViaSource | None = None

    @property
    def is_email(self) -> bool:
        return self.channel == "email"


class Rating(BaseModel):
    score: str | None = None


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
    group_id: int | None = None
    custom_status_id: int | None = None
    organization_id: int | None = None
    brand_id: int | None = None
    is_public: bool = False
    tags: list[str] = []
    custom_fields: list[CustomValue] = []
    via: Via = Via()
    problem_id: int | None = None
    has_incidents: bool = False
    followup_ids: list[int] = []
    satisfaction_rating: Rating | None = None


class Metadata(BaseModel):
    custom: dict[str, JsonValue] = {}


class AttachmentRow(BaseModel):
    id: int
    file_name: str = ""
    content_url: str = ""
    content_type: str | None = None
    size: int = 0
    deleted: bool = False
    malware_scan_result: str | None = None


class UploadRow(BaseModel):
    token: str
    attachment: AttachmentRow


class UploadAnswer(BaseModel):
    upload: UploadRow


class CommentRow(BaseModel):
    id: int
    author_id: int | None = None
    body: str = ""
    html_body: str | None = None
    public: bool = True
    created_at: AwareDatetime
    metadata: Metadata | None = None
    via: Via = Via()
    attachments: list[AttachmentRow] = []


class EventRow(BaseModel):
    """An event of an audit; of those that are comments, their text."""

    id: int
    type: str = ""
    author_id: int | None = None
    body: JsonValue = None
    html_body: str | None = None
    public: bool = False
    attachments: list[AttachmentRow] = []


class AuditRow(BaseModel):
    author_id: int | None = None
    created_at: AwareDatetime | None = None
    events: list[EventRow] = []


class Beside(BaseModel):
    """What was side-loaded."""

    users: list[UserRow] = []
    organizations: list[OrganizationRow] = []
    groups: list[GroupRow] = []


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


class GroupsPage(Page):
    groups: list[GroupRow]


class CustomStatusesAnswer(BaseModel):
    custom_statuses: list[CustomStatusRow]


class TicketsPage(Page):
    tickets: list[TicketRow]


class UsersPage(Page):
    users: list[UserRow]


class CommentsPage(Page):
    comments: list[CommentRow]
    users: list[UserRow] = []


class ChildRow(BaseModel):
    """One thing that happened in an update: a comment, a changed field, a comment that was changed later."""

    id: int | None = None
    event_type: str = ""
    author_id: int | None = None
    body: JsonValue = None
    html_body: JsonValue = None
    public: JsonValue = None
    created_at: AwareDatetime | None = None
    metadata: Metadata | None = None
    via: Via = Via()

    @field_validator("via", mode="before")
    @classmethod
    def _of_a_name(cls, value: object) -> object:
        """Of a changed field it is but the channel's name."""
        return value if isinstance(value, dict) else {}


class UpdateRow(BaseModel):
    """One update of a ticket, as the export of ticket events tells of it."""

    id: int
    ticket_id: int
    timestamp: int
    created_at: AwareDatetime | None = None
    updater_id: int | None = None
    child_events: list[ChildRow] = []


class EventsPage(BaseModel):
    ticket_events: list[UpdateRow]
    end_time: int | None = None
    end_of_stream: bool


class JobResult(BaseModel):
    """What became of one item of a job; a failed one has an error and often words."""

    index: int | None = None
    id: int | None = None
    success: bool | None = None
    error: str | None = None
    details: JsonValue = None


class JobRow(BaseModel):
    id: str
    status: str
    results: list[JobResult] | None = None

    @field_validator("results", mode="before")
    @classmethod
    def _of_single_items(cls, value: object) -> object:
        """Jobs of other kinds tell of all items in one object, which says nothing of each."""
        return value if isinstance(value, list) else None

    @property
    def ended(self) -> bool:
        return self.status not in ("queued", "working")


class JobAnswer(BaseModel):
    job_status: JobRow


class JobsAnswer(BaseModel):
    job_statuses: list[JobRow]
