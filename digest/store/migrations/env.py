"""What Alembic runs to reach the database: the connection it is handed, in the transaction it is in."""

from __future__ import annotations

from alembic import context

from digest.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
