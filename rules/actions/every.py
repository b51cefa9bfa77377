"""Every action there is, and how a list of them is compiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Tag

from rules.actions.change import (
    AddLabelsAction,
    RemoveLabelsAction,
    SetAction,
    compile_labels,
    compile_set,
)
from rules.actions.comment import CommentAction, compile_comment
from rules.actions.links import LINKED_ACTIONS, ForEachLinkAction, LinkedAction, for_each_link, named
from rules.actions.mirror import MirrorAction, compile_mirror
from rules.actions.step import Post, Step
from rules.compile import ConditionCompiler
from rules.intents import Keep

Action = Annotated[
    Annotated[MirrorAction, Tag("mirror")]
    | Annotated[SetAction, Tag("set")]
    | Annotated[AddLabelsAction, Tag("add_labels")]
    | Annotated[RemoveLabelsAction, Tag("remove_labels")]
    | Annotated[CommentAction, Tag("comment")]
    | Annotated[ForEachLinkAction, Tag("for_each_link")],
    named("mirror", *LINKED_ACTIONS, "for_each_link"),
]


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


def _linked(action: LinkedAction, number: int, conditions: ConditionCompiler, outer: Post) -> Step:
    (name,) = type(action).model_fields
    return _simple(action, conditions, outer.inside(f"do[{number}].{name}", action.mark(name)))


def _simple(action: LinkedAction, conditions: ConditionCompiler, post: Post) -> Step:
    match action:
        case SetAction():
            return compile_set(action, conditions.names, post)
        case CommentAction():
            return compile_comment(action, conditions.names, post)
        case AddLabelsAction() | RemoveLabelsAction():
            return compile_labels(action, conditions.names, post)
