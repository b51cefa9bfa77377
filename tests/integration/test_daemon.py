"""The daemon at work: webhooks come in, signals end it, and its log holds nothing that is not its to tell."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest

from connectors.model import JsonValue
from sandbox.company import Post
from sandbox.credentials import EMAIL, TOKEN
from sandbox.faults import Fault
from sync.store import effects
from sync.store.effects import State
from tests.integration.installation import Installation, eventually
from tests.integration.shell import (
    Shell,
    cards,
    daemon,
    impatient,
    installed,
    standing,
    titles,
    untraced,
)
from tests.integration.small import KAI, ticket

Overrides = dict[str, dict[str, JsonValue]]
NEVER: Overrides = {name: {"poll_seconds": 3600} for name in ("zendesk", "jira")}
"""For what is to arrive by webhooks alone."""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_webhooks_carry_everything_there_and_back(tmp_path: Path, shell: Shell) -> None:
    with (
        installed(tmp_path, overrides=NEVER) as installation,
        daemon(installation, shell, hooks=["zendesk", "jira"]),
    ):
        zendesk, jira = (installation.sandbox.services[name] for name in ("zendesk", "jira"))
        call = installation.sandbox.call
        id = call(partial(zendesk.person_creates, title="Export stops", body="Always.", labels=["bug"]))
        eventually(lambda: standing(installation).mirrors or None, "the mirror")
        (issue,) = cards(installation, "jira")
        assert issue.title == "Export stops"
        call(partial(jira.person_comments, issue.id, "The cursor is forgotten.", internal=True))
        call(partial(jira.person_sets, issue.id, priority="Highest"))
        call(partial(zendesk.person_comments, id, "It is Acme again.", internal=True))

        def arrived() -> bool | None:
            (there,), (here,) = cards(installation, "jira"), cards(installation, "zendesk")
            notes = [said for said in here.comments if "cursor is forgotten" in said.text]
            back = [said for said in there.comments if "Acme again" in said.text]
            return ((here.priority, len(notes), len(back)) == ("urgent", 1, 1) and notes[0].internal) or None

        eventually(arrived, "comment and priority on the other side")


def test_webhooks_that_are_not_for_us_are_refused(tmp_path: Path, shell: Shell) -> None:
    with installed(tmp_path, overrides=NEVER) as installation, daemon(installation, shell) as running:
        with httpx.Client(base_url=f"http://127.0.0.1:{installation.port}", trust_env=False) as sender:
            forged = sender.post("/hooks/zendesk", json={"detail": {"subject": "Send money"}})
            assert (forged.status_code, forged.json()) == (401, {"error": "bad signature"})
            assert sender.post("/hooks/asana", json={}).json() == {"error": "there is no connection 'asana'"}
            assert sender.get("/hooks/zendesk").status_code == 405
            health = sender.get("/healthz")
            assert (health.status_code, health.json()) == (200, {"alive": True})
        assert running.err.count("WARNING a webhook for zendesk was refused") == 1
        assert "Send money" not in running.err


MANY = [ticket(f"Report {number}", "first", "second") for number in range(12)]
SLOWLY: Overrides = {"jira": {"rate": {"per_second": 30, "burst": 1}}}
"""So that a signal comes while there is still something to do, however fast the machine."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order_while_writes_are_under_way(
    tmp_path: Path, shell: Shell, number: signal.Signals
) -> None:
    with installed(tmp_path, *MANY, overrides=SLOWLY) as installation:
        running = shell.start("run")
        eventually(lambda: titles(installation, "jira")[2:] or None, "a few mirrors")
        running.send(number)
        ended = running.wait()
        assert (ended.code, ended.out) == (0, "")
        assert "stopping when what is under way has its receipt; once more to stop at once" in ended.err
        assert untraced(ended.err).endswith("stopped; nothing is half done\n")
        said = sum(len(card.comments) for card in cards(installation, "jira"))
        assert said < 2 * len(MANY), "it did not wait for all that could be done"
        with installation.store() as store, store.read() as view:
            assert effects.in_state(view, State.SENDING) == []
        assert standing(installation).daemon is None
        assert shell.run("sync", "--once").code == 0
        assert titles(installation, "jira") == sorted(one.title for one in MANY)
        assert [len(card.comments) for card in cards(installation, "jira")] == [2] * len(MANY)


