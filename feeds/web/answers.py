"""What do answers of the JSON API hold? Types for OpenAPI, as in docs/reference/json.md."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

_WHEN = {"format": "date-time", "examples": ["2026-11-24T09:30:00Z"]}
_PLACE = {"format": "uri", "examples": ["https://social.example/@desk/1"]}

Time = Annotated[str, Field(json_schema_extra=_WHEN)]
Uri = Annotated[str, Field(json_schema_extra=_PLACE)]
ThreadId = Annotated[str, Field(pattern="^[0-9a-f]{16}$", examples=["3f0c6a1f2b7d9e45"])]
RecordId = Annotated[str, Field(examples=["urn:uuid:0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"])]
Count = Annotated[int, Field(ge=0)]
Next = Annotated[str | None, Field(description="Give it as `after`; null at the end.")]


class Author(BaseModel):
    """Who wrote; of an account's own server."""

    id: str
    handle: Annotated[str, Field(examples=["@desk@social.example"])]
    name: str


class Completeness(BaseModel):
    """How much of a thread the platform showed."""

    expected: int | None
    captured: Count
    gaps: Count
    reason: str


class ThreadLine(BaseModel):
    """A thread in a list, without its posts."""

    id: ThreadId
    platform: Annotated[str, Field(examples=["mastodon"])]
    url: str
    author: Author
    title: str
    language: str | None
    tags: list[str]
    first_captured_at: Time
    last_captured_at: Time
    updated_at: Time
    completeness: Completeness
    page: Uri


class Threads(BaseModel):
    """A page of threads."""

    threads: list[ThreadLine]
    next: Next


class Media(BaseModel):
    """An attachment of a post."""

    kind: str
    url: str
    alt: str | None
    mime: str | None


class Post(BaseModel):
    """A post, as it stands now, and what became of it."""

    id: str
    position: int
    parent_id: str | None
    author: Author | None
    url: str | None
    text: str
    created_at: Time | None
    edited_at: Time | None
    state: Literal["present", "edited", "vanished", "gap"]
    sealed: str | None
    content_warning: str | None
    language: str | None
    links: list[str]
    mentions: list[str]
    hashtags: list[str]
    media: list[Media]
    vanished_at: Time | None


class Thread(BaseModel):
    """A thread with its posts."""

    id: ThreadId
    platform: str
    url: str
    author: Author
    title: str
    language: str | None
    tags: list[str]
    first_captured_at: Time
    last_captured_at: Time
    updated_at: Time
    posts: list[Post]
    replies: Annotated[list[Post], Field(description="Posts of side branches.")]
    completeness: Completeness


class Hop(BaseModel):
    """One step of a redirect chain."""

    url: str
    status: int | None
    mechanism: str | None
    location: str | None
    ip: str | None
    at: Time
    record_id: RecordId | None
    source: str | None
    agent: str | None


class Witness(BaseModel):
    """A copy that another archive gave."""

    uri_m: str
    at: Time
    source: str
    status: int | None
    record_id: RecordId | None


class Place(BaseModel):
    """Where a link led, and what it met there."""

    target: str
    outcome: str


class Words(BaseModel):
    """How a page read before and after."""

    before: str
    after: str


class LinkChange(BaseModel):
    """What happened to a link, or to the page at its end."""

    kind: str
    at: Time
    before: Place
    after: Place
    record_ids: list[RecordId]
    words: Words | None
    picture: float | None


class Snapshot(BaseModel):
    """The archived copy of a page."""

    uri_m: Uri
    outcome: str
    status: int | None
    digest: str | None
    record_id: RecordId | None
    title: str | None
    at: Time
    requisites: Count
    missing: Count


class Link(BaseModel):
    """A link of a thread; target, outcome and hops are empty until it was followed."""

    uri_r: str
    target: str | None
    outcome: str | None
    error: str | None = None
    hops: list[Hop]
    witness: Witness | None = None
    snapshot: Snapshot | None
    changes: list[LinkChange]


class OneThread(BaseModel):
    """A thread and its links."""

    thread: Thread
    links: list[Link]


class DiffPiece(BaseModel):
    """Words that stayed, went or came."""

    op: Literal["kept", "removed", "added"]
    text: str


class PartChange(BaseModel):
    """One part of a post that was edited."""

    part: str
    diff: list[DiffPiece]


class Revision(BaseModel):
    """One change of a thread, with the records that prove it."""

    kind: Literal["added", "edited", "vanished", "restored", "renamed"]
    post_id: str
    at: Time
    said_at: Time | None
    record_ids: list[RecordId]
    before: str | None
    after: str | None
    changes: list[PartChange]


