"""The main job on real reports: Zendesk tickets become Jira issues with their comments, once and for all.

Takes bug reports (one JSON object a line, as for ``loopwright sandbox --load``; the made-up company's tickets
without a file), puts them into a sandbox as tickets, mirrors every one, checks in the sandbox that each has
exactly one mirror with all its comments in order, and runs once more to see that nothing is written.

    python -m benchmarks.main_job [REPORTS] [--items 1000 10000] [--quick] [--json]

Sandbox and Loopwright run in processes of their own; seconds and memory are Loopwright's alone.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from config.settings import Settings
from sandbox.company import Report
from sandbox.company.northwind import northwind
from sandbox.jira import JiraService
from sandbox.load import read_reports
from sandbox.server import Sandbox
from sandbox.service import Card, Conditions, Service
from sandbox.zendesk import ZendeskService
from sync.app import open_app
from sync.cli.trial import trial_settings
from sync.daemon import Daemon
from sync.status import status

RULES = """
version: 1
rules:
  - id: report-to-jira
    backfill: true
    when: {system: zendesk, kind: ticket}
    then:
      - mirror:
          to: jira
          project: ENG
          type: Bug
          keep_in_sync:
            title: {direction: both}
            comments: {direction: both, audience: internal}
"""
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["connectors.jira", "connectors.zendesk", "sandbox.jira", "sandbox.zendesk", "sync.app", "sync.daemon"]
)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of Loopwright over everything took."""

    seconds: float
    cpu_seconds: float
    calls: dict[str, int]
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Check:
    """What the sandbox holds: mirrors that should be there and are not, that are there twice, and so on."""

    missing: int
    doubled: int
    wrong_comments: int
    written: int
    """How many issues and comments there are in all."""
    cpu_seconds: float
    """What serving took the sandbox so far."""


@dataclass(frozen=True, slots=True)
class Result:
    items: int
    comments: int
    first: Run
    second: Run
    check: Check
    second_run_writes: int

    @property
    def items_per_second(self) -> float:
        return self.items / self.first.seconds


def reports_of(file: Path | None, number: int) -> list[Report]:
    """``number`` reports with titles of their own; a short source is gone through again."""
    source = read_reports(file) if file else _made_up()
    chosen = [source[index % len(source)] for index in range(number)]
    return [replace(report, title=f"{report.title} [{index}]") for index, report in enumerate(chosen)]


def _made_up() -> list[Report]:
    return [
        Report(
            id=str(index), title=ticket.title, body=ticket.body, created=ticket.created, posts=ticket.posts
        )
        for index, ticket in enumerate(northwind().tickets)
    ]


def serve(file: Path | None, items: int, pipe: Connection) -> None:
    """The sandbox's process: tells its settings, and then the state of things whenever it is asked."""
    sandbox = Sandbox([ZendeskService, JiraService], conditions=Conditions(limits=False))
    company = replace(northwind(), tickets=(), tracker_issues=(), repository_issues=(), pages=())
    for service in sandbox.services.values():
        service.seed(company)
    reports = reports_of(file, items)
    sandbox.services["zendesk"].load(reports, "")
    began = cpu_seconds()
    with sandbox.running():
        pipe.send((trial_settings(sandbox, rules=["rules.yaml"]), sum(len(one.posts) for one in reports)))
        while pipe.recv() == "check":
            spent = cpu_seconds() - began
            pipe.send(sandbox.call(partial(_check, sandbox, spent)))


