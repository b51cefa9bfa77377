"""How much one rule may cause within an hour before a person is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from pydantic import Field, StrictInt

from rules.parts import Part


@dataclass(frozen=True, slots=True)
class Caps:
    """Writes within an hour. Ordinary work stays far below the defaults; a mistaken rule does not.

    A busy desk gets some hundred tickets an hour; a rule selects a part, and writes a few times to each.
    """

    effects: int = 1_000
    customer_comments: int = 100
    """Of these, the comments that customers or everybody can read."""
    backfill: int = 20_000
    """Writes about what was there before the rule, which notify nobody."""
    all_rules: int = 5_000
    """Effects of all rules together."""

    def but(self, own: Mapping[str, int]) -> Caps:
        """The caps of a rule that says some of them itself."""
        return replace(self, **own)


class RuleCaps(Part):
    """What the rule may cause within an hour, where that is not what the settings say."""

    noun: ClassVar[str] = "cap"

    effects: StrictInt | None = Field(
        None, ge=0, description="Mirrors, changes and comments, and all that is kept in sync along its links."
    )
    customer_comments: StrictInt | None = Field(
        None, ge=0, description="Of these, the comments that customers or everybody can read."
    )
    backfill: StrictInt | None = Field(
        None, ge=0, description="Writes about items, comments and files that were there before."
    )

    def own(self) -> dict[str, int]:
        """Those that the rule says itself."""
        return {name: getattr(self, name) for name in self.written()}
