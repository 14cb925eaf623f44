"""X, which was Twitter: its API, pages of others that show it, and its data export."""

from archiver.sources.x.source import X

__all__ = ["X"]
