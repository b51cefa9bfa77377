"""How much may be asked of a tool: the limits it documents, and what it tells of them as it answers.

A connector states its limits (:class:`connectors.abilities.StatesLimits`); the engine keeps the budget of
each, for all threads and processes that share the connection, and lets a request through only when every
limit that counts it has room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

Bucket: TypeAlias = Callable[[str, str], str | None]
"""From the method and the path of a request to the bucket it counts in; ``None`` where it does not count.

One limit may have many buckets: Jira allows so many writes to *each* issue. ``""`` is what most have."""
Cost: TypeAlias = Callable[[str, str], float]
"""From the method and the path of a request to what it costs of the limit."""


def every(method: str, path: str) -> str | None:
    """The bucket of a limit that counts every request."""
    return ""


def one(method: str, path: str) -> float:
    """The cost of a request where each counts the same."""
    return 1.0


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``amount`` in any ``seconds``, as the vendor's page says; its source belongs beside it."""

    name: str
    """What it is called in settings, in :class:`Standing` and where people look."""
    amount: float
    seconds: float
    bucket: Bucket = every
    cost: Cost = one
    told: bool = True
    """Whether answers tell how much of it is left, and until when; ``False`` where only a refusal does."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a tool told, along with an answer, of one of its limits."""

    limit: str
    """The name of the :class:`Limit`."""
    left: float
    """How much of it is left, whoever used the rest: others may share it."""
    resets: float
    """Seconds until it is whole again."""
    bucket: str = ""
