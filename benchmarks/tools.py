"""The far side of a queue in benchmarks: a tool that takes writes, and remembers what was done to it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from connectors.errors import OutcomeUnknown, Rejected, Unavailable

CALL_SECONDS = 0.004
"""How long a write to the faulty tool is under way."""
CYCLE = 101
"""Three writes out of so many meet a fault: a prime, so that they belong to different items."""
NOT_TAKEN, ANSWER_LOST, REFUSED = 40, 60, 80
"""Which of a cycle they are."""


class FreeTool:
    """Takes every write at once, so that only the queue's own price is measured."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.written: list[int] = []
        self.moments: list[float] = []

    def write(self, number: int) -> None:
        with self._changed:
            self.written.append(number)
            self.moments.append(time.perf_counter())
            self._changed.notify_all()

    def find(self, number: int) -> bool:
        return False

    def wait(self, count: int, seconds: float) -> None:
        """Wait for so many writes. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.written) >= count, seconds):
                raise TimeoutError(f"{len(self.written)} of {count} writes after {seconds:.0f} s")


class Outcome(StrEnum):
    WRITTEN = "written"
    NOT_TAKEN = "not-taken"
    REFUSED = "refused"
    FOUND = "found"
    """A look-up found the write: without it there would now be two."""
    NOT_FOUND = "not-found"


Line = tuple[int, Outcome]


class FaultyTool:
    """Outlives the process that writes to it, and treats 3 % of the writes badly, always the same ones.

    Of these a third is not taken at first, a third is taken but not answered, a third is refused for good.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._log = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, number: int) -> None:
        fault = number % CYCLE
        first = not {(number, Outcome.WRITTEN), (number, Outcome.NOT_TAKEN)} & set(self.lines())
        time.sleep(CALL_SECONDS / 2)
        if fault == NOT_TAKEN and first:
            self._note(number, Outcome.NOT_TAKEN)
            raise Unavailable("the tool is down")
        if fault == REFUSED:
            self._note(number, Outcome.REFUSED)
            raise Rejected("the tool wants no such write")
        self._note(number, Outcome.WRITTEN)
        time.sleep(CALL_SECONDS / 2)
        if fault == ANSWER_LOST and first:
            raise OutcomeUnknown("the answer was lost")

    def find(self, number: int) -> bool:
        found = (number, Outcome.WRITTEN) in self.lines()
        self._note(number, Outcome.FOUND if found else Outcome.NOT_FOUND)
        return found

    def lines(self) -> list[Line]:
        """All that was asked of it, in order."""
        lines = self._file.read_text(encoding="ascii").split("\n")[:-1]
        return [
            (int(number), Outcome(outcome)) for number, _, outcome in (line.partition(" ") for line in lines)
        ]

    def count(self) -> int:
        """How many writes it took."""
        return sum(outcome is Outcome.WRITTEN for _, outcome in self.lines())

    def _note(self, number: int, outcome: Outcome) -> None:
        os.write(self._log, f"{number} {outcome}\n".encode("ascii"))


def out_of_order(written: Sequence[int], items: int) -> int:
    """How many writes came after a later one of their item. Repeated ones count once."""
    latest: dict[int, int] = {}
    wrong = 0
    for number in dict.fromkeys(written):
        item = number % items
        wrong += number < latest.get(item, -1)
        latest[item] = max(number, latest.get(item, -1))
    return wrong


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the writes 0 to n of a queue that was killed again and again."""

    lost: int
    """Neither written nor refused nor held back by a refusal."""
    doubled: int
    out_of_order: int
    past_a_refusal: int
    """Written although an earlier write of the same item had been refused."""
    caught: int
    """Would have been written twice, had nobody looked first."""
    look_ups: int


def judge(lines: Sequence[Line], writes: int, items: int) -> Verdict:
    written = [number for number, outcome in lines if outcome is Outcome.WRITTEN]
    refused = {number for number, outcome in lines if outcome is Outcome.REFUSED}
    held = {number for number in range(writes) if any(number in range(one, writes, items) for one in refused)}
    return Verdict(
        lost=len(set(range(writes)) - set(written) - held),
        doubled=len(written) - len(set(written)),
        out_of_order=out_of_order(written, items),
        past_a_refusal=len(held & set(written)),
        caught=sum(outcome is Outcome.FOUND for _, outcome in lines),
        look_ups=sum(outcome in (Outcome.FOUND, Outcome.NOT_FOUND) for _, outcome in lines),
    )
