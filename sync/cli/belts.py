"""``pause`` and ``resume``: people holding Loopwright back."""

from __future__ import annotations

import getpass
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from config.settings import Settings
from sync import capping, pausing
from sync.app import open_store
from sync.cli.wording import count, tell


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


@dataclass(frozen=True, slots=True)
class Held:
    """What caps hold: of one rule, or of every one."""

    rule: str | None

    @classmethod
    def named(cls, rule: str | None, every_rule: bool) -> Held | None:
        """As it is named in the options of a command; ``None`` where it is not."""
        return cls(None if every_rule else rule) if rule or every_rule else None


def let_go(config: Path | None, held: Held) -> None:
    store = open_store(Settings.load(config))
    try:
        number = capping.resume(store, held.rule, time.time())
    finally:
        store.close()
    whose = f"rule {held.rule}" if held.rule else "every rule"
    tell(f"{count(number, 'held write')} of {whose} let go, and it is counted anew from now on")


def resume(config: Path | None, connection: str | None) -> None:
    settings = Settings.load(config)
    store = open_store(settings)
    try:
        held = pausing.resume(store, connection, settings.connections)
        switch = pausing.switched(store)
    finally:
        store.close()
    if switch:
        tell(f"everything still waits, because of {switch.by}: take it off there")
    elif held:
        tell(f"{connection} still waits, because all connections are paused: loopwright resume")
    else:
        tell(f"writes {f'to {connection}' if connection else 'to every tool'} go on")


def _whoever_asks() -> str:
    try:
        person = getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        person = "somebody"
    return f"{person} on {socket.gethostname()}"
