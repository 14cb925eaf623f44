"""Threads of every kind, as the store would give them for publication; for all tests of feeds."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from archiver.core.ids import thread_id
from archiver.models import (
    Author,
    Branch,
    Chain,
    Completeness,
    Hop,
    Link,
    LinkView,
    Mechanism,
    Media,
    MediaCopy,
    MediaKind,
    Outcome,
    Poll,
    PollOption,
    Post,
    PostState,
    Quote,
    Snapshot,
    StoredPost,
    Thread,
    ThreadView,
)

BASE = "http://127.0.0.1:8000"
WRITTEN = dt.datetime(2022, 5, 24, 5, 0, tzinfo=dt.UTC)
CAPTURED = dt.datetime(2022, 5, 24, 14, 3, tzinfo=dt.UTC)
CHANGED = dt.datetime(2022, 6, 2, 10, 0, tzinfo=dt.UTC)
ICIJ = Author(
    id="https://social.example/users/icij",
    handle="icij",
    name="ICIJ",
    url="https://social.example/@icij",
)
SHORT = "https://bit.ly/3PFV01u"
TARGET = "https://www.icij.org/investigations/china-cables/?a=1&b=2"
HOSTILE = (
    "<script>alert(1)</script>]]>&amp;&#0;&#x1;\x00\x08\x0b\x1f\x7f\x85\ud83d\udfff\ufffe\uffff"
    "\U0001ffff\u202e\" onload='x' {{ 7*7 }} {% raw %} --><![CDATA[ <img src=x onerror=y> \r\n"
)
LONG_URL = "https://long.example/" + "path/" * 200 + "?q=" + "%C3%BC" * 160

T = TypeVar("T")


def post(number: int, text: str = "", **changes: Any) -> StoredPost:
    """Give post `number` (from 1) of a thread; `changes` are fields of StoredPost or of Post."""
    outer = {field.name for field in dataclasses.fields(StoredPost)}
    body = Post(
        id=f"https://social.example/users/icij/statuses/{number}",
        author=ICIJ,
        url=f"https://social.example/@icij/{number}",
        text=text or f"Post {number}.",
        html=f"<p>{text or f'Post {number}.'}</p>",
        created_at=WRITTEN + dt.timedelta(minutes=number - 1),
    )
    body = dataclasses.replace(body, **{k: v for k, v in changes.items() if k not in outer})
    stored = StoredPost(body, PostState.PRESENT, number, CAPTURED, CAPTURED)
    return dataclasses.replace(stored, **{k: v for k, v in changes.items() if k in outer})


def gap(number: int) -> StoredPost:
    """Give a place in a thread where a post is missing."""
    unseen = post(number, author=None, url="", created_at=None, gap=True, state=PostState.GAP)
    return dataclasses.replace(unseen, post=dataclasses.replace(unseen.post, text="", html=""))


def view(
    posts: Iterable[StoredPost],
    *,
    name: str = "1",
    links: Iterable[LinkView] = (),
    media: Iterable[MediaCopy] = (),
    **changes: Any,
) -> ThreadView:
    """Give the view of a thread, whose id comes of `name`; `changes` are fields of Thread."""
    held = tuple(posts)
    own = [each for each in held if each.post.branch is Branch.THREAD]
    gaps = sum(1 for each in own if each.state is PostState.GAP)
    root = own[0].post if own else Post(id="", author=ICIJ)
    native_id = f"https://social.example/threads/{name}"
    thread = Thread(
        id=thread_id("mastodon", native_id),
        platform="mastodon",
        native_id=native_id,
        url=root.url,
        author=ICIJ,
        title=root.text[:100],
        posts=held,
        completeness=Completeness(
            len(own), len(own) - gaps, gaps, "The server listed the whole thread."
        ),
        first_captured_at=CAPTURED,
        last_captured_at=CAPTURED,
        updated_at=CAPTURED,
        language="en",
    )
    thread = dataclasses.replace(thread, **changes)
    return ThreadView(thread=thread, links=tuple(links), media=tuple(media))


def link(uri_r: str, target: str, outcome: Outcome = Outcome.OK, title: str = "") -> LinkView:
    """Give a link that led to `target` in one hop; a copy is held of it if it was there."""
    hops = (
        Hop(uri_r, CAPTURED, 301, Mechanism.HTTP, target, "192.0.2.1", "urn:uuid:h1"),
        Hop(target, CAPTURED, 200 if outcome is Outcome.OK else None, ip="192.0.2.2"),
    )
    chain = Chain(uri_r, target, outcome, hops, CAPTURED)
    kept = Snapshot(
        target, CAPTURED, Outcome.OK, 200, "sha256:" + "ab" * 32, "urn:uuid:s1", "text/html", title
    )
    return LinkView(uri_r, chain, kept if outcome is Outcome.OK else None)


def picture(number: int, **changes: Any) -> Media:
    """Give picture `number` of a post."""
    url = f"https://media.example/{number}.jpg"
    return dataclasses.replace(
        Media(MediaKind.IMAGE, url, f"Picture {number}", "image/jpeg", 640, 480), **changes
    )


def copies(of: ThreadView) -> dict[str, str]:
    """Give addresses of our copies of all the media in a view, previews too."""
    urls = [
        url
        for stored in of.thread.posts
        for media in stored.post.media
        for url in (media.url, media.preview_url)
        if url
    ]
    return {url: f"{BASE}/media/{n:064x}{_extension(url)}" for n, url in enumerate(urls)}


def copy_of(media: Media) -> MediaCopy:
    """Give the row of a copy that is held."""
    digest = "sha256:" + "cd" * 32
    return MediaCopy(media.url, Outcome.OK, "urn:uuid:m", digest, media.mime, 2048, CAPTURED)


def typical() -> ThreadView:
    """A thread with all that threads have: links, picture, film, poll, quote, edit, loss, reply."""
    words = f'<p>NEW: thousands of images leaked. <a href="{SHORT}">bit.ly/3PFV01u</a></p>'
    film = Media(
        MediaKind.VIDEO,
        "https://media.example/film.mp4",
        "A gate opens",
        "video/mp4",
        1280,
        720,
        "https://media.example/film.jpg",
    )
    poll = Poll((PollOption("Yes", 12), PollOption("No", None)), closes_at=CHANGED, voters=12)
    zenz = Author(id="z", handle="adrianzenz", name="Adrian Zenz")
    quote = Quote("https://social.example/@z/9", author=zenz, html="<p>Another thing to see it</p>")
    posts = (
        post(
            1,
            "NEW: thousands of images leaked. bit.ly/3PFV01u",
            html=words,
            links=(Link(SHORT, "bit.ly/3PFV01u"),),
            hashtags=("XinjiangPoliceFiles",),
            media=(picture(1),),
            language="en",
        ),
        post(2, "Seen at https://gone.example/x & more", links=(Link("https://gone.example/x"),)),
        post(3, "A gate opens", media=(film,), state=PostState.EDITED, edited_at=CHANGED),
        post(4, "It was said", state=PostState.VANISHED, vanished_at=CHANGED),
        gap(5),
        post(6, "Do you agree?", poll=poll, quote=quote),
        post(7, "A stranger", branch=Branch.SIDE, links=(Link("https://spam.example/"),)),
    )
    links = (
        link(SHORT, TARGET, title="The Xinjiang Police Files"),
        link("https://gone.example/x", "https://gone.example/y", Outcome.DEAD),
        link("https://spam.example/", "https://spam.example/buy"),
    )
    return view(
        posts,
        links=links,
        media=(copy_of(picture(1)),),
        updated_at=CHANGED,
        tags=("xinjiang",),
        name="typical",
    )


def one_post() -> ThreadView:
    """A thread of one post."""
    return view([post(1, "All of it.")], name="one_post")


def long(posts: int = 300) -> ThreadView:
    """A long thread in which each post has the same link."""
    links = (Link(SHORT, "bit.ly/3PFV01u"),)
    words = "A sentence of some length about the matter at hand. " * 5
    return view(
        [post(n, f"{n}. {words}", links=links) for n in range(1, posts + 1)],
        links=[link(SHORT, TARGET, title="The Xinjiang Police Files")],
        name="long",
    )


def ten_pictures() -> ThreadView:
    """A post with ten pictures, of which two are described alike."""
    pictures = (*(picture(n) for n in range(1, 10)), picture(10, alt="Picture 1"))
    return view(
        [post(1, media=pictures)], media=[copy_of(each) for each in pictures], name="ten_pictures"
    )


def covered() -> ThreadView:
    """A thread whose author asks that its words and pictures be covered."""
    return view(
        [post(1, "Secret words", content_warning="Violence", media=(picture(1),), sensitive=True)],
        title="Violence",
        name="covered",
    )


def uyghur() -> ThreadView:
    """A thread written from right to left."""
    who = dataclasses.replace(ICIJ, name="ئۇيغۇر خەۋەرلىرى", handle="uyghur")
    return view(
        [post(1, "شىنجاڭ ساقچى ھۆججەتلىرى", language="ug", author=who)],
        author=who,
        language="ug",
        name="uyghur",
    )


def japanese() -> ThreadView:
    """A thread in Japanese, with a link to an address in Japanese."""
    uri = "https://例え.jp/記事?題=ウイグル"
    return view(
        [post(1, "新疆公安文書 例え.jp/記事", links=(Link(uri, "例え.jp/記事"),), html="")],
        links=[link(uri, uri, title="記事")],
        language="ja",
        name="japanese",
    )


def everything_failed() -> ThreadView:
    """A thread in which every post is lost and no link led anywhere."""
    uris = [f"https://{outcome.value.replace('_', '-')}.example/" for outcome in Outcome]
    links = tuple(Link(uri) for uri in [*uris, "ftp://old.example/", "javascript:alert(1)"])
    views = [link(uri, uri, outcome) for uri, outcome in zip(uris, Outcome, strict=True)]
    refused = Snapshot(
        uris[1], CAPTURED, Outcome.DEAD, 404, "sha256:" + "ef" * 32, "urn:uuid:r", title="404"
    )
    views[1] = dataclasses.replace(views[1], snapshot=refused)
    views += [LinkView("ftp://old.example/"), LinkView("javascript:alert(1)")]
    return view(
        [
            post(
                1,
                links=links,
                media=(picture(1), picture(2, url="file:///x")),
                state=PostState.VANISHED,
                vanished_at=CHANGED,
            ),
            *(gap(number) for number in range(2, 5)),
        ],
        links=views,
        completeness=Completeness(9, 1, 3, "The server stopped answering."),
        name="everything_failed",
    )


def hostile() -> ThreadView:
    """The typical thread with a hostile text in every field."""
    view_ = typical()
    own_id = dataclasses.replace(view_.thread, id=thread_id("mastodon", "hostile"))
    return with_texts(dataclasses.replace(view_, thread=own_id), lambda: HOSTILE)


def long_addresses() -> ThreadView:
    """A thread whose link is 2,000 characters long, and whose author has a long name."""
    who = dataclasses.replace(ICIJ, name="Internationale Vereinigung der " * 2)
    return view(
        [post(1, LONG_URL, links=(Link(LONG_URL, LONG_URL),), html="")],
        links=[link(LONG_URL, LONG_URL)],
        author=who,
        name="long_addresses",
    )


def empty() -> ThreadView:
    """A thread of which no post is held."""
    return view([], name="empty")


ALL: dict[str, Callable[[], ThreadView]] = {
    each.__name__: each
    for each in (
        *(typical, one_post, long, ten_pictures, covered, uyghur, japanese),
        *(everything_failed, hostile, long_addresses, empty),
    )
}


def with_texts(value: T, fresh: Callable[[], str]) -> T:
    """Give a copy of a view in which every text from outside is replaced by `fresh()`."""
    return _replaced(value, fresh)  # type: ignore[no-any-return]  # what goes in comes out


def _replaced(value: Any, fresh: Callable[[], str]) -> Any:
    if isinstance(value, str) and not isinstance(value, enum.Enum):
        return fresh()
    if isinstance(value, tuple):
        return tuple(_replaced(each, fresh) for each in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        # The id of a thread is ours: no outside text can change it.
        ours = {"id"} if isinstance(value, Thread) else set()
        names = [field.name for field in dataclasses.fields(value) if field.name not in ours]
        changed = {name: _replaced(getattr(value, name), fresh) for name in names}
        return dataclasses.replace(value, **changed)
    return value


def _extension(url: str) -> str:
    found = url.rpartition(".")[2]
    return f".{found}" if found in ("jpg", "mp4") else ""
