"""Where settings come from, and what a mistake in them looks like."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from config.model import Rate
from config.problems import SettingsProblems
from config.settings import Settings
from connectors import registry
from tests.config.conftest import Load, Mistakes, TrackerSettings

PLAIN = """\
connections:
  jira:
    system: tracker
    url: https://one.example
    token: from-the-file
"""


def tracker(settings: BaseModel) -> TrackerSettings:
    assert isinstance(settings, TrackerSettings)
    return settings


def token(settings: Settings, name: str = "jira") -> str:
    return tracker(settings.connections[name]).token.get_secret_value()


def test_a_plain_file_is_enough(load: Load, tmp_path: Path) -> None:
    settings = load(PLAIN)
    assert token(settings) == "from-the-file"
    assert settings.database_url.get_secret_value() == f"sqlite:///{tmp_path}/loopwright.sqlite"
    assert settings.rules == (tmp_path / "rules",)
    assert settings.webhooks.host == "127.0.0.1"


def test_the_environment_goes_before_the_secrets_folder_and_that_before_the_file(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/connections__jira__token").write_text("from-the-folder\n")
    with_folder = PLAIN + "secrets_dir: secrets\n"
    assert token(load(with_folder)) == "from-the-folder"
    monkeypatch.setenv("LOOPWRIGHT_CONNECTIONS__JIRA__TOKEN", "from-the-environment")
    assert token(load(with_folder)) == "from-the-environment"


def test_the_secrets_folder_may_hold_files_of_others(load: Load, tmp_path: Path) -> None:
    (tmp_path / "database_password").write_text("of another program")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/another_program").write_text("x")
    assert token(load(PLAIN + "secrets_dir: secrets\n")) == "from-the-file"


@pytest.mark.parametrize("secret", ["123456", "true", "1e5", "null", '{"a": 1}', "[1]", "a,b"])
def test_a_secret_from_the_environment_stays_the_text_it_is(
    load: Load, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("LOOPWRIGHT_CONNECTIONS__JIRA__TOKEN", secret)
    assert token(load(PLAIN)) == secret


@pytest.mark.parametrize("written", ["ENG, OPS", '["ENG", "OPS"]', "ENG,OPS"])
def test_a_list_in_the_environment_needs_no_json(
    load: Load, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("LOOPWRIGHT_CONNECTIONS__JIRA__PROJECTS", written)
    assert tracker(load(PLAIN).connections["jira"]).projects == ("ENG", "OPS")


def test_the_environment_alone_can_make_a_connection(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPWRIGHT_CONNECTIONS__SECOND__SYSTEM", "tracker")
    monkeypatch.setenv("LOOPWRIGHT_CONNECTIONS__SECOND__URL", "https://two.example")
    monkeypatch.setenv("LOOPWRIGHT_CONNECTIONS__SECOND__TOKEN", "second")
    settings = load(PLAIN)
    assert list(settings.connections) == ["jira", "second"]
    assert token(settings, "second") == "second"


def test_an_empty_variable_is_none(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPWRIGHT_CONNECTIONS__JIRA__TOKEN", "")
    assert token(load(PLAIN)) == "from-the-file"


@pytest.mark.parametrize("name", ["json", "copy", "schema", "model_dump"])
def test_a_connection_may_have_any_name(load: Load, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"LOOPWRIGHT_CONNECTIONS__{name.upper()}__TOKEN", "from-the-environment")
    assert token(load(PLAIN.replace("jira", name)), name) == "from-the-environment"


def test_a_tool_without_documented_limits_has_a_ceiling_until_the_file_says_otherwise(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(PLAIN).connections["jira"].rate == Rate()
    changed = load(PLAIN + "    rate: {burst: 2}\n").connections["jira"].rate
    assert changed == Rate(per_second=Rate().per_second, burst=2)
    documents = {"Settings": TrackerSettings, "limits": classmethod(lambda cls, settings: ())}
    monkeypatch.setattr(registry, "connector_type", lambda system: type("Tracker", (), documents))
    assert load(PLAIN).connections["jira"].rate is None
    own = load(PLAIN + "    rate: {per_second: 2}\n    documented_limits: false\n").connections["jira"]
    assert (own.rate, own.documented_limits) == (Rate(per_second=2), False)


@pytest.mark.usefixtures("_tracker")
def test_paths_start_at_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "etc"
    (folder / "routing").mkdir(parents=True)
    file = folder / "settings.yaml"
    file.write_text(PLAIN + "rules: [routing]\ndatabase_url: sqlite:///data/l.sqlite\n")
    settings = Settings.load(file)
    assert settings.rules == (folder / "routing",)
    assert settings.database_url.get_secret_value() == f"sqlite:///{folder}/data/l.sqlite"
    monkeypatch.setenv("LOOPWRIGHT_CONFIG", str(file))
    assert Settings.load() == settings


def test_postgresql_gets_the_driver_that_is_installed(load: Load) -> None:
    settings = load(PLAIN + "database_url: postgresql://u:p@host/name\n")
    assert settings.database_url.get_secret_value() == "postgresql+psycopg://u:p@host/name"


def test_every_mistake_is_said_at_once_and_where_it_is(mistakes: Mistakes) -> None:
    said = mistakes(
        """\
        rules: [nowhere.yaml]
        conections: {}
        webhooks: {port: many}
        connections:
          jira:
            system: tracker
            url: https://one.example
            tokn: sekret
            poll_seconds: often
          GitHub:
            system: tracker
          notion:
            system: trakcer
          empty:
        """
    )
    assert said.splitlines()[0].startswith("loopwright.yaml:1:9: there is no /")
    assert "loopwright.yaml:2:1: unknown field 'conections' — did you mean 'connections'?" in said
    assert "loopwright.yaml:3:18: webhooks.port should be a valid integer" in said
    assert "loopwright.yaml:5:3: connections.jira.token is not set — put it in" in said
    assert "loopwright.yaml:8:5: unknown field 'tokn' — did you mean 'token'?\n    8 |     tokn\n" in said
    assert "loopwright.yaml:9:19: connections.jira.poll_seconds should be a valid number" in said
    assert "    9 |     poll_seconds: often\n      |                   ^^^^^" in said
    assert "loopwright.yaml:10:3: 'GitHub' can't be the name of a connection" in said
    assert "loopwright.yaml:13:13: no connector for 'trakcer' is installed — did you mean 'tracker'?" in said
    assert "loopwright.yaml:14:3: connections.empty has no system — such as system: tracker" in said
    assert said.count("loopwright.yaml:") == 9


def test_a_missing_secret_says_the_three_places_for_it(mistakes: Mistakes) -> None:
    said = mistakes("connections: {jira: {system: tracker, url: 'https://one.example'}}\n")
    assert said.splitlines()[0] == (
        "loopwright.yaml:1:15: connections.jira.token is not set — put it in "
        "LOOPWRIGHT_CONNECTIONS__JIRA__TOKEN, in a file connections__jira__token in the secrets folder, "
        "or in loopwright.yaml"
    )


def test_a_mistake_in_the_environment_names_the_variable(
    mistakes: Mistakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOPWRIGHT_CONNECTIONS__JIRA__POLL_SECONDS", "often")
    monkeypatch.setenv("LOOPWRIGHT_CONNECTIONS__JIRA__TOKN", "sekret")
    monkeypatch.setenv("LOOPWRIGHT_CONNECTIONS__JIRRA__TOKEN", "sekret")
    monkeypatch.setenv("LOOPWRIGHT_DATABSE_URL", "sekret")
    monkeypatch.setenv("LOOPWRIGHT_PORT_8710_TCP", "what Kubernetes says of a service named loopwright")
    monkeypatch.setenv("LOOPWRIGHT_SERVICE_HOST", "likewise")
    said = mistakes(PLAIN)
    assert "LOOPWRIGHT_CONNECTIONS__JIRA__POLL_SECONDS: connections.jira.poll_seconds should be" in said
    assert "LOOPWRIGHT_CONNECTIONS__JIRA__TOKN: unknown field 'tokn' — did you mean 'token'?" in said
    assert (
        "LOOPWRIGHT_CONNECTIONS__JIRRA__TOKEN: there is no connection 'jirra' — did you mean 'jira'?" in said
    )
    assert "LOOPWRIGHT_DATABSE_URL: there is no setting 'databse_url' — did you mean 'database_url'?" in said
    assert len(said.splitlines()) == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the settings are names with values"),
        ("just a text\n", "the settings are names with values"),
        ("rules: []\n", "no connection is set up"),
        ("connections: {}\n", "no connection is set up — 'loopwright init' asks for them"),
        ("connections: [jira]\n", "connections should be a mapping"),
        ("connections: {jira: tracker}\n", "connections.jira has no system"),
        (
            "connections: {jira: {system: tracker, token: 12}}\n",
            "connections.jira.token should be text, in quotes",
        ),
        (PLAIN + "    system: tracker\n", "'system' is already there, in line 3"),
        ("rules: [\n", "loopwright.yaml:2:1: not valid YAML"),
        ("rules: [rules\nconnections:\n", "not valid YAML: did not find expected ',' or ']'"),
        ("secrets_dir: nowhere\n", "loopwright.yaml:1:14: there is no folder /"),
        ("database_url: mysql://u:p@h/n\n", "database_url is no address of a SQLite or PostgreSQL database"),
        ("database_url: postgresql://u:p@h:port/n\n", "database_url is no address of a SQLite or PostgreSQL"),
        ("webhooks: {public_url: example.com}\n", "webhooks.public_url is wrong: expected a web address"),
        ("log: {level: loud}\n", "log.level should be 'debug', 'info', 'warning' or 'error'"),
        ("_env_file: x\n", "unknown field '_env_file'"),
    ],
)
def test_other_mistakes(mistakes: Mistakes, text: str, said: str) -> None:
    assert said in mistakes(text)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(SettingsProblems, match=r"^nowhere\.yaml: there is no such file — 'loopwright init'"):
        Settings.load(Path("nowhere.yaml"))


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "loopwright.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsProblems, match=r"^loopwright\.yaml: this is no text in UTF-8"):
        Settings.load()


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblems, match="it can't be read: Is a directory"):
        Settings.load(tmp_path)


@pytest.mark.parametrize("written", ["ENG-1", "jira:", "jra:ENG-1"])
def test_a_switch_that_would_pause_nothing_is_refused(load: Load, written: str) -> None:
    assert load(PLAIN + "pause_switch: jira:ENG-1\n").pause_switch == "jira:ENG-1"
    with pytest.raises(SettingsProblems, match=r"names no item of a connection — .*such as jira:ENG-1"):
        load(PLAIN + f"pause_switch: '{written}'\n")
