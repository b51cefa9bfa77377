"""Keeping a secret that a tool gave us where the settings will find it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pydantic import SecretStr

from config.sources import secret_file, variable


def keep_secret(folder: Path, path: list[str], secret: SecretStr) -> Path:
    """Write the secret that ``path`` leads to into the secrets folder, for its owner alone; its file.

    The file is replaced as a whole. Raises OSError.
    """
    place = folder / secret_file(path)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".")  # which nobody else can read
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secret.get_secret_value())
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(place)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    return place


def in_environment(path: list[str]) -> str | None:
    """The variable that sets what ``path`` leads to, if there is one: it goes before the secrets folder."""
    name = variable(path)
    return next((one for one, value in os.environ.items() if one.upper() == name and value), None)
