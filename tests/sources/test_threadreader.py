"""Do Thread Reader pages become threads, live or saved?"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import AccessDenied, FetchError, NotFound, ParseError, RateLimited
from archiver.models import (
    Exchange,
    FetchRequest,
    Link,
    MediaKind,
    Outcome,
    Post,
    ThreadObservation,
)
from archiver.sources.threadreader import MAX_BYTES, MAX_POSTS, ThreadReader, parse_html

AT = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
ROOT = "1528655166066462720"
URL = f"https://threadreaderapp.com/thread/{ROOT}.html"
HEAD = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<link rel="canonical" href="https://threadreaderapp.com/thread/1528655166066462720.html"></head>
<body><div class="prof-image"><a href=/user/desk><img src="https://pbs.twimg.com/p/1.jpg"
 data-twtrid="799308922175655936"></a></div>
<h4 class="twitter_name"><a href="/user/desk">Harbour  Desk 🌊</a></h4>
<div class="thread-info"><a class="time" data-time="1653293567">May 23</a> • 3 tweets • 1 min read
</div>"""
PERMALINK = '<sup class="tw-permalink"><i class="fas fa-link">link</i></sup>'


def _tweet(inner: str, tweet: str = ROOT, name: str = "desk") -> str:
    return (
        f'<div id="tweet_1" class="content-tweet allow-preview" data-screenname="{name}"'
        f' data-tweet="{tweet}" dir="auto">\n   {inner}\n   {PERMALINK}\n</div>'
    )


def _saved(body: str) -> ThreadObservation:
    return parse_html(body.encode(), "page.html", AT, ("urn:uuid:1",))


def _post(inner: str) -> Post:
    return _saved(HEAD + _tweet(inner)).posts[0]


def _answer(url: str, body: str = "", status: int = 200, **headers: str) -> Exchange:
    named = tuple((key.replace("_", "-"), value) for key, value in headers.items())
    return Exchange(
        FetchRequest(url),
        AT,
        Outcome.OK,
        status=status,
        headers=named,
        body=body.encode(),
        record_id=f"urn:{url}",
    )


@pytest.mark.parametrize(
    ("url", "page"),
    [
        (URL, URL),
        (f"https://threadreaderapp.com/thread/{ROOT}", URL),
        (f"https://threadreaderapp.com/scrolly/{ROOT}", URL),
        (f"https://ThreadReaderApp.com/scrolly/{ROOT}/?utm_source=x#y", URL),
        (
            f"http://www.threadreaderapp.com/thread/{ROOT}",
            f"http://www.threadreaderapp.com/thread/{ROOT}.html",
        ),
        ("http://reader.example:80/thread/12.html", "http://reader.example:80/thread/12.html"),
        ("https://threadreaderapp.com/user/desk", None),
        ("https://threadreaderapp.com/thread/12x", None),
        ("https://threadreaderapp.com.evil.example/thread/12", None),
        ("https://evil.example/threadreaderapp.com/thread/12", None),
        ("ftp://threadreaderapp.com/thread/12", None),
        ("https://threadreaderapp.com:99999/thread/12", None),
        ("https://[threadreaderapp.com/thread/12", None),
    ],
)
def test_addresses(url: str, page: str | None) -> None:
    """Threads and Scrolly Tales lead to the same page; other hosts and paths are not ours."""
    ref = ThreadReader().match(url)
    assert (ref.key[0] if ref else None) == page


