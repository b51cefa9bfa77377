"""What goes wrong at a person's end: each gives one clear message with what to do, and loses nothing."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from sandbox.jira import JiraService
from sandbox.server import Sandbox
from sandbox.service import Conditions
from tests.integration.installation import Installation, eventually, free_port
from tests.integration.shell import (
    Running,
    Shell,
    daemon,
    impatient,
    installed,
    standing,
    subscribe,
    titles,
    untraced,
)
from tests.integration.small import company, ticket
from tests.sync.databases import database_url


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with installed(tmp_path, ticket("Export stops", "we saw it too")) as made:
        yield made


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def edit(installation: Installation, old: str, new: str) -> None:
    text = installation.settings.read_text(encoding="utf-8")
    assert old in text
    installation.settings.write_text(text.replace(old, new), encoding="utf-8")


def test_a_wrong_credential_halts_that_connection_and_no_other(tmp_path: Path, shell: Shell) -> None:
    with installed(tmp_path, ticket("Export stops"), overrides={"jira": {"token": "wr0ng"}}) as installation:
        zendesk = installation.sandbox.services["zendesk"]
        with daemon(installation, shell, hooks=["zendesk"]) as running:
            installation.sandbox.call(partial(zendesk.person_creates, title="Import hangs", body="Often."))
            eventually(
                lambda: standing(installation).connections[0].items == 2 or None, "the others to go on"
            )
            shown = shell.run("status").out
            assert "jira is halted until Loopwright is started again; the others go on." in shown
            assert "Check email and token in the settings" in shown
            assert shell.run("status", "--health").code == 1
            halted = [line for line in running.err.splitlines() if "ERROR" in line]
            assert len(halted) == 1, "it is said once, and not with every write that waits"
            assert "jira is halted; the others go on." in halted[0]
        once = shell.run("sync", "--once")
        assert once.code == 1
        assert untraced(once.err).splitlines() == [
            "jira: POST /rest/api/3/search/jql: 401 Client must be authenticated to access this resource.",
            "  Check email and token in the settings; API tokens expire within a year.",
        ]
        assert "BAD  jira" in shell.run("doctor").out
        edit(installation, "wr0ng", "sandbox-token")
        assert shell.run("sync", "--once").code == 0
        assert titles(installation, "jira") == ["Export stops"]


def test_while_a_tool_is_down_the_others_go_on_and_afterwards_nothing_is_missing(
    tmp_path: Path, shell: Shell
) -> None:
    jira = Sandbox([JiraService], conditions=Conditions(limits=False))
    jira.services["jira"].seed(company())
    down = {"jira": {"url": jira.services["jira"].base_url}}
    with installed(tmp_path, ticket("Export stops"), overrides=down) as installation:
        once = shell.run("sync", "--once", before=impatient)
        assert (once.code, once.out.split(",")[0]) == (1, "1 item known")
        assert untraced(once.err).endswith(
            "no connection to the server\n  Check the url in the settings and the network.\n"
        )
        zendesk = installation.sandbox.services["zendesk"]
        running = shell.start("run", before=impatient)
        eventually(lambda: "trying again" in running.err or None, "the tool to be missed")
        eventually(lambda: "jira: could not be read" in shell.run("status").out or None, "status to say so")
        subscribe(installation, "zendesk")
        installation.sandbox.call(partial(zendesk.person_creates, title="New", body="Often.", labels=["bug"]))
        eventually(lambda: standing(installation).claimed == 2 or None, "the others to go on")
        with jira.running():
            eventually(lambda: standing(installation).mirrors == 2 or None, "the mirrors")
            eventually(lambda: "jira answers again" in running.err or None, "the next poll")
            eventually(lambda: "could not be read" not in shell.run("status").out or None, "status to say so")
            end(running)
            made = jira.call(lambda: jira.services["jira"].cards(limit=10))
        assert sorted(card.title for card in made) == ["Export stops", "New"]


def end(running: Running) -> None:
    running.send(signal.SIGTERM)
    ended = running.wait()
    assert ended.code == 0, ended.err


@pytest.mark.parametrize("command", ["run", "sync --once", "why ZD-1"])
def test_a_mistake_in_the_rules_is_shown_where_it_is(
    installation: Installation, shell: Shell, command: str
) -> None:
    rules = installation.rules.read_text(encoding="utf-8")
    installation.rules.write_text(rules.replace("to: jira", "to: jria"), encoding="utf-8")
    ended = shell.run(*command.split())
    assert (ended.code, ended.out) == (2, "")
    place = f"{installation.rules}:13:15"
    assert ended.err == (
        f"loopwright: {place}: the settings have no connection 'jria' — did you mean 'jira'?\n"
        "    13 |           to: jria\n"
        "       |               ^^^^\n"
    )
    assert titles(installation, "jira") == []


def test_a_mistake_in_the_settings_shows_its_place_and_no_secret(
    installation: Installation, shell: Shell
) -> None:
    edit(installation, '"api_token": "sandbox-token"', '"api_tokn": "sandbox-token"')
    for command in (["run"], ["sync", "--once"], ["status"], ["retry", "1"]):
        ended = shell.run(*command)
        assert (ended.code, ended.out) == (2, "")
        assert "loopwright.yaml:" in ended.err
        assert "unknown field 'api_tokn' — did you mean 'api_token'?" in untraced(ended.err)
        assert "sandbox-token" not in ended.err
    told = shell.run("doctor")
    assert (told.code, told.err) == (1, "")
    assert "BAD  settings   loopwright.yaml:" in told.out


def test_settings_that_are_not_there(shell: Shell) -> None:
    ended = shell.run("status")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "loopwright: loopwright.yaml: there is no such file — "
        "'loopwright init' writes one, --config names another\n"
    )


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nowhere/loopwright.sqlite", "unable to open database file\n  create its folder, make it writable"),
        ("rules.yaml", "file is not a database\n  this file is something else; change database_url"),
    ],
)
def test_a_database_that_cannot_be_one(
    installation: Installation, shell: Shell, place: str, said: str
) -> None:
    edit(installation, "sqlite:///loopwright.sqlite", f"sqlite:///{place}")
    ended = shell.run("sync", "--once")
    assert (ended.code, ended.out) == (2, "")
    assert said in untraced(ended.err)


def test_a_database_server_that_does_not_answer(installation: Installation, shell: Shell) -> None:
    edit(installation, "sqlite:///loopwright.sqlite", f"postgresql://me:s3cret@127.0.0.1:{free_port()}/loop")
    ended = shell.run("run")
    assert (ended.code, ended.out) == (2, "")
    assert untraced(ended.err).endswith("check that the database is running and that database_url is right\n")
    assert "s3cret" not in ended.err


def test_a_port_for_webhooks_that_is_taken(installation: Installation, shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", installation.port)):
        ended = shell.run("run")
        assert (ended.code, ended.out) == (2, "")
        place = f"127.0.0.1:{installation.port}"
        assert ended.err == (
            f"loopwright: cannot listen for webhooks on {place}: Address already in use\n"
            "  stop what listens there, or set webhooks.port to another\n"
        )
        told = shell.run("doctor")
        assert (told.code, told.err) == (1, "")
        assert "BAD  webhooks   cannot listen" in told.out
        assert shell.run("sync", "--once").code == 0, "it needs no port"
    with daemon(installation, shell):
        assert titles(installation, "jira") == ["Export stops"]


POSTGRES = pytest.param("postgresql", marks=[pytest.mark.postgres])


@pytest.mark.parametrize("kind", ["sqlite", POSTGRES])
def test_a_second_daemon_hears_who_has_the_database(tmp_path: Path, shell: Shell, kind: str) -> None:
    url = "sqlite:///loopwright.sqlite" if kind == "sqlite" else database_url(kind, tmp_path)
    with installed(tmp_path, ticket("Export stops"), database_url=url) as installation:
        with daemon(installation, shell) as running:
            holder = f"{socket.gethostname()} process {running.pid}"
            for command in (["run"], ["sync", "--once"]):
                ended = shell.run(*command)
                assert (ended.code, ended.out) == (2, "")
                assert untraced(ended.err).startswith("loopwright: another daemon works on ")
                assert f": {holder}\n  stop it first" in ended.err
            assert json.loads(shell.run("status", "--json").out)["daemon"] == holder
            assert shell.run("status", "--health").code == 0
            assert f"taken, as the daemon runs: {holder}" in shell.run("doctor").out
            assert running.alive()
        assert shell.run("sync", "--once").code == 0, "once the first has ended, there is room"
        assert titles(installation, "jira") == ["Export stops"]


def test_a_killed_daemon_can_be_started_again_at_once(installation: Installation, shell: Shell) -> None:
    with daemon(installation, shell) as running:
        running.send(signal.SIGKILL)
        assert running.wait().code == -signal.SIGKILL
    with daemon(installation, shell):
        eventually(lambda: titles(installation, "jira") or None, "the mirror")
    assert titles(installation, "jira") == ["Export stops"]
