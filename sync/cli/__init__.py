"""The command ``loopwright``. One file a command; ``main`` turns every foreseen error into one message."""

from __future__ import annotations

import sys

from sync.cli.commands import app


def main() -> None:
    """The console script."""
    try:
        app()
    except SystemExit:
        raise
    except _foreseen() as error:
        print(f"loopwright: {error}", file=sys.stderr)
        sys.exit(2)


def _foreseen() -> tuple[type[Exception], ...]:
    """Errors whose message tells a person what to do; anything else is our mistake and shows its trace.

    Named only when something went wrong, for most commands need few of the modules that raise them.
    """
    from config.problems import SettingsProblems
    from connectors.errors import ConnectorError
    from rules.problems import RuleProblems
    from sync.adopting import NoPairs
    from sync.capping import NothingHeld
    from sync.cli.init import CannotWrite
    from sync.cli.webhooks import CannotRegister
    from sync.daemon import AlreadyRunning
    from sync.naming import NotOne
    from sync.pausing import UnknownConnection
    from sync.store.database import StoreError
    from sync.tying import NotLinked
    from sync.undoing import NothingToUndo
    from sync.unpark import NotParked
    from sync.webhooks import PortTaken
    from sync.why import UnknownItem, UnknownRule

    return (
        SettingsProblems,
        RuleProblems,
        StoreError,
        AlreadyRunning,
        PortTaken,
        NotParked,
        NoPairs,
        NotOne,
        NotLinked,
        NothingToUndo,
        NothingHeld,
        UnknownConnection,
        UnknownItem,
        UnknownRule,
        CannotWrite,
        CannotRegister,
        ConnectorError,
    )
