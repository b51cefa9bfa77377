"""How much of each documented limit is used under load, and how soon another app gets its part of it.

For every limit that a connector states and that its own requests can use up: the real connector asks without
end, behind the real gate, of the sandbox with its limits on. The sandbox's clock stands still, and moves by
what the gate waits for. After some windows a guest comes: another client of the same account, who asks evenly
for three tenths of the limit and knows nothing of budgets. Every measurement begins at the same place of the
tool's windows.

    python -m benchmarks.rate_budget [--services jira ...] [--quick] [--json]

The limits and what spends them are in :mod:`benchmarks.rate_loads`. Where a tool tells nothing of a limit no
guest comes; where it tells only by refusing, what it refused while the guest was there counts apart.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.api_loop import TOOLS
from benchmarks.rate_loads import LOADS, UNREACHED, Load
from benchmarks.rate_stage import Arrival, Stage

SHARE = 0.3
"""What the guest asks for, of the limit."""
ARRIVES = 0.3
"""The part of a window that is over when the guest comes."""
WINDOWS, QUICK_WINDOWS = 3, 2
"""How long we are alone, and then not."""
LEAST = 8.0
"""The same in seconds, for limits whose windows are short."""
ITS_PART = 0.95
"""With so much of what it asked for the guest has got its part."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What came of the guest's coming."""

    refused: int
    """Our requests that the tool refused from then on."""
    yielded: int
    """Windows, from the guest's coming, that passed before one in which it got its part."""
    granted: float
    """What the guest got of what it asked for."""
    used: float
    """What both used of the limit, in the windows after the one in which the guest came."""


@dataclass(frozen=True, slots=True)
class Row:
    load: Load
    used: float
    """Of the limit, over all windows in which we were alone."""
    refused: int
    """Our requests that the tool refused meanwhile."""
    beside: Beside | None
    seconds: float
    """That measuring took."""


def measure(load: Load, windows: int) -> Row:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(load, Path(folder))
        with stage.running():
            start = stage.now()
            shared = start + windows * load.seconds
            stage.spend(shared)
            alone = [one for one in stage.arrivals.seen if one.when < shared]
            beside = None
            if load.tells != "never":
                stage.invite(shared + ARRIVES * load.seconds, SHARE)
                stage.spend(shared + (windows + 1) * load.seconds)
                beside = _beside(stage, shared, windows)
    used = stage.spent(alone) / (windows * load.amount)
    return Row(load, used, _refused(alone), beside, time.monotonic() - began)


def _beside(stage: Stage, shared: float, windows: int) -> Beside:
    load, came = stage.load, shared + ARRIVES * stage.load.seconds
    after = [one for one in stage.arrivals.seen if one.when >= came]
    whole = [one for one in after if 1 <= (one.when - shared) / load.seconds < windows + 1]
    parts: list[list[bool]] = [[] for _ in range(windows)]
    for one in after:
        window = int((one.when - came) / load.seconds)
        if not one.ours and window < windows:
            parts[window].append(not one.refused)
    granted = [statistics.fmean(part) for part in parts]
    return Beside(
        refused=_refused(after),
        yielded=next((window for window, part in enumerate(granted) if part >= ITS_PART), windows),
        granted=statistics.fmean(granted),
        used=stage.spent(whole) / (windows * load.amount),
    )


def _refused(seen: Sequence[Arrival]) -> int:
    return sum(one.ours and one.refused for one in seen)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--services", nargs="+", choices=[*TOOLS], default=[*TOOLS])
    options.add_argument("--quick", action="store_true", help="some small limits, few windows")
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    loads = [load for load in LOADS if load.service in asked.services]
    if asked.quick:
        loads = [load for load in loads if load.quick]
    if not asked.json:
        _print_head()
    rows = []
    for load in loads:
        windows = QUICK_WINDOWS if asked.quick else max(WINDOWS, math.ceil(LEAST / load.seconds))
        rows.append(measure(load, windows))
        if not asked.json:
            _print(rows[-1])
    if asked.json:
        json.dump({"figures": _figures(rows)}, sys.stdout)
        return
    for (service, limit), reason in UNREACHED.items():
        if service in asked.services:
            print(f"{service:<9}{limit:<40}{reason}")
    for figure, value in _figures(rows).items():
        print(f"{figure}: {value:.3f}")


def _print_head() -> None:
    print(f"{'':<62}{'alone':>14}{'with a guest':>38}")
    print(
        f"{'service':<9}{'limit':<40}{'documented':>13}{'used':>7}{'429':>7}"
        f"{'429':>8}{'windows':>10}{'its part':>10}{'used':>10}{'seconds':>10}"
    )


def _print(row: Row) -> None:
    load, beside = row.load, row.beside
    told = (
        f"{'tells nothing':>38}"
        if beside is None
        else f"{beside.refused:>8}{beside.yielded:>10}{beside.granted:>10.3f}{beside.used:>10.3f}"
    )
    documented = f"{load.amount:g} in {load.seconds:g} s"
    print(
        f"{load.service:<9}{load.limit:<40}{documented:>13}{row.used:>7.3f}{row.refused:>7}{told}"
        f"{row.seconds:>10.1f}",
        flush=True,
    )


def _figures(rows: Sequence[Row]) -> dict[str, float]:
    guests = [(row.load, row.beside) for row in rows if row.beside]
    told = sum(beside.refused for load, beside in guests if load.tells == "always")
    return {
        "used_share": min(row.used for row in rows),
        "documented_429": sum(row.refused for row in rows) + told,
        "yield_windows": max((beside.yielded for _, beside in guests), default=0),
        "untold_429": sum(beside.refused for load, beside in guests if load.tells == "refused"),
    }


if __name__ == "__main__":
    main()
