"""``make soak``: many more histories than a test has time for, in batches by number.

A batch is the same each time it is played. Which batches passed is kept in a file, so that a soak that is
ended goes on where it was. What fails is told with its number, and stays to be played: ``SEED=number``.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from traceback import format_exception

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulation.machine import History
from tests.simulation.test_simulation import EmulatedHistory, MemoryHistory

BATCH = 20
"""Histories of one number."""
EMULATED = 10
"""One batch in so many is played over the emulated tools."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--histories", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--progress", type=Path, default=Path(".soak.json"), help="where it is kept")
    parser.add_argument("--seed", type=int, help="play this batch alone, and show the smallest failure of it")
    asked = parser.parse_args(arguments)
    if asked.seed is not None:
        failure = play(asked.seed, shrink=True)
        print(failure or f"batch {asked.seed} passes")
        return 1 if failure else 0
    return soak(asked.histories, asked.processes, asked.progress)


def soak(histories: int, processes: int, progress: Path) -> int:
    passed = read(progress)
    left = [number for number in range(-(-histories // BATCH)) if number not in passed]
    print(f"{len(passed) * BATCH} of {histories} histories passed before; {len(left) * BATCH} are left")
    failed, began = list[int](), time.monotonic()
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=10) as pool:
        for number, failure in pool.imap_unordered(played, left):
            if failure:
                failed.append(number)
                print(
                    f"{failure}\nbatch {number} failed; to play it again: make soak SEED={number}", flush=True
                )
                continue
            passed.add(number)
            progress.write_text(json.dumps(sorted(passed)), encoding="ascii")
            print(f"{len(passed) * BATCH} histories, {time.monotonic() - began:.0f} s", flush=True)
    print(f"{len(passed) * BATCH} histories passed, {len(failed)} batches failed: {sorted(failed)}")
    return 1 if failed else 0


def read(progress: Path) -> set[int]:
    return set(json.loads(progress.read_text(encoding="ascii"))) if progress.exists() else set()


def played(number: int) -> tuple[int, str | None]:
    return number, play(number)


def kind_of(number: int) -> type[History]:
    return EmulatedHistory if number % EMULATED == EMULATED - 1 else MemoryHistory


def play(number: int, *, shrink: bool = False) -> str | None:
    """The histories of a batch; what was wrong with one of them."""
    kind = kind_of(number)
    numbered = seed(number)(type(kind.__name__, (kind,), {}))
    phases = [Phase.generate, *([Phase.shrink] if shrink else [])]
    try:
        run_state_machine_as_test(
            numbered,
            settings=settings(
                max_examples=BATCH,
                stateful_step_count=25,
                phases=phases,
                derandomize=False,
                database=None,
                deadline=None,
                print_blob=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a failure to be told
        return "\n".join(_told(error))
    return None


def _told(error: Exception) -> Iterator[str]:
    """The steps of the history, and what came of them."""
    yield from (line for line in getattr(error, "__notes__", []) if not line.startswith("Draw "))
    yield "".join(format_exception(error)[-1:]).strip()


if __name__ == "__main__":
    sys.exit(main())
