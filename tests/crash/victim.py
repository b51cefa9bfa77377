"""The process that is killed: a single run of the real engine that dies at one step of one kind of write."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from types import ModuleType

from config.settings import Settings
from sync import apply, receipt
from sync.app import open_app
from sync.daemon import Daemon
from sync.engine import Bell
from sync.store import effects
from sync.store.effects import Effect, Kind


class Step(StrEnum):
    """Where in the life of a write the process dies."""

    BEFORE_SENDING = "before the row says sending"
    SENDING = "after the row says sending, before anything is sent"
    ANSWERED = "after the tool's answer, before the receipt"
    RECEIPT = "inside the receipt's transaction"
    DONE = "after the receipt"
    SURVIVE = "never"


_RECEIPTS = {
    Kind.CREATE: "created",
    Kind.UPDATE: "updated",
    Kind.COMMENT: "commented",
    Kind.EDIT: "edited",
    Kind.WITHDRAW: "withdrawn",
    Kind.RETIRE: "retired",
    Kind.FILE: "attached",
}


def run(settings: Path, step: Step, kind: Kind) -> None:
    """Bring everything up to date, or die trying. Runs in a process of its own."""
    _prepare(step, kind)
    app = open_app(Settings.load(settings))
    try:
        Daemon(app.engine).run(until_quiet=True)
    finally:
        app.close()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _prepare(step: Step, kind: Kind) -> None:
    """Put a death before or after the function of the engine that takes this step."""
    receipt_of = _RECEIPTS[kind]

    def meant(*args: object) -> bool:
        handed = [one for arg in args for one in (arg if isinstance(arg, list) else [arg])]
        return any(isinstance(one, Effect) and one.kind is kind for one in handed)

    match step:
        case Step.BEFORE_SENDING:
            _die_around(effects, "take", after=lambda taken: meant(*taken))
        case Step.SENDING:
            _die_around(apply, "send_together", before=meant)
        case Step.ANSWERED:
            _die_around(receipt, receipt_of, before=meant)
        case Step.RECEIPT:
            _die_around(receipt, "_done", before=meant, late=True)
        case Step.DONE:
            storing: set[int] = set()
            _die_around(receipt, receipt_of, before=lambda *args: meant(*args) and _mark(storing))
            _die_around(Bell, "ring", before=lambda *_: threading.get_ident() in storing)
        case Step.SURVIVE:
            pass


def _mark(threads: set[int]) -> bool:
    """Note that this thread is about to store a receipt: the bell rings once that is committed."""
    threads.add(threading.get_ident())
    return False


def _die_around(
    module: ModuleType | type,
    name: str,
    *,
    before: Callable[..., bool] | None = None,
    after: Callable[[list[Effect]], bool] | None = None,
    late: bool = False,
) -> None:
    """``before`` looks at the arguments, ``after`` at the result; ``late`` lets the work be done first."""
    original = getattr(module, name)

    def dying(*args: object, **more: object) -> object:
        doomed = before is not None and before(*args)
        if doomed and not late:
            _die()
        result = original(*args, **more)
        if doomed or (after is not None and after(result)):
            _die()
        return result

    setattr(module, name, dying)
