"""Telegram: see source.py for the class that the registry takes."""

from archiver.sources.telegram.source import Telegram

__all__ = ["Telegram"]