def cpu_seconds() -> float:
    """This process's own, in user and kernel mode: unlike the clock's, the same on a busy machine."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _check(sandbox: Sandbox, spent: float) -> Check:
    tickets, issues = (_all(sandbox.services[name]) for name in ("zendesk", "jira"))
    mirrors = Counter(_title(issue) for issue in issues)
    by_title = {_title(issue): issue for issue in issues}
    return Check(
        missing=sum(mirrors[_title(ticket)] == 0 for ticket in tickets),
        doubled=sum(count - 1 for count in mirrors.values()),
        wrong_comments=sum(
            not _same_comments(ticket, by_title[_title(ticket)])
            for ticket in tickets
            if _title(ticket) in by_title
        ),
        written=len(issues) + sum(len(card.comments) for card in (*issues, *tickets)),
        cpu_seconds=spent,
    )


def _title(card: Card) -> str:
    """A title as every tool takes it: without runs of white space, and cut where Jira cuts."""
    return " ".join(card.title.split())[:255]


def _all(service: Service) -> list[Card]:
    listed = service.cards(limit=1_000_000)
    return [card for one in listed if (card := service.card(one.id))]


def _same_comments(ticket: Card, issue: Card) -> bool:
    """Each comment of the ticket, by its author and minute, in its place."""
    return len(ticket.comments) == len(issue.comments) and all(
        theirs.author in ours.text and f"{theirs.created:%Y-%m-%d %H:%M}" in ours.text
        for theirs, ours in zip(ticket.comments, issue.comments, strict=True)
    )


def run(folder: Path, pipe: Connection) -> None:
    """Loopwright's process: everything up to date, once."""
    app = open_app(Settings.load(folder / "loopwright.yaml"))
    began, spent = time.perf_counter(), cpu_seconds()
    daemon = Daemon(app.engine)
    daemon.run(until_quiet=True)
    seconds, spent = time.perf_counter() - began, cpu_seconds() - spent
    found = status(app.store, ["zendesk", "jira"], time.time())
    app.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send(Run(seconds, spent, {one.name: one.calls for one in found.connections}, peak))


def measure(file: Path | None, items: int) -> Result:
    with tempfile.TemporaryDirectory() as name, in_a_process(serve, file, items) as sandbox:
        folder = Path(name)
        settings, comments = sandbox.recv()
        (folder / "loopwright.yaml").write_text(settings, encoding="utf-8")
        (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
        runs, checks = [], []
        for _ in range(2):
            with in_a_process(run, folder) as job:
                runs.append(job.recv())
            sandbox.send("check")
            checks.append(sandbox.recv())
        sandbox.send("stop")
    written = checks[1].written - checks[0].written
    return Result(items, comments, runs[0], runs[1], checks[0], written)


@contextmanager
def in_a_process(target: Callable[..., None], *arguments: object) -> Iterator[Connection]:
    here, there = PROCESSES.Pipe()
    process = PROCESSES.Process(target=target, args=(*arguments, there))
    process.start()
    there.close()
    try:
        yield here
        process.join(60)
    finally:
        process.kill()
        process.join()


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("reports", type=Path, nargs="?")
    options.add_argument("--items", type=int, nargs="+", default=[1000, 10000])
    options.add_argument("--quick", action="store_true", help="200 items only")
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    results = [measure(asked.reports, items) for items in ([200] if asked.quick else asked.items)]
    if asked.json:
        json.dump(
            {"figures": {key: value for one in results for key, value in _figures(one).items()}}, sys.stdout
        )
        return
    print(
        f"{'items':>7}{'comments':>10}{'zendesk calls':>15}{'jira calls':>12}{'seconds':>9}{'items/s':>9}"
        f"{'cpu s':>8}{'sandbox cpu s':>15}"
        f"{'peak MB':>9}{'missing':>9}{'doubled':>9}{'wrong comments':>16}{'second run writes':>19}"
    )
    for one in results:
        print(
            f"{one.items:>7}{one.comments:>10}{one.first.calls['zendesk']:>15}{one.first.calls['jira']:>12}"
            f"{one.first.seconds:>9.1f}{one.items_per_second:>9.1f}"
            f"{one.first.cpu_seconds:>8.1f}{one.check.cpu_seconds:>15.1f}"
            f"{max(one.first.peak_mb, one.second.peak_mb):>9.0f}"
            f"{one.check.missing:>9}{one.check.doubled:>9}{one.check.wrong_comments:>16}"
            f"{one.second_run_writes:>19}"
        )


def _figures(one: Result) -> dict[str, float]:
    """The figures of one size; the largest size has them under their plain names too."""
    plain: dict[str, float] = {
        "missing": one.check.missing,
        "doubled": one.check.doubled,
        "wrong_comments": one.check.wrong_comments,
        "second_run_writes": one.second_run_writes,
        "items_per_second": one.items_per_second,
        "peak_mb": max(one.first.peak_mb, one.second.peak_mb),
        "cpu_ms_per_item": 1000 * one.first.cpu_seconds / one.items,
        "calls_per_item": sum(one.first.calls.values()) / one.items,
    }
    return {**plain, **{f"{name}_{one.items}": value for name, value in plain.items()}}


if __name__ == "__main__":
    main()
