"""How this account behaves where accounts differ, and where Zendesk has its moods."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Literal

Plan = Literal["essential", "team", "growth", "professional", "enterprise", "enterprise_plus"]


@dataclass(slots=True)
class Conduct:
    """To be changed at any time; what counts something down is counted down as it strikes."""

    plan: Plan = "professional"
    high_volume: bool = False
    """Whether the High Volume API add-on was bought."""
    search_lag: float = 0.0
    """Seconds until a change shows in the search; Zendesk says up to a few minutes."""
    queue_seconds: float = 0.5
    """How long a job waits before anybody works on it."""
    work_seconds: float = 0.5
    """How long a job is worked on."""
    kill_jobs: int = 0
    """So many of the next jobs are killed halfway, and tell no results."""
    conflicts: int = 0
    """So many of the next writes collide in the database: they are answered 409, and nothing is done."""
    conflict_odds: float = 0.0
    """How likely any write collides besides, by the throws of ``dice``."""
    dice: Random = field(default_factory=lambda: Random(0))  # noqa: S311 - foretellable
    timeouts: int = 0
    """So many of the next requests are answered 503 with Retry-After: the database took too long."""
    match: str = ".*"
    """A regular expression over ``METHOD /path``: what conflicts and timeouts may strike."""
    ignore_put_tags: bool = False
    """Whether ``additional_tags`` and ``remove_tags`` of a single update are overlooked, as the reference
    names them for bulk updates alone."""
    files_elsewhere: bool = True
    """Whether attachments are read from a host of their own straight away, or the account sends on to it."""
    events_tell_metadata: bool = True
    """Whether the comments in the export of ticket events carry what their update's metadata said."""
    loud_enums: bool = True
    """Whether webhooks tell enumerations in capitals."""
