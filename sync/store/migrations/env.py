"""Runs the migrations over the connection that :class:`sync.store.database.Store` hands in."""

from alembic import context

from sync.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
