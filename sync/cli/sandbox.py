"""``sandbox``: the four services on this machine, in the foreground."""

from __future__ import annotations

import asyncio
from pathlib import Path

import typer

from sandbox.app import describe, make_sandbox
from sandbox.company.northwind import northwind
from sandbox.load import read_reports
from sandbox.service import Conditions


def sandbox(*, port: int, load: Path | None, load_into: str, limits: bool, empty: bool) -> None:
    """Serve until Ctrl-C."""
    reports = read_reports(load) if load else ()
    made = make_sandbox(
        Conditions(limits=limits),
        first_port=port,
        company=None if empty else northwind(),
        load=reports,
        load_into=load_into,
    )
    typer.echo(describe(made))
    if reports:
        typer.echo(f"{len(reports)} reports of {load} are in {load_into}.")
    asyncio.run(made.serve())
