"""The command ``loopwright``. One file a command; ``main`` turns every foreseen error into one message."""

from __future__ import annotations

import sys

from config.problems import SettingsProblems
from connectors.errors import ConnectorError
from rules.problems import RuleProblems
from sync.cli.commands import app
from sync.daemon import AlreadyRunning
from sync.store.database import StoreError
from sync.unpark import NotParked
from sync.webhooks import PortTaken
from sync.why import UnknownItem

FORESEEN = (
    SettingsProblems,
    RuleProblems,
    StoreError,
    AlreadyRunning,
    PortTaken,
    NotParked,
    UnknownItem,
    ConnectorError,
)
"""Errors whose message tells a person what to do; anything else is our mistake and shows its trace."""


def main() -> None:
    """The console script."""
    try:
        app()
    except FORESEEN as error:
        print(f"loopwright: {error}", file=sys.stderr)
        sys.exit(2)
