"""What a person must say to connect GitLab."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

FullPath = Annotated[str, StringConstraints(pattern=r"^[\w.-]+(/[\w.-]+)+$")]

_KEY_PREFIX = "whsec_"


class GitLabSettings(BaseModel):
    """Projects of one GitLab, reached with one token."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str = Field(
        default="https://gitlab.com",
        pattern=r"^https?://[^\s?#]+$",
        description="Where GitLab is, without /api/v4; version 16 or newer.",
    )
    token: SecretStr = Field(
        description="An access token with the scope api; its role must be Planner or more, to see what is "
        "confidential.",
    )
    projects: tuple[FullPath, ...] = Field(
        min_length=1, description="The projects whose issues are synced, each as group/name."
    )
    confidential: bool = Field(
        default=False,
        description="Whether new issues are confidential, so that members alone read them: for mirrors of "
        "internal things in a public project.",
    )
    webhook_signing_token: SecretStr | None = Field(
        default=None,
        description="The signing token of the webhook, whsec_..., where GitLab offers one. It proves the "
        "whole delivery, so it is preferred.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="The secret token of the webhook, which GitLab sends along as it is. Not asked for where "
        "there is a signing token.",
    )
    requests_per_minute: float = Field(
        default=2000,
        gt=0,
        description="How many requests a minute GitLab allows this user: 2,000 on GitLab.com; elsewhere what "
        "its administrator set.",
    )
    overlap_seconds: float = Field(
        default=60.0, ge=0, description="How far each look for changes reaches back behind the one before."
    )
    settle_seconds: float = Field(
        default=10.0,
        ge=0,
        description="How long a write may stay out of lists: as far as a replica of the database lags.",
    )
    timeout_seconds: float = Field(
        default=60.0, gt=0, description="How long to wait for an answer; GitLab itself gives up after 60."
    )

    @model_validator(mode="after")
    def _readable_key(self) -> Self:
        self.signing_key()
        return self

    def signing_key(self) -> bytes | None:
        """The bytes that GitLab signs with. Raises ValueError for what is no signing token."""
        if self.webhook_signing_token is None:
            return None
        prefix, key, encoded = self.webhook_signing_token.get_secret_value().partition(_KEY_PREFIX)
        try:
            if prefix or not key:
                raise binascii.Error
            return base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ValueError("webhook_signing_token is whsec_ and Base64, as GitLab showed it") from None
