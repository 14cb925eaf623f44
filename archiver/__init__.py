"""Captures threads and the links in them as evidence."""

__version__ = "0.1.0"
