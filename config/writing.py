"""Writes a settings file that explains itself, from what a connector's settings say of themselves."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, JsonValue
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, to_jsonable_python

from config.problems import is_secret
from config.sources import secret_file

EXAMPLES = Path(__file__).parent / "examples"
"""The example rules that an installation starts with."""
SCHEMA = Path(__file__).parent / "rules.schema.json"
"""For editors: the example rules look for it in the folder above theirs."""
WIDTH = 100

HEAD = """\
# Loopwright's settings. What stands after a comment sign is the default, or an example where there is none.
#
# Every value can also come from the environment (LOOPWRIGHT_CONNECTIONS__JIRA__TOKEN) or from a file in the
# secrets folder (connections__jira__token): secrets belong there, not here. Paths start at this file.

# Where everything is remembered. For PostgreSQL: postgresql://user@host/name
database_url: sqlite:///loopwright.sqlite

# Files and folders with rules.
rules: [rules]

# A file that says who is who in the tools, for those whom e-mail addresses do not match.
# people: people.yaml

# A folder with one file for each secret, readable for nobody else.
secrets_dir: secrets

# Where the daemon listens for webhooks, and under which address the tools reach it. Without that, polling
# does the work.
webhooks:
  host: 127.0.0.1
  port: 8710
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


def settings_text(connections: Sequence[Answers]) -> str:
    """The whole settings file, for at least one connection."""
    return HEAD + "\n".join(_connection(answers) for answers in connections)


def _connection(answers: Answers) -> str:
    lines = [f"  {answers.name}:", f"    system: {answers.system}"]
    lines += (f"    {line}" for line in _fields(answers))
    return "\n".join(lines) + "\n"


def _fields(answers: Answers) -> Iterator[str]:
    for name, field in answers.model.model_fields.items():
        yield from (f"# {line}" for line in textwrap.wrap(field.description or "", WIDTH))
        if name in answers.values:
            yield f"{name}: {_yaml(answers.values[name])}"
        elif is_secret(field):
            yield f"# {name}: in secrets/{secret_file(['connections', answers.name, name])}"
        else:
            yield f"# {name}: {_default(field)}".rstrip()


def _default(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    return "" if default in (None, PydanticUndefined) else _yaml(to_jsonable_python(default))


def _yaml(value: JsonValue) -> str:
    """JSON is YAML; plain words need no quotes."""
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_yaml(one)}' for key, one in value.items())}}}"
    return json.dumps(value, ensure_ascii=False)
