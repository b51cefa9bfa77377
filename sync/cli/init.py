"""``init``: asks for what is needed, checks each credential, and writes settings, secrets and first rules."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import typer
from pydantic import ValidationError

from config.settings import DEFAULT_FILE
from config.sources import secret_file
from config.starters import starters
from config.writing import EXAMPLES, SCHEMA, Answers, settings_text
from connectors.errors import ConnectorError
from connectors.protocol import OpenGate
from connectors.registry import connector_type
from sync.cli.asking import Given, ask
from sync.cli.wording import tell

SYSTEMS = {"zendesk": "Zendesk", "jira": "Jira", "github": "GitHub", "notion": "Notion"}


class CannotWrite(Exception):
    """There is no place for a new installation: the message says why, and what to do."""


def init(folder: Path) -> None:
    """Write ``loopwright.yaml``, ``secrets/`` and ``rules/`` into ``folder``; what exists is not touched."""
    target = folder / DEFAULT_FILE
    _check_place(folder, target)
    tell("Which tools are to be kept in one loop? Ctrl-C ends without writing anything.")
    answers = _ask_all()
    if not answers:
        tell("\nThere is nothing to connect, so nothing was written.")
        raise typer.Exit(1)
    try:
        _write(folder, answers)
    except OSError as error:
        raise CannotWrite(
            f"{folder} cannot be written: {error.strerror}\n  name another: loopwright init FOLDER"
        ) from error
    tell(f"\nWritten: {target}, and beside it the folders secrets and rules.")
    tell("Next: read the rules and make them yours, then loopwright doctor, then loopwright run.")


def _check_place(folder: Path, target: Path) -> None:
    """Before anything is asked, for nobody wants to type tokens twice."""
    if target.exists():
        raise CannotWrite(
            f"{target} is there already\n  edit it, or name another folder: loopwright init FOLDER"
        )
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        raise CannotWrite(f"{there} cannot be written\n  name another folder: loopwright init FOLDER")


def _ask_all() -> dict[str, Given]:
    return {
        system: _ask(system)
        for system, name in SYSTEMS.items()
        if typer.confirm(f"\nConnect {name}?", default=True)
    }


def _ask(system: str) -> Given:
    """Ask until the tool accepts the credential, or the person wants to go on without."""
    given = Given({}, {})
    while True:
        given = ask(connector_type(system).Settings, given)
        problem = _check(system, given)
        if problem is None:
            return given
        tell(f"  That did not work. {problem}", hang=2)
        if not typer.confirm("  Ask again? (Enter keeps what you typed)", default=True):
            tell("  It is written as it is; loopwright doctor tries it again.")
            return given


def _check(system: str, given: Given) -> str | None:
    """Why the credential does not work; ``None`` when it does."""
    type = connector_type(system)
    try:
        settings = type.Settings.model_validate({**given.values, **given.secrets})
    except ValidationError as error:
        return _mistakes(
            error, {name: field.description for name, field in type.Settings.model_fields.items()}
        )
    connector = type.open(system, settings, OpenGate())
    try:
        account = connector.check()
    except ConnectorError as error:
        return str(error)
    finally:
        connector.close()
    tell(f"  Signed in to {account.site} as {account.name}.")
    for warning in account.warnings:
        tell(f"  Note: {warning}", hang=2)
    return None


def _mistakes(error: ValidationError, descriptions: Mapping[str, str | None]) -> str:
    """What is wrong with the answers, without showing one: it may have been a token in the wrong place."""
    found = []
    for one in error.errors(include_input=False, include_url=False):
        name = str(one["loc"][0]) if one["loc"] else ""
        if one["type"] == "value_error":
            said = one["msg"].removeprefix("Value error, ")
            found.append(f"{name}: {said}" if name else said)
        else:
            found.append(f"{name} is not of this form: {descriptions.get(name)}")
    return "\n  ".join(dict.fromkeys(found))


def _write(folder: Path, answers: Mapping[str, Given]) -> None:
    """All or nothing: everything is made beside the folder's files first, and then moved."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".init-") as temporary:
        fresh = Path(temporary)
        (fresh / "secrets").mkdir(mode=0o700)
        for system, given in answers.items():
            for name, value in given.secrets.items():
                file = fresh / "secrets" / secret_file(["connections", system, name])
                file.touch(mode=0o600)
                file.write_text(value, encoding="utf-8")
        (fresh / "rules").mkdir()
        for example in sorted(EXAMPLES.glob("*.yaml")):
            text = starters(example.read_text(encoding="utf-8"), answers.keys())
            (fresh / "rules" / example.name).write_text(text, encoding="utf-8")
        (fresh / SCHEMA.name).write_bytes(SCHEMA.read_bytes())
        written = [
            Answers(system, system, connector_type(system).Settings, given.values)
            for system, given in answers.items()
        ]
        (fresh / DEFAULT_FILE).write_text(settings_text(written), encoding="utf-8")
        for made in ("secrets", "rules", SCHEMA.name, str(DEFAULT_FILE)):
            _move(fresh / made, folder / made)


def _move(made: Path, place: Path) -> None:
    """Into place, beside what is there already."""
    if made.is_dir() and place.is_dir():
        for inner in made.iterdir():
            _move(inner, place / inner.name)
    elif not place.exists():
        made.rename(place)
