"""``make mutants``: each sabotage is done to a copy of the tree, and the test that must notice runs there."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.mutants.sabotages import SABOTAGES, Sabotage
from tests.repository.dockerfile import ROOT

COPIED = ("config", "connectors", "rules", "sandbox", "sync", "tests", "pyproject.toml")
PATIENCE = 900.0
"""Seconds for one test; whoever hangs of a sabotage has noticed it."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", default="", help="those with these words in their name")
    asked = parser.parse_args(arguments)
    chosen = [one for one in SABOTAGES if asked.only in one.name]
    wide, fates = max(len(one.name) for one in chosen), list[str]()
    with (
        tempfile.TemporaryDirectory(prefix="mutants-") as folder,
        ThreadPoolExecutor(asked.processes) as pool,
    ):
        for one, came in zip(chosen, pool.map(partial(fate, Path(folder)), chosen), strict=True):
            print(f"{one.name:{wide}}  {came}", flush=True)
            fates.append(came)
    alive = [came for came in fates if not came.startswith("killed")]
    print(f"{len(chosen)} sabotages, {len(chosen) - len(alive)} killed, {len(alive)} not")
    return 1 if alive else 0


def applied(sabotage: Sabotage, text: str) -> str | None:
    """The file with the sabotage in it; ``None`` where its line is not there exactly once."""
    return text.replace(sabotage.old, sabotage.new) if text.count(sabotage.old) == 1 else None


def fate(folder: Path, sabotage: Sabotage) -> str:
    """What became of the sabotage."""
    text = applied(sabotage, (ROOT / sabotage.file).read_text(encoding="utf-8"))
    if text is None:
        return f"NOT APPLIED: its line is not in {sabotage.file} exactly once"
    tree = Path(tempfile.mkdtemp(dir=folder))
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, tree / name)
    (tree / sabotage.file).write_text(text, encoding="utf-8")
    try:
        done = _run(tree, sabotage.killer)
    except subprocess.TimeoutExpired:
        return f"killed by {sabotage.killer}, which hangs"
    finally:
        shutil.rmtree(tree)
    if done.returncode == 1:
        return f"killed by {sabotage.killer}"
    return f"SURVIVED {sabotage.killer}" if done.returncode == 0 else f"NOT RUN: {done.stdout[-500:]}"


def _run(tree: Path, killer: str) -> subprocess.CompletedProcess[str]:
    # The tree comes first, so that it is the sabotaged engine that is tested.
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    tests = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not postgres", f"tests/{killer}"]
    return subprocess.run(
        [sys.executable, *tests],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main())
