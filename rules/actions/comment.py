"""``comment``: write a comment, for exactly one audience."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, StrictBool, StrictStr

from connectors.model import Audience
from rules.actions.registry import ActionType
from rules.actions.step import ActionPart, Firing, Post, Step
from rules.actions.values import Made, constant, rendered
from rules.intents import Intent, Say, Unresolved
from rules.names import Names
from rules.parts import Part
from rules.templates import Form, is_template


class CommentSettings(Part):
    """A comment: what it says, and who may read it."""

    audience: Audience = Field(
        Audience.INTERNAL, description="Who reads it: internal (the default), customer or public."
    )
    template: StrictStr | None = Field(None, description="The template that makes the text.")
    text: StrictStr | None = Field(None, description="The text itself, as Markdown; {{ }} may be used.")
    publish: StrictBool = Field(
        False, description="Allow text to reach a wider audience than the one that it comes from."
    )
    once_per: Literal["item"] | None = Field(
        None, description="item: at most one such comment on an item, however often the rule fires."
    )


class CommentAction(ActionPart):
    """Write a comment on the item."""

    comment: CommentSettings


def compile_comment(action: CommentAction, names: Names, post: Post) -> Step:
    """``comment``. A rule that fires for a backfill says nothing."""
    settings = action.comment
    made = _text(action, names, post)

    def step(firing: Firing) -> Iterator[Intent | Unresolved]:
        if made is None or firing.silent:
            return
        body = made.make(firing)
        yield Say(
            origin=post.origin(firing),
            target=firing.item.ref,
            body=body if isinstance(body, str) else "",
            audience=settings.audience,
            source_audience=made.audience(firing),
            publish=settings.publish,
            once=settings.once_per is not None,
        )

    return step


def _text(action: CommentAction, names: Names, post: Post) -> Made | None:
    settings = action.comment
    if (settings.template is None) == (settings.text is None):
        names.report(action.mark("comment"), "a comment has either 'template' or 'text'")
        return None
    if settings.template is not None:
        mark = settings.value_mark("template")
        template = names.template(settings.template, mark, Form.MARKDOWN, post.roots)
        return rendered(template) if template else None
    text = settings.text or ""
    if not is_template(text):
        return constant(text)
    template = names.text(text, settings.value_mark("text"), Form.MARKDOWN, post.roots)
    return rendered(template) if template else None


COMMENT = ActionType(CommentAction, compile_comment)
