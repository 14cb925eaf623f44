"""Misskey and its forks: see source.py for the class that the registry takes."""

from archiver.sources.misskey.source import Misskey

__all__ = ["Misskey"]
