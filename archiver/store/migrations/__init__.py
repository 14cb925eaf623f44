"""How did the tables change from version to version? Alembic scripts, in `versions`."""
