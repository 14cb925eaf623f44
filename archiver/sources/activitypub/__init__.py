"""ActivityPub, the protocol itself: see source.py for the class that the registry takes."""

from archiver.sources.activitypub.source import ActivityPub

__all__ = ["ActivityPub"]
