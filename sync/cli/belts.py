"""``pause`` and ``resume``: people holding Loopwright back."""

from __future__ import annotations

import getpass
import socket
import time
from pathlib import Path

from config.settings import Settings
from sync import pausing
from sync.app import open_store
from sync.cli.wording import tell


def pause(config: Path | None, connection: str | None) -> None:
    settings = Settings.load(config)
    store = open_store(settings)
    try:
        news = pausing.pause(store, connection, settings.connections, by=_whoever_asks(), now=time.time())
    finally:
        store.close()
    where = f"to {connection}" if connection else "to any tool"
    tell(f"nothing is written {where} from now on" if news else f"nothing was written {where} already")
    tell(f"  reading goes on, nothing is lost; loopwright resume{f' {connection}' if connection else ''}")


def resume(config: Path | None, connection: str | None) -> None:
    settings = Settings.load(config)
    store = open_store(settings)
    try:
        held = pausing.resume(store, connection, settings.connections)
    finally:
        store.close()
    if held:
        tell(f"{connection} still waits, because all connections are paused: loopwright resume")
    else:
        tell(f"writes {f'to {connection}' if connection else 'to every tool'} go on")


def _whoever_asks() -> str:
    try:
        person = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        person = "somebody"
    return f"{person} on {socket.gethostname()}"