class Revisions(BaseModel):
    """A page of what happened to a thread."""

    revisions: list[Revision]
    next: Next


class Difference(BaseModel):
    """Where a second witness shows something else."""

    witness: str
    post_id: str
    what: Literal["missing_here", "missing_there", "text"]
    here: str
    there: str


class Observed(BaseModel):
    """One capture of a thread."""

    at: Time
    platform: str
    expected: int | None
    captured: Count
    gaps: Count
    reason: str
    differences: list[Difference]
    record_ids: list[RecordId]


class ThreadCaptures(BaseModel):
    """A page of the captures of a thread."""

    captures: list[Observed]
    next: Next


class FoundThread(BaseModel):
    """A thread that holds what was found."""

    id: ThreadId
    platform: str
    title: str
    content_warning: str | None
    url: str
    page: Uri


class SnippetPiece(BaseModel):
    """A part of an excerpt; marked where it is what was looked for."""

    text: str
    marked: bool


class FoundPost(BaseModel):
    """A post that was found."""

    id: str
    position: int
    url: str | None
    author: Author | None
    state: str
    content_warning: str | None
    language: str | None


class FoundTarget(BaseModel):
    """The archived copy of a page that was found."""

    url: str
    title: str | None
    language: str | None
    uri_m: Uri


class Hit(BaseModel):
    """What was found: a post or a target, by its kind."""

    kind: Literal["post", "target"]
    at: Time
    threads: list[FoundThread]
    snippet: list[SnippetPiece]
    post: FoundPost | None = None
    target: FoundTarget | None = None


class Found(BaseModel):
    """A page of what was found."""

    query: str
    hits: list[Hit]
    next: Next
    waiting: Annotated[int, Field(ge=0, description="Rows that are not indexed yet.")]


class ThreadPlace(BaseModel):
    """A thread in which a target appears, and as which link."""

    thread: ThreadId
    url: str
    title: str
    uri_r: str


class Places(BaseModel):
    """Where a target appears."""

    url: str
    places: list[ThreadPlace]
    next: Next


class Watch(BaseModel):
    """A watch, and how it stands."""

    name: str
    url: str
    every_s: float | None
    cron: str | None
    recapture_s: list[float]
    snapshots: Literal["http", "browser", "none"]
    tags: list[str]
    embargo_s: float | None = None
    origin: Literal["config", "command"]
    paused: bool
    state: Literal["new", "running", "ok", "retrying", "failed", "needs_credential", "paused"]
    last_at: Time | None
    last_error: str | None
    needs: list[str]
    next_due_at: Time | None
    threads: Count
    threads_failed: Count
    threads_error: str | None


class Watches(BaseModel):
    """All watches."""

    watches: list[Watch]


class Capture(BaseModel):
    """A capture of a seed: waiting, running or ended."""

    id: Count
    url: str
    watch: str | None
    state: Literal["queued", "running", "done", "failed"]
    due_at: Time
    started_at: Time | None
    finished_at: Time | None
    attempts: Count
    error: str | None
    thread: ThreadId | None


class OneCapture(BaseModel):
    """A capture."""

    capture: Capture


class Captures(BaseModel):
    """A page of captures, the newest first."""

    captures: list[Capture]
    next: Next


class WantedCapture(Capture):
    """A capture that was asked for, and what its seed was taken for."""

    platform: str
    kind: str


class Wanted(BaseModel):
    """The capture that was asked for."""

    capture: WantedCapture


class Status(BaseModel):
    """What is held, what ran, what is due, what failed and why."""

    counts: Annotated[dict[str, int], Field(examples=[{"threads": 12, "posts": 140}])]
    crawls: list[Capture]
    watches: list[Watch]


class Fault(BaseModel):
    """Why a call failed."""

    kind: Annotated[str, Field(examples=["UsageError"])]
    message: Annotated[str, Field(description="One sentence.")]


class Failed(BaseModel):
    """A call that failed."""

    error: Fault


def gives(model: type[BaseModel], status: int = 200) -> dict[int | str, dict[str, Any]]:
    """Give what a call answers, for its description; answers themselves pass unchanged."""
    said = {400: "The call is wrong", 401: "The token is wrong", 404: "Not there"}
    faults: dict[int | str, dict[str, Any]] = {
        code: {"model": Failed, "description": why} for code, why in said.items()
    }
    return {status: {"model": model, "description": model.__doc__ or ""}} | faults
