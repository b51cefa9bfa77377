"""Writes a settings file that explains itself, from what a connector's settings say of themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, JsonValue

EXAMPLES = Path(__file__).parent / "examples"
"""The example rules that an installation starts with."""

HEAD = """\
# Loopwright's settings. Every value can also come from the environment
# (LOOPWRIGHT_CONNECTIONS__JIRA__TOKEN) or from a file in the secrets folder
# (connections__jira__token): secrets belong there, not here.

# Where everything is remembered. For PostgreSQL: postgresql://user@host/database
database_url: sqlite:///loopwright.sqlite

# Files and folders with rules.
rules: [rules]

# One file for each secret.
secrets_dir: secrets

webhooks:
  host: 127.0.0.1
  port: 8710
  # The address under which the four tools reach this daemon; without it, polling does the work.
  # public_url: https://loop.example.com

connections:
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person said about one connection. Secrets are not among them."""

    name: str
    system: str
    model: type[BaseModel]
    values: Mapping[str, JsonValue]


def settings_text(connections: list[Answers]) -> str:
    """The whole settings file."""
    if not connections:
        return HEAD.replace("connections:\n", "connections: {}\n")
    return HEAD + "\n".join(_connection(answers) for answers in connections)


def _connection(answers: Answers) -> str:
    lines = [f"  {answers.name}:", f"    system: {answers.system}"]
    lines += (f"    {line}" for line in _fields(answers))
    return "\n".join(lines) + "\n"


def _fields(answers: Answers) -> Iterator[str]:
    for name, field in answers.model.model_fields.items():
        if name in answers.values:
            yield f"# {field.description}"
            yield f"{name}: {json.dumps(answers.values[name], ensure_ascii=False)}"
