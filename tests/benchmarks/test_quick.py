"""The benchmarks run and tell figures. Those that depend on the machine are not tested."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest

from benchmarks import api_calls, queue, rate_budget, rate_loads, text
from benchmarks.api_loop import TOOLS
from benchmarks.tools import Outcome, Verdict, judge
from connectors.abilities import StatesLimits
from connectors.jira import limits as jira_limits
from connectors.registry import connector_type
from tests.repository.dockerfile import ROOT

pytestmark = pytest.mark.slow


def test_the_main_job_runs_and_finds_everything_in_its_place() -> None:
    command = [sys.executable, "-m", "benchmarks.main_job", "--items", "10", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)["figures"]
    assert {name: figures[name] for name in ("missing", "doubled", "wrong_comments")} == {
        "missing": 0,
        "doubled": 0,
        "wrong_comments": 0,
    }
    assert figures["items_per_second"] > 0


def test_the_wait_from_a_change_to_its_effect_is_measured() -> None:
    command = [sys.executable, "-m", "benchmarks.latency", "--stored", "100", "--changes", "10", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)["figures"]
    assert 0 < figures["p50_ms_100"] <= figures["p99_ms_100"]


def test_the_queue_runs_without_dbos_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "dbos" else find(name))
    monkeypatch.setattr(sys, "argv", ["queue", "--quick", "--json"])
    queue.main()
    said = capsys.readouterr()
    assert said.err == "dbos is not installed: only our side is measured\n"
    figures = json.loads(said.out)["figures"]
    assert all(name.startswith("effects_table_") for name in figures)
    assert figures["effects_table_writes_per_second"] > 0
    wrong = ("lost", "doubled", "out_of_order", "past_a_refusal")
    assert {name: figures[f"effects_table_killed_{name}"] for name in wrong} == dict.fromkeys(wrong, 0)


def test_texts_are_measured_and_none_is_lost_in_silence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["text", "--quick", "--json"])
    text.main()
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert figures["features"] >= 40
    assert figures["silent_losses"] == 0
    assert figures["same_round_trip_min"] >= 0.9 * figures["features"]
    assert figures["html_to_markdown_mb_per_second"] > 0


def test_no_job_takes_more_calls_than_its_tool_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    services = ["zendesk", "jira", "github", "notion"]
    monkeypatch.setattr(sys, "argv", ["api_calls", "--items", "30", "--json"])
    api_calls.main()
    figures = json.loads(capsys.readouterr().out)["figures"]
    jobs = ("backfill", "pick_up", "create", "update", "comment")
    assert {f"{service}_{job}" for service in services for job in jobs} <= {
        name.rpartition("_")[0] for name in figures
    }
    assert figures["max_ratio"] <= 1.05


def test_limits_are_used_and_kept_and_a_guest_gets_its_part(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of it by the sandbox's clock, so that the machine makes no difference."""
    monkeypatch.setattr(sys, "argv", ["rate_budget", "--quick", "--json"])
    rate_budget.main()
    figures = json.loads(capsys.readouterr().out)["figures"]
    assert figures["used_share"] >= 0.95
    assert figures["documented_429"] == 0
    assert figures["yield_windows"] <= 1


def test_every_stated_limit_is_measured_or_said_to_be_out_of_reach() -> None:
    measured = {(load.service, load.limit) for load in rate_loads.LOADS}
    stated = {("jira", limit.name) for limit in jira_limits.stated(app=True)}
    for name, tool in TOOLS.items():
        type_ = connector_type(name)
        assert issubclass(type_, StatesLimits)
        settings = type_.Settings.model_validate({**tool.settings, tool.address: "http://127.0.0.1:9"})
        stated |= {(name, limit.name) for limit in type_.limits(settings)}
    assert measured | {*rate_loads.UNREACHED} == stated
    assert not measured & {*rate_loads.UNREACHED}


def test_the_judge_sees_what_went_wrong() -> None:
    written, refused, found = Outcome.WRITTEN, Outcome.REFUSED, Outcome.FOUND
    # Two items: the even writes and the odd ones. 1 is refused, 3 goes past it, 4 comes before 2, 6 is lost.
    lines = [(0, written), (1, refused), (3, written), (4, written), (2, written), (0, written), (4, found)]
    assert judge(lines, writes=7, items=2) == Verdict(
        lost=1, doubled=1, out_of_order=1, past_a_refusal=1, caught=1, look_ups=1
    )
