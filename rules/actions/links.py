"""``for_each_link``: do something on each linked item.

Inside it ``item`` is the linked item and ``source`` the one that fired.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated

from pydantic import Discriminator, Field, Tag

from connectors.model import JsonValue
from rules.actions.registry import action_types
from rules.actions.step import ActionPart, Firing, Step
from rules.conditions import Facts, Node
from rules.intents import Intent, Unresolved
from rules.parts import Part
from rules.when import Condition


def named(*names: str) -> Discriminator:
    """Tells actions apart by the one key that each has."""

    def pick(value: JsonValue | Part) -> str | None:
        keys = value.written() if isinstance(value, Part) else value if isinstance(value, dict) else ()
        return next((key for key in keys if key in names), None)

    message = f"expected an action: {', '.join(names)}"
    return Discriminator(pick, custom_error_type="unknown_action", custom_error_message=message)


def any_of(parts: Mapping[str, type[ActionPart]]) -> object:
    """The type of an action that is one of these: which there are is known once entry points were read."""
    tagged = [Annotated[part, Tag(name)] for name, part in parts.items()]
    return Annotated[reduce(or_, tagged), named(*parts)]


if TYPE_CHECKING:
    SimpleAction = ActionPart
else:
    SimpleAction = any_of({name: action.part for name, action in action_types().items()})
"""An action that stands for itself, on the item that fired or on a linked one."""


class ForEachLinkSettings(Part):
    """Which linked items, and what to do on each of them."""

    where: Condition | None = Field(
        None, description="Only linked items like this; `type` is the type of the link. Default: all."
    )
    do: list[SimpleAction] = Field(
        min_length=1, description="What to do. Here `item` is the linked item, `source` the one that fired."
    )


class ForEachLinkAction(ActionPart):
    """Do something on each linked item."""

    for_each_link: ForEachLinkSettings


def for_each_link(where: Node | None, steps: Sequence[Step]) -> Step:
    """``for_each_link``: the steps, for each linked item that meets the condition."""
    meets: Callable[[Facts], bool] = (lambda _: True) if where is None else where.holds

    def step(firing: Firing) -> Iterator[Intent | Unresolved]:
        for link in firing.snapshot.links:
            if meets(Facts.of_link(link, firing.snapshot.now)):
                inner = replace(firing, item=link.item, source=firing.item)
                for do in steps:
                    yield from do(inner)

    return step
