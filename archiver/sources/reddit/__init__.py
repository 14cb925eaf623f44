"""Reddit: see source.py for the class that the registry takes."""

from archiver.sources.reddit.source import Reddit

__all__ = ["Reddit"]
