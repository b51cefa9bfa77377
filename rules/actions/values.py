"""Values in actions: as they are, made by a template, or copied from a field, through a map or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Discriminator, Field, StrictStr, Tag

from connectors.model import Audience, Item, JsonValue
from rules.actions.step import Firing
from rules.fields import CUSTOM, FIELDS, FieldType, Value, find_field
from rules.names import Names
from rules.parts import Part, Scalar, shape
from rules.problems import Mark, did_you_mean
from rules.templates import Form, Template, is_template

WRITABLE = ("title", "body", "type", "status", "priority", "labels")
"""The fields that actions can write, besides custom ones."""


class MadeValue(Part):
    """A value that is made: by a named template, or copied from a field, through a map or as it is."""

    template: StrictStr | None = Field(None, description="The template that makes the text.")
    of: StrictStr | None = Field(
        None, description="The field that is copied, such as item.status or source.status."
    )
    map: StrictStr | None = Field(None, description="The map that the copied value goes through.")


Written = Annotated[
    Annotated[Scalar, Tag("<value>")]
    | Annotated[list[StrictStr], Tag("<list>")]
    | Annotated[MadeValue, Tag("<made>")],
    Discriminator(shape(scalar="<value>", row="<list>", block="<made>")),
]
"""A value as a rule file writes it. A text with {{ }} in it is a template."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A value that a map does not know."""

    value: JsonValue


@dataclass(frozen=True, slots=True)
class Made:
    """A compiled value."""

    make: Callable[[Firing], JsonValue | Missed]
    """The value in this firing. Raises :class:`rules.templates.Unrenderable`."""
    audience: Callable[[Firing], Audience]
    """Who may read what the value is made of."""


def constant(value: JsonValue) -> Made:
    """A value that is written in the rule file itself."""
    return Made(lambda _: value, lambda _: Audience.PUBLIC)


def rendered(template: Template) -> Made:
    """A value that a template makes."""
    return Made(
        lambda firing: template.render(firing.item, firing.source),
        lambda firing: template.audience(firing.item, firing.source),
    )


def compile_value(
    written: Scalar | list[str] | MadeValue | None,
    mark: Mark,
    form: Form,
    names: Names,
    roots: tuple[str, ...],
) -> Made | None:
    """Compile a value for a field of this form; ``None`` when it has mistakes, which are reported."""
    if isinstance(written, MadeValue):
        return _made(written, mark, form, names, roots)
    if isinstance(written, list):
        return _list(written, mark, names, roots)
    if isinstance(written, str) and is_template(written):
        template = names.text(written, mark, form, roots)
        return rendered(template) if template else None
    return constant(written)


def _list(written: list[str], mark: Mark, names: Names, roots: tuple[str, ...]) -> Made | None:
    parts = [compile_value(entry, mark, Form.PLAIN, names, roots) for entry in written]
    made = [part for part in parts if part is not None]
    if len(made) < len(parts):
        return None
    widths = list(Audience)
    return Made(
        lambda firing: [text for part in made if (text := _text(part.make(firing)))],
        lambda firing: min(
            (part.audience(firing) for part in made), key=widths.index, default=Audience.PUBLIC
        ),
    )


def _text(value: JsonValue | Missed) -> str:
    return value if isinstance(value, str) else ""


def _made(written: MadeValue, mark: Mark, form: Form, names: Names, roots: tuple[str, ...]) -> Made | None:
    if (written.template is None) == (written.of is None):
        names.report(
            mark,
            "a value is made of one thing",
            "write {template: NAME}, {of: FIELD} or {map: NAME, of: FIELD}",
        )
        return None
    if written.template is not None:
        if written.map is not None:
            names.report(written.mark("map"), "'map' goes with 'of', not with 'template'")
        template = names.template(written.template, written.value_mark("template"), form, roots)
        return rendered(template) if template else None
    return _copied(written, names, roots)


def _copied(written: MadeValue, names: Names, roots: tuple[str, ...]) -> Made | None:
    assert written.of is not None  # noqa: S101 - seen to by the caller
    root, _, name = written.of.partition(".")
    mark = written.value_mark("of")
    value_map = names.map(written.map, written.value_mark("map")) if written.map is not None else None
    field = find_field(name)
    if root not in roots:
        if root == "source":
            names.report(mark, "'source' is known only inside for_each_link", "use 'item'")
        else:
            names.report(mark, f"unknown name '{root}'", did_you_mean(root, roots) or "write item.FIELD")
    elif field is None or field.type is FieldType.PART:
        names.report(
            mark, f"unknown field '{name}' of {root}", did_you_mean(name, [*FIELDS, CUSTOM + "NAME"])
        )
    elif written.map is None or value_map is not None:
        read, of_source = field.read, root == "source"

        def origin(firing: Firing) -> Item:
            return firing.source if of_source and firing.source is not None else firing.item

        def make(firing: Firing) -> JsonValue | Missed:
            value = plain(read(origin(firing)))
            if value_map is None:
                return value
            known, mapped = value_map.resolve(value)
            return mapped if known else Missed(value)

        # What a map gives was written by the author of the rules; what is copied as it is was not.
        return Made(make, lambda firing: origin(firing).audience if value_map is None else Audience.PUBLIC)
    return None


def plain(value: Value) -> JsonValue:
    """A field's value as it is written into another field."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def form_of(field: str) -> Form:
    """Which form of text a field takes."""
    return Form.MARKDOWN if field == "body" else Form.PLAIN


def is_writable(field: str) -> bool:
    """Whether an action can write this field."""
    return field in WRITABLE or (field.startswith(CUSTOM) and len(field) > len(CUSTOM))
