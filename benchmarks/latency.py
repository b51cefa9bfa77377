"""How long it takes from a person's change to the effect in the other tool, and what an idle daemon costs.

Tickets of a sandbox without latency are mirrored; then people change so many of them a second, each once,
the sandbox sends its webhooks, and a daemon in a process of its own reads, decides and writes. A wait begins
with the change, so the sending of the webhook is in it, and ends with the receipt of the write in the
database. The processes share the machine: the sandbox's part of the work is in the figures.

    python -m benchmarks.latency [--stored 1000 100000 1000000] [--postgresql] [--quick] [--json]

``--stored`` is how many items, with their links, journal and effects, are in the database beside.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import select

from benchmarks.latency_store import fill
from benchmarks.main_job import cpu_seconds, in_a_process
from config.settings import Settings
from sandbox.company.northwind import northwind
from sandbox.jira import JiraService
from sandbox.server import Sandbox
from sandbox.service import Conditions
from sandbox.zendesk import ZendeskService
from sync.app import open_app, open_store
from sync.cli.trial import trial_settings
from sync.daemon import Daemon
from sync.status import status
from sync.store.database import Store
from sync.store.effects import Kind, State
from sync.store.schema import effects, journal, links
from sync.webhooks import Ear
from tests.sync.databases import database_url

RATE = 50
"""Changes a second."""
PATIENCE = 120.0
"""Seconds without any progress after which a run is given up."""
RULES = """
version: 1
rules:
  - id: report-to-jira
    backfill: true
    when: {system: zendesk, labels: {has: bug}}
    then:
      - mirror:
          to: jira
          project: ENG
          type: Bug
          keep_in_sync:
            title: {direction: both}
"""


@dataclass(frozen=True, slots=True)
class Result:
    kind: str
    stored: int
    changes: int
    done: int
    p50_ms: float
    p99_ms: float
    idle_cpu_percent: float
    """Of one core."""


def serve(changes: int, pipe: Connection) -> None:
    """The sandbox's process: tells its settings, and plays the people when it is told where webhooks go."""
    sandbox = Sandbox([ZendeskService, JiraService], conditions=Conditions(limits=False))
    company = replace(northwind(), tickets=(), tracker_issues=(), repository_issues=(), pages=())
    for service in sandbox.services.values():
        service.seed(company)
    zendesk = sandbox.services["zendesk"]
    tickets = [
        zendesk.person_creates(title=f"It stops [{number}]", body="Every time.", labels=["bug"])
        for number in range(changes)
    ]
    with sandbox.running():
        pipe.send(trial_settings(sandbox, rules=["rules.yaml"]))
        sandbox.call(partial(zendesk.subscribe, pipe.recv()))
        moments: dict[str, float] = {}
        began = time.perf_counter()
        for number, ticket in enumerate(tickets):
            time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            moments[ticket] = time.time()
            sandbox.call(partial(zendesk.person_sets, ticket, title=f"It stops again [{number}]"))
        pipe.send(moments)
        pipe.recv()


def run(folder: Path, pipe: Connection) -> None:
    """The daemon's process: works until it is told to stop, and tells its CPU time whenever it is asked."""
    app = open_app(Settings.load(folder / "loopwright.yaml"))
    daemon, ear = Daemon(app.engine), Ear(app.engine, "127.0.0.1", 0)
    ear.start()
    thread = threading.Thread(target=daemon.run)
    thread.start()
    pipe.send(ear.port)
    while pipe.recv() == "spent":
        pipe.send(cpu_seconds())
    daemon.stop()
    thread.join()
    ear.stop()
    app.close()


