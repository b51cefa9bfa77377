"""``init``, answered at a real terminal against real addresses."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.app import SERVICES
from sandbox.credentials import EMAIL, TOKEN
from sandbox.server import Sandbox
from sandbox.service import Conditions
from tests.integration.installation import free_port
from tests.integration.shell import Shell
from tests.integration.small import company, ticket
from tests.integration.terminal import Terminal

NONE = ""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    folder = tmp_path / "new"
    folder.mkdir()
    return Shell(folder, logs=tmp_path)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(SERVICES, conditions=Conditions(limits=False))
    for service in made.services.values():
        service.seed(company(ticket("Export stops")))
    with made.running():
        yield made


def address(sandbox: Sandbox, name: str) -> str:
    return sandbox.services[name].base_url


def test_answers_become_an_installation_that_works(shell: Shell, sandbox: Sandbox) -> None:
    person = Terminal(shell, "init")
    person.answer(r"Connect Zendesk\?", "y")
    person.answer("url", address(sandbox, "zendesk"))
    person.answer("email", EMAIL)
    person.answer("api_token", "wr0ng-token")
    for name in ("oauth_token", "brands", "webhook_secret"):
        person.answer(name, NONE)
    person.answer("Ask again", "y")
    assert "That did not work. zendesk: GET /api/v2/users/me.json answered 401" in person.seen
    assert "Check the e-mail address and the API token" in person.seen
    for name in ("url", "email"):
        person.answer(name, NONE)
    person.answer("api_token", TOKEN)
    for name in ("oauth_token", "brands"):
        person.answer(name, NONE)
    person.answer("webhook_secret", "sandbox-secret")
    person.answer(r"Connect Jira\?", NONE)
    assert "Signed in to http://127.0.0.1" in person.seen
    person.answer("url", address(sandbox, "jira"))
    person.answer("browse_url", NONE)
    person.answer("email", EMAIL)
    person.answer("token", TOKEN)
    person.answer("projects", "ENG, PLAT")
    for name in ("issue_type", "webhook_secret"):
        person.answer(name, NONE)
    person.answer(r"Connect GitHub\?", "n")
    person.answer(r"Connect Notion\?", "y")
    person.answer("base_url", address(sandbox, "notion"))
    person.answer("token", TOKEN)
    person.answer("databases", "PRDs,Feedback")
    person.answer("kind", "nonsense")
    person.answer("kind", NONE)
    person.answer("kind", "feedback")
    person.answer("webhook_secret", NONE)
    assert person.wait() == 0
    assert "Next: read the rules and make them yours, then loopwright doctor, then" in person.seen
    assert max(len(line) for line in person.seen.splitlines()) <= 80
    for secret in (TOKEN, "wr0ng-token", "sandbox-secret"):
        assert secret not in person.seen, "a token is not shown while it is typed"
    check_what_was_written(shell.folder)
    told = shell.run("doctor")
    assert (told.code, told.err) == (0, ""), told.out
    assert "ok   settings   3 connections\n" in told.out
    assert "ok   rules      3 rules\n" in told.out
    synced = shell.run("sync", "--once")
    assert (synced.code, synced.err) == (0, ""), synced
    assert synced.out.startswith("1 item known, 0 mirrors")


def check_what_was_written(folder: Path) -> None:
    text = (folder / "loopwright.yaml").read_text(encoding="utf-8")
    assert 'projects: ["ENG", "PLAT"]' in text
    assert 'databases: [{name: "PRDs", kind: "doc"}, {name: "Feedback", kind: "feedback"}]' in text
    assert "# api_token: in secrets/connections__zendesk__api_token" in text
    assert TOKEN not in text
    assert sorted(file.name for file in folder.iterdir() if not file.name.startswith(".")) == [
        *("loopwright.yaml", "rules", "rules.schema.json", "secrets")
    ]
    secrets = {file.name: file for file in (folder / "secrets").iterdir()}
    assert {name: file.read_text(encoding="utf-8") for name, file in secrets.items()} == {
        "connections__zendesk__api_token": TOKEN,
        "connections__zendesk__webhook_secret": "sandbox-secret",
        "connections__jira__token": TOKEN,
        "connections__notion__token": TOKEN,
    }
    assert {stat.S_IMODE(file.stat().st_mode) for file in secrets.values()} == {0o600}
    assert stat.S_IMODE((folder / "secrets").stat().st_mode) == 0o700
    assert "#  - id: sdk-report-to-jira" in (folder / "rules" / "feedback-loop.yaml").read_text(
        encoding="utf-8"
    )


def test_a_tool_that_is_not_there_and_an_address_that_is_none(shell: Shell) -> None:
    person = Terminal(shell, "init")
    for name in ("Zendesk", "Jira"):
        person.answer(rf"Connect {name}\?", "n")
    person.answer(r"Connect GitHub\?", "y")
    for place, said in (
        (f"http://127.0.0.1:{free_port()}", "GitHub could not be reached: is base_url right, is the network"),
        ("github.com", "base_url is not of this form: Where the API is;"),
    ):
        person.answer("base_url", place)
        person.answer("token", TOKEN)
        person.answer("repositories", "acme/app")
        person.answer("webhook_secret", NONE)
        person.answer("Ask again", "y" if place != "github.com" else "n")
        assert said in person.seen.replace("\n    ", " ")
    person.answer(r"Connect Notion\?", "n")
    assert person.wait() == 0
    assert "It is written as it is; loopwright doctor tries it again." in person.seen
    told = shell.run("doctor")
    assert (told.code, told.out.count("BAD")) == (1, 1)
    assert "connections.github.base_url" in told.out


def test_nothing_is_written_before_the_last_answer(shell: Shell, sandbox: Sandbox) -> None:
    person = Terminal(shell, "init")
    person.answer(r"Connect Zendesk\?", "y")
    person.answer("url", address(sandbox, "zendesk"))
    person.leave("email")
    assert person.wait() == 1
    assert "Aborted" in person.seen
    assert list(shell.folder.iterdir()) == []
    person = Terminal(shell, "init")
    for name in ("Zendesk", "Jira", "GitHub", "Notion"):
        person.answer(rf"Connect {name}\?", "n")
    assert person.wait() == 1
    assert "There is nothing to connect, so nothing was written." in person.seen
    assert list(shell.folder.iterdir()) == []


def test_what_is_there_already_is_not_asked_for_again(shell: Shell) -> None:
    (shell.folder / "loopwright.yaml").write_text("mine", encoding="utf-8")
    ended = shell.run("init")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "loopwright: loopwright.yaml is there already\n"
        "  edit it, or name another folder: loopwright init FOLDER\n"
    )
    (shell.folder / "file").touch()
    ended = shell.run("init", "file/inner")
    assert (ended.code, ended.out) == (2, "")
    assert "cannot be written\n  name another" in ended.err
