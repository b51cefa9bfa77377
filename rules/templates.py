"""Templates: minijinja with strict names, limits, and values made safe for where they go.

What a template may name is checked when it is loaded. A known field without a value is an error when it is
rendered, unless the template says what then (``| default("...")``, ``{% if ... %}``): a text with a hole in
it is not sent to anybody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from minijinja import Environment, Markup, TemplateError

from connectors.model import Audience, Item, JsonValue
from rules.escape import escape_markdown, escape_url
from rules.fields import FIELDS, FieldType, Value
from rules.problems import Mark, Problem, did_you_mean
from rules.sample import SAMPLE

Defuse = Callable[[str, Item | None], str]
"""Takes the power to notify from a Markdown text: of its @mentions, only those stay that the item whose body
it is may make. Without an item, those that stayed in a part of the text before."""

FUEL = 100_000
"""Steps of one rendering, enough for some thousand lines."""
MAX_OUTPUT = 100_000
"""Characters of one rendered text. No tool takes more."""
ROOTS = ("item", "source")
_FUNCTIONS = ("range", "namespace", "dict")


class Form(Enum):
    """What a rendered text is."""

    MARKDOWN = "Markdown"
    PLAIN = "plain text"


class Unrenderable(Exception):
    """A template has no text for this item. The message says which value is missing or what went wrong."""


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled template."""

    environment: Environment
    uses: frozenset[str]
    """Which of ``item`` and ``source`` it draws on."""
    body: Callable[[Item], str]
    """What it says of an item's body."""

    def render(self, item: Item, source: Item | None = None) -> str:
        """The text for this item. Raises :class:`Unrenderable`."""
        context = {
            root: view(of, self.body)
            for root, of in (("item", item), ("source", source))
            if of and root in self.uses
        }
        try:
            text = self.environment.render_template("template", **context)
        except TemplateError as error:
            raise Unrenderable(_run_time(error)) from None
        if len(text) > MAX_OUTPUT:
            raise Unrenderable(f"the text is longer than {MAX_OUTPUT:,} characters")
        return text

    def audience(self, item: Item, source: Item | None = None) -> Audience:
        """Who may read the rendered text: the narrowest audience of what it is made of."""
        used = [of.audience for root, of in (("item", item), ("source", source)) if of and root in self.uses]
        widths = list(Audience)
        return min(used, key=widths.index, default=Audience.PUBLIC)


def untouched(text: str, of: Item | None) -> str:
    """The text, with all the power that it has."""
    return text


def is_template(text: str) -> bool:
    """Whether a value in a rule file is a template rather than itself."""
    return "{{" in text or "{%" in text


def compile_template(
    text: str, mark: Mark, form: Form, defuse: Defuse
) -> tuple[Template | None, list[Problem]]:
    """Compile a template that is written at ``mark``; ``None`` with problems if it has mistakes."""
    environment = Environment(fuel=FUEL, pycompat=False, auto_escape_callback=lambda _: False)
    # Also allowed by minijinja: undefined is false in a condition and an error anywhere else.
    environment.undefined_behavior = "semi_strict"  # type: ignore[assignment]
    environment.finalizer = _finalizer(form, defuse)
    environment.remove_filter("safe")
    environment.add_filter("quote", _quote)
    try:
        environment.add_template("template", text)
        names = environment.undeclared_variables_in_str(text, nested=True)
    except TemplateError as error:
        line = mark.line + (error.line or 1) - (1 if mark.length > 1 else 0)
        column = mark.column if line == mark.line else 1
        message = f"not a valid template: {error.detail or error.message}"
        return None, [Problem.at(_stretch(mark, line, column), message)]
    problems = [_misnamed(name, mark) for name in sorted(names) if not _known(name)]
    problems += _unknown_filters(environment, text, mark)
    uses = frozenset(root for root in ROOTS if _speaks_of(root, text))
    template = Template(environment, uses, lambda of: defuse(of.body, of if form is Form.MARKDOWN else None))
    if not problems and not any(".custom" in name for name in names):
        problems += _trial(template, mark)
    return (None, problems) if problems else (template, [])


def view(item: Item, body: Callable[[Item], str]) -> Mapping[str, object]:
    """What a template sees of an item: the names of the fields of rules. What is not set is left out."""
    seen: dict[str, object] = {
        "custom": {name: value for name, value in item.custom.items() if value is not None}
    }
    for field in FIELDS.values():
        value = field.read(item)
        head, _, tail = field.name.partition(".")
        if field.type is FieldType.PART:
            # Without a person or organization: none, of which every field is unset.
            seen[head] = None if value is None else {}
        elif value is None:
            continue
        elif field.name == "body":
            seen[head] = Markup(body(item))
        elif tail:
            part = seen[head]
            assert isinstance(part, dict)  # noqa: S101 - a part stands before its fields in the table
            part[tail] = _shown(field.name, value)
        else:
            seen[head] = _shown(field.name, value)
    return seen


