"""How does Alembic run here? On the connection that store.schema hands it, never by itself."""

from __future__ import annotations

from alembic import context

from archiver.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite alters a table by making it again
    transactional_ddl=True,
)
context.run_migrations()