@contextmanager
def silence() -> Iterator[str]:
    """A tool that takes requests and never answers; its address."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    kept.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
    for one in kept:
        one.close()


def test_a_second_signal_ends_it_at_once(tmp_path: Path, shell: Shell) -> None:
    with (
        silence() as url,
        installed(tmp_path, ticket("Export stops"), overrides={"jira": {"url": url}}) as installation,
    ):
        running = shell.start("run")
        eventually(lambda: standing(installation).claimed or None, "the other tool to be read")
        began = time.monotonic()
        running.send(signal.SIGINT)
        eventually(lambda: "once more to stop at once" in running.err or None, "it to say so")
        assert running.alive(), "it waits for the answer"
        running.send(signal.SIGINT)
        ended = running.wait()
        assert ended.code == 128 + signal.SIGINT
        assert time.monotonic() - began < 10, "and not for the time-out of half a minute"
        untraced(ended.err)


def test_a_single_run_that_is_stopped_says_that_it_is_not_through(tmp_path: Path, shell: Shell) -> None:
    with installed(tmp_path, *MANY, overrides=SLOWLY) as installation:
        running = shell.start("sync", "--once")
        eventually(lambda: titles(installation, "jira")[2:] or None, "a few mirrors")
        running.send(signal.SIGINT)
        ended = running.wait()
        assert ended.code == 1
        assert untraced(ended.err).endswith(
            "stopped before everything was up to date; nothing is half done\n"
        )


SECRET_WORDS = ("Grace Hopper", "grace@hopper.example", "nightly export", "orders table", "overnight run")


def test_the_log_holds_no_secret_and_nothing_that_anybody_wrote(tmp_path: Path, shell: Shell) -> None:
    """Whatever goes wrong: refused, rate-limited and lost requests, HTML in place of JSON, closed tickets."""
    wrote = ticket("nightly export of Grace Hopper", "the orders table, says grace@hopper.example")
    closed = replace(
        wrote, status="closed", posts=(Post(KAI, wrote.created, "an overnight run", internal=True),)
    )
    with installed(tmp_path, wrote, closed, replace(wrote, title="orders table " * 40)) as installation:
        text = installation.settings.read_text(encoding="utf-8")
        settings = json.loads(text) | {"log": {"level": "info", "format": "json"}}
        installation.settings.write_text(json.dumps(settings), encoding="utf-8")
        for faults in installation.sandbox.faults.values():
            for kind in ("unavailable", "html", "rate_limited", "lose_request"):
                faults.active.append(Fault(kind))
            faults.active.append(Fault("rate_limited", match="^(POST|PUT) .*(issue|tickets)"))
            faults.active.append(Fault("lose_answer", match="^(POST|PUT) .*(issue|tickets)"))
        running = shell.start("run", before=impatient)
        eventually(lambda: through(installation) or None, "everything to be tried")
        zendesk = installation.sandbox.services["zendesk"]
        with httpx.Client(base_url=f"http://127.0.0.1:{installation.port}", trust_env=False) as sender:
            sender.post("/hooks/zendesk", json={"detail": {"subject": "nightly export"}})
            sender.post("/hooks/zendesk", content=b"orders table", headers={"authorization": TOKEN})
        installation.sandbox.call(partial(zendesk.person_comments, "1", "overnight run", internal=True))
        running.send(signal.SIGTERM)
        ended = running.wait()
        assert ended.code == 0, ended.err
        assert ended.err.count("trying again") >= 4
        assert "asks for a pause of 1 s" in ended.err
        told = "\n".join([ended.err, shell.run("status").out, shell.run("doctor").out])
        for word in (*SECRET_WORDS, TOKEN, "sandbox-secret", EMAIL):
            assert word not in told, told
        rows = [json.loads(line) for line in ended.err.splitlines()]
        assert {row["level"] for row in rows} == {"info", "warning"}


def through(installation: Installation) -> bool:
    found = standing(installation)
    return not any(one.waiting for one in found.connections) and found.mirrors >= 2
