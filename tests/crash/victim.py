"""The process that is killed: a single run of the real engine that dies at one step of one kind of write."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from config.settings import Settings
from sync import apply, receipt
from sync.app import open_app
from sync.daemon import Daemon
from sync.engine import Engine
from sync.store.effects import Effect, Kind

P = ParamSpec("P")
R = TypeVar("R")


class Step(StrEnum):
    """Where in the life of a write the process dies."""

    BEFORE_SENDING = "before the row says sending"
    SENDING = "after the row says sending, before anything is sent"
    ANSWERED = "after the tool's answer, before the receipt"
    RECEIPT = "inside the receipt's transaction"
    DONE = "after the receipt"
    SURVIVE = "never"


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
    receipts = {Kind.CREATE: "created", Kind.UPDATE: "updated", Kind.COMMENT: "commented"}
    match step:
        case Step.BEFORE_SENDING:
            take = apply.effects.take

            def dying_take(*args: object, **more: object) -> list[Effect]:
                taken = take(*args, **more)  # type: ignore[arg-type]
                if any(effect.kind is kind for effect in taken):
                    _die()
                return taken

            apply.effects.take = dying_take
        case Step.SENDING:
            apply.send = _before(apply.send, lambda effect: effect.kind is kind)
        case Step.ANSWERED:
            name = receipts[kind]
            setattr(receipt, name, _before(getattr(receipt, name), lambda effect: True))
        case Step.RECEIPT:
            finish = receipt._done

            def dying_done(tx: object, engine: Engine, effect: Effect, *rest: object) -> None:
                finish(tx, engine, effect, *rest)  # type: ignore[arg-type]
                if effect.kind is kind:
                    _die()

            receipt._done = dying_done  # type: ignore[assignment]
        case Step.DONE:
            name = receipts[kind]
            original = getattr(receipt, name)

            def dying_receipt(*args: object, **more: object) -> None:
                original(*args, **more)
                _die()

            setattr(receipt, name, dying_receipt)
        case Step.SURVIVE:
            pass


def _before(
    act: Callable[Concatenate[Engine, P], R], meant: Callable[[Effect], bool]
) -> Callable[Concatenate[Engine, P], R]:
    def dying(engine: Engine, *args: P.args, **more: P.kwargs) -> R:
        if any(isinstance(one, Effect) and meant(one) for one in args):
            _die()
        return act(engine, *args, **more)

    return dying
