"""What a person must say to connect GitHub."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

FullName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$")]


class GitHubSettings(BaseModel):
    """Repositories of one account, reached with a token."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: str = Field(
        default="https://api.github.com",
        pattern=r"^https?://[^\s?#]+$",
        description="Where the API is; GitHub Enterprise Server has it at https://HOST/api/v3.",
    )
    token: SecretStr = Field(
        description="A fine-grained personal access token with Issues: read and write, Metadata: read."
    )
    repositories: tuple[FullName, ...] = Field(
        min_length=1, description="The repositories whose issues are synced, each as owner/name."
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="The secret that was typed in when the webhook was made."
    )
    priorities: dict[str, str] = Field(
        default_factory=dict,
        description="Which label stands for which priority, such as {high: 'priority: high'}. "
        "GitHub's issues have no priority of their own.",
    )
    overlap_seconds: float = Field(
        default=60.0,
        ge=0,
        description="How far each look for changes reaches back behind the newest change seen.",
    )
    sweep_hours: float = Field(
        default=24.0,
        gt=0,
        description="How often every issue is read again, a call for a hundred: reactions and renamed labels "
        "do not show otherwise.",
    )
    hourly_requests: int = Field(
        default=5000,
        ge=1,
        description="How many requests an hour GitHub allows this credential: 5,000 for most; more for "
        "an App in a large organization, and 15,000 on Enterprise Cloud.",
    )
    settle_seconds: float = Field(
        default=30.0,
        ge=0,
        description="How long a write may stay out of lists. GitHub promises nothing; it is mostly a second.",
    )
    timeout_seconds: int = Field(
        default=30,
        ge=1,
        description="How long to wait for an answer; GitHub itself gives up after 10 seconds.",
    )
