"""What is wrong with the settings, said where it is and without showing a secret.

The line of the file is shown as :mod:`rules.problems` shows it, but only as far as it holds names and
values that are known to be no secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from config.model import Connection
from config.sources import origin, origin_within, secret_file, variable
from rules.problems import Mark, Problem, RuleProblems, did_you_mean
from rules.yaml import Document

Location = tuple[str | int, ...]

_NAME = re.compile(r"[A-Za-z_][\w-]{0,40}")
_KEYS = re.compile(r"\s*(-\s+)*([A-Za-z_][\w-]*:\s+)?")


_MISTAKE = "loopwright_mistake"


def mistake(message: str, hint: str) -> PydanticCustomError:
    """What a validator of ours raises to be reported in its own words; they show no secret."""
    return PydanticCustomError(_MISTAKE, "{message}", {"message": message, "hint": hint})


class SettingsProblems(RuleProblems):
    """The settings have mistakes. All of them are in ``problems``; none of them shows a secret."""


def unreadable(problems: Iterable[Problem]) -> SettingsProblems:
    """Mistakes that keep the file from being YAML, without the values in the lines that they show."""
    return SettingsProblems(
        Problem(p.file, p.line, p.column, _without_values(p.message), p.hint, _keys_only(p.source_line))
        for p in problems
    )


def _keys_only(line: str) -> str:
    key = _KEYS.match(line)
    shown = key[0] if key else ""
    return line if shown == line else f"{shown}…"


def _without_values(message: str) -> str:
    def shown(quoted: re.Match[str]) -> str:
        return quoted[0] if len(quoted[1]) < 2 or _NAME.fullmatch(quoted[1]) else "'…'"

    return re.sub(r"'([^']*)'", shown, message)


class Reporter:
    """Collects the mistakes in a settings file and in what stands beside it."""

    def __init__(self, document: Document, secrets: Path | None = None) -> None:
        self.document = document
        self.secrets = secrets
        self.problems: list[Problem] = []

    def at_key(self, path: Location, message: str, hint: str = "") -> None:
        """A mistake in a setting; the file's line is shown up to its key."""
        while path and isinstance(path[-1], int):
            path = path[:-1]
        self._add(path, self.document.find(path).key, message, hint)

    def at_value(self, path: Location, message: str, hint: str = "") -> None:
        """A mistake in a value that is no secret."""
        self._add(path, self.document.find(path).value, message, hint)

    def elsewhere(self, place: str, message: str, hint: str = "") -> None:
        """A mistake in a variable, a folder or a file as a whole."""
        self.problems.append(Problem(place, 0, 0, message, hint))

    def refused(self, model: type[BaseModel], error: ValidationError) -> None:
        """Every mistake that pydantic found while it made a ``model``."""
        for detail in error.errors(include_input=False, include_url=False):
            self._refused(model, detail)

    def _refused(self, model: type[BaseModel], detail: ErrorDetails) -> None:
        path = detail["loc"]
        named = ".".join(str(step) for step in path)
        field = field_at(model, path)
        tell = self.at_value if is_ours(path) and not (field and is_secret(field)) else self.at_key
        if detail["type"] == "missing":
            self._missing(path, named, field)
        elif detail["type"] == "extra_forbidden":
            self._unknown(model, path)
        elif detail["type"] == _MISTAKE:
            tell(path, detail["ctx"]["message"], detail["ctx"]["hint"])
        else:
            tell(path, f"{named} {_said(detail, field)}", _where_secrets_go(path) if len(path) == 2 else "")

    def _missing(self, path: Location, named: str, field: FieldInfo | None) -> None:
        hint = (field.description or "") if field else ""
        if field and is_secret(field):
            hint = (
                f"put it in {variable(path)}, in a file {secret_file(path)} in the secrets folder, "
                f"or in {self.document.source.name}"
            )
        self.at_key(path, f"{named} is not set", hint)

    def _unknown(self, model: type[BaseModel], path: Location) -> None:
        name = str(path[-1])
        owner = model_at(model, path[:-1])
        known = sorted(_fields(owner)) if owner else []
        if path[:-1] == ("connections",):
            hint = did_you_mean(name, known) or f"the file has {', '.join(known)}"
            self.elsewhere(
                origin_within(path, self.secrets) or variable(path[:1]),
                f"there is no connection '{name}'",
                hint,
            )
        elif _NAME.fullmatch(name):
            self.at_key(
                path, f"unknown field '{name}'", did_you_mean(name, known) or f"known: {', '.join(known)}"
            )
        else:
            self.at_key(path[:-1], "a field that has no proper name", "write a space after the colon")

    def _add(self, path: Location, mark: Mark, message: str, hint: str) -> None:
        in_file = isinstance(self.document.data, dict) and path[:1] and path[0] in self.document.data
        if place := origin(path, self.secrets) or (None if in_file else self.document.source.name):
            self.elsewhere(place, message, hint)
            return
        line = mark.source.line(mark.line)
        before, end = line[: mark.column - 1], mark.column - 1 + mark.length
        if not _KEYS.fullmatch(before):
            before = " " * len(before)
        found = Problem.at(mark, message, hint)
        self.problems.append(replace(found, source_line=before + line[mark.column - 1 : end]))


_WORDS = {
    "string_type": "should be text",
    "list_type": "should be a list",
    "tuple_type": "should be a list",
    "dict_type": "should be a mapping",
    "model_type": "should be a mapping",
    "model_attributes_type": "should be a mapping",
}


def _said(detail: ErrorDetails, field: FieldInfo | None) -> str:
    if field and is_secret(field):
        # What a validator says of a secret may quote it.
        return (
            "should be text, in quotes"
            if detail["type"] == "string_type"
            else f"is wrong: {field.description}"
        )
    message = _WORDS.get(detail["type"], detail["msg"].removeprefix("Input "))
    return message if message.startswith("should ") else f"is wrong: {message.removeprefix('Value error, ')}"


def _where_secrets_go(path: Location) -> str:
    """For what a connector says of its settings together, such as that one of two secrets is needed."""
    return f"a secret can come from {variable(path)}__NAME" if path[0] == "connections" else ""


def is_ours(path: Location) -> bool:
    """Whether a setting is Loopwright's own, where nobody would put a token by mistake."""
    return path[:1] != ("connections",) or (len(path) > 2 and path[2] in Connection.model_fields)


def is_secret(field: FieldInfo) -> bool:
    """Whether a field holds something that is never to be shown."""
    return field.annotation is SecretStr or SecretStr in get_args(field.annotation)


def model_at(model: type[BaseModel], path: Location) -> type[BaseModel] | None:
    """The model that the mapping at ``path`` is read into."""
    for step in path:
        field = _fields(model).get(str(step))
        types = (field.annotation, *get_args(field.annotation)) if field else ()
        inner = next(
            (type_ for type_ in types if isinstance(type_, type) and issubclass(type_, BaseModel)), None
        )
        if inner is None:
            return None
        model = inner
    return model


def field_at(model: type[BaseModel], path: Location) -> FieldInfo | None:
    """The field that ``path`` leads to, or leads into when it is a list."""
    for length in range(len(path) - 1, -1, -1):
        owner = model_at(model, path[:length])
        if owner:
            return _fields(owner).get(str(path[length]))
    return None


def _fields(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}
