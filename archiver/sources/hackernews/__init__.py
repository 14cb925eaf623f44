"""Hacker News: see source.py for the class that the registry takes."""

from archiver.sources.hackernews.source import HackerNews

__all__ = ["HackerNews"]
