"""``loopwright webhooks``: tools are told where to send, secrets are kept, people are told the rest."""

from __future__ import annotations

import json
import stat
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import typer
from pydantic import SecretStr

from config.settings import Settings
from connectors import registry
from connectors.abilities import WebhookSetup
from connectors.errors import AuthFailed
from connectors.memory import MemoryConnector, MemorySettings, MemoryTool
from sync import app
from sync.app import open_store
from sync.cli import webhooks as command
from sync.cli.webhooks import CannotRegister
from sync.store import hints, leases, notices
from sync.store.notices import Matter

URL = "https://loop.example.com"


class Registering(MemoryConnector):
    """A tool that takes our secret, chooses one itself, refuses us, or leaves all to a person."""

    seen: list[tuple[str, str | None]]
    chosen: str | None
    by_hand: bool
    refuses: bool

    def set_up_webhook(self, url: str) -> WebhookSetup:
        if self.refuses:
            raise AuthFailed(f"{self.connection}: POST /hooks: 403")
        assert isinstance(self._settings, MemorySettings)
        given = self._settings.webhook_secret
        self.seen.append((url, given.get_secret_value() if given else None))
        if self.by_hand:
            return WebhookSetup(id=None, steps=(f"Open the tool and paste {url}.", "Press Verify."))
        return WebhookSetup(id="wh-1", secret=SecretStr(self.chosen) if self.chosen else None)


@dataclass
class House:
    folder: Path
    tool: MemoryTool = field(default_factory=lambda: MemoryTool(f"tool-{uuid.uuid4().hex}"))

    def write(self, **more: object) -> Path:
        connection = {"system": "memory", "tool": self.tool.name, "token": self.tool.token}
        file = self.folder / "loopwright.yaml"
        file.write_text(json.dumps({"connections": {"desk": connection}, **more}), encoding="utf-8")
        return file

    @property
    def secret(self) -> Path:
        return self.folder / "secrets" / "connections__desk__webhook_secret"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    Registering.seen, Registering.chosen, Registering.by_hand, Registering.refuses = [], None, False, False
    for module in (registry, app):
        monkeypatch.setattr(module, "connector_type", {"memory": Registering}.__getitem__)
    (tmp_path / "secrets").mkdir()
    return House(tmp_path)


def test_a_secret_of_ours_is_made_given_and_kept(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    file = house.write(secrets_dir="secrets")
    command.register(file, "desk", URL, wait=False)
    ((url, given),) = Registering.seen
    assert url == f"{URL}/hooks/desk"
    assert house.secret.read_text() == given
    assert stat.S_IMODE(house.secret.stat().st_mode) == 0o600
    shown = capsys.readouterr().out
    assert f"its webhooks go to {url}" in shown
    assert given is not None
    assert given not in shown
    command.register(file, None, URL + "/", wait=False)
    assert Registering.seen == [(url, given)] * 2, "repeating it changes nothing"


def test_a_secret_that_the_tool_chose_is_kept_in_place_of_ours(house: House) -> None:
    Registering.chosen = "whsec-of-the-tool"
    command.register(house.write(secrets_dir="secrets"), "desk", URL, wait=False)
    assert house.secret.read_text() == "whsec-of-the-tool"
    assert [path.name for path in house.secret.parent.iterdir()] == [house.secret.name]


def test_without_a_folder_the_exact_line_is_shown(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    Registering.chosen = "whsec-of-the-tool"
    command.register(house.write(webhooks={"public_url": URL}), None, None, wait=False)
    assert "LOOPWRIGHT_CONNECTIONS__DESK__WEBHOOK_SECRET=whsec-of-the-tool\n" in capsys.readouterr().out


def test_a_variable_that_hides_the_new_secret_is_named(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOOPWRIGHT_CONNECTIONS__DESK__WEBHOOK_SECRET", "an-old-one")
    Registering.chosen = "whsec-of-the-tool"
    command.register(house.write(secrets_dir="secrets"), "desk", URL, wait=False)
    assert "But LOOPWRIGHT_CONNECTIONS__DESK__WEBHOOK_SECRET goes before it" in capsys.readouterr().out


def test_what_only_a_person_can_do_is_said_step_by_step(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    Registering.by_hand = True
    command.register(house.write(secrets_dir="secrets"), "desk", URL, wait=False)
    shown = capsys.readouterr().out
    assert f"  1. Open the tool and paste {URL}/hooks/desk.\n  2. Press Verify.\n" in shown
    assert not house.secret.exists(), "nothing was registered, so there is nothing to keep"


def test_after_the_handshake_it_says_that_it_worked(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "LOOK_AGAIN", 0.0)
    Registering.by_hand = True
    file = house.write()
    with pytest.raises(CannotRegister, match="no daemon runs"):
        command.register(file, "desk", URL, wait=True)
    store = open_store(Settings.load(file))
    now = time.time() + 60
    with store.write() as tx:
        leases.acquire(tx, "daemon", owner="d", place="here", now=now)

    def handshake() -> None:
        with store.write() as tx:
            hints.first_delivery(tx, "desk", "d-1", now)
            notices.tell_connection(tx, Matter.CONFIRM, "desk", "confirm it with the token abc", now)

    timer = threading.Timer(0.05, handshake)
    timer.start()
    command.register(file, "desk", URL, wait=True)
    timer.join()
    store.close()
    assert (
        "desk: it works, a delivery has come in\n  confirm it with the token abc" in capsys.readouterr().out
    )


def test_a_tool_that_refuses_ends_with_one_and_keeps_nothing(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    Registering.refuses = True
    with pytest.raises(typer.Exit) as ended:
        command.register(house.write(secrets_dir="secrets"), "desk", URL, wait=False)
    assert ended.value.exit_code == 1
    assert capsys.readouterr().out == "desk: POST /hooks: 403\n"
    assert not house.secret.exists()


@pytest.mark.parametrize(
    ("connection", "url", "said"),
    [
        ("dsk", URL, "there is no connection 'dsk'\n  did you mean 'desk'"),
        ("desk", None, "set webhooks.public_url"),
        ("desk", "loop.example.com", "is no web address"),
    ],
)
def test_a_mistake_is_one_message(house: House, connection: str, url: str | None, said: str) -> None:
    with pytest.raises(CannotRegister, match=said):
        command.register(house.write(), connection, url, wait=False)


def test_a_connector_that_cannot_says_what_to_do(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(app, "connector_type", lambda system: MemoryConnector)
    command.register(house.write(), "desk", URL, wait=False)
    assert f"have the tool send them to {URL}/hooks/desk" in capsys.readouterr().out


def test_the_list_says_what_is_heard_and_what_is_missing(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    command.show(house.write())
    shown = capsys.readouterr().out
    assert "No tool knows where to send anything" in shown
    assert "desk: no webhook_secret is set" in shown
    assert "desk: nothing has come in within the last week; loopwright webhooks register desk" in shown
    file = house.write(webhooks={"public_url": URL})
    store = open_store(Settings.load(file))
    with store.write() as tx:
        hints.first_delivery(tx, "desk", "d-1", time.time())
    store.close()
    command.show(file)
    shown = capsys.readouterr().out
    assert f"{URL}/hooks/desk  just now" in shown
    assert "nothing has come in" not in shown
