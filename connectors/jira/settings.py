"""What a person must say to connect a Jira site."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

_ADDRESS = r"^https?://[^\s/?#]+[^\s?#]*$"
ProjectKey = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]+$")]


class JiraSettings(BaseModel):
    """A Jira Cloud site, reached with the API token of an account of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(
        pattern=_ADDRESS,
        description="The site, such as https://acme.atlassian.net. For a token with scopes: "
        "https://api.atlassian.com/ex/jira/CLOUD_ID.",
    )
    browse_url: str | None = Field(
        None,
        pattern=_ADDRESS,
        description="Where people open issues, if that is not the same address as url.",
    )
    email: str = Field(description="The address of the account that the API token belongs to.")
    token: SecretStr = Field(description="The account's API token; it expires within a year.")
    projects: tuple[ProjectKey, ...] = Field(min_length=1, description="Keys of the projects to sync.")
    issue_type: str = Field("Task", description="The type of new issues for which a rule names none.")
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
