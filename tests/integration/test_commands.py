"""What each command says of an installation at work, and how it ends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.shell import Ended, Shell, installed, titles, untraced
from tests.integration.small import CREATED, RULES, ticket
from tests.integration.terminal import Terminal

CLOSED = replace(ticket("Import hangs"), status="closed", created=CREATED + timedelta(hours=2))
"""Zendesk refuses every change of a closed ticket, so the label that the rule wants is parked."""


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ended, Shell]]:
    """One bug that is mirrored, one whose label is refused, one wish; after a single run."""
    folder = tmp_path_factory.mktemp("installation")
    bug, wish = ticket("Export stops", "we saw it too"), ticket("Dark mode", labels=("wish",))
    later = replace(wish, created=CREATED + timedelta(hours=3))
    with installed(folder, bug, CLOSED, later):
        shell = Shell(folder)
        yield shell.run("sync", "--once"), shell


@pytest.fixture
def shell(synced: tuple[Ended, Shell]) -> Shell:
    return synced[1]


def test_a_single_run_ends_with_one_when_a_person_must_look(synced: tuple[Ended, Shell]) -> None:
    run, _ = synced
    assert (run.code, run.err) == (1, "")
    assert run.out.startswith("5 items known, 2 mirrors, ")
    assert run.out.endswith("; parked: 1 write, see loopwright status\n")


def test_status_for_people(shell: Shell) -> None:
    shown = shell.run("status")
    assert (shown.code, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert lines[0] == "daemon    not running"
    assert lines[1].startswith("database  sqlite:///")
    assert lines[2] == "mirrors   2"
    assert re.split(r"  +", lines[3]) == [
        *("connection", "items", "last read", "to read", "to write", "written", "parked", "calls")
    ]
    assert lines[4].split()[:2] == ["zendesk", "3"]
    assert lines[5].split()[:2] == ["jira", "2"]
    assert len({len(line) for line in lines[3:6]}) == 1, "the columns end under one another"
    assert lines[7] == "write 4 is parked: ZD-2, by rule bugs-to-jira"
    assert "closed prevents ticket update" in lines[8]
    assert lines[9:] == ["  loopwright retry 4", "  loopwright skip 4"]
    assert "\x1b" not in shown.out, "colours are for terminals"


def test_at_a_terminal_there_is_progress_and_no_line_is_too_long(shell: Shell) -> None:
    terminal = Terminal(shell, "sync", "--once")
    assert terminal.wait() == 1
    shown, _, summary = terminal.seen.rpartition("\r")
    assert "reading" in shown
    assert terminal.seen.count("\x1b[?25l") == terminal.seen.count("\x1b[?25h") == 1, "the cursor comes back"
    assert "5 items known, 2 mirrors" in summary
    terminal = Terminal(shell, "why", "ZD-1")
    assert terminal.wait() == 0
    assert max(len(line) for line in terminal.seen.splitlines()) <= 80
    assert re.search(r"^ {21}\S", terminal.seen, re.MULTILINE), "what goes on goes on below its beginning"


def test_status_for_scripts_and_for_health_checks(shell: Shell) -> None:
    shown = json.loads(shell.run("status", "--json").out)
    assert (shown["mirrors"], shown["daemon"], shown["healthy"]) == (2, None, False)
    assert [(one["id"], one["item"]) for one in shown["parked"]] == [(4, "ZD-2")]
    assert {one["name"]: one["items"] for one in shown["connections"]} == {"zendesk": 3, "jira": 2}
    health = shell.run("status", "--health")
    assert (health.code, health.out, health.err) == (1, "", "")


def test_why_a_rule_fired_and_what_came_of_it(shell: Shell) -> None:
    told = shell.run("why", "ZD-1")
    assert (told.code, told.err) == (0, "")
    (issue,) = re.findall(r"^  mirror: (ENG-\d) Export stops \(To Do\)$", told.out, re.MULTILINE)
    because = 'because: system is "zendesk", labels has "bug"'
    for line in (
        "seen by polling: created",
        "fired: bugs-to-jira",
        f"decided to create in jira (rule bugs-to-jira, write 1), {because}",
        f"created {issue} (rule bugs-to-jira, write 1)",
        "updated ZD-1 (rule bugs-to-jira, write 2)",
    ):
        assert f"  {line}\n" in told.out
    assert "  it fired at " in told.out
    carried = next(line for line in shell.run("why", issue).out.splitlines() if "commented on" in line)
    assert f"commented on {issue} (rule bugs-to-jira, write " in carried
    assert carried.endswith(", because: comment of ZD-1 carried over")


def test_why_a_rule_did_not_fire(shell: Shell) -> None:
    told = shell.run("why", "ZD-3", "bugs-to-jira")
    assert "rule bugs-to-jira on ZD-3: does not match\n" in told.out
    assert 'NO  labels has "bug"  (it is ["wish"])' in told.out
    assert "rules.yaml:10\n" in told.out
    assert "it fired" not in told.out


def test_why_for_scripts(shell: Shell) -> None:
    told = json.loads(shell.run("why", "zendesk:1", "--json").out)
    assert told["item"]["ref"]["key"] == "ZD-1"
    assert [(link["type"], link["item"]["connection"]) for link in told["links"]] == [("mirror", "jira")]
    (judged,) = told["rules"]
    assert judged["rule"] == "bugs-to-jira"
    assert judged["fired"] is not None


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (["why", "ZD-99"], "no item 'ZD-99' has been seen\n  write its key (ZD-7, ENG-12, "),
        (["why", "ZD-1", "bugs-to-jra"], "there is no rule 'bugs-to-jra'\n  did you mean 'bugs-to-jira'?"),
        (["retry", "4", "77"], "no parked write has the number 77; parked are: 4\n  loopwright status shows"),
        (["skip", "1"], "no parked write has the number 1; parked are: 4\n"),
    ],
)
def test_what_does_not_exist_is_said_in_one_message(shell: Shell, asked: list[str], answer: str) -> None:
    ended = shell.run(*asked)
    assert (ended.code, ended.out) == (2, "")
    assert untraced(ended.err).startswith(f"loopwright: {answer}")


def test_sync_without_once_says_what_to_write(shell: Shell) -> None:
    ended = shell.run("sync")
    assert ended.code == 2
    assert "write --once" in untraced(ended.err)


def test_doctor_finds_all_well(shell: Shell) -> None:
    ended = shell.run("doctor")
    assert (ended.code, ended.err) == (0, "")
    assert [line[:16].split() for line in ended.out.splitlines()] == [
        ["ok", name] for name in ("python", "settings", "rules", "database", "webhooks", "zendesk", "jira")
    ]
    assert "1 rule\n" in ended.out
    found = json.loads(shell.run("doctor", "--json").out)["findings"]
    assert {one["verdict"] for one in found} == {"good"}
    assert any("as Loopwright" in one["text"] for one in found if one["subject"] == "jira")


def test_a_parked_write_is_tried_again_and_then_given_up(tmp_path: Path) -> None:
    with installed(tmp_path, CLOSED) as installation:
        shell = Shell(tmp_path)
        first = json.loads(shell.run("sync", "--once", "--json").out)
        (parked,) = first["parked"]
        number = str(parked["id"])
        assert shell.run("retry", number).out == "1 write will be tried again\n"
        assert shell.run("status").out.count("parked: ") == 0
        again = shell.run("sync", "--once")
        assert (again.code, again.out.count("parked: 1 write")) == (1, 1), "it is refused once more"
        assert shell.run("skip", number).out == "1 write given up; the later writes to the same items go on\n"
        last = shell.run("sync", "--once")
        assert (last.code, last.err) == (0, "")
        assert "parked" not in last.out
        history = shell.run("why", "ZD-1").out
        assert f"a person retried the update in zendesk (rule bugs-to-jira, write {number})" in history
        assert f"a person skipped the update in zendesk (rule bugs-to-jira, write {number})" in history
        assert titles(installation, "jira") == ["Import hangs"]


def test_a_rule_that_does_too_much_is_stopped_until_a_person_decides(tmp_path: Path) -> None:
    bugs = (ticket("Export stops"), ticket("Import hangs"), ticket("Login fails"))
    capped = RULES.replace("    when:", "    caps: {backfill: 2}\n    when:")
    assert capped != RULES
    with installed(tmp_path, *bugs, rules=capped) as installation:
        shell = Shell(tmp_path)
        run = shell.run("sync", "--once")
        assert (run.code, run.out.count("held by a cap: 4 writes, see loopwright status")) == (1, 1)
        shown = shell.run("status").out.splitlines()
        assert re.fullmatch(r"4 writes are held since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC:", shown[7])
        assert "a cap of rule bugs-to-jira is reached: backfill, 2 within an hour" in shown[8]
        assert "loopwright resume --rule bugs-to-jira" in " ".join(shown[9:])
        assert "the create in jira is held: a cap of rule bugs-to-jira" in shell.run("why", "ZD-2").out
        wrong = shell.run("resume", "--rule", "bugs")
        assert untraced(wrong.err).startswith(
            "loopwright: no cap holds anything of rule bugs; held are: bugs-to-jira\n"
        )
        assert "name the writes by the numbers" in untraced(shell.run("skip").err).replace("\n", " ")
        let_go = shell.run("resume", "--rule", "bugs-to-jira")
        assert let_go.out.startswith("4 held writes of rule bugs-to-jira let go")
        last = shell.run("sync", "--once")
        assert (last.code, "held" in last.out) == (0, False)
        assert len(titles(installation, "jira")) == 3
