"""Which WARCs of this archive were written by others? Told by their names, so that a row tells."""

from __future__ import annotations

PREFIX = "import-"
"""Names of WARCs that others wrote begin so: what they say of themselves is not ours to believe."""


def is_foreign(filename: str) -> bool:
    """Say whether others wrote a WARC of this archive."""
    return filename.startswith(PREFIX)
