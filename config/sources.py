"""Where settings come from besides the file: the environment, and a folder with one file for each secret.

``connections.jira.token`` is ``LOOPWRIGHT_CONNECTIONS__JIRA__TOKEN`` in the one and a file named
``connections__jira__token`` in the other; large and small letters are the same.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import JsonValue
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "LOOPWRIGHT_"
DELIMITER = "__"


def variable(path: Sequence[str | int]) -> str:
    """The environment variable that sets what ``path`` leads to."""
    return PREFIX + secret_file(path).upper()


def secret_file(path: Sequence[str | int]) -> str:
    """The file in the secrets folder that sets what ``path`` leads to."""
    return DELIMITER.join(str(step) for step in path)


def origin(path: Sequence[str | int], secrets: Path | None) -> str | None:
    """The variable or secret file that sets ``path`` or something above it; ``None`` if the file does."""
    places = _places(secrets)
    above = (places.get(secret_file(path[:length]).upper()) for length in range(len(path), 0, -1))
    return next((place for place in above if place), None)


def origin_within(path: Sequence[str | int], secrets: Path | None) -> str | None:
    """A variable or secret file that sets something inside what ``path`` leads to."""
    start = (secret_file(path) + DELIMITER).upper()
    return next((place for name, place in _places(secrets).items() if name.startswith(start)), None)


def _places(secrets: Path | None) -> dict[str, str]:
    """Every variable of ours and every secret file by the setting that it names, in capitals."""
    files = {file.name.upper(): str(file) for file in secrets.iterdir()} if secrets else {}
    variables = {name.upper(): name for name, value in os.environ.items() if value}
    return files | {
        name.removeprefix(PREFIX): place for name, place in variables.items() if name.startswith(PREFIX)
    }


def connections_in_environment() -> dict[str, str]:
    """The connections that the environment gives a system, by name."""
    pattern = re.compile(rf"{PREFIX}CONNECTIONS{DELIMITER}(\w+?){DELIMITER}SYSTEM", re.IGNORECASE)
    found = ((pattern.fullmatch(name), value) for name, value in os.environ.items())
    return {match[1].lower(): value for match, value in found if match and value}


def decode(value: str) -> JsonValue:
    """A list or mapping from one line: JSON, or for a plain list its entries with commas between them."""
    try:
        decoded: JsonValue = json.loads(value)
    except ValueError:
        decoded = value
    if isinstance(decoded, list | dict):
        return decoded
    return value if value.lstrip()[:1] in ("[", "{") else [entry.strip() for entry in value.split(",")]


class Environment(EnvSettingsSource):
    """The environment, where a list need not be written as JSON."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: str) -> JsonValue:
        return decode(value)


class Secrets(NestedSecretsSettingsSource):
    """The secrets folder, read like the environment."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: str) -> JsonValue:
        return decode(value)


class Sources(BaseSettings):
    """Settings in the making: a subclass adds the fields and the layers, and is called without arguments."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        env_ignore_empty=True,
        extra="forbid",
        hide_input_in_errors=True,
    )
    secrets: ClassVar[Path | None] = None
    file: ClassVar[dict[str, JsonValue]] = {}
    fallback: ClassVar[dict[str, JsonValue]] = {}
    """What holds where nothing else says anything, nested like the file."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (
            Environment(settings_cls),
            *(
                [Secrets(file_secret_settings, secrets_dir=cls.secrets, secrets_prefix="")]
                if cls.secrets
                else []
            ),
            InitSettingsSource(settings_cls, init_kwargs=cls.file),
            InitSettingsSource(settings_cls, init_kwargs=cls.fallback),
        )