def test_page_is_asked_once_and_redirects_are_followed() -> None:
    """The source asks for the page, then for what it redirects to, then for nothing."""
    source = ThreadReader()
    ref = source.match(URL)
    assert ref is not None
    moved = _answer(URL, status=301, location="/thread/x.html")
    onward = "https://threadreaderapp.com/thread/x.html"
    assert [request.url for request in source.plan(ref, ())] == [URL]
    assert [request.url for request in source.plan(ref, (moved,))] == [onward]
    page = _answer(onward, HEAD + _tweet("Text"))
    assert source.plan(ref, (moved, page)) == ()
    seen = source.parse(ref, (moved, page))
    assert (seen.platform, seen.native_id, seen.url) == ("threadreader", ROOT, URL)
    assert seen.record_ids == (f"urn:{URL}", f"urn:{onward}")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, NotFound), (410, NotFound), (403, AccessDenied), (429, RateLimited), (503, FetchError)],
)
def test_refusals(status: int, kind: type[FetchError]) -> None:
    """A status that is no page becomes the error that says so."""
    source = ThreadReader()
    ref = source.match(URL)
    assert ref is not None
    answers = (_answer(URL, status=status),)
    assert source.plan(ref, answers) == ()
    with pytest.raises(kind):
        source.parse(ref, answers)


def test_thread_of_a_saved_page() -> None:
    """Author, address, times, order and count come from the page."""
    seen = _saved(
        HEAD
        + _tweet("First.")
        + _tweet("Second.", "1528655166066462999")
        + _tweet("Again.")
        + '<div class="content-tweet">Another thread</div>'
        + f"<footer>{_tweet('Not a post', '1528655166066463000')}</footer>"
    )
    assert [post.text for post in seen.posts] == ["First.", "Second."]
    assert seen.posts[1].parent_id == seen.native_id == ROOT
    assert seen.posts[1].url == "https://twitter.com/desk/status/1528655166066462999"
    assert seen.posts[0].created_at == dt.datetime(2022, 5, 23, 8, 32, 47, 286000, tzinfo=dt.UTC)
    assert (seen.author.id, seen.author.handle) == ("799308922175655936", "desk")
    assert (seen.author.name, seen.author.avatar_url) == (
        "Harbour Desk 🌊",
        "https://pbs.twimg.com/p/1.jpg",
    )
    assert (seen.completeness.expected, seen.completeness.captured) == (3, 2)
    assert seen.url == URL


def test_page_without_a_head() -> None:
    """Without name, address and count the posts are a thread all the same."""
    seen = _saved(_tweet("One", "20") + _tweet("Two", "21", name="other"))
    assert seen.url == "https://twitter.com/desk/status/20"
    assert seen.posts[0].created_at is None
    assert seen.posts[1].author is not None and seen.posts[1].author.handle == "other"
    assert (seen.author.name, seen.author.id, seen.completeness.expected) == ("", "", None)
    nameless = _saved(_tweet("One", "20", name="no name!"))
    assert nameless.posts[0].url == "https://twitter.com/i/web/status/20"


def test_time_that_cannot_be_is_none() -> None:
    """A number that would be a time after the page was read holds no time."""
    assert _saved(_tweet("x", "99999999999999999999")).posts[0].created_at is None


def test_text_reads_as_shown() -> None:
    """White space runs are one space, breaks are line ends, signs of the page are left out."""
    post = _post(
        "Ships &amp;  <b>tides</b>.<br />\n<br />\n<br/>\n <i>Two</i> <img class='emoji' alt='🧵'>"
        "<p>three </p> <div> four</div><script>x</script><!-- no --><div class='row'>card</div>"
    )
    assert post.text == "Ships & tides.\n\nTwo 🧵\nthree\nfour"
    assert post.html == "<p>Ships &amp; tides.<br><br>Two 🧵<br>three<br>four</p>"


def test_links_mentions_and_hashtags() -> None:
    """Addresses come from href, not from the words; bare links in the words count too."""
    post = _post(
        'By <a class="entity-mention" href="https://twitter.com/x">@x</a> and @y on'
        ' <a class="entity-hashtag" href="/hashtag/harbour">#harbour</a> #tide'
        ' <a class="entity-url" data-preview="true" href="https://bit.ly/3PFV01u"> bit.ly/3P… </a>'
        ' bit.ly/x <a href="/about">here</a> <a href="javascript:x()">no</a> <a href="/e"></a>'
        ' <a href="http://[">bad</a>'
    )
    assert post.mentions == ("@x", "@y")
    assert post.hashtags == ("harbour", "tide")
    assert post.links == (
        Link("https://bit.ly/3PFV01u", "bit.ly/3P…"),
        Link("https://bit.ly/x", "bit.ly/x"),
        Link("https://threadreaderapp.com/about", "here"),
    )
    assert post.text == "By @x and @y on #harbour #tide bit.ly/3P… bit.ly/x here no bad"


