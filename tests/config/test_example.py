"""The example settings are true: they load, they name every setting, and what they call a default is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import JsonValue
from pydantic.fields import FieldInfo

from config.form import connection_type
from config.model import POLL_SECONDS, Rate
from config.problems import SettingsProblems, is_secret
from config.settings import Settings
from connectors.registry import connector_type
from rules.yaml import load_yaml

EXAMPLE = Path(__file__).parents[2] / "config/settings.example.yaml"
SYSTEMS = ["zendesk", "jira", "github", "notion"]
SECRETS = {
    "CONNECTIONS__ZENDESK__API_TOKEN": "z",
    "CONNECTIONS__JIRA__TOKEN": "j",
    "CONNECTIONS__GITHUB__TOKEN": "g",
    "CONNECTIONS__NOTION__TOKEN": "n",
}


@pytest.fixture
def example(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    file = tmp_path / "loopwright.yaml"
    file.write_bytes(EXAMPLE.read_bytes())
    return file


@pytest.fixture
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"LOOPWRIGHT_{name}", value)


def section(name: str) -> str:
    """The lines of one connection in the example."""
    found = re.search(rf"^  {name}:\n((?:    .*\n)+)", EXAMPLE.read_text(encoding="utf-8"), re.M)
    assert found
    return found[1]


@pytest.mark.usefixtures("_secrets")
def test_the_example_loads_once_the_secrets_are_there(example: Path) -> None:
    settings = Settings.load(example)
    assert {name: one.system for name, one in settings.connections.items()} == {
        name: name for name in SYSTEMS
    }
    for name, connection in settings.connections.items():
        assert isinstance(connection, connector_type(name).Settings)
        assert connection.rate is None


def test_without_secrets_it_asks_for_each_of_them(example: Path) -> None:
    with pytest.raises(SettingsProblems) as raised:
        Settings.load(example)
    said = str(raised.value)
    assert "put it in LOOPWRIGHT_CONNECTIONS__NOTION__TOKEN," in said
    assert "connections.github is wrong: give token, or what belongs to an App" in said
    assert "connections.zendesk is wrong: give email and api_token, or oauth_token" in said
    assert "connections.jira is wrong: give email and token, or what belongs to an OAuth app" in said
    for name in ("ZENDESK", "JIRA", "GITHUB"):
        assert f"a secret can come from LOOPWRIGHT_CONNECTIONS__{name}__" in said
    assert len(raised.value.problems) == 4


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_setting_of_a_connection_is_shown(system: str) -> None:
    shown = set(re.findall(r"^    (?:# )?([a-z_]+):(?= |$)", section(system), re.M))
    assert connection_type(system).model_fields.keys() <= shown


@pytest.mark.parametrize("system", SYSTEMS)
def test_no_secret_has_a_value_and_no_default_is_wrong(system: str) -> None:
    fields: dict[str, FieldInfo] = connection_type(system).model_fields
    commented = re.findall(r"^    # ([a-z_]+: .+)$", section(system), re.M)
    values: dict[str, JsonValue] = {}
    for line in commented:
        data = load_yaml(line, "example").data
        assert isinstance(data, dict)
        values |= data
    assert values.pop("poll_seconds") == POLL_SECONDS.get(system, 60)
    Rate.model_validate(values.pop("rate"))
    for name, value in values.items():
        if is_secret(fields[name]):
            assert value == "in the secrets folder"
        elif (
            fields[name].default is not None
            and not fields[name].default_factory
            and fields[name].default != ()
        ):
            assert value == fields[name].default, name
    active = load_yaml(EXAMPLE.read_text(encoding="utf-8"), "example").data
    assert isinstance(active, dict)
    connections = active["connections"]
    assert isinstance(connections, dict)
    entry = connections[system]
    assert isinstance(entry, dict)
    assert not [name for name in entry if name in fields and is_secret(fields[name])]


def test_every_setting_of_ours_is_shown() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert re.search(rf"^(# )?{name}:", text, re.M), name
        for inner in getattr(field.annotation, "model_fields", {}):
            assert re.search(rf"^#   {inner}: ", text, re.M), inner


def test_settings_describe_themselves() -> None:
    for system in SYSTEMS:
        for name, field in connection_type(system).model_fields.items():
            assert field.description, f"{system}.{name}"
            assert field.annotation is not str or "token" not in name, "a token is a SecretStr"
