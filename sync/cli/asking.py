"""Questions in the terminal, made from what a connector's settings say of themselves."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel, JsonValue, SecretStr
from pydantic.fields import FieldInfo

from connectors.oauth import OAuthSettings
from sync.cli.wording import tell


@dataclass(frozen=True, slots=True)
class Given:
    """What a person said about one account."""

    values: Mapping[str, JsonValue]
    secrets: Mapping[str, str]


def ask(model: type[BaseModel], before: Given) -> Given:
    """Ask for whatever names the account and opens it; numbers and finer points keep their defaults.

    What was said ``before`` is offered again. An OAuth app takes a browser, and some secrets are whole files
    (``asked: False`` in ``json_schema_extra``): these are set up in the file.
    """
    values: dict[str, JsonValue] = {}
    secrets: dict[str, str] = {}
    for name, field in model.model_fields.items():
        if name in OAuthSettings.model_fields or field.json_schema_extra == {"asked": False}:
            continue
        kinds = set(_kinds(field.annotation))
        if SecretStr in kinds:
            if text := _ask_text(name, field, before.secrets.get(name, ""), hidden=True):
                secrets[name] = text
        elif _list_of(field) is not None or str in kinds:
            text = _ask_text(name, field, _as_text(before.values.get(name, field.get_default())))
            if text:
                values[name] = _ask_entries(field, text) if _list_of(field) is not None else text
    return Given(values, secrets)


def _ask_text(name: str, field: FieldInfo, offered: str, *, hidden: bool = False) -> str:
    tell(f"  {field.description}", hang=2)
    hints = [
        "several with commas between them" if _list_of(field) is not None else "",
        "Enter keeps it" if hidden and offered else "",
        "Enter for none" if not (offered or field.is_required()) else "",
    ]
    said = ", ".join(hint for hint in hints if hint)
    answer: str = typer.prompt(
        f"  {name}{f' ({said})' if said else ''}",
        default=offered if offered or not field.is_required() else None,
        show_default=bool(offered) and not hidden,
        hide_input=hidden,
    )
    return answer.strip()


def _ask_entries(field: FieldInfo, text: str) -> list[JsonValue]:
    """The entries of a list; what else an entry must say of itself is asked one by one."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    entry = _list_of(field)
    if not (isinstance(entry, type) and issubclass(entry, BaseModel)):
        return [*names]
    main = next(name for name, one in entry.model_fields.items() if one.is_required())
    return [{main: name, **_ask_choices(entry, name)} for name in names]


def _ask_choices(entry: type[BaseModel], name: str) -> dict[str, JsonValue]:
    answers: dict[str, JsonValue] = {}
    for field_name, field in entry.model_fields.items():
        if get_origin(field.annotation) is Literal:
            choices = [_as_text(value) for value in get_args(field.annotation)]
            default = _as_text(field.get_default())
            tell(f"  {name}: {field.description}", hang=2)
            while (answer := str(typer.prompt(f"  {field_name}", default=default))) not in choices:
                tell(f"  Please answer {' or '.join(choices)}.")
            answers[field_name] = answer
    return answers


def _as_text(value: object) -> str:
    """An earlier answer or a default, as it would be typed."""
    if isinstance(value, list | tuple):
        return ", ".join(
            str(next(iter(one.values()))) if isinstance(one, dict) else str(one) for one in value
        )
    if isinstance(value, Enum):
        return str(value.value)
    return value if isinstance(value, str) else ""


def _list_of(field: FieldInfo) -> object | None:
    """What a list holds; ``None`` for anything else."""
    if get_origin(field.annotation) not in (tuple, list):
        return None
    inner: object = get_args(field.annotation)[0]
    return get_args(inner)[0] if get_origin(inner) is Annotated else inner


def _kinds(annotation: object) -> Iterator[object]:
    """The types that a value may have."""
    if get_origin(annotation) in (Union, types.UnionType):
        for one in get_args(annotation):
            yield from _kinds(one)
    else:
        yield annotation
