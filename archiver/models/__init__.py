"""
The words of the field as frozen values: what the parts hand to each other.

Times are UTC-aware, sequences are tuples, absent is None, and no value here knows how it is stored.
docs/reference/glossary.md defines the words.
"""

from archiver.models.crawls import CaptureResult, Crawl, CrawlRequest, CrawlState, Snapshots, Watch
from archiver.models.exchanges import (
    Exchange,
    FetchRequest,
    Header,
    Outcome,
    Purpose,
    RecordRef,
    RecordType,
)
from archiver.models.links import Chain, Hop, Mechanism, MediaCopy, Snapshot
from archiver.models.threads import (
    Author,
    Branch,
    Completeness,
    Difference,
    KnownPost,
    Link,
    ListingObservation,
    Media,
    MediaKind,
    Observation,
    Poll,
    PollOption,
    Post,
    PostState,
    Quote,
    RefKind,
    Revision,
    RevisionKind,
    SourceRef,
    StoredPost,
    Thread,
    ThreadObservation,
)
from archiver.models.views import LinkView, ThreadView

__all__ = [
    "Author",
    "Branch",
    "CaptureResult",
    "Chain",
    "Completeness",
    "Crawl",
    "CrawlRequest",
    "CrawlState",
    "Difference",
    "Exchange",
    "FetchRequest",
    "Header",
    "Hop",
    "KnownPost",
    "Link",
    "LinkView",
    "ListingObservation",
    "Mechanism",
    "Media",
    "MediaCopy",
    "MediaKind",
    "Observation",
    "Outcome",
    "Poll",
    "PollOption",
    "Post",
    "PostState",
    "Purpose",
    "Quote",
    "RecordRef",
    "RecordType",
    "RefKind",
    "Revision",
    "RevisionKind",
    "Snapshot",
    "Snapshots",
    "SourceRef",
    "StoredPost",
    "Thread",
    "ThreadObservation",
    "ThreadView",
    "Watch",
]
