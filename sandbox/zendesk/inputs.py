"""What a request may say of a ticket, and what Zendesk says of it when it is wrong."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, JsonValue


class Invalid(Exception):
    """A 422: what is wrong, by field, in Zendesk's words."""

    def __init__(self, field: str, description: str, error: str = "InvalidValue") -> None:
        super().__init__(description)
        self.details = {field: [{"description": description, "error": error}]}


class CommentInput(BaseModel):
    body: str | None = None
    html_body: str | None = None
    public: bool = True
    author_id: int | None = None
    uploads: list[str] | None = None

    @property
    def says_something(self) -> bool:
        return bool(self.body or self.html_body or self.uploads)


class CustomFieldInput(BaseModel):
    id: int
    value: JsonValue = None


class RequesterInput(BaseModel):
    name: str = ""
    email: str


class TicketInput(BaseModel):
    """The ``ticket`` object of a POST or PUT; what it does not name stays as it is."""

    model_config = ConfigDict(extra="ignore")

    subject: str | None = None
    comment: CommentInput | None = None
    description: str | None = None
    status: str | None = None
    priority: str | None = None
    type: str | None = None
    external_id: str | None = None
    requester: RequesterInput | None = None
    requester_id: int | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    organization_id: int | None = None
    custom_status_id: int | None = None
    problem_id: int | None = None
    brand_id: int | None = None
    tags: list[str] | None = None
    additional_tags: list[str] | None = None
    remove_tags: list[str] | None = None
    custom_fields: list[CustomFieldInput] | None = None
    metadata: dict[str, JsonValue] | None = None
    via_followup_source_id: int | None = None
    safe_update: bool = False
    updated_stamp: str | None = None


def clean_tag(tag: str) -> str:
    """A tag as Zendesk keeps it: lower case, without spaces."""
    return "_".join(tag.lower().split())
