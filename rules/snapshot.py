"""What a rule sees: one item, what it was before, its links, and the clock it is handed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from connectors.model import Item


@dataclass(frozen=True, slots=True)
class LinkedItem:
    """The other end of a link, as it was last seen."""

    type: str
    """``mirror``, ``reports``, ``duplicate_of`` or ``documents``."""
    item: Item


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that one evaluation may look at."""

    item: Item
    before: Item | None
    """The item at its previous observation; ``None`` when it was never seen before."""
    links: tuple[LinkedItem, ...]
    now: datetime
    transition: int
    """The number of this observation in the journal: what makes an idempotency key new."""
    ours: bool = False
    """Whether this change came from a write of our own, which fires only rules that ask for it."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What was kept of earlier evaluations, by the key of a rule (its id and a hash of its condition)."""

    truths: Mapping[str, bool] = field(default_factory=dict)
    """The last truth of each rule for this item; a rule that never saw the item is missing."""
    activated: Mapping[str, datetime] = field(default_factory=dict)
    """Since when each rule has been in force. What was created before is old: it is a baseline."""
    evaluated: datetime | None = None
    """When the item was last evaluated, if that is known. A rule that was in force by then and is missing in
    ``truths`` was false: so only what is true need be stored."""