def test_pictures_and_films() -> None:
    """Media keep their address and the author's description; placeholders are none."""
    post = _post(
        'Look:<br /> <span class="entity-image"><a href="https://pbs.twimg.com/media/a.jpg">'
        '<img alt="Image" src="/images/1px.png" data-src="https://pbs.twimg.com/media/a.jpg"></a>'
        '</span> <span class="entity-image"><a href="https://pbs.twimg.com/media/b.jpg">'
        '<img alt="A crane" src="http://"></a></span>'
        '<img src="https://pbs.twimg.com/media/c.jpg"><img src="/images/1px.png">'
        '<span class="entity-video"><video poster="https://pbs.twimg.com/p.jpg">'
        '<source src="https://video.twimg.com/v.mp4"></video></span>'
        '<video data-src="https://video.twimg.com/tweet_video/g.mp4"></video><video></video>'
    )
    assert [(media.kind, media.url.rpartition("/")[2], media.alt) for media in post.media] == [
        (MediaKind.IMAGE, "a.jpg", ""),
        (MediaKind.IMAGE, "b.jpg", "A crane"),
        (MediaKind.IMAGE, "c.jpg", ""),
        (MediaKind.VIDEO, "v.mp4", ""),
        (MediaKind.GIF, "g.mp4", ""),
    ]
    assert post.media[3].preview_url == "https://pbs.twimg.com/p.jpg"
    assert post.text == "Look:"


def test_quotes() -> None:
    """An embedded post is a quote, not words of this one; other embeds say nothing."""
    embed = (
        '<span class="entity-embed"><blockquote class="twitter-tweet"><p>Their   words</p>'
        '<a href="https://twitter.com/them/status/206?s=20">May</a></blockquote></span>'
    )
    post = _post(f"See {embed} {embed}")
    assert post.quote is not None
    assert (post.quote.url, post.quote.text) == (
        "https://twitter.com/them/status/206",
        "Their words",
    )
    assert post.text == "See"
    framed = _post('<iframe data-tweet-id="206"></iframe>').quote
    assert framed is not None and framed.url == "https://twitter.com/i/status/206"
    assert (
        _post('<span class="entity-embed"><iframe src="https://v.example"></iframe></span>').quote
        is None
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"just words",
        b"\x89PNG\r\n\x1a\n\0\0",
        b"<html><div class=content-tweet>no number</div>",
        b"<html><div class=content-tweet data-tweet='x1'>no number</div>",
        b"<?xml version='1.0'?><rss><channel/></rss>",
    ],
)
def test_page_without_posts_is_no_thread(body: bytes) -> None:
    """The error names the file and says that it is no thread."""
    with pytest.raises(ParseError, match=r"^page\.html is no thread: "):
        parse_html(body, "page.html", AT, ())


def test_too_many_posts_are_refused() -> None:
    """A page with more posts than a thread may have is refused."""
    posts = "".join(
        f'<div class="content-tweet" data-tweet="{number}">x</div>'
        for number in range(MAX_POSTS + 1)
    )
    with pytest.raises(ParseError, match="more than the 5000"):
        _saved(posts)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (HEAD.replace("utf-8", "iso-8859-1") + _tweet("Grüße"), ""),
        (HEAD + _tweet("Grüße"), "text/html; charset=ISO-8859-1"),
    ],
)
def test_declared_encoding_is_used(body: str, content_type: str) -> None:
    """The page's own word for its encoding, or the server's, decides."""
    source = ThreadReader()
    ref = source.match(URL)
    assert ref is not None
    raw = body.replace("•", "-").replace(" 🌊", "").encode("latin-1")
    answer = Exchange(
        FetchRequest(URL), AT, Outcome.OK, 200, (("Content-Type", content_type),), body=raw
    )
    seen = source.parse(ref, (answer,))
    assert isinstance(seen, ThreadObservation)
    assert seen.posts[0].text == "Grüße"


