"""The one workflow of the sandbox: four statuses, and the ways between them.

From ``To Do`` nothing leads straight to ``In Review`` or ``Done``: whoever wants an issue there has to go
through ``In Progress``, as in most real workflows.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.jira.records import Status

TO_DO = Status("10000", "To Do", "new")
IN_PROGRESS = Status("3", "In Progress", "indeterminate")
IN_REVIEW = Status("10001", "In Review", "indeterminate")
DONE = Status("10002", "Done", "done")
STATUSES = (TO_DO, IN_PROGRESS, IN_REVIEW, DONE)


@dataclass(frozen=True, slots=True)
class Transition:
    id: str
    name: str
    source: Status
    target: Status


TRANSITIONS = (
    Transition("11", "Start progress", TO_DO, IN_PROGRESS),
    Transition("21", "Stop progress", IN_PROGRESS, TO_DO),
    Transition("31", "Ask for review", IN_PROGRESS, IN_REVIEW),
    Transition("41", "Finish", IN_PROGRESS, DONE),
    Transition("51", "Back to work", IN_REVIEW, IN_PROGRESS),
    Transition("61", "Approve", IN_REVIEW, DONE),
    Transition("71", "Reopen", DONE, TO_DO),
)


def available(status: Status) -> list[Transition]:
    """The ways out of ``status``."""
    return [transition for transition in TRANSITIONS if transition.source == status]


def status_named(name: str) -> Status:
    """The status of this name, whatever its case. Raises ValueError with the names there are."""
    for status in STATUSES:
        if status.name.lower() == name.lower():
            return status
    raise ValueError(f"no status '{name}'; there are: {', '.join(s.name for s in STATUSES)}")
