"""The settings of an installation: the environment before the secrets folder before the file before defaults.

The file is ``loopwright.yaml`` in the working folder, or what ``--config`` or ``LOOPWRIGHT_CONFIG`` names.
The secrets folder is what ``LOOPWRIGHT_SECRETS_DIR`` or ``secrets_dir`` in the file names. Relative paths
start at the file. Secrets are ``SecretStr``: neither repr nor JSON nor an error shows them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, JsonValue, SecretStr, SerializeAsAny, ValidationError
from pydantic_settings import SettingsError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from config.form import Fields, form
from config.model import Caps, Connection, Log, Part, Webhooks
from config.problems import Reporter, SettingsProblems, mistake, unreadable
from config.sources import DELIMITER, PREFIX, variable
from rules.problems import Problem, RuleProblems, did_you_mean
from rules.yaml import Document, load_yaml

DEFAULT_FILE = Path("loopwright.yaml")
DEFAULT_RULES = Path("rules")


class Settings(Part):
    """Everything that an installation can be told."""

    database_url: SecretStr = Field(
        default=SecretStr("sqlite:///loopwright.sqlite"),
        description="Where the journal is kept: SQLite in a file, or PostgreSQL. It may hold a password.",
    )
    rules: tuple[Path, ...] = Field(
        default=(DEFAULT_RULES,), description="Rule files, and folders of rule files."
    )
    connections: Mapping[str, SerializeAsAny[Connection]] = Field(
        description="The accounts to keep in one loop, each by a name of your own."
    )
    webhooks: Webhooks = Field(default=Webhooks(), description="Where webhooks come in.")
    log: Log = Field(default=Log(), description="What the daemon writes to standard error.")
    caps: Caps = Field(default=Caps(), description="How much rules may cause before a person is asked.")
    pause_switch: str | None = Field(
        default=None,
        description="An item, as CONNECTION:KEY, whose label, status or checkbox pauses all writing.",
    )
    people: Path | None = Field(
        default=None, description="A file that says who is who, where e-mail addresses do not."
    )
    secrets_dir: Path | None = Field(default=None, description="A folder with one file for each secret.")

    @classmethod
    def load(cls, path: Path | None = None) -> Settings:
        """Read the settings from ``path`` or where they usually are, with all paths made absolute.

        Raises :class:`config.problems.SettingsProblems` with every mistake there is.
        """
        return _load(path or Path(os.environ.get(f"{PREFIX}CONFIG") or DEFAULT_FILE))


def _load(file: Path) -> Settings:
    document = _read(file)
    report = Reporter(document)
    data = document.data if isinstance(document.data, dict) else {}
    if data is not document.data:
        report.at_key((), "the settings are names with values", "such as rules: [rules]")
    place = _Place(file.absolute().parent)
    report.secrets = place.secrets(os.environ.get(variable(["secrets_dir"])) or data.get("secrets_dir"))
    _report_misspelt_variables(report)
    model = form(place.fields(), data, report)
    values: dict[str, Any] = {}
    try:
        values = dict(model())
    except ValidationError as error:
        report.refused(model, error)
    except (SettingsError, UnicodeDecodeError):
        report.elsewhere(str(report.secrets), "the secrets folder holds something else than small text files")
    if values and not values["connections"].by_name():
        report.at_key(
            ("connections",),
            "no connection is set up",
            "'loopwright init' asks for them and writes a new file",
        )
    _check_switch(values, report)
    if report.problems:
        raise SettingsProblems(report.problems) from None
    return Settings(**(values | {"connections": values["connections"].by_name()}))


def _check_switch(values: dict[str, Any], report: Reporter) -> None:
    """The switch is an item of a connection: a name that is mistaken would pause nothing."""
    if not (values and values["pause_switch"]):
        return
    connection, _, item = values["pause_switch"].partition(":")
    known = list(values["connections"].by_name())
    if not item or connection not in known:
        hint = f"write CONNECTION:KEY, such as {(known or ['jira'])[0]}:ENG-1; there are: {', '.join(known)}"
        report.at_key(("pause_switch",), f"'{values['pause_switch']}' names no item of a connection", hint)


def _read(file: Path) -> Document:
    """The file as YAML. Raises :class:`SettingsProblems` when it is none."""
    try:
        return load_yaml(file.read_text(encoding="utf-8"), str(file))
    except RuleProblems as error:
        raise unreadable(error.problems) from None
    except UnicodeDecodeError:
        said, hint = "this is no text in UTF-8", ""
    except FileNotFoundError:
        said, hint = "there is no such file", "'loopwright init' writes one, --config names another"
    except OSError as error:
        said, hint = f"it can't be read: {error.strerror}", ""
    raise SettingsProblems([Problem(str(file), 0, 0, said, hint)])


def _report_misspelt_variables(report: Reporter) -> None:
    """Names that are nearly ours. Others with our prefix are not our business: Kubernetes makes some."""
    known = [*Settings.model_fields, "config"]
    for name in os.environ:
        if name.upper().startswith(PREFIX):
            head = name[len(PREFIX) :].lower().split(DELIMITER)[0]
            if head not in known and (hint := did_you_mean(head, known)):
                report.elsewhere(name, f"there is no setting '{head}'", hint)


@dataclass(frozen=True, slots=True)
class _Place:
    """The folder of the settings file, where relative paths start."""

    folder: Path

    def fields(self) -> Fields:
        """The fields of the settings, with paths resolved here."""
        checked: dict[str, object] = {
            "database_url": Annotated[SecretStr, AfterValidator(self.database_url)],
            "rules": tuple[Annotated[Path, AfterValidator(self.rules)], ...],
            "people": Annotated[Path, AfterValidator(self.people)] | None,
            "secrets_dir": Annotated[Path, AfterValidator(self.secrets_dir)] | None,
        }
        return {
            name: (checked.get(name, field.annotation), field)
            for name, field in Settings.model_fields.items()
            if name != "connections"
        }

    def secrets(self, named: JsonValue) -> Path | None:
        """The secrets folder, if one is named and there."""
        folder = self.folder / Path(named).expanduser() if isinstance(named, str) else None
        return folder if folder and folder.is_dir() else None

    def secrets_dir(self, named: Path) -> Path:
        if folder := self.secrets(str(named)):
            return folder
        raise mistake(f"there is no folder {self.folder / named}", "make it, or take this setting out")

    def rules(self, named: Path) -> Path:
        path = self.folder / named.expanduser()
        if path.exists() or named == DEFAULT_RULES:
            return path
        raise mistake(f"there is no {path}", "paths start at the folder of the settings file")

    def people(self, named: Path) -> Path:
        path = self.folder / named.expanduser()
        if path.is_file():
            return path
        raise mistake(f"there is no {path}", "paths start at the folder of the settings file")

    def database_url(self, given: SecretStr) -> SecretStr:
        """The address with an absolute path, or with the driver that is installed."""
        try:
            url = make_url(given.get_secret_value())
        except (ArgumentError, ValueError):
            url = make_url("none://")
        if url.get_backend_name() == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        elif url.get_backend_name() != "sqlite":
            hint = "such as sqlite:///loopwright.sqlite or postgresql://user@host/name"
            raise mistake("database_url is no address of a SQLite or PostgreSQL database", hint)
        elif url.database and url.database != ":memory:":
            url = url.set(database=str(self.folder / Path(url.database).expanduser()))
        return SecretStr(url.render_as_string(hide_password=False))