def measure(kind: str, stored: int, changes: int, idle_seconds: float) -> Result:
    with tempfile.TemporaryDirectory() as name, in_a_process(serve, changes) as people:
        folder = Path(name)
        settings = json.loads(people.recv()) | {"database_url": database_url(kind, folder)}
        (folder / "loopwright.yaml").write_text(json.dumps(settings), encoding="utf-8")
        (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
        store = open_store(Settings.load(folder / "loopwright.yaml"))
        fill(store, stored)
        with in_a_process(run, folder) as daemon:
            port = daemon.recv()
            _wait_for(store, Kind.CREATE, changes)
            people.send(f"http://127.0.0.1:{port}/hooks/zendesk")
            moments: dict[str, float] = people.recv()
            _wait_for(store, Kind.UPDATE, changes)
            waits = _waits(store, moments)
            idle = _idle(daemon, idle_seconds)
            daemon.send("stop")
        people.send("stop")
        store.close()
    parts = statistics.quantiles(waits, n=100, method="inclusive")
    return Result(kind, stored, changes, len(waits), parts[49] * 1000, parts[98] * 1000, idle)


def _wait_for(store: Store, kind: Kind, number: int) -> None:
    """Until so many writes of this kind are done, beside those that were there before."""
    seen, since = -1, time.monotonic()
    while seen < number:
        time.sleep(0.5)
        with store.read() as view:
            mine = select(effects.c.id).where(
                effects.c.connection == "jira",
                effects.c.state == State.DONE.value,
                effects.c.kind == kind.value,
            )
            now = len(view.execute(mine).all())
        if now != seen:
            seen, since = now, time.monotonic()
        elif time.monotonic() - since > PATIENCE:
            found = status(store, ["zendesk", "jira"], time.time())
            raise SystemExit(f"{seen} of {number} writes after {PATIENCE:.0f} s of nothing: {found}")


def _waits(store: Store, moments: dict[str, float]) -> list[float]:
    """Seconds from each change to the receipt of what followed from it."""
    query = (
        select(links.c.source_id, journal.c.at)
        .join_from(journal, effects, journal.c.effect == effects.c.id)
        .join(links, links.c.id == effects.c.link)
        .where(
            journal.c.kind == "done",
            journal.c.connection == "jira",
            effects.c.kind == Kind.UPDATE.value,
            effects.c.connection == "jira",
        )
    )
    with store.read() as view:
        return [at - moments[source] for source, at in view.execute(query)]


def _idle(daemon: Connection, seconds: float) -> float:
    """Per cent of a core that the daemon takes while nothing happens."""
    time.sleep(2)
    spent = []
    for pause in (seconds, 0.0):
        daemon.send("spent")
        spent.append(daemon.recv())
        time.sleep(pause)
    return float(spent[1] - spent[0]) / seconds * 100


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--stored", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    options.add_argument("--changes", type=int, default=1_000)
    options.add_argument("--postgresql", action="store_true", help="on a server of its own, not on SQLite")
    options.add_argument("--quick", action="store_true", help="100 changes beside 1,000 items")
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    kind = "postgresql" if asked.postgresql else "sqlite"
    sizes, changes = ([1_000], 100) if asked.quick else (asked.stored, asked.changes)
    idle = 20.0 if changes >= RATE * 10 else 2.0
    results = [measure(kind, stored, changes, idle) for stored in sizes]
    if asked.json:
        json.dump(
            {"figures": {key: value for one in results for key, value in _figures(one).items()}}, sys.stdout
        )
        return
    print(f"{'database':<12}{'stored':>11}{'changes':>9}{'p50 ms':>9}{'p99 ms':>9}{'idle CPU %':>12}")
    for one in results:
        print(
            f"{one.kind:<12}{one.stored:>11,}{one.changes:>9,}{one.p50_ms:>9.0f}{one.p99_ms:>9.0f}"
            f"{one.idle_cpu_percent:>12.1f}"
        )


def _figures(one: Result) -> dict[str, float]:
    named = {1_000: "", 1_000_000: "_1m"}.get(one.stored, f"_{one.stored}")
    return {
        f"p50_ms{named}": one.p50_ms,
        f"p99_ms{named}": one.p99_ms,
        f"idle_cpu_percent{named}": one.idle_cpu_percent,
    }


if __name__ == "__main__":
    main()
