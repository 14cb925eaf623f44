"""Mastodon, and servers that speak its API: see source.py for the class that the registry takes."""

from archiver.sources.mastodon.source import Mastodon

__all__ = ["Mastodon"]
