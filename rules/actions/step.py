"""What a compiled action is, and where it stands in its rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from connectors.model import Item
from rules.intents import Intent, Origin, Unresolved
from rules.parts import Part
from rules.problems import Mark
from rules.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Firing:
    """One rule that fires, as its actions see it."""

    snapshot: Snapshot
    item: Item
    """What the action is about: the item that fired, or a linked one inside ``for_each_link``."""
    source: Item | None
    """The item that fired, inside ``for_each_link``."""
    reason: str
    silent: bool = False


class ActionPart(Part):
    """An action in a rule file: one key, its name, with what it needs."""

    @classmethod
    def unknown(cls, key: str, known: Sequence[str]) -> tuple[str, str]:
        """A second key is another action that lacks its dash, or a setting that is not indented."""
        return f"'{key}' does not belong to {known[0]}", "give an action a dash of its own, indent a setting"


Step = Callable[[Firing], Iterable[Intent | Unresolved]]
"""A compiled action. Raises :class:`rules.templates.Unrenderable` when a text cannot be made."""


@dataclass(frozen=True, slots=True)
class Post:
    """Where an action stands: its rule, its path in it, its place in the file, and the names known there."""

    rule: str
    path: str
    mark: Mark
    roots: tuple[str, ...] = ("item",)

    def origin(self, firing: Firing) -> Origin:
        """The origin of what the action does in this firing."""
        return Origin(self.rule, self.path, self.mark.place, firing.reason, firing.silent)

    def inside(self, path: str, mark: Mark) -> Post:
        """The post of an action within this one, which also knows ``source``."""
        return replace(self, path=f"{self.path}.{path}", mark=mark, roots=("item", "source"))
