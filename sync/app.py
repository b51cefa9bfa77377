"""Puts the parts together: settings, database, rules and connections become an engine."""

from __future__ import annotations

from dataclasses import dataclass

from config.model import Connection
from config.people import load_people
from config.settings import Settings
from connectors.abilities import StatesLimits
from connectors.limits import Limit
from connectors.model import Ref
from connectors.registry import connector_type
from rules.caps import Caps
from rules.load import load
from sync.engine import Engine
from sync.fleet import ConnectionSpec, Fleet
from sync.store.budgets import UNLIMITED, Rate
from sync.store.database import Store
from sync.wording import harmless


@dataclass(frozen=True, slots=True)
class App:
    """One installation, open for work."""

    settings: Settings
    engine: Engine

    @property
    def store(self) -> Store:
        return self.engine.store

    def close(self) -> None:
        self.engine.fleet.close()
        self.engine.store.close()


def open_store(settings: Settings) -> Store:
    """The database, brought to this version. Raises StoreError."""
    store = Store(settings.database_url.get_secret_value())
    store.migrate()
    return store


def open_app(settings: Settings) -> App:
    """Everything, in the order in which mistakes are cheapest to mend: rules, then the database.

    Raises RuleProblems, SettingsProblems and StoreError; asks nothing of any tool.
    """
    rules = load(settings.rules, defuse=harmless, connections=settings.connections)
    people = load_people(settings.people, settings.connections)
    caps = Caps(**settings.caps.model_dump())
    store = open_store(settings)
    engine = Engine(
        store=store,
        rules=rules,
        fleet=Fleet(store, specs(settings)),
        overrides=people,
        caps=caps,
        switch=_switch(settings),
    )
    return App(settings, engine)


def _switch(settings: Settings) -> Ref | None:
    connection, _, item = (settings.pause_switch or "").partition(":")
    return Ref(connection=connection, id="", key=item) if item else None


def specs(settings: Settings) -> list[ConnectionSpec]:
    """The configured connections, ready to be opened."""
    return [
        ConnectionSpec(
            name=name,
            type=connector_type(connection.system),
            settings=connection,
            rate=Rate(connection.rate.per_second, connection.rate.burst) if connection.rate else UNLIMITED,
            poll_seconds=connection.poll_seconds,
            limits=_limits(connection),
            sweep_every=connection.census_hours * 3600,
            sweep_calls=connection.census_calls_per_hour,
        )
        for name, connection in settings.connections.items()
    ]


def _limits(connection: Connection) -> tuple[Limit, ...]:
    """What the connection's tool documents, unless the settings say that this one keeps no limits."""
    type_ = connector_type(connection.system)
    if connection.documented_limits and issubclass(type_, StatesLimits):
        return type_.limits(connection)
    return ()
