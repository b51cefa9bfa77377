"""What a person must say to connect a Zendesk account."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import ConfigDict, Field, SecretStr, field_validator, model_validator

from connectors.oauth import OAuthSettings

Plan = Literal["essential", "team", "growth", "professional", "enterprise", "enterprise_plus"]


class ZendeskSettings(OAuthSettings):
    """One Zendesk account and the agent that Loopwright is there, or the OAuth app that acts for one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    oauth_by_person: ClassVar[bool] = False
    """A confidential client acts for whoever made it (developer.zendesk.com, migrating to OAuth)."""

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
    articles: bool | tuple[str, ...] = Field(
        default=False,
        description="Whether the articles of the Help Center are read and written, too, or the names of the "
        "sections whose articles are.",
    )
    plan: Plan = Field(
        default="team", description="The account's plan: how many requests a minute it allows."
    )
    high_volume: bool = Field(
        default=False, description="Whether the account has the High Volume API add-on."
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="The signing secret of the webhook, as Zendesk shows it."
    )
    largest_file: int = Field(
        default=50 * 1024 * 1024, gt=0, description="How many bytes a file may have that is attached."
    )
    settle_seconds: float = Field(
        default=60.0,
        ge=0,
        description="How long a write whose answer was lost may still be on its way inside Zendesk.",
    )
    job_seconds: float = Field(
        default=300.0,
        gt=0,
        description="How long to wait for a job of many writes before its items are looked up one by one.",
    )
    timeout_seconds: float = Field(default=30.0, gt=0, description="How long to wait for an answer.")

    @field_validator("articles", mode="before")
    @classmethod
    def _of_one_word(cls, value: object) -> object:
        """The environment gives a list for every word that could be one."""
        alone = value[0] if isinstance(value, list) and len(value) == 1 else None
        return {"true": True, "false": False}.get(alone, value) if isinstance(alone, str) else value

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        by_token = self.email is not None and self.api_token is not None
        if not by_token and self.oauth_token is None and self.oauth_client_id is None:
            raise ValueError("give email and api_token, or oauth_token, or what belongs to an OAuth app")
        return self
