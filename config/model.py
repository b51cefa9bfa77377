"""The parts of the settings, as the rest of Loopwright sees them once they are loaded."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rules import caps

_DEFAULT = caps.Caps()


def _web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+\S*", text):
        raise ValueError("expected a web address, such as https://loop.example.com")
    return text


WebAddress = Annotated[str, AfterValidator(_web_address)]


class Part(BaseModel):
    """A mapping in the settings file: immutable, and strict about names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Rate(Part):
    """How fast a connection may be used, by reads and writes alike."""

    per_second: float = Field(default=5, gt=0, description="Requests a second, in the long run.")
    burst: int = Field(
        default=10, ge=1, description="How many requests may follow one another at once after a rest."
    )


POLL_SECONDS = {"zendesk": 30, "jira": 30}
"""Where looking more often than once a minute costs little; Zendesk allows it ten times a minute."""


class Connection(Part):
    """What the engine needs to know of one connection.

    A loaded connection is also an instance of its connector's own ``Settings``, so it is handed to
    ``Connector.open`` as it is.
    """

    system: str = Field(description="Which tool it is: the name of an installed connector.")
    poll_seconds: float = Field(
        default=60, ge=1, description="Seconds between two looks for what webhooks missed."
    )
    census_hours: float = Field(
        default=24,
        ge=0,
        description="Hours between two readings of everything there is, which find what was missed; 0: none.",
    )
    census_calls_per_hour: int = Field(
        default=300, ge=1, description="How many requests an hour such a reading may take."
    )
    rate: Rate | None = Field(
        default=None,
        description="A ceiling of your own for this connection, beside the limits that its tool documents.",
    )
    documented_limits: bool = Field(
        default=True,
        description="Keep to the limits that the tool documents; false for a server that enforces none.",
    )


class Webhooks(Part):
    """Where the daemon listens for webhooks, and under which address the tools reach it."""

    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8710, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    public_url: WebAddress | None = Field(
        default=None,
        description="The address of the daemon as the tools see it; without it, polling does the work.",
    )


class Caps(Part):
    """How much each rule may cause within an hour; a rule can say otherwise for itself."""

    effects: int = Field(
        default=_DEFAULT.effects,
        ge=0,
        description="Mirrors, changes and comments, and what is kept in sync along its links.",
    )
    customer_comments: int = Field(
        default=_DEFAULT.customer_comments,
        ge=0,
        description="Of these, the comments that customers or everybody can read.",
    )
    backfill: int = Field(
        default=_DEFAULT.backfill,
        ge=0,
        description="Writes about items, comments and files that were there before.",
    )
    all_rules: int = Field(
        default=_DEFAULT.all_rules, ge=0, description="Effects of all rules together, backfills aside."
    )


class Log(Part):
    """What the daemon writes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least that is worth a line."
    )
    format: Literal["text", "json"] = Field(
        default="text", description="Lines for people, or one JSON object a line."
    )
