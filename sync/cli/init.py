"""``init``: asks for what is needed, checks each credential, and writes settings, secrets and first rules."""

from __future__ import annotations

import shutil
import tempfile
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Union, get_args, get_origin

import typer
from pydantic import BaseModel, JsonValue, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from config.settings import DEFAULT_FILE
from config.writing import EXAMPLES, Answers, settings_text
from connectors.errors import ConnectorError
from connectors.registry import connector_type

SYSTEMS = ("zendesk", "jira", "github", "notion")


def init(folder: Path) -> None:
    """Write ``loopwright.yaml``, ``secrets/`` and ``rules/`` into ``folder``; what exists is not touched."""
    target = folder / DEFAULT_FILE
    if target.exists():
        typer.echo(f"{target} is there already; edit it, or choose another folder", err=True)
        raise typer.Exit(2)
    typer.echo("Which tools are to be kept in one loop? (yes, no; Ctrl-C ends without writing anything)")
    answered: list[Answers] = []
    secrets: dict[str, str] = {}
    for system in SYSTEMS:
        if typer.confirm(f"Connect {system}?", default=True):
            answers, own = _ask(system)
            answered.append(answers)
            secrets.update(own)
    _write(folder, answered, secrets)
    typer.echo(f"\nWritten: {target}, {folder / 'secrets'} and {folder / 'rules'}.")
    typer.echo("Next: read the rules there, then loopwright doctor, then loopwright run.")


def _ask(system: str) -> tuple[Answers, dict[str, str]]:
    """Ask until the tool accepts the credential, or the person wants to go on without."""
    type = connector_type(system)
    while True:
        values, secrets = _ask_fields(type.Settings)
        problem = _check(system, type.Settings, {**values, **secrets})
        if problem is None:
            break
        typer.echo(f"  {problem}", err=True)
        if not typer.confirm("  Ask again?", default=True):
            break
    named = {f"connections__{system}__{name}": value for name, value in secrets.items()}
    return Answers(system, system, type.Settings, values), named


def _ask_fields(model: type[BaseModel]) -> tuple[dict[str, JsonValue], dict[str, str]]:
    values: dict[str, JsonValue] = {}
    secrets: dict[str, str] = {}
    for name, field in model.model_fields.items():
        secret = _mentions(field.annotation, SecretStr)
        if not (field.is_required() or secret or _is_list(field)):
            continue
        typer.echo(f"  {field.description}")
        optional = not field.is_required()
        text = typer.prompt(
            f"  {name}{' (empty for none)' if optional else ''}",
            default="" if optional else None,
            show_default=False,
            hide_input=secret,
        )
        if secret and text:
            secrets[name] = text
        elif text:
            values[name] = [one.strip() for one in text.split(",")] if _is_list(field) else text
    return values, secrets


def _check(system: str, model: type[BaseModel], values: Mapping[str, JsonValue]) -> str | None:
    """Why the credential does not work; ``None`` when it does."""
    try:
        settings = model.model_validate(values)
    except ValidationError as error:
        return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    connector = connector_type(system).open(system, settings, _no_gate)
    try:
        account = connector.check()
    except ConnectorError as error:
        return str(error)
    finally:
        connector.close()
    typer.echo(f"  signed in to {account.site} as {account.name}")
    for warning in account.warnings:
        typer.echo(f"  note: {warning}")
    return None


def _no_gate(method: str, path: str) -> None:
    """Checking a credential takes a call or two: no budget is needed."""


def _write(folder: Path, answered: list[Answers], secrets: Mapping[str, str]) -> None:
    """All or nothing: everything is made beside the folder's files first, and then moved."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".init-") as temporary:
        fresh = Path(temporary)
        (fresh / DEFAULT_FILE).write_text(settings_text(answered), encoding="utf-8")
        (fresh / "secrets").mkdir(mode=0o700)
        for name, value in secrets.items():
            file = fresh / "secrets" / name
            file.touch(mode=0o600)
            file.write_text(value, encoding="utf-8")
        shutil.copytree(EXAMPLES, fresh / "rules")
        for name in ("secrets", "rules", str(DEFAULT_FILE)):
            if (folder / name).is_dir():
                for made_file in (fresh / name).iterdir():
                    if not (folder / name / made_file.name).exists():
                        made_file.rename(folder / name / made_file.name)
            else:
                (fresh / name).rename(folder / name)


def _is_list(field: FieldInfo) -> bool:
    return get_origin(field.annotation) in (tuple, list)


def _mentions(annotation: object, wanted: type) -> bool:
    if annotation is wanted:
        return True
    if get_origin(annotation) in (Union, types.UnionType):
        return any(_mentions(one, wanted) for one in get_args(annotation))
    return False
