"""What a person must say to connect a Notion workspace."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from connectors.model import Kind

Role = Literal["status", "priority", "type", "labels", "assignee", "votes", "marker"]
"""What a property can be to a rule, beside a custom field of its own name."""
Plan = Literal["free", "plus", "business", "enterprise"]
Version = Literal["2025-09-03", "2026-03-11"]


class DatabaseSettings(BaseModel):
    """One database whose rows are synced."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="The database's name: what rules call the container.")
    data_source: str | None = Field(
        default=None,
        description="The data source's id (a database's id does too, when it has one data source). "
        "Left out, it is found by its name, and webhooks of other databases cannot be told apart.",
    )

    @field_validator("data_source")
    @classmethod
    def _with_dashes(cls, value: str | None) -> str | None:
        return None if value is None else str(UUID(value))

    kind: Literal[Kind.DOC, Kind.FEEDBACK] = Field(
        default=Kind.DOC, description="What its rows are: doc or feedback."
    )
    properties: dict[Role, str] = Field(
        default_factory=dict,
        description="Which property holds what, where it is not called so: {votes: Points, labels: Areas}.",
    )


class NotionSettings(BaseModel):
    """A workspace, reached with the token of an internal connection."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(
        default="https://api.notion.com", description="Where the API is; only a sandbox is elsewhere."
    )
    token: SecretStr = Field(description="The internal connection's access token (ntn_...).")
    notion_version: Version = Field(
        default="2026-03-11", description="The version of the API that is spoken; both do the same."
    )
    plan: Plan = Field(
        default="plus",
        description="The workspace's plan, which decides how many requests a minute Notion allows.",
    )
    databases: tuple[DatabaseSettings, ...] = Field(
        default=(), description="The databases to sync; each must be shared with the connection."
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="The verification token of the webhook subscription, once it was sent."
    )
    settle_seconds: float = Field(
        default=30.0,
        ge=0,
        description="How long a new or edited row may stay out of query answers. Notion promises nothing.",
    )
    timeout_seconds: float = Field(
        default=70.0,
        gt=0,
        description="How long to wait for an answer; Notion's own deadline is about 60 seconds.",
    )
