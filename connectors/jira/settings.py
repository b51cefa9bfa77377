"""What a person must say to connect a Jira site."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, SecretStr, model_validator

from connectors.oauth import OAuthSettings

_ADDRESS = r"^https?://[^\s/?#]+[^\s?#]*$"
ProjectKey = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]+$")]


class JiraSettings(OAuthSettings):
    """A Jira site, reached with the token of an account of its own, or, on Cloud, as an OAuth app."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    edition: Literal["cloud", "data_center"] = Field(
        "cloud", description="Whether Atlassian runs the site, or somebody runs Jira Data Center."
    )
    url: str = Field(
        pattern=_ADDRESS,
        description="The site, such as https://acme.atlassian.net or https://jira.acme.example. For a token "
        "with scopes and for an OAuth app: https://api.atlassian.com/ex/jira/CLOUD_ID.",
    )
    browse_url: str | None = Field(
        None,
        pattern=_ADDRESS,
        description="Where people open issues, if that is not the same address as url.",
    )
    email: str | None = Field(
        None, description="The address of the account that the API token belongs to; for Cloud alone."
    )
    token: SecretStr | None = Field(
        None,
        description="The account's API token, on Data Center its personal access token; it expires. Not for "
        "an OAuth app.",
    )
    projects: tuple[ProjectKey, ...] = Field(min_length=1, description="Keys of the projects to sync.")
    issue_type: str = Field("Task", description="The type of new issues for which a rule names none.")
    releases: bool = Field(
        False, description="Whether the projects' versions are read too, as items of the kind release."
    )
    webhook_secret: SecretStr | None = Field(
        None, description="The secret of the admin webhook, as typed into Jira's settings."
    )
    settle_seconds: float = Field(
        180,
        ge=0,
        description="How long a new issue may stay invisible to Jira's search. Atlassian promises nothing; "
        "seconds are usual, minutes happen after bulk changes.",
    )
    overlap_minutes: float = Field(
        10, ge=0, description="How far back each poll looks again for issues that search showed late."
    )
    timeout_seconds: float = Field(30, gt=0, description="How long to wait for an answer.")

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if self.edition == "data_center":
            if self.token is None or self.email is not None or self.oauth_client_id is not None:
                raise ValueError("Jira Data Center is signed in to by token alone: a personal access token")
            return self
        by_token = self.email is not None and self.token is not None
        if self.oauth_client_id is None and not by_token:
            raise ValueError("give email and token, or what belongs to an OAuth app")
        if self.oauth_client_id is not None and (self.email is not None or self.token is not None):
            raise ValueError("an OAuth app signs in without email and token")
        return self
