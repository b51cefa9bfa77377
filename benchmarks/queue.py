"""Our effects table beside DBOS, the durable engine that could stand in its place.

Both do the same in processes of their own on the same disk: a pile of writes, single writes, nothing at all;
and then a pile during which they are killed again and again, for a tool that fails at times. DBOS is not a
dependency: ``pip install dbos`` for this, else only our side is measured.

    python -m benchmarks.queue [--quick] [--postgresql] [--json]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks.contenders import CONNECTIONS, THREADS, Dbos, EffectsTable, Queue, Tool
from benchmarks.tools import FaultyTool, FreeTool, Verdict, judge, out_of_order
from tests.sync.databases import database_url

GOLDEN = 0.618034
"""Its multiples, less the whole numbers, fill the range from 0 to 1 evenly."""
PROCESSES = multiprocessing.get_context("spawn")
OURS = "effects table"
QUICKEST = "dbos 20 ms"
CONTENDERS: dict[str, Callable[[str, int, Tool], Queue]] = {
    OURS: EffectsTable,
    QUICKEST: partial(Dbos, poll_seconds=0.02, slots=64),
    "dbos 100 ms": partial(Dbos, poll_seconds=0.1, slots=64),
    "dbos 1 s": partial(Dbos, poll_seconds=1.0, slots=64),
}
"""DBOS by how often it polls; 1 s is its default. With fewer slots it would do fewer writes at each poll."""
KILLED: dict[str, Callable[[str, int, Tool], Queue]] = {
    OURS: EffectsTable,
    QUICKEST: partial(Dbos, poll_seconds=0.02, slots=THREADS),
}
"""As many writes under way in the one as in the other: each may be repeated after a kill."""


@dataclass(frozen=True, slots=True)
class Size:
    writes: int
    items: int
    singles: int
    spread: float
    """Seconds over which the pauses before single writes are spread: they shall meet a poll at any moment."""
    idle_seconds: float
    killed_writes: int
    kills: int
    limit: float
    """Seconds that any one wait may take."""


FULL = Size(2000, 200, 100, 1.0, 8.0, 600, 8, 150.0)
QUICK = Size(150, 15, 20, 0.1, 2.0, 100, 1, 40.0)


@dataclass(frozen=True, slots=True)
class Speed:
    writes_per_second: float
    """From before the pile is enqueued until its last write."""
    p50_ms: float
    """From before a single write is enqueued until it is made."""
    p99_ms: float
    idle_cpu_percent: float
    """Of one core."""
    out_of_order: int


class Stuck(Exception):
    """A contender died or did not come to an end."""


def speed(name: str, database: str, size: Size, pipe: Connection) -> None:
    """Measure one contender. Runs in a process of its own."""
    tool = FreeTool()
    queue = CONTENDERS[name](database, size.items, tool)
    try:
        pipe.send(_speed(queue, tool, size))
    finally:
        queue.stop()


def _speed(queue: Queue, tool: FreeTool, size: Size) -> Speed:
    """A pile of writes, then single ones, then nothing."""
    began = time.perf_counter()
    queue.enqueue(range(size.writes))
    tool.wait(size.writes, size.limit)
    seconds = tool.moments[-1] - began
    waits = []
    for number in range(size.writes, size.writes + size.singles):
        time.sleep(number * GOLDEN % 1 * size.spread)
        asked = time.perf_counter()
        queue.enqueue([number])
        tool.wait(number + 1, size.limit)
        waits.append((tool.moments[-1] - asked) * 1000)
    _wait_until_idle(queue, size.limit)
    busy, began = time.process_time(), time.perf_counter()
    time.sleep(size.idle_seconds)
    idle = (time.process_time() - busy) / (time.perf_counter() - began)
    parts = statistics.quantiles(waits, n=100, method="inclusive")
    disorder = out_of_order(tool.written, size.items)
    return Speed(size.writes / seconds, parts[49], parts[98], idle * 100, disorder)


def endure(name: str, database: str, size: Size, file: Path, first: bool) -> None:
    """Go on until nothing is left to do, or death. Runs in a process of its own."""
    queue = KILLED[name](database, _killed_items(size), FaultyTool(file))
    try:
        if first:
            queue.enqueue(range(size.killed_writes))
        _wait_until_idle(queue, size.limit)
    finally:
        queue.stop()


def _killed_items(size: Size) -> int:
    return size.killed_writes // 10


def _wait_until_idle(queue: Queue, limit: float) -> None:
    end = time.monotonic() + limit
    while queue.busy():
        if time.monotonic() > end:
            raise TimeoutError(f"still busy after {limit:.0f} s")
        time.sleep(0.1)


def measure_speed(name: str, database: str, size: Size) -> Speed:
    here, there = PROCESSES.Pipe()
    with _process(speed, name, database, size, there) as process:
        there.close()
        if not here.poll(4 * size.limit):
            raise Stuck(f"{name}: no figures after {4 * size.limit:.0f} s")
        try:
            found: Speed = here.recv()
        except EOFError:
            process.join()
            raise Stuck(f"{name}: its process ended with {process.exitcode}; why is written above") from None
    return found


def kill_again_and_again(name: str, database: str, size: Size, file: Path) -> Verdict:
    """SIGKILL whenever another part of the writes is done, and at last leave it to finish."""
    tool = FaultyTool(file)
    for kill in range(size.kills):
        with _process(endure, name, database, size, file, kill == 0) as process:
            enough = size.killed_writes * (kill + 1) // (size.kills + 1)
            end = time.monotonic() + size.limit
            while tool.count() < enough:
                if time.monotonic() > end or not process.is_alive():
                    raise Stuck(f"{name}: {tool.count()} of {enough} writes before kill {kill + 1}")
                time.sleep(0.005)
    with _process(endure, name, database, size, file, False) as process:
        process.join(2 * size.limit)
        if process.exitcode != 0:
            raise Stuck(f"{name}: not done {2 * size.limit:.0f} s after the last kill, or ended in an error")
    return judge(tool.lines(), size.killed_writes, _killed_items(size))


@contextmanager
def _process(target: Callable[..., None], *arguments: object) -> Iterator[BaseProcess]:
    """A process that is killed at the end of the block, whatever it is doing."""
    process = PROCESSES.Process(target=target, args=arguments)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--quick", action="store_true", help="small piles; DBOS at its quickest only")
    options.add_argument("--postgresql", action="store_true", help="on a server of its own, not on SQLite")
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    size = QUICK if asked.quick else FULL
    names = [OURS, QUICKEST] if asked.quick else list(CONTENDERS)
    if importlib.util.find_spec("dbos") is None:
        names = [OURS]
        print("dbos is not installed: only our side is measured", file=sys.stderr)
    kind = "postgresql" if asked.postgresql else "sqlite"
    speeds: dict[str, Speed] = {}
    verdicts: dict[str, Verdict] = {}
    try:
        for name in names:
            with tempfile.TemporaryDirectory() as folder:
                speeds[name] = measure_speed(name, database_url(kind, Path(folder)), size)
            if name in KILLED:
                with tempfile.TemporaryDirectory() as folder:
                    log = Path(folder) / "tool.log"
                    verdicts[name] = kill_again_and_again(name, database_url(kind, Path(folder)), size, log)
    except Stuck as error:
        sys.exit(str(error))
    if asked.json:
        json.dump({"figures": _figures(speeds, verdicts)}, sys.stdout)
    else:
        _print(kind, size, speeds, verdicts)


def _print(kind: str, size: Size, speeds: dict[str, Speed], verdicts: dict[str, Verdict]) -> None:
    print(
        f"{kind}: {size.writes} writes to {size.items} items; "
        f"{len(CONNECTIONS)} connections, {THREADS} writers each"
    )
    print(f"{'':<15}{'writes/s':>10}{'p50 ms':>10}{'p99 ms':>10}{'idle CPU %':>12}{'out of order':>14}")
    for name, one in speeds.items():
        print(
            f"{name:<15}{one.writes_per_second:>10.0f}{one.p50_ms:>10.1f}{one.p99_ms:>10.1f}"
            f"{one.idle_cpu_percent:>12.1f}{one.out_of_order:>14}"
        )
    print(f"{size.killed_writes} writes, 3 % of them failing at first or refused, {size.kills} times kill -9")
    print(
        f"{'':<15}{'lost':>6}{'doubled':>9}{'out of order':>14}{'past a refusal':>16}"
        f"{'doubles caught':>16}{'look-ups':>10}"
    )
    for name, all_in_all in verdicts.items():
        print(
            f"{name:<15}{all_in_all.lost:>6}{all_in_all.doubled:>9}{all_in_all.out_of_order:>14}"
            f"{all_in_all.past_a_refusal:>16}{all_in_all.caught:>16}{all_in_all.look_ups:>10}"
        )


def _figures(speeds: dict[str, Speed], verdicts: dict[str, Verdict]) -> dict[str, float]:
    rows: list[tuple[str, dict[str, float]]] = [
        *((name, asdict(one)) for name, one in speeds.items()),
        *((f"{name} killed", asdict(one)) for name, one in verdicts.items()),
    ]
    return {
        f"{name} {figure}".replace(" ", "_"): value for name, row in rows for figure, value in row.items()
    }


if __name__ == "__main__":
    main()
