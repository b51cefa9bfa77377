"""Which actions there are, beside ``mirror`` and ``for_each_link``: those under ``loopwright.actions``.

Ours are registered there like anybody's. An action of your own is a subclass of
:class:`rules.actions.step.ActionPart` with one field, whose name is the action's, and a function that
compiles it into a step; an :class:`ActionType` of the two goes under the action's name into the entry points
of your distribution. Editors, messages and ``for_each_link`` know it from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from rules.actions.step import ActionPart, Post, Step
from rules.names import Names

GROUP = "loopwright.actions"
FIRST = ("set", "add_labels", "remove_labels", "comment")
"""The order in which messages name them; others follow by name."""

P = TypeVar("P", bound=ActionPart)


@dataclass(frozen=True, slots=True)
class ActionType(Generic[P]):
    """An action: how it is written, and how it is compiled."""

    part: type[P]
    compile: Callable[[P, Names, Post], Step]


@cache
def action_types() -> Mapping[str, ActionType[ActionPart]]:
    """Every installed action by its name."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    order = [name for name in FIRST if name in found] + sorted(found.keys() - {*FIRST})
    return {name: found[name].load() for name in order}
