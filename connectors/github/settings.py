"""What a person must say to connect GitHub."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator
from pydantic.config import JsonDict

_NOT_ASKED: JsonDict = {"asked": False}
"""Marks what is set up in the file: no prompt takes it, or few want it."""

FullName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$")]


class GitHubSettings(BaseModel):
    """Repositories of one account, reached with a token or as an App."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: str = Field(
        default="https://api.github.com",
        pattern=r"^https?://[^\s?#]+$",
        description="Where the API is; GitHub Enterprise Server has it at https://HOST/api/v3.",
    )
    token: SecretStr | None = Field(
        default=None,
        description="A fine-grained personal access token with Issues: read and write, Metadata: read.",
    )
    app_id: str | None = Field(
        default=None,
        description="The App ID or client ID of a GitHub App, in the place of a token.",
        json_schema_extra=_NOT_ASKED,
    )
    installation_id: int | None = Field(
        default=None, description="The number at the end of the address of the App's installation."
    )
    app_private_key: SecretStr | None = Field(
        default=None,
        description="The App's private key: the whole .pem file that GitHub gave.",
        json_schema_extra=_NOT_ASKED,
    )
    app_private_key_file: Path | None = Field(
        default=None, description="The .pem file itself, in the place of app_private_key."
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
    releases: bool = Field(
        default=False, description="Whether releases are read as items. The credential needs Contents: read."
    )
    documents: tuple[str, ...] = Field(
        default=(),
        description="Which Markdown files are read as documents, as patterns of their paths: docs/**/*.md, "
        "README.md. The credential needs Contents: read, and write where rules change them.",
        json_schema_extra=_NOT_ASKED,
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

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        keys = [self.app_private_key, self.app_private_key_file]
        app = [self.app_id, self.installation_id, *(key for key in keys if key is not None)]
        if self.token is not None and any(app):
            raise ValueError("give token, or what belongs to an App, not both")
        if self.token is None and (not all(app) or len(app) != 3):
            raise ValueError(
                "give token, or what belongs to an App: app_id, installation_id, and either app_private_key "
                "or app_private_key_file"
            )
        return self

    def web_url(self) -> str:
        """Where people see what the API has."""
        base = self.base_url.removesuffix("/")
        return "https://github.com" if base == "https://api.github.com" else base.removesuffix("/api/v3")

    def own_token(self) -> str:
        """The token, where there is one."""
        return self.token.get_secret_value() if self.token else ""

    def private_key(self) -> str:
        """The App's private key. Raises OSError or ValueError where its file cannot be read."""
        if self.app_private_key is not None:
            return self.app_private_key.get_secret_value()
        return (self.app_private_key_file or Path()).read_text(encoding="ascii")
