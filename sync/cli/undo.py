"""``undo``: taking back a write, or those of a run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from config.settings import Settings
from sync import undoing
from sync.app import App, open_app
from sync.cli.wording import count, tell
from sync.store import runs


def undo(config: Path | None, what: str, *, yes: bool) -> bool:
    """Whether all of it can be taken back."""
    app = open_app(Settings.load(config))
    try:
        if not what:
            _list_runs(app)
            return True
        steps = undoing.undo(app.engine, what) if yes else undoing.plan(app.engine, what)
    finally:
        app.close()
    for step in steps:
        verdict = "" if step.done else "not undone: "
        tell(
            f"write {step.effect.id} ({step.effect.kind} in {step.effect.connection}): {verdict}{step.text}",
            hang=2,
        )
    number = sum(step.done for step in steps)
    tell(f"{count(number, 'write')} {'' if yes else 'would be '}undone, {len(steps) - number} not")
    if number:
        tell(
            "  a daemon does it now, or loopwright sync --once"
            if yes
            else "  nothing is done yet: --yes does it"
        )
    return number == len(steps)


def _list_runs(app: App) -> None:
    with app.store.read() as view:
        found = runs.latest(view)
    for run in found:
        began = datetime.fromtimestamp(run.began, UTC)
        tell(f"run-{run.id}  {began:%Y-%m-%d %H:%M} UTC  {count(run.writes, 'write')}")
    if not found:
        tell("nothing has run yet")
