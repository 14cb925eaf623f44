"""PeerTube: see source.py for the class that the registry takes."""

from archiver.sources.peertube.source import PeerTube

__all__ = ["PeerTube"]