@pytest.mark.parametrize("charset", ["no-such", "rot13", "undefined", "idna"])
def test_odd_encodings_fall_back_to_utf8(charset: str) -> None:
    """An encoding that is none, or none for text, does not hide the thread."""
    assert _saved(HEAD.replace("utf-8", charset) + _tweet("Grüße")).posts[0].text == "Grüße"


def test_byte_order_marks_are_no_text() -> None:
    """A byte order mark decides the encoding."""
    for encoding in ("utf-8-sig", "utf-16"):
        body = (HEAD + _tweet("Grüße")).encode(encoding)
        assert parse_html(body, "page.html", AT, ()).posts[0].text == "Grüße"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"x<br>" * 100_000, "over 80,000 elements"),
        (b"<meta charset=utf-7>" + b"x+ADw-br+AD4-" * 100_000, "over 80,000 elements"),
        (b"x" * (MAX_BYTES + 1), "over 8 MB"),
    ],
    ids=["elements", "hidden elements", "bytes"],
)
def test_page_that_costs_too_much_is_no_thread(body: bytes, said: str) -> None:
    """A tree of a page costs two hundred times its bytes; files and witnesses are read alike."""
    with pytest.raises(ParseError, match=said):
        parse_html(b'<div class="content-tweet" data-tweet="1">' + body, "saved", AT, ())


def test_no_more_of_a_page_is_kept_than_is_read() -> None:
    """A server may send pages without end."""
    ref = ThreadReader().match(URL)
    assert ref is not None
    [request] = ThreadReader().plan(ref, ())
    assert request.keep_bytes == MAX_BYTES


def test_deep_markup_is_read() -> None:
    """Nesting deeper than the interpreter's stack breaks nothing."""
    post = _post("<span>" * 20_000 + "deep" + "<div><br>" * 2_000)
    assert post.text == "deep"


_MARKUP = st.lists(
    st.sampled_from(
        [
            "<br>", "<p>", "</p>", "<div>", "</div>", " ", "\n", "word ", "<b>", "</b>", "&amp;",
            '<a href="https://a.example/x">', "</a>", "<img src=https://a.example/i.png>", "\x00",
            '<a class="entity-mention" href="/x">@x', "<!--", "-->", "<blockquote>", "bit.ly/x",
        ]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@given(_MARKUP)
def test_any_markup_is_read(markup: str) -> None:
    """Whatever a post holds, its text has no stray white space and its links are of the web."""
    post = _post(markup)
    assert post.text == post.text.strip()
    assert not any(run in post.text for run in ("  ", " \n", "\n ", "\n\n\n", "\x00"))
    assert all(link.uri_r.startswith(("http://", "https://")) for link in post.links)
    assert all(link.text and link.text in post.text for link in post.links)


def test_saved_page_may_name_itself_in_opengraph() -> None:
    """The first address of Thread Reader that a saved page names is its own."""
    head = (
        '<link rel="canonical" href="https://elsewhere.example/x">'
        f'<meta property="og:url" content="https://threadreaderapp.com/scrolly/{ROOT}">'
    )
    assert _saved(head + _tweet("One")).url == URL
    assert ThreadReader().platform == "threadreader"


def test_link_in_an_embed_is_no_quote_unless_it_names_a_post() -> None:
    """Of several addresses in an embed the one of a post counts."""
    quote = _post(
        '<span class="entity-embed"><a href="https://a.example">a</a>'
        '<a href="https://x.com/them/status/7">b</a></span>'
    ).quote
    assert quote is not None and quote.url == "https://x.com/them/status/7"
