"""``set``, ``add_labels`` and ``remove_labels``: write fields and labels of the item."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, StrictStr

from connectors.model import JsonValue, Patch
from rules.actions.registry import ActionType
from rules.actions.step import ActionPart, Firing, Post, Step
from rules.actions.values import (
    WRITABLE,
    Made,
    Missed,
    Written,
    compile_value,
    form_of,
    is_writable,
)
from rules.intents import Change, Intent, Unresolved
from rules.names import Names
from rules.problems import did_you_mean
from rules.templates import Form

READ_BY_ALL = ("title", "body", "labels")
"""Fields that everybody reads who reads the item."""


class SetAction(ActionPart):
    """Write fields of the item."""

    set: dict[str, Written | None] = Field(
        min_length=1, description="The fields and their new values; null clears one."
    )


class AddLabelsAction(ActionPart):
    """Add labels to the item."""

    add_labels: list[StrictStr] = Field(min_length=1, description="The labels; {{ }} may be used.")


class RemoveLabelsAction(ActionPart):
    """Take labels from the item."""

    remove_labels: list[StrictStr] = Field(min_length=1, description="The labels; {{ }} may be used.")


def compile_set(action: SetAction, names: Names, post: Post) -> Step:
    """``set``: one change with all the fields whose values are known."""
    marks = action.block("set")
    fields: dict[str, Made] = {}
    for name, written in action.set.items():
        if name == "labels":
            names.report(marks.key(name), "labels are not set as a whole", "use add_labels and remove_labels")
        elif not is_writable(name):
            hint = did_you_mean(name, WRITABLE)
            names.report(marks.key(name), f"'{name}' is no field that can be set", hint)
        elif isinstance(written, list) and not name.startswith("custom."):
            names.report(marks.key(name), f"{name} takes one value, not a list")
        else:
            made = compile_value(written, marks.at(name), form_of(name), names, post.roots)
            if made is not None:
                fields[name] = made

    def step(firing: Firing) -> Iterator[Intent | Unresolved]:
        origin, target = post.origin(firing), firing.item.ref
        values: dict[str, JsonValue] = {}
        for name, made in fields.items():
            value = made.make(firing)
            if isinstance(value, Missed):
                yield Unresolved(origin, target, name, value.value)
            elif (why := _overheard(name, made, firing)) is not None:
                yield Unresolved(origin, target, name, None, why)
            else:
                values[name] = value
        if values:
            yield Change(origin, target, Patch(fields=values))

    return step


def compile_labels(action: AddLabelsAction | RemoveLabelsAction, names: Names, post: Post) -> Step:
    """``add_labels`` and ``remove_labels``."""
    adds = isinstance(action, AddLabelsAction)
    key = "add_labels" if adds else "remove_labels"
    written = action.add_labels if isinstance(action, AddLabelsAction) else action.remove_labels
    made = compile_value(list(written), action.mark(key), Form.PLAIN, names, post.roots)

    def step(firing: Firing) -> Iterator[Intent | Unresolved]:
        if made is None:
            return
        origin, target = post.origin(firing), firing.item.ref
        why = _overheard("labels", made, firing)
        if why is not None:
            yield Unresolved(origin, target, "labels", None, why)
            return
        made_labels = made.make(firing)
        labels = (
            tuple(dict.fromkeys(str(one) for one in made_labels)) if isinstance(made_labels, list) else ()
        )
        patch = Patch(add_labels=labels) if adds else Patch(remove_labels=labels)
        if labels:
            yield Change(origin, target, patch)

    return step


def _overheard(field: str, made: Made, firing: Firing) -> str | None:
    """Why this value may not be written here: text for few would be read by many."""
    audience = made.audience(firing)
    if field not in READ_BY_ALL or audience.reaches(firing.item.audience):
        return None
    return (
        f"it is made of {audience} text, and everybody in the {firing.item.audience} audience would read it"
    )


SET = ActionType(SetAction, compile_set)
ADD_LABELS = ActionType(AddLabelsAction, compile_labels)
REMOVE_LABELS = ActionType(RemoveLabelsAction, compile_labels)
