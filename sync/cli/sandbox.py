"""``sandbox``: the four services on this machine, in the foreground."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer
from sandbox.app import describe, make_sandbox

from sandbox.service import Conditions


def sandbox(*, port: int, load: Path | None, load_into: str, limits: bool, empty: bool) -> None:
    """Serve until Ctrl-C."""
    made = make_sandbox(
        Conditions(limits=limits), first_port=port, empty=empty, load=load, load_into=load_into
    )
    typer.echo(describe(made))
    asyncio.run(made.serve())
