"""Bluesky: threads, accounts and feeds, by its AppView and its authors' repositories."""

from archiver.sources.bluesky.source import Bluesky

__all__ = ["Bluesky"]