def _shown(name: str, value: Value) -> JsonValue:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # Marked as Markdown already, as the body is: they are not escaped once more.
    if name == "url":
        return Markup(escape_url(str(value)))
    return value


def _finalizer(form: Form, defuse: Defuse) -> Callable[[object], str]:
    """What every value goes through on its way into the text."""

    def shown(value: object) -> str:
        if isinstance(value, Markup):
            return defuse(str(value), None) if form is Form.MARKDOWN else str(value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list | tuple):
            text = ", ".join(str(entry) for entry in value)
        elif isinstance(value, str | int | float):
            text = str(value)
        else:
            raise Unrenderable("a value that is no text: name one of its fields")
        return defuse(escape_markdown(text), None) if form is Form.MARKDOWN else " ".join(text.split())

    return shown


def _quote(value: object) -> str:
    """The filter ``quote``: the text as a Markdown quotation."""
    body = value if isinstance(value, Markup) else escape_markdown(str(value))
    return Markup("\n".join(f"> {line}".rstrip() for line in body.split("\n")))


def _trial(template: Template, mark: Mark) -> list[Problem]:
    """Render once for an item that has everything: shows wrong arguments, and texts that never end."""
    try:
        template.render(SAMPLE, SAMPLE)
    except Unrenderable as error:
        return [Problem.at(mark, f"the template cannot be rendered: {error}")]
    return []


def _known(name: str) -> bool:
    root, _, field = name.partition(".")
    if root not in ROOTS:
        return name in _FUNCTIONS
    return (
        not field
        or field == "custom"
        or field in FIELDS
        or (field.startswith("custom.") and field.count(".") == 1)
    )


def _misnamed(name: str, mark: Mark) -> Problem:
    root, _, field = name.partition(".")
    if root in ROOTS:
        known = did_you_mean(field, [*FIELDS, "custom"])
        return Problem.at(_find(name, mark), f"unknown field '{field}' of {root} in a template", known)
    hint = did_you_mean(root, ROOTS) or f"a template knows {' and '.join(ROOTS)}"
    return Problem.at(_find(name, mark), f"unknown name '{root}' in a template", hint)


_TAG = re.compile(r"\{[{%](.*?)[}%]\}", re.DOTALL)
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", re.DOTALL)
_FILTER = re.compile(r"\|\s*([A-Za-z_]\w*)")


def _expressions(text: str) -> Iterator[str]:
    """What stands between the braces, without the texts quoted there."""
    return (_QUOTED.sub("''", tag) for tag in _TAG.findall(text))


def _speaks_of(root: str, text: str) -> bool:
    """Whether the name occurs at all. minijinja's own answer leaves out slices, and an audience hangs on it:
    what is not found here is not handed to the template either."""
    return any(re.search(rf"\b{root}\b", expression) for expression in _expressions(text))


def _unknown_filters(environment: Environment, text: str, mark: Mark) -> list[Problem]:
    """minijinja learns of an unknown filter only when it comes to it; we want to know at load."""
    used = {name for expression in _expressions(text) for name in _FILTER.findall(expression)}
    unknown = [name for name in sorted(used) if not environment.eval_expr(f"'{name}' is filter")]
    hints = (
        "default",
        "upper",
        "lower",
        "title",
        "join",
        "length",
        "quote",
        "truncate",
        "replace",
        "first",
        "last",
    )
    return [
        Problem.at(_find(name, mark), f"unknown filter '{name}' in a template", did_you_mean(name, hints))
        for name in unknown
    ]


def _find(name: str, mark: Mark) -> Mark:
    """Where ``name`` first stands in the template that begins at ``mark``."""
    pattern = re.compile(rf"(?<![\w.]){re.escape(name)}(?!\w)")
    for number in range(mark.line, len(mark.source.lines) + 1):
        found = pattern.search(mark.source.line(number), mark.column - 1 if number == mark.line else 0)
        if found:
            return Mark(mark.source, number, found.start() + 1, len(name))
    return mark


def _stretch(mark: Mark, line: int, column: int) -> Mark:
    text = mark.source.line(line)
    start = max(column, len(text) - len(text.lstrip()) + 1)
    return Mark(mark.source, line, start, max(1, len(text.rstrip()) - start + 1))


def _run_time(error: TemplateError) -> str:
    if error.kind == "UndefinedError":
        named = re.search(r"`([^`]+)`", error.detail or "")
        name = named[1] if named else "a field"
        return f'{name} has no value here; write {{{{ {name} | default("...") }}}} to say what then'
    if error.kind == "OutOfFuel":
        return "the template does too much work"
    return f"{error.detail or error.message}"
