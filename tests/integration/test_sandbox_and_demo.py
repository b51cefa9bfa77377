"""What a newcomer starts first: the sandbox and the demo, as commands."""

from __future__ import annotations

import json
import re
import signal
import socket
from pathlib import Path

import httpx
import pytest

from sandbox.credentials import EMAIL, TOKEN
from tests.integration.installation import alive, eventually
from tests.integration.shell import Running, Shell, untraced


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    folder = tmp_path / "empty"
    folder.mkdir()
    return Shell(folder, logs=tmp_path)


def addresses(running: Running) -> dict[str, str]:
    """Of the page and the services, by name, once they are printed."""

    def look() -> dict[str, str] | None:
        assert running.alive(), running.err
        found = dict(re.findall(r"^ *(\w+) +(http://127\.0\.0\.1:\d+)$", running.out, re.MULTILINE))
        return found if len(found) == 5 else None

    return {name.lower(): address for name, address in eventually(look, "the addresses").items()}


def answer(url: str) -> httpx.Response | None:
    try:
        return httpx.get(url, auth=(f"{EMAIL}/token", TOKEN), trust_env=False)
    except httpx.TransportError:
        return None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_sandbox_answers_at_its_ports_until_it_is_ended(
    shell: Shell, tmp_path: Path, number: signal.Signals
) -> None:
    reports = tmp_path / "reports.jsonl"
    report = {"id": "A-1", "title": "It hangs", "body": "Always.", "created": "2026-01-02T03:04:05Z"}
    reports.write_text(json.dumps(report), encoding="utf-8")
    running = shell.start("sandbox", "--empty", "--port", "0", "--load", str(reports))
    there = addresses(running)
    assert list(there) == ["page", "zendesk", "jira", "github", "notion"]
    page = eventually(lambda: answer(there["page"]), "the page")
    assert "<title>Loopwright sandbox</title>" in page.text
    tickets = eventually(lambda: answer(f"{there['zendesk']}/api/v2/tickets.json"), "the tickets").json()
    assert [ticket["subject"] for ticket in tickets["tickets"]] == ["It hangs"]
    projects = httpx.get(
        f"{there['jira']}/rest/api/3/project/search", auth=(EMAIL, TOKEN), trust_env=False
    ).json()
    assert {project["key"] for project in projects["values"]} >= {"ENG", "PLAT"}, "empty, and ready for use"
    assert f"In zendesk: 1 report of {reports}." in running.out
    running.send(number)
    ended = running.wait()
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--load", "gone.jsonl"], "'gone.jsonl' does not exist"),
        (["--load", "broken.jsonl"], "broken.jsonl:1: Invalid JSON"),
        (["--load-into", "asana"], "'asana' is not one of 'zendesk', 'jira', 'github', 'notion'"),
        (["--port", "70000"], "65531"),
    ],
)
def test_options_of_the_sandbox_that_make_no_sense(shell: Shell, arguments: list[str], said: str) -> None:
    (shell.folder / "broken.jsonl").write_text("no JSON\n", encoding="utf-8")
    ended = shell.run("sandbox", "--empty", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in re.sub(r"[\s│]+", " ", untraced(ended.err))


@pytest.mark.parametrize("command", ["sandbox", "demo"])
def test_a_port_that_is_taken(shell: Shell, command: str) -> None:
    kept = shell.folder / ".demo" / "loopwright.sqlite"
    kept.parent.mkdir()
    kept.touch()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = shell.run(command, "--port", str(port))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        f"loopwright: cannot listen on the ports {port} to {port + 4}: Address already in use\n"
        "  stop what listens there (another demo?), or choose others with --port\n"
    )
    assert kept.exists(), "what the other demo works with is left alone"


def test_the_demo_plays_its_story_in_an_empty_folder_and_checks_itself(shell: Shell) -> None:
    ended = shell.run("demo", "--once")
    assert (ended.code, ended.err) == (0, ""), ended
    told = [re.sub(r" \d+\.\d s$", "", line) for line in ended.out.splitlines() if line.startswith("  ")]
    told = [line for line in told if "http://" not in line]
    caused = [line.split(maxsplit=1)[1] for line in told if line.startswith("  →")]
    words = [re.sub(r"\b(ZD|ENG|PLAT)-\d+|N-\w+", r"X", line) for line in caused]
    assert words == [
        "Jira     X is filed for the engineers",
        "Zendesk  X carries the label in-jira, so that agents see it is in hand",
        "Zendesk  X shows it as an internal note, not to the customer",
        "Zendesk  X goes on hold",
        "Zendesk  X has a note for the agent that says so",
        "Jira     X becomes Highest",
        "Jira     X is its mirror",
        "Notion   X is its row for the product managers",
    ]
    assert len(told) - len(caused) == 6, "what people did"
    assert re.search(r"^\d+ items known, 3 mirrors, \d+ writes done, 0 parked$", ended.out, re.MULTILINE)
    assert ended.out.endswith("Everything arrived.\n")
    assert "\x1b" not in ended.out
    (issue,) = set(re.findall(r"(ENG-\d+) is filed", ended.out))
    why = shell.run("why", issue, "--config", ".demo/loopwright.yaml")
    assert "(rule enterprise-bug-to-jira, write 1), because: meets open-ticket, meets paying-well" in why.out
    assert "fired: jira-status-to-zendesk" in why.out
    assert shell.run("status", "--health", "--config", ".demo/loopwright.yaml").code == 1, "its daemon ended"


def test_the_demo_ended_early_takes_its_daemon_along(shell: Shell) -> None:
    running = shell.start("demo", "--port", "0")
    log = shell.folder / ".demo" / "daemon.log"
    eventually(lambda: (log.exists() and "running;" in log.read_text()) or None, "the daemon")
    shown = json.loads(shell.run("status", "--json", "--config", ".demo/loopwright.yaml").out)
    daemon = int(shown["daemon"].rpartition(" ")[2])
    assert alive(daemon)
    running.send(signal.SIGTERM)
    ended = running.wait()
    assert (ended.code, ended.err) == (130, "")
    assert ended.out.endswith("stopped\n")
    assert not alive(daemon)
