"""``sandbox``: the four services on this machine, in the foreground."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import typer

from sandbox.app import SERVICES, WITH_DATA_CENTER, WholeSandbox, describe, make_sandbox
from sandbox.company import Company, Report
from sandbox.company.northwind import northwind
from sandbox.load import BadReports, read_reports
from sandbox.service import Conditions, Service
from sync.cli.wording import count
from sync.webhooks import PortTaken


def sandbox(
    *, port: int, load: Path | None, load_into: str, limits: bool, empty: bool, data_center: bool
) -> None:
    """Serve until Ctrl-C."""
    reports = _reports(load) if load else ()
    made = open_sandbox(
        Conditions(limits=limits),
        first_port=port,
        company=_without_items(northwind()) if empty else northwind(),
        load=reports,
        load_into=load_into,
        services=WITH_DATA_CENTER if data_center else SERVICES,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    typer.echo(describe(made))
    if reports:
        typer.echo(f"In {load_into}: {count(len(reports), 'report')} of {load}.")
    typer.echo("Ctrl-C ends it.")
    asyncio.run(made.serve())


def open_sandbox(
    conditions: Conditions,
    *,
    first_port: int,
    company: Company,
    load: Sequence[Report] = (),
    load_into: str = "zendesk",
    services: Sequence[type[Service]] = SERVICES,
) -> WholeSandbox:
    """A sandbox on its ports. Raises PortTaken."""
    try:
        return make_sandbox(
            conditions,
            first_port=first_port,
            company=company,
            load=load,
            load_into=load_into,
            service_types=services,
        )
    except OSError as error:
        raise PortTaken(
            f"cannot listen on the ports {first_port} to {first_port + 4}: {error.strerror}\n"
            "  stop what listens there (another demo?), or choose others with --port"
        ) from error
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--load-into") from error


def _reports(file: Path) -> list[Report]:
    try:
        return read_reports(file)
    except (BadReports, OSError) as error:
        raise typer.BadParameter(str(error), param_hint="--load") from error


def _without_items(company: Company) -> Company:
    """People, projects, repositories and databases stay: without them nothing could be filed."""
    return dataclasses.replace(company, tickets=(), tracker_issues=(), repository_issues=(), pages=())


def _end(_number: int, _frame: FrameType | None) -> None:
    """The server takes signals itself while it runs: by now it has answered what was under way."""
    sys.exit(0)
