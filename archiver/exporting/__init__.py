"""How a thread leaves the archive with all that proves it."""
