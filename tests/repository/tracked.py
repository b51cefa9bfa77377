"""The files of the project: what git tracks, or all that is there when this is no clone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.repository.dockerfile import ROOT


def files() -> list[Path]:
    """Tracked files that are there, as paths below the root."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = (Path(name) for name in listed.stdout.split("\0") if name)
    return [path for path in paths if (ROOT / path).is_file()]


def texts() -> Iterator[tuple[Path, str]]:
    """Tracked files that are text, with what is in them."""
    for path in files():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content:
            yield path, content.decode("utf-8")
