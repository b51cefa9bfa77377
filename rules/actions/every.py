"""Every action there is, and how a list of them is compiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rules.actions.links import ForEachLinkAction, any_of, for_each_link
from rules.actions.mirror import MirrorAction, compile_mirror
from rules.actions.registry import action_types
from rules.actions.step import ActionPart, Post, Step
from rules.compile import ConditionCompiler
from rules.intents import Keep

if TYPE_CHECKING:
    Action = ActionPart
else:
    simple = {name: action.part for name, action in action_types().items()}
    Action = any_of({"mirror": MirrorAction, **simple, "for_each_link": ForEachLinkAction})


def compile_actions(
    rule: str, actions: Sequence[Action], conditions: ConditionCompiler
) -> tuple[tuple[Step, ...], dict[str, Keep]]:
    """The steps of a rule, and what its mirrors keep in sync by the path of the action."""
    names = conditions.names
    steps: list[Step] = []
    keeps: dict[str, Keep] = {}
    for number, action in enumerate(actions):
        (name,) = type(action).model_fields
        post = Post(rule, f"then[{number}].{name}", action.mark(name))
        match action:
            case MirrorAction():
                step, keeps[post.path] = compile_mirror(action, names, post)
            case ForEachLinkAction():
                where = action.for_each_link.where
                step = for_each_link(
                    None if where is None else conditions.compile(where, linked=True),
                    [_linked(one, at, conditions, post) for at, one in enumerate(action.for_each_link.do)],
                )
            case _:
                step = _simple(action, conditions, post)
        steps.append(step)
    return tuple(steps), keeps


def _linked(action: ActionPart, number: int, conditions: ConditionCompiler, outer: Post) -> Step:
    (name,) = type(action).model_fields
    return _simple(action, conditions, outer.inside(f"do[{number}].{name}", action.mark(name)))


def _simple(action: ActionPart, conditions: ConditionCompiler, post: Post) -> Step:
    (name,) = type(action).model_fields
    return action_types()[name].compile(action, conditions.names, post)
