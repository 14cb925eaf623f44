"""
How does what changed reach publish_dir?

For the web app: `GONE` is a file below publish_dir with the ids of withheld threads, one a line;
`/t/ID/…` of those answers 410. It is written before anything else, and empty if there are none.
"""

from feeds.publish.gone import GONE, gone
from feeds.publish.run import PublishResult, publish

__all__ = ["GONE", "PublishResult", "gone", "publish"]
