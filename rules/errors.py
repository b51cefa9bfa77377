"""pydantic's errors in the words of the language, at the places of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from rules.problems import Problem, did_you_mean
from rules.yaml import Block, Document

_EXPECTED = {
    "string_type": "expected a text",
    "bool_type": "expected true or false",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "list_type": "expected a list",
    "dict_type": "expected names with values",
    "model_type": "expected names with values",
}


def problems_of(error: ValidationError, document: Document) -> Iterator[Problem]:
    """A problem for each error."""
    for details in error.errors(include_url=False):
        # Steps that are not in the file are the names of variants, or of what is missing.
        spot = document.find(details["loc"])
        value = details["input"]
        if details["type"] == "missing":
            name = str(details["loc"][-1])
            # A name without a value has been reported already.
            if not (isinstance(spot.data, Block) and name in spot.data) and spot.data is not None:
                yield Problem.at(spot.key, f"'{name}' is missing")
        elif details["type"] == "unknown_action" and isinstance(value, Block) and value:
            yield Problem.at(value.key(next(iter(value))), *_words(details))
        else:
            yield Problem.at(spot.value, *_words(details))


def _words(details: ErrorDetails) -> tuple[str, str]:
    kind, value = details["type"], details["input"]
    context = details.get("ctx", {})
    if kind in _EXPECTED:
        quoted = kind == "string_type" and isinstance(value, int | float)
        shown = str(value).lower() if isinstance(value, bool) else value
        hint = "put a dash before each entry" if kind == "list_type" else ""
        return _EXPECTED[kind], f'write "{shown}" in quotes' if quoted else hint
    if kind == "too_short":
        return f"'{details['loc'][-1]}' is empty", ""
    if kind in ("enum", "literal_error"):
        expected = str(context.get("expected", ""))
        hint = did_you_mean(str(value), re.findall(r"'([^']+)'", expected))
        return f"expected {expected}", hint
    if kind == "string_pattern_mismatch":
        if "smhdw" in str(context.get("pattern")):
            return "expected a length of time", "such as 30m, 12h, 7d or 4w"
        return "an id is made of letters, digits, '.', '_' and '-'", ""
    if kind == "unknown_action":
        names = details["msg"].partition(": ")[2].split(", ")
        if isinstance(value, dict) and value:
            name = next(iter(value))
            return f"unknown action '{name}'", did_you_mean(name, names) or f"there are {', '.join(names)}"
        return details["msg"], ""
    return details["msg"][:1].lower() + details["msg"][1:], ""
