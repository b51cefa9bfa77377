"""``webhooks``: what each connection hears, and having the tools send their webhooks here."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

import typer
from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError
from rich.table import Table

from config.model import WebAddress
from config.secrets import in_environment, keep_secret
from config.settings import Settings
from config.sources import variable
from connectors.abilities import SetsUpWebhooks, WebhookSetup
from connectors.errors import ConnectorError
from rules.problems import did_you_mean
from sync.app import open_store, specs
from sync.cli.wording import ago, console, tell
from sync.fleet import ConnectionSpec, Fleet
from sync.store import hints, leases, notices
from sync.store.database import Store
from sync.store.notices import Matter

SECRET = "webhook_secret"  # noqa: S105 - the name of a setting
LOOK_AGAIN = 1.0
"""Seconds between two looks for the first delivery."""


class CannotRegister(Exception):
    """Nothing can be registered: the message says what is missing."""


def show(config: Path | None) -> None:
    """What each connection hears, when it last heard something, and what is missing."""
    settings = Settings.load(config)
    store = open_store(settings)
    try:
        with store.read() as view:
            heard = hints.last_deliveries(view)
            confirm = {
                name: notices.of_connection(view, Matter.CONFIRM, name) for name in settings.connections
            }
    finally:
        store.close()
    now = time.time()
    table = Table(box=None, pad_edge=False, header_style="")
    for title in ("connection", "listens at", "last delivery"):
        table.add_column(title, no_wrap=True)
    public = settings.webhooks.public_url
    for name in settings.connections:
        at = heard.get(name)
        table.add_row(name, address(public, name) if public else "-", ago(None if at is None else now - at))
    console().print(table, highlight=False)
    if public is None and not heard:
        tell("\nNo tool knows where to send anything: set webhooks.public_url, or give register a --url.")
    for spec in specs(settings):
        for line in _missing(spec, spec.name in heard, confirm[spec.name]):
            tell(f"\n{spec.name}: {line}", hang=2)


def _missing(spec: ConnectionSpec, heard: bool, confirm: str | None) -> Sequence[str]:
    lines = [confirm] if confirm else []
    if SECRET in type(spec.settings).model_fields and _secret(spec.settings) is None:
        lines.append(f"no {SECRET} is set, so whatever comes in is refused")
    if not heard:
        able = hasattr(spec.type, "set_up_webhook")
        how = f"loopwright webhooks register {spec.name}" if able else "set the webhook up in the tool"
        lines.append(f"nothing has come in within the last week; {how}")
    return lines


def register(config: Path | None, connection: str | None, url: str | None, *, wait: bool) -> None:
    """Have the tools send their webhooks to the daemon. Exits with 1 when one of them could not be told."""
    settings = Settings.load(config)
    public = _public(settings, url)
    chosen = [spec for spec in specs(settings) if connection in (None, spec.name)]
    if not chosen:
        hint = did_you_mean(connection or "", settings.connections)
        raise CannotRegister(
            f"there is no connection '{connection}'\n  {hint or ', '.join(settings.connections)}"
        )
    store = open_store(settings)
    began = time.time()
    try:
        failed = [
            spec.name for spec in chosen if not _register(settings, store, spec, address(public, spec.name))
        ]
        if wait and not failed:
            _wait(store, [spec.name for spec in chosen], began)
    finally:
        store.close()
    if failed:
        raise typer.Exit(1)


def address(public: str, name: str) -> str:
    """Where the daemon takes the webhooks of a connection."""
    return f"{public.rstrip('/')}/hooks/{name}"


def _public(settings: Settings, url: str | None) -> str:
    given = url or settings.webhooks.public_url
    if given is None:
        raise CannotRegister(
            "nobody knows under which address the tools reach the daemon\n"
            "  give --url https://YOUR-HOST, or set webhooks.public_url"
        )
    try:
        return TypeAdapter[str](WebAddress).validate_python(given)
    except ValidationError:
        raise CannotRegister(f"'{given}' is no web address\n  such as https://loop.example.com") from None


def _register(settings: Settings, store: Store, spec: ConnectionSpec, url: str) -> bool:
    """Register one connection's webhook and say what came of it; whether that went well."""
    own = _secret(spec.settings)
    proposed = own or SecretStr(secrets.token_urlsafe(32))
    fields = type(spec.settings).model_fields
    if SECRET in fields:
        spec = dataclasses.replace(spec, settings=spec.settings.model_copy(update={SECRET: proposed}))
    fleet = Fleet(store, [spec])
    try:
        connector = fleet.get(spec.name)
        if not isinstance(connector, SetsUpWebhooks):
            tell(
                f"{spec.name}: its connector cannot set webhooks up; have the tool send them to {url}", hang=2
            )
            return True
        setup = connector.set_up_webhook(url)
    except ConnectorError as error:
        tell(str(error), hang=2)
        return False
    finally:
        fleet.close()
    _tell(spec.name, setup, url)
    kept = setup.secret or (proposed if setup.id is not None and SECRET in fields else None)
    if kept and (own is None or kept.get_secret_value() != own.get_secret_value()):
        _keep(settings, spec.name, kept)
    return True


def _tell(name: str, setup: WebhookSetup, url: str) -> None:
    if setup.id is not None:
        tell(f"{name}: its webhooks go to {url}", hang=2)
    if setup.steps:
        tell(f"{name}: what is left for a person to do")
        for number, step in enumerate(setup.steps, 1):
            tell(f"  {number}. {step}", hang=3)


def _keep(settings: Settings, name: str, secret: SecretStr) -> None:
    """Put the secret where the daemon will read it, or have a person do so."""
    path = ["connections", name, SECRET]
    if settings.secrets_dir is None:
        tell("  There is no secrets folder. Set this where the daemon runs, then start it again:\n")
        typer.echo(f"  {variable(path)}={secret.get_secret_value()}\n")
        return
    try:
        place = keep_secret(settings.secrets_dir, path, secret)
    except OSError as error:
        raise CannotRegister(
            f"{settings.secrets_dir} cannot be written: {error.strerror}\n"
            f"  the webhook of {name} is registered; make the folder writable and register it once more"
        ) from error
    tell(f"  Its secret is in {place}; start the daemon again to have it read.", hang=2)
    if taken := in_environment(path):
        tell(f"  But {taken} goes before it: take that variable away.", hang=2)


def _secret(settings: BaseModel) -> SecretStr | None:
    found = getattr(settings, SECRET, None)
    return found if isinstance(found, SecretStr) else None


def _wait(store: Store, names: Sequence[str], began: float) -> None:
    """Until each connection has heard something, which the daemon notes."""
    with store.read() as view:
        lease = leases.get(view, "daemon")
    if lease is None or time.time() - lease.beat > leases.DEAD_AFTER:
        raise CannotRegister("nothing can come in while no daemon runs\n  start it: loopwright run")
    tell("Waiting for the first delivery; Ctrl-C ends that and undoes nothing.")
    silent = list(names)
    while silent:
        time.sleep(LOOK_AGAIN)
        with store.read() as view:
            heard = hints.last_deliveries(view)
            confirm = {name: notices.of_connection(view, Matter.CONFIRM, name) for name in silent}
        for name in [name for name in silent if heard.get(name, 0.0) >= began]:
            silent.remove(name)
            tell(f"{name}: it works, a delivery has come in")
            if asked := confirm[name]:
                tell(f"  {asked}", hang=2)
