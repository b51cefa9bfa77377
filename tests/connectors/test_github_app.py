"""The connector as a GitHub App: its tokens are renewed by themselves, once for everybody who shares them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import ValidationError

from connectors.errors import AuthFailed, Forbidden, RateLimited, Unavailable
from connectors.github import GitHubConnector, GitHubSettings, credentials
from connectors.model import Ref
from connectors.protocol import OpenGate
from sandbox.faults import Fault
from sandbox.github.apps import Installation
from tests.connectors.github_rig import APP, Rig, draft, rig

__all__ = ["rig"]

TOKENS = r"POST /app/installations/.*"


@dataclass
class AppRig:
    rig: Rig
    installation: Installation
    gate: OpenGate
    connector: GitHubConnector

    def open(self, **given: object) -> GitHubConnector:
        values = {
            "base_url": self.rig.service.base_url,
            "repositories": [APP],
            "app_id": str(self.installation.app.id),
            "installation_id": self.installation.id,
            "app_private_key": self.installation.key.pem(),
            **given,
        }
        kept = {name: value for name, value in values.items() if value is not None}
        return GitHubConnector.open("gh", GitHubSettings.model_validate(kept), self.gate)

    def grants(self) -> int:
        return sum(path.endswith("/access_tokens") for _, path in self.gate.calls)


@pytest.fixture
def app(rig: Rig) -> Iterator[AppRig]:
    permissions = {"issues": "write", "metadata": "read"}
    installation = rig.sandbox.call(lambda: rig.service.install_app(permissions))
    made = AppRig(rig, installation, OpenGate(), rig.connector)
    made.connector = made.open()
    yield made
    made.connector.close()
    rig.gate.calls += [f"{method} {path}" for method, path in made.gate.calls]


def test_an_app_reads_and_writes_as_its_bot(app: AppRig) -> None:
    account = app.connector.check()
    assert (account.name, account.id, account.warnings) == ("loopwright-sync[bot]", "555", ())
    item = app.connector.create(draft())
    assert item.requester
    assert item.requester.name == "loopwright-sync[bot]"
    assert app.grants() == 1


def test_a_right_that_the_app_lacks_is_named(app: AppRig) -> None:
    connector = app.open(releases=True)
    [warning] = connector.check().warnings
    assert "Contents: read" in warning
    with pytest.raises(Forbidden, match="it needs contents=read"):
        connector.get(Ref(connection="gh", id="release:1", key=f"{APP}@v1"))
    connector.close()


def test_every_request_for_a_token_passes_the_gate(app: AppRig) -> None:
    app.connector.audience(APP)
    tokens = f"/app/installations/{app.installation.id}/access_tokens"
    assert app.gate.calls == [("POST", tokens), ("GET", f"/repos/{APP}")]


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the tokens grow older."""
    clocks = SimpleNamespace(monotonic=lambda: time.monotonic() + seconds, time=time.time)
    monkeypatch.setattr(credentials, "time", clocks)


def test_a_token_that_died_is_renewed_and_the_request_repeated_even_a_write(
    app: AppRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.connector.audience(APP)
    app.installation.tokens.clear()
    later(monkeypatch, 120)
    assert app.connector.create(draft()).title == "Export fails"
    assert app.grants() == 2
    repository = app.rig.service.state.repository(APP)
    assert repository
    assert [issue.title for issue in repository.issues.values()].count("Export fails") == 1


def test_a_token_is_renewed_before_it_dies(app: AppRig, monkeypatch: pytest.MonkeyPatch) -> None:
    app.connector.audience(APP)
    later(monkeypatch, 3200)
    app.connector.get(app.rig.ref(1))
    assert app.grants() == 1
    later(monkeypatch, 3400)
    app.connector.get(app.rig.ref(1))
    assert app.grants() == 2


def test_etags_die_with_the_token_and_nothing_is_lost_by_it(
    app: AppRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def titles(cursor: str | None) -> tuple[list[str], str]:
        found, more = [], True
        while more:
            page = app.connector.changes(cursor)
            found += [seen.item.title for seen in page.observations]
            cursor, more = page.cursor, page.more
        assert cursor
        return found, cursor

    _, cursor = titles(None)
    first, cursor = titles(cursor)
    assert titles(cursor)[0] == [], "the tag that was given holds"
    later(monkeypatch, 3400)
    again, cursor = titles(cursor)
    assert (again, app.grants()) == (first, 2), "another token: what is recent comes once more"
    assert titles(cursor)[0] == []


def test_connectors_of_one_process_share_a_token_and_renew_it_once(
    app: AppRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [app.open() for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda other: other.get(app.rig.ref(1)), others))
        assert app.grants() == 1
        app.installation.tokens.clear()
        later(monkeypatch, 120)
        list(threads.map(lambda other: other.get(app.rig.ref(1)), others))
    assert app.grants() == 2
    for other in others:
        other.close()


def test_a_local_clock_that_is_wrong_is_set_right_by_github(
    app: AppRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = SimpleNamespace(monotonic=time.monotonic, time=lambda: time.time() - 7200)
    monkeypatch.setattr(credentials, "time", clocks)
    assert app.connector.check().name == "loopwright-sync[bot]"


def test_a_fresh_token_that_is_refused_is_not_renewed_without_end(app: AppRig) -> None:
    app.connector.audience(APP)
    app.rig.service.apps.holder = lambda token: None  # type: ignore[method-assign]
    with pytest.raises(AuthFailed, match="Bad credentials"):
        app.connector.get(app.rig.ref(1))
    assert app.grants() <= 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"app_private_key": "no key"}, "private key cannot be read"),
        ({"app_private_key": None, "app_private_key_file": "/nowhere.pem"}, "private key cannot be read"),
        ({"app_id": "556"}, "does the private key belong to app_id"),
        ({"installation_id": 9999}, "is the app installed"),
    ],
)
def test_what_is_wrong_with_the_settings_of_an_app_is_said(
    app: AppRig, given: dict[str, object], said: str
) -> None:
    connector = app.open(**given)
    with pytest.raises(AuthFailed) as raised:
        connector.create(draft())
    assert said in str(raised.value).lower()
    assert raised.value.message.startswith("gh: ")
    assert "PRIVATE KEY-----" not in str(raised.value)
    connector.close()


def test_without_a_token_nothing_was_sent_so_a_write_may_be_repeated(app: AppRig) -> None:
    faults = app.rig.sandbox.faults["github"].active
    faults.append(Fault("unavailable", TOKENS))
    with pytest.raises(Unavailable):
        app.connector.create(draft())
    faults.append(Fault("lose_answer", TOKENS))
    with pytest.raises(Unavailable):
        app.connector.create(draft())
    faults.append(Fault("rate_limited", TOKENS))
    with pytest.raises(RateLimited) as raised:
        app.connector.create(draft())
    assert raised.value.retry_after == 1
    assert app.connector.create(draft()).ref.id


def test_the_key_may_be_a_file(app: AppRig, tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.write_text(app.installation.key.pem(), encoding="ascii")
    connector = app.open(app_private_key=None, app_private_key_file=str(file))
    assert connector.check().name == "loopwright-sync[bot]"
    connector.close()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"token": "t", "app_id": "1"},
        {"app_id": "1", "installation_id": 2},
        {"app_id": "1", "app_private_key": "k"},
        {"app_id": "1", "installation_id": 2, "app_private_key": "k", "app_private_key_file": "f"},
    ],
)
def test_there_is_one_credential_and_it_is_whole(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="what belongs to an App"):
        GitHubSettings.model_validate({"repositories": ["a/b"], **given})
