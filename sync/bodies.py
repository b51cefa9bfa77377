"""Three-way merge of the bodies at a link's ends: edits cross paragraph by paragraph, into the other text.

The two bodies need not be the same: a rule may put words around one, and a tool may lack what the other can
show. What is carried is an edit, not the text. Where both ends were edited, one is written first, with both
edits; the other gets what it lacks in a second step. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.model import Item
from connectors.text.merging import Side, carried, merged, same
from rules.intents import ConflictPolicy, Direction, KeptField
from sync import wording
from sync.merge import Agree, Conflict, Outcome, ToMirror, ToSource
from sync.store.links import Base


def merge_bodies(
    kept: KeptField, base: Base | None, source: Item, mirror: Item, *, source_is_newer: bool
) -> Outcome:
    """What to do so that both bodies agree; ``None`` when there is nothing to do."""
    now = Base(source.body, mirror.body)
    if base is None:
        return Agree(now)
    if now == base:
        return None
    ends = _End(source, str(base.source or "")), _End(mirror, str(base.mirror or ""))
    forward = ends[0].edited and kept.direction in (Direction.BOTH, Direction.TO_MIRROR)
    backward = ends[1].edited and kept.direction in (Direction.BOTH, Direction.TO_SOURCE)
    if not (forward or backward):
        return None
    if same(wording.carried_body(source), mirror.body):
        return Agree(now)
    # An end that is not read for edits keeps its own, unless the other edits the same paragraph.
    wins = _winner(kept.conflict, source_is_newer=source_is_newer) if forward and backward else "one"
    if forward:
        shared, wanted = _over(*ends, wins)
        if wanted is None:
            return Conflict(source.body, mirror.body)
        if not same(wanted, mirror.body):
            return ToMirror(wanted, source.body, None if same(shared, wanted) else shared)
        if not backward:
            return Agree(now)
        # What the source's edit says stands there already: what is left is the mirror's.
        ends = _End(source, source.body), _End(mirror, shared)
    shared, wanted = _over(ends[1], ends[0], "one")
    if wanted is None or same(wanted, source.body):
        return Agree(now)
    return ToSource(wanted, mirror.body, None if same(shared, wanted) else shared)


@dataclass(frozen=True, slots=True)
class _End:
    """An item, and its body when both ends last agreed."""

    item: Item
    agreed: str

    @property
    def edited(self) -> bool:
        return self.item.body != self.agreed

    def as_it_goes(self, text: str) -> str:
        return wording.carried(text, self.item, self.item.requester)


def _over(here: _End, there: _End, wins: Side | None) -> tuple[str, str | None]:
    """The text that was agreed on ``there`` with the edit made ``here``; and with that made there as well."""
    shared = carried(here.as_it_goes(here.agreed), here.as_it_goes(here.item.body), there.agreed)
    return shared, merged(there.agreed, shared, there.item.body, wins=wins)


def _winner(policy: ConflictPolicy, *, source_is_newer: bool) -> Side | None:
    """Whose paragraph counts where both edited the same one; ``None``: a person is to say."""
    match policy:
        case ConflictPolicy.HOLD:
            return None
        case ConflictPolicy.NEWEST:
            return "one" if source_is_newer else "other"
        case ConflictPolicy.SOURCE:
            return "one"
        case ConflictPolicy.MIRROR:
            return "other"
