"""The model that a settings file is held against: Loopwright's own fields and each connector's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, JsonValue, create_model

from config.model import POLL_SECONDS, Connection, Part, Rate
from config.problems import Reporter
from config.sources import Sources, connections_in_environment
from connectors import registry
from connectors.abilities import StatesLimits
from rules.problems import did_you_mean

Fields = Mapping[str, Any]
"""Names, types and particulars of fields, as :func:`pydantic.create_model` takes them."""

_CONNECTION_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class Connections(Part):
    """The connections of one file: a subclass has a field for each."""

    def by_name(self) -> dict[str, Connection]:
        """Each connection by the name that the file gives it."""
        return {field.alias or name: getattr(self, name) for name, field in type(self).model_fields.items()}


def connection_type(system: str) -> type[Connection]:
    """What a connection to ``system`` is read into: its connector's own settings, and the engine's.

    Raises LookupError where no such connector is installed, and TypeError where the connector has a setting
    of the same name as the engine.
    """
    own = registry.connector_type(system).Settings
    if taken := Connection.model_fields.keys() & own.model_fields.keys():
        raise TypeError(f"the connector for '{system}' takes the engine's names {', '.join(taken)}")
    return _joined(own)


@cache
def _joined(own: type[BaseModel]) -> type[Connection]:
    bases = cast("tuple[type[Connection], ...]", (Connection, own))
    strict = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    return create_model(own.__name__, __base__=bases, __cls_kwargs__=dict(strict))


def form(fields: Fields, file: Mapping[str, JsonValue], report: Reporter) -> type[Sources]:
    """The model for this very file with all sources behind it, to be called without arguments.

    A connection whose system is missing or unknown is reported, and takes anything, so that what else is
    wrong is found in the same go.
    """
    systems = _systems(file)
    types = {name: _type(name, system, report) for name, system in systems.items()}
    # Behind an alias, so that a connection may be called what a model has as a method (`json`, `copy`).
    entries: dict[str, Any] = {
        f"connection_{number}": (type_ or object, Field(alias=name))
        for number, (name, type_) in enumerate(types.items())
    }
    connections = create_model("Connections", __base__=Connections, **entries)
    made = create_model("Form", __base__=Sources, **fields, connections=(connections, ...))
    made.secrets = report.secrets
    made.file = dict(file)
    made.fallback = {
        "connections": {name: _defaults(systems[name]) for name, type_ in types.items() if type_}
    }
    return made


def _systems(file: Mapping[str, JsonValue]) -> dict[str, str | None]:
    """The system of each connection by the connection's name; ``None`` where it is not said."""
    entries = file.get("connections")
    systems: dict[str, str | None] = {}
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        system = entry.get("system") if isinstance(entry, dict) else None
        systems[name] = system if isinstance(system, str) else None
    return systems | connections_in_environment()


def _type(name: str, system: str | None, report: Reporter) -> type[Connection] | None:
    path = ("connections", name)
    if not _CONNECTION_NAME.fullmatch(name):
        hint = "small letters, digits and single underscores, for it is part of environment variables"
        report.at_key(path, f"'{name}' can't be the name of a connection", hint)
    elif system is None:
        report.at_key(path, f"connections.{name} has no system", f"such as system: {_known()[0]}")
    elif system not in registry.systems():
        hint = did_you_mean(system, _known()) or f"there are: {', '.join(_known())}"
        report.at_value((*path, "system"), f"no connector for '{system}' is installed", hint)
    else:
        return connection_type(system)
    return None


def _known() -> list[str]:
    return list(registry.systems())


def _defaults(system: str | None) -> JsonValue:
    """Where a tool documents no limits that are kept, a ceiling leaves its other users room."""
    poll_seconds = POLL_SECONDS.get(system or "", 60)
    if issubclass(registry.connector_type(system or ""), StatesLimits):
        return {"poll_seconds": poll_seconds}
    return {"rate": Rate().model_dump(mode="json"), "poll_seconds": poll_seconds}
