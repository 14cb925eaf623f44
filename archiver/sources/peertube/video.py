"""What do a video and a comment of the PeerTube API say? From their JSON to posts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from archiver.core.markdown import from_markdown, heading
from archiver.core.richtext import clean, language_of, name_of, web_address
from archiver.core.urls import origin_of
from archiver.models import Author, Branch, Media, MediaKind, Post
from archiver.sources.fields import Fields
from archiver.sources.hosts import authority

_PUBLIC = frozenset({1, 2})  # public, and unlisted: whoever has the address may see it
_NO_COMMENTS = 2
_STREAM = "application/vnd.apple.mpegurl"
_MIMES = {".mp4": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg", ".mov": "video/mp4"}


@dataclass(frozen=True, slots=True)
class Video:
    """
    A video, as far as reading on goes.

    Attributes:
        uuid: The same on every server.
        uri: Global: the ActivityPub id.
        state: What the server says of it if it is not there to be seen yet; else empty.
        comments: How many the server counts; None if it does not say.
        closed: There are no comments, since its author wants none.
    """

    uuid: str
    uri: str
    is_public: bool
    is_live: bool
    state: str
    comments: int | None
    closed: bool
    fields: Fields

    @classmethod
    def read(cls, fields: Fields) -> Video:
        """Read it. Raises ParseError if it is not what is documented."""
        policy = fields.maybe_inner("commentsPolicy")
        closed = policy is not None and policy.maybe_count("id") == _NO_COMMENTS
        if policy is None and fields.has("commentsEnabled"):
            closed = not fields.flag("commentsEnabled")
        state = fields.maybe_inner("state")
        published = state is None or state.maybe_count("id") in {None, 1}
        privacy = fields.maybe_inner("privacy")
        return cls(
            uuid=fields.text("uuid"),
            uri=web_address(fields.text("url")) or fields.refuse("url", "an address"),
            is_public=privacy is None or privacy.maybe_count("id") in _PUBLIC,
            is_live=fields.flag("isLive"),
            state="" if published or state is None else clean(state.words("label")).strip(),
            comments=fields.maybe_count("comments"),
            closed=closed,
            fields=fields,
        )

    @property
    def is_cut(self) -> bool:
        """Say whether the description is only its begin, as servers before 5.0 give it."""
        said = self.fields.words("description")
        return "truncatedDescription" not in self.fields.values and len(said) >= 250


@dataclass(frozen=True, slots=True)
class Comment:
    """
    A comment, as far as its place goes.

    Attributes:
        id: Local to the server that was asked; `parent` is that of the one it answers.
        user: Global id of its author; empty if that is not told.
        replies: How many the server counts below it; None if it does not say.
    """

    id: str
    uri: str
    user: str
    parent: str | None
    created_at: dt.datetime
    replies: int | None
    gone: bool
    fields: Fields

    @classmethod
    def read(cls, fields: Fields) -> Comment:
        """Read it. Raises ParseError if it is not what is documented."""
        local = fields.maybe_count("id")
        parent = fields.maybe_count("inReplyToCommentId")
        account = fields.maybe_inner("account")
        return cls(
            id=str(fields.refuse("id", "a number") if local is None else local),
            uri=web_address(fields.text("url")) or fields.refuse("url", "an address"),
            user=read_author(account).id if account else "",
            parent=None if parent is None else str(parent),
            created_at=fields.time("createdAt"),
            replies=fields.maybe_count("totalReplies"),
            gone=fields.flag("isDeleted") or fields.has("deletedAt"),
            fields=fields,
        )


def read_author(account: Fields) -> Author:
    """Read an account or a channel; the id is the ActivityPub id, the handle `name@host`."""
    url = web_address(account.words("url")) or ""
    name = name_of(account.text("name"))
    host = name_of(account.words("host")) or authority(origin_of(url))
    handle = f"{name}@{host}" if host else name
    return Author(
        id=url or handle,
        handle=handle,
        name=name_of(account.words("displayName")) or name,
        url=url,
        avatar_url=_avatar(account, url),
    )


def _avatar(account: Fields, url: str) -> str | None:
    single = account.maybe_inner("avatar")
    images = account.objects("avatars") or ((single,) if single else ())
    best = max(images, key=lambda each: each.maybe_count("width") or 0, default=None)
    return _file(best, url) if best else None


def _file(image: Fields, base: str) -> str | None:
    """Give the address of an image; older servers tell only its path."""
    whole = web_address(image.words("fileUrl"))
    path = image.words("path")
    return whole or (_joined(base, path) if path else None)


def _joined(base: str, path: str) -> str | None:
    try:
        return web_address(urljoin(base, path))
    except ValueError:
        return None


def title_of_video(video: Video) -> str:
    """Give the name of a video."""
    return clean(video.fields.words("name")).strip()


def read_video(video: Video, *, description: str | None, captions: Sequence[Fields]) -> Post:
    """
    Read a video whole.

    Args:
        description: The whole of it, where the server tells it apart.
        captions: Its subtitles, as they are listed.

    Raises:
        ParseError: If a field is not of the documented type.
    """
    fields = video.fields
    before = heading(title_of_video(video))
    text = fields.words("description") if description is None else description
    said = from_markdown(text, html=True, breaks=True, before=before)
    language = fields.maybe_inner("language")
    tags = tuple(name for each in fields.texts("tags") if (name := clean(each).strip("# ")))
    return Post(
        id=video.uri,
        author=read_author(fields.inner("account")),
        url=video.uri,
        text=said.text.text,
        html=said.text.html,
        created_at=fields.maybe_time("publishedAt") or fields.time("createdAt"),
        links=said.text.links,
        mentions=said.text.mentions,
        hashtags=tuple(dict.fromkeys((*said.text.hashtags, *tags))),
        media=(*_media(video, captions), *said.pictures),
        content_warning=clean(fields.words("nsfwSummary")).strip(),
        sensitive=fields.flag("nsfw"),
        language=language_of(language.words("id")) if language else None,
    )


def read_comment(comment: Comment, *, parent_id: str | None, branch: Branch) -> Post:
    """Read a comment whole; `parent_id` is the global id of what it answers. Raises ParseError."""
    said = from_markdown(comment.fields.words("text"), html=True, breaks=True)
    return Post(
        id=comment.uri,
        author=read_author(comment.fields.inner("account")),
        url=comment.uri,
        text=said.text.text,
        html=said.text.html,
        created_at=comment.created_at,
        parent_id=parent_id,
        branch=branch,
        links=said.text.links,
        mentions=said.text.mentions,
        hashtags=said.text.hashtags,
        media=said.pictures,
    )


def _media(video: Video, captions: Sequence[Fields]) -> tuple[Media, ...]:
    """The best file; where there is none the stream; and without that the poster alone."""
    fields, base = video.fields, video.uri
    poster = _poster(fields, base)
    subtitles = tuple(filter(None, (_caption(each, base) for each in captions)))
    best = _best(fields)
    if best is not None:
        address = web_address(best.words("fileUrl")) or ""
        silent = "hasVideo" in best.values and not best.flag("hasVideo")
        return (
            Media(
                kind=MediaKind.AUDIO if silent else MediaKind.VIDEO,
                url=address,
                mime=next((m for end, m in _MIMES.items() if address.endswith(end)), ""),
                width=best.maybe_count("width") or None,
                height=best.maybe_count("height") or _resolution(best) or None,
                preview_url=poster,
                captions=subtitles,
            ),
        )
    for each in fields.objects("streamingPlaylists"):
        address = web_address(each.words("playlistUrl")) or ""
        if address:
            return (
                Media(MediaKind.VIDEO, address, mime=_STREAM, preview_url=poster,
                      captions=subtitles),
            )  # fmt: skip
    return (Media(MediaKind.IMAGE, poster),) if poster else ()


def has_file(video: Video) -> bool:
    """Say whether the server shows a file of the video that can be kept."""
    return _best(video.fields) is not None


def _best(fields: Fields) -> Fields | None:
    """Give the file of the highest resolution, of those that hold picture and sound if any do."""
    files = [*fields.objects("files")]
    for playlist in fields.objects("streamingPlaylists"):
        files += playlist.objects("files")
    usable = [each for each in files if web_address(each.words("fileUrl"))]
    return max(usable, key=_worth, default=None)


def _worth(file: Fields) -> tuple[bool, int, int]:
    whole = all(name not in file.values or file.flag(name) for name in ("hasAudio", "hasVideo"))
    return whole, _resolution(file), file.maybe_count("size") or 0


def _resolution(file: Fields) -> int:
    resolution = file.maybe_inner("resolution")
    return (resolution.maybe_count("id") or 0) if resolution else 0


def _poster(fields: Fields, base: str) -> str | None:
    images = fields.objects("thumbnails")
    best = max(images, key=lambda each: each.maybe_count("width") or 0, default=None)
    if best is not None and (address := _file(best, base)):
        return address
    for whole, path in (("previewUrl", "previewPath"), ("thumbnailUrl", "thumbnailPath")):
        address = web_address(fields.words(whole))
        if address or fields.words(path):
            return address or _joined(base, fields.words(path))
    return None


def _caption(caption: Fields, base: str) -> str | None:
    path = caption.words("captionPath")
    return web_address(caption.words("fileUrl")) or (_joined(base, path) if path else None)
