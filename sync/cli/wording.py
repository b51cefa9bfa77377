"""How commands print: wrapped and coloured for a person at a terminal, plain lines for everything else."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Mapping

import typer
from pydantic import JsonValue
from rich.console import Console

UNWRAPPED = 10_000
"""Columns where nobody reads along: lines are left as long as they are, so that they can be searched."""


def as_json(value: Mapping[str, JsonValue]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def width() -> int:
    """How many columns a line may take."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else UNWRAPPED


def console() -> Console:
    """Standard output, for tables and what is set in bold."""
    return Console(highlight=False, width=width())


def tell(text: str = "", *, hang: int = 0) -> None:
    """Print; a line that is too long goes on ``hang`` columns further in than it began."""
    typer.echo("\n".join(hung(line, hang) for line in text.splitlines()))


def hung(line: str, hang: int) -> str:
    """One line, broken between words where the terminal ends; it goes on under its own beginning."""
    indent = len(line) - len(line.lstrip(" ")) + hang
    wrapped = textwrap.wrap(
        line,
        width(),
        subsequent_indent=" " * indent,
        drop_whitespace=True,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(wrapped)


def count(number: int, thing: str) -> str:
    """A number of things: ``1 rule``, ``2 rules``."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def waiting(connection: str, limit: str, seconds: float) -> str:
    """Which of its tool's limits a connection waits for, and how long."""
    return f"{connection} waits {seconds:.0f} s for its tool's limit “{limit}”"


def ago(seconds: float | None) -> str:
    """A span of time as people say it."""
    if seconds is None:
        return "never"
    if seconds < 2:
        return "just now"
    if seconds < 120:
        return f"{seconds:.0f} s ago"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min ago"
    return f"{seconds / 3600:.0f} h ago"
