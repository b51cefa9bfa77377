"""No secret is shown by anything that settings can be turned into, nor by any mistake in them."""

from __future__ import annotations

import json
import traceback
from pathlib import Path

import pytest

from config.problems import SettingsProblems
from config.settings import Settings
from tests.config.conftest import Load

SECRET = "xoxb-4711-Geheim"
ACCOUNT = "system: tracker, url: 'https://one.example'"
KEY = f"""\
connections:
  jira:
    system: tracker
    url: https://one.example
    token: |
      -----BEGIN {SECRET}
      {SECRET}
"""
PLAIN = f"""\
connections:
  jira:
    system: tracker
    url: https://one.example
    token: {SECRET}
"""


def everything_shown(problem: SettingsProblems) -> str:
    return (
        str(problem) + repr(problem) + repr(problem.problems) + "".join(traceback.format_exception(problem))
    )


def test_loaded_settings_show_no_secret(load: Load) -> None:
    settings = load(PLAIN + f"database_url: postgresql://me:{SECRET}@host/name\n")
    connection = settings.connections["jira"]
    shown = [repr(settings), str(settings), settings.model_dump_json(), repr(connection), str(connection)]
    shown += [str(settings.model_dump()), json.dumps(settings.model_dump(mode="json"))]
    for text in shown:
        assert "one.example" in text
        assert SECRET not in text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PLAIN.replace("token:", "tokn:"), id="a misspelt name"),
        pytest.param(PLAIN.replace("token: ", "token:"), id="no space after the colon"),
        pytest.param(PLAIN.replace("    token", "   token"), id="wrong indentation"),
        pytest.param(PLAIN.replace("token: ", "token: '"), id="a quote that is not closed"),
        pytest.param(PLAIN.replace(SECRET, f"{SECRET}: {SECRET}"), id="a colon in it"),
        pytest.param(PLAIN.replace(SECRET, f"*{SECRET}"), id="an alias"),
        pytest.param(PLAIN.replace(SECRET, f"&{SECRET} x"), id="an anchor"),
        pytest.param(PLAIN.replace(SECRET, f"!{SECRET} x"), id="a tag"),
        pytest.param(PLAIN.replace(SECRET, f"@{SECRET}"), id="a character that can't start"),
        pytest.param(PLAIN.replace(SECRET, f'"\\{SECRET}"'), id="an unknown escape"),
        pytest.param(PLAIN.replace(SECRET, f"{SECRET}\x07"), id="a control character"),
        pytest.param(PLAIN + f"    token: {SECRET}\n", id="written twice"),
        pytest.param(PLAIN.replace(SECRET, f"[{SECRET}]"), id="a list"),
        pytest.param(PLAIN.replace(SECRET, f"{{{SECRET}: {SECRET}}}"), id="a mapping"),
        pytest.param(PLAIN.replace(SECRET, f"wrong-{SECRET}"), id="a validator that quotes it"),
        pytest.param(PLAIN.replace("https://one.example", SECRET), id="in place of the address"),
        pytest.param(f"connections: {{jira: {{{ACCOUNT}, token: {SECRET}, ur: x}}}}", id="all on one line"),
        pytest.param(
            f"connections: {{jira: {{{ACCOUNT}, tokn: {SECRET}, ur: x}}}}", id="misspelt on one line"
        ),
        pytest.param(f"connections: {{jira: {{{ACCOUNT}, token:{SECRET}}}}}", id="no space on one line"),
        pytest.param(
            f"connections: {{jira: {{{ACCOUNT}, token:{SECRET}, token:{SECRET}}}}}", id="no space, and twice"
        ),
        pytest.param(PLAIN + f"    projects: [ENG, {SECRET}]\n", id="in a list of a connector's"),
        pytest.param(f"connections: {{jira: {SECRET}}}", id="in place of the connection"),
        pytest.param(f"connections: {SECRET}", id="in place of all connections"),
        pytest.param(f"connections: [{SECRET}]", id="in a list of connections"),
        pytest.param(PLAIN.replace("    token: ", "    projects: 1\n    token: "), id="a mistake beside it"),
        pytest.param(KEY.replace("token", "tokn"), id="a key of many lines under a misspelt name"),
        pytest.param(KEY + f"  {SECRET}\n", id="a line of the key that is indented too little"),
        pytest.param(PLAIN + f"{SECRET}\n", id="on a line of its own"),
        pytest.param(PLAIN + f"database_url: mysql://me:{SECRET}@host/name\n", id="another database"),
        pytest.param(PLAIN + f"database_url: postgresql://me:{SECRET}@host:x/name\n", id="a wrong port"),
        pytest.param(PLAIN + f"database_url: [{SECRET}]\n", id="a list for the database"),
        pytest.param(SECRET, id="nothing else"),
    ],
)
def test_no_mistake_in_the_file_shows_a_secret(load: Load, text: str) -> None:
    with pytest.raises(SettingsProblems) as raised:
        load(text)
    assert SECRET not in everything_shown(raised.value)
    assert "loopwright.yaml" in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONNECTIONS__JIRA__TOKN", SECRET),
        ("CONNECTIONS__JIRA__TOKEN", f"wrong-{SECRET}"),
        ("CONNECTIONS__JIRA__TOKEN__X", SECRET),
        ("CONNECTIONS__JIRA__PROJECTS", f'["{SECRET}'),
        ("CONNECTIONS__JIRA", SECRET),
        ("CONNECTIONS__JIRRA__TOKEN", SECRET),
        ("CONNECTIONS", f'{{"jira": "{SECRET}"'),
        ("CONNECTIONS", f'{{"other": {{"token": "{SECRET}"}}}}'),
        ("CONNECTION__JIRA__TOKEN", SECRET),
        ("DATABASE_URL", SECRET),
        ("DATABASE_URL", f"postgresql://me:{SECRET}@host:x/name"),
    ],
)
def test_no_mistake_in_the_environment_shows_a_secret(
    load: Load, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"LOOPWRIGHT_{name}", value)
    with pytest.raises(SettingsProblems) as raised:
        load(PLAIN)
    assert SECRET not in everything_shown(raised.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("connections__jira__token", f"wrong-{SECRET}".encode()),
        ("connections__jira__token", f"{SECRET}\udcff".encode(errors="surrogateescape")),
        ("connections__jira__tokn", SECRET.encode()),
        ("connections__jirra__token", SECRET.encode()),
        ("database_url", SECRET.encode()),
    ],
)
def test_no_mistake_in_the_secrets_folder_shows_a_secret(
    load: Load, tmp_path: Path, name: str, content: bytes
) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (folder / name).write_bytes(content)
    with pytest.raises(SettingsProblems) as raised:
        load(PLAIN + "secrets_dir: secrets\n")
    assert SECRET not in everything_shown(raised.value)
    assert str(folder) in str(raised.value)


def test_no_file_at_all_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPWRIGHT_CONNECTIONS__JIRA__TOKEN", SECRET)
    with pytest.raises(SettingsProblems) as raised:
        Settings.load()
    assert SECRET not in everything_shown(raised.value)
