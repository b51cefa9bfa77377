"""What a rule wants done: intended writes, each with its reason. The engine turns them into effects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from connectors.model import Audience, JsonValue, Patch, Ref


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an intent comes from, for the journal, ``why`` and undo."""

    rule: str
    action: str
    """The action's place in its rule, such as ``then[0].mirror``; stable while the rule is."""
    place: str
    """``file:line`` of the action."""
    reason: str
    """One sentence for people: which conditions held."""
    silent: bool = False
    """A backfill: nobody may be notified."""


class Direction(StrEnum):
    BOTH = "both"
    TO_MIRROR = "to_mirror"
    TO_SOURCE = "to_source"


class ConflictPolicy(StrEnum):
    """What happens when both ends changed one field to different values."""

    HOLD = "hold"
    NEWEST = "newest"
    SOURCE = "source"
    MIRROR = "mirror"


@dataclass(frozen=True, slots=True)
class ValueMap:
    """A named value map of the rules. A value that it does not know, and no ``otherwise``, is unresolved."""

    name: str
    pairs: Mapping[str, JsonValue]
    otherwise: JsonValue = None
    has_otherwise: bool = False

    def resolve(self, value: JsonValue) -> tuple[bool, JsonValue]:
        """Whether the value is resolved, and to what."""
        if isinstance(value, str) and value in self.pairs:
            return True, self.pairs[value]
        return self.has_otherwise, self.otherwise


@dataclass(frozen=True, slots=True)
class KeptField:
    """A field that a mirror keeps in sync. The maps are ``None`` where values go over as they are."""

    name: str
    direction: Direction
    conflict: ConflictPolicy = ConflictPolicy.HOLD
    to_mirror: ValueMap | None = None
    to_source: ValueMap | None = None
    publish: bool = False
    """Whether its text may reach a wider audience than that of the item it comes from."""


@dataclass(frozen=True, slots=True)
class KeptComments:
    """Comments that a mirror carries over, with the audience they get on the other side."""

    direction: Direction
    audience: Audience = Audience.INTERNAL
    publish: bool = False


@dataclass(frozen=True, slots=True)
class KeptFiles(KeptComments):
    """Attachments that a mirror carries over, as it carries comments."""


@dataclass(frozen=True, slots=True)
class Keep:
    """All that a mirror keeps in sync after its creation."""

    fields: tuple[KeptField, ...] = ()
    comments: KeptComments | None = None
    files: KeptFiles | None = None
    to: str = ""
    """The connection and the container in which the mirrors are made."""
    container: str = ""


@dataclass(frozen=True, slots=True)
class Mirror:
    """Create the item's counterpart in ``to`` and link the two, once for ever per item and action."""

    origin: Origin
    to: str
    """The connection."""
    container: str
    title: str
    body: str
    type: str | None = None
    status: str | None = None
    priority: str | None = None
    labels: tuple[str, ...] = ()
    custom: Mapping[str, JsonValue] = field(default_factory=dict)
    keep: Keep = field(default_factory=Keep)
    publish: bool = False
    """Whether the rule widens the audience knowingly."""


@dataclass(frozen=True, slots=True)
class Change:
    """Write fields or labels of an existing item."""

    origin: Origin
    target: Ref
    patch: Patch


@dataclass(frozen=True, slots=True)
class Say:
    """Write a comment on an existing item."""

    origin: Origin
    target: Ref
    body: str
    audience: Audience
    source_audience: Audience
    """Who may read the text that the comment was made of: the narrowest of its origins."""
    publish: bool = False
    once: bool = False
    """At most one such comment on the target, however often the rule fires (``once_per: item``)."""


Intent = Mirror | Change | Say


@dataclass(frozen=True, slots=True)
class Clash:
    """Two rules of equal priority that set one field of one item differently: neither is applied."""

    target: Ref
    field: str
    origins: tuple[Origin, ...]


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A value that could not be made: the field was left alone.

    Most often a map does not know ``value``. Where that is not the reason, ``reason`` says it, in words for
    people and without any text of the item. Field ``text`` is a template without a value that it needs:
    then the rule did nothing at all, and is tried again when the item is next seen.
    """

    origin: Origin
    target: Ref | None
    """``None`` for a mirror that does not exist yet."""
    field: str
    value: JsonValue
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one evaluation."""

    intents: tuple[Intent, ...] = ()
    truths: Mapping[str, bool] = field(default_factory=dict)
    """The truth of each rule that could apply, by rule key: to be kept for the next evaluation."""
    fired: tuple[str, ...] = ()
    """Ids of the rules that fired."""
    clashes: tuple[Clash, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
