"""Lemmy and PieFed: see source.py for the class that the registry takes."""

from archiver.sources.lemmy.source import Lemmy

__all__ = ["Lemmy"]
