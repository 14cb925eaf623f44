"""How does what changed reach publish_dir?"""

from feeds.publish.run import PublishResult, publish

__all__ = ["PublishResult", "publish"]
