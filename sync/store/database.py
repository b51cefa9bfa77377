"""The database: SQLite in one file by default, PostgreSQL by one setting."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

MIGRATIONS = Path(__file__).parent / "migrations"


_ONE_WRITER = text("SELECT pg_advisory_xact_lock(1280266064)")
"""SQLite has one writer by itself. PostgreSQL is told so: the number says LOOP in a debugger."""


class StoreError(Exception):
    """The database cannot be used: the message says where it is, what is wrong and what to do."""


class Store:
    """One database. Threads share it; each transaction has a connection of its own."""

    def __init__(self, url: str) -> None:
        """``url`` is an SQLAlchemy URL; ``sqlite:///FILE`` or ``postgresql://...``."""
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise StoreError(
                f"database_url is not a database URL: {error}\n  write sqlite:///loopwright.sqlite"
            ) from error
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.place = parsed.render_as_string(hide_password=True)
        self.file = (
            Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None
        )
        if self.file:
            self.engine = _sqlite(str(parsed), synchronous="FULL")
            self.quick_engine = _sqlite(str(parsed), synchronous="NORMAL")
        else:
            self.engine = create_engine(parsed, pool_size=20, max_overflow=20, pool_pre_ping=True)
            self.quick_engine = self.engine
        # SQLite has one writer; waiting for it here is fair and quick, waiting inside SQLite is neither.
        self._writer = threading.Lock() if self.file else nullcontext()

    def migrate(self) -> None:
        """Bring the tables to this version. Raises StoreError."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        try:
            with _explained(self.place), self._writer, self.engine.begin() as connection:
                # Two processes that meet an empty database would both make its tables.
                self._take_turns(connection)
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(
                f"{self.place} was written by a newer version of Loopwright ({error})\n"
                "  run that version, or restore a backup"
            ) from error

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits at the end of the block, durably. Raises StoreError.

        There is one at a time, over all processes, so that what it has read is true until it has written.
        """
        with _explained(self.place), self._writer, self.engine.begin() as connection:
            self._take_turns(connection)
            yield connection

    def _take_turns(self, connection: Connection) -> None:
        if not self.file:
            connection.execute(_ONE_WRITER)

    @contextmanager
    def quick_write(self) -> Iterator[Connection]:
        """A transaction whose loss in a power failure would harm nobody: counters and rate budgets."""
        with _explained(self.place), self._writer, self.quick_engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view that writes nothing."""
        with _explained(self.place), self.engine.connect() as connection:
            yield connection.execution_options(reading=True)

    def close(self) -> None:
        self.engine.dispose()
        self.quick_engine.dispose()


def _sqlite(url: str, *, synchronous: str) -> Engine:
    # Python's sqlite3 begins transactions late; ours begin as writers at once, so that none fails half-way.
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


@contextmanager
def _explained(place: str) -> Iterator[None]:
    """Turn a failure of the database itself into words and advice; programming errors pass through."""
    try:
        yield
    except OperationalError as error:
        raise StoreError(f"{place}: {_words(error)}") from error
    except DBAPIError as error:
        if error.connection_invalidated or "file is not a database" in str(error.orig):
            raise StoreError(f"{place}: {_words(error)}") from error
        raise


def _words(error: DBAPIError) -> str:
    reason = str(error.orig).strip()
    advice = {
        "database or disk is full": "the disk is full; free some space and start again, nothing was lost",
        "unable to open database file": "create its folder, make it writable, or change database_url",
        "attempt to write a readonly": "it belongs to another user; change its owner or database_url",
        "disk I/O error": "the disk failed or is full; check it with df and start again, nothing was lost",
        "file is not a database": "this file is something else; change database_url",
        "database is locked": "another program keeps the file locked; close it and start again",
    }
    for start, words in advice.items():
        if start in reason:
            return f"{reason}\n  {words}"
    return f"{reason}\n  check that the database is running and that database_url is right"
