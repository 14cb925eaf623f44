"""Any page, feed or file of the web: see source.py for the class that the registry takes."""

from archiver.sources.web.source import Web

__all__ = ["Web"]
