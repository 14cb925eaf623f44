"""Is everything found that a page needs, and nothing that it does not?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core import markup, requisites, urls
from archiver.core.requisites import Kind

PAGE = "https://a.example/dir/page?q"


def of_html(html: str, url: str = PAGE) -> list[str]:
    """Give the addresses that a page wants."""
    return [each.url for each in requisites.of_html(markup.read(html), url).requisites]


def of_css(css: str | bytes) -> list[tuple[str, Kind]]:
    """Give what a style sheet wants."""
    content = css.encode() if isinstance(css, str) else css
    found = requisites.of_css(content, "https://a.example/css/main.css")
    return [(each.url.removeprefix("https://a.example/"), each.kind) for each in found.requisites]


@pytest.mark.parametrize(
    ("html", "wanted"),
    [
        ("<link rel=stylesheet href=a.css>", "a.css"),
        ("<link rel='alternate StyleSheet' href=a.css>", "a.css"),
        ("<link rel='shortcut icon' href=a.ico>", "a.ico"),
        ("<link rel=apple-touch-icon href=a.png>", "a.png"),
        ("<link rel=manifest href=a.json>", "a.json"),
        ("<link rel=preload as=font href=a.woff2>", "a.woff2"),
        ("<link rel=preload as=image imagesrcset='a.png 1x, b.png 2x'>", "a.png b.png"),
        ("<link rel=modulepreload href=a.js>", "a.js"),
        ("<link rel=canonical href=a><link rel=alternate href=b><link href=c>", ""),
        ("<script src=a.js></script><script>b()</script>", "a.js"),
        ("<img src=' a.png '>", "a.png"),
        ("<IMG SRC='a b.png#x'>", "a%20b.png"),
        ("<img srcset='a.png, b.png 2x,c.png 100w'>", "a.png b.png c.png"),
        ("<img srcset='w_1,h_2/a.png 1x, b.png 2x'>", "w_1,h_2/a.png b.png"),
        ("<img srcset=' , a.png,, b.png ,'>", "a.png b.png"),
        ("<img src=a.gif data-src=b.png data-srcset='c.png 1x'>", "a.gif b.png c.png"),
        ("<picture><source srcset='a.webp 1x'><img src=a.png></picture>", "a.webp a.png"),
        ("<video src=a.mp4 poster=a.png><track src=a.vtt></video>", "a.mp4 a.png a.vtt"),
        ("<audio><source src=a.mp3></audio>", "a.mp3"),
        ("<iframe src=a.html></iframe>", "a.html"),
        ("<iframe data-src=a.html></iframe>", "a.html"),
        ("<frameset><frame src=a.html></frameset>", "a.html"),
        ("<iframe srcdoc='&lt;img src=a.png&gt;'></iframe><img src=b.png>", "a.png b.png"),
        ("<embed src=a.swf><object data=b.pdf></object>", "a.swf b.pdf"),
        ("<input type=image src=a.png>", "a.png"),
        ("<svg><use href='a.svg#b'/><image xlink:href=c.png></svg>", "a.svg c.png"),
        ("<svg><use href='#here'/></svg>", ""),
        ("<meta property=og:image content=a.png>", "a.png"),
        ("<meta name=twitter:image content=a.png>", "a.png"),
        ("<meta property=og:title content=a.png>", ""),
        ("<body background=a.png><td background=b.png>", "a.png b.png"),
        ("<p style=\"background:url('a.png')\">", "a.png"),
        ("<style>@import 'a.css'; p{background:url(b.png)}</style>", "a.css b.png"),
        ("<noscript><img src=a.png></noscript>", "a.png"),
        ("<div data-src=a.png></div>", "a.png"),
        ("<img src=data:image/png;base64,xx><img src=blob:x><img src=about:blank>", ""),
        ("<img src='javascript:x()'><img src=''><img><img src=#x><img src='http://[bad'>", ""),
        ("<img src=ftp://a.example/x><img src=http://u:p@a.example/x>", ""),
        ("<img src=/dir/page?q><img src=a.png><img src=./a.png>", "a.png"),
    ],
)  # fmt: skip
def test_page_names_its_requisites(html: str, wanted: str) -> None:
    """Each way in which HTML names a part of the page is known; what is no part is left."""
    assert of_html(html) == ["https://a.example/dir/" + each for each in wanted.split()]


def test_base_moves_references() -> None:
    """The first base counts, for the whole document, and is itself relative to the page."""
    html = "<img src=a.png><base href=/b/><base href=/c/><img src=//d.example/e.png>"
    assert of_html(html) == ["https://a.example/b/a.png", "https://d.example/e.png"]
    assert of_html("<base href=javascript:x><img src=a>") == ["https://a.example/dir/a"]


def test_frame_in_place_has_its_own_base() -> None:
    """A base within a srcdoc moves nothing outside it."""
    html = "<iframe srcdoc='<base href=/x/><img src=a>'></iframe><img src=b>"
    assert of_html(html) == ["https://a.example/x/a", "https://a.example/dir/b"]


def test_frames_in_place_are_bounded() -> None:
    """Documents within documents within documents come to an end."""
    html = "<img src=0>"
    for n in range(1, 6):
        inner = html.replace("&", "&amp;").replace('"', "&quot;")
        html = f'<img src={n}><iframe srcdoc="{inner}">'
    assert of_html(html) == [f"https://a.example/dir/{n}" for n in (5, 4, 3)]


def test_fragment_of_the_page_is_not_inherited() -> None:
    """A page that was asked with a fragment does not hand it to its parts."""
    assert of_html("<img src=a.png>", PAGE + "#part") == ["https://a.example/dir/a.png"]


def test_kinds_are_told() -> None:
    """Style sheets and frames have requisites of their own; one of them wins over a mere file."""
    html = "<link rel=icon href=a><link rel=stylesheet href=a><iframe src=b></iframe><img src=b>"
    found = requisites.of_html(markup.read(html), PAGE).requisites
    assert [each.kind for each in found] == [Kind.STYLE, Kind.FRAME]


def test_number_is_bounded_and_said() -> None:
    """A page that wants too much gets what came first, and it is said."""
    html = "".join(f"<img src={n}>" for n in range(requisites.MAX_REQUISITES + 5))
    found = requisites.of_html(markup.read(html), PAGE)
    assert len(found.requisites) == requisites.MAX_REQUISITES
    assert not found.whole
    assert requisites.of_html(markup.read("<img src=a>"), PAGE).whole
    assert len(of_html(f"<img srcset='{', '.join(f'{n}.png 1x' for n in range(99))}'>")) == 50


@pytest.mark.parametrize(
    ("css", "wanted"),
    [
        ("@import 'a.css';", [("css/a.css", Kind.STYLE)]),
        ('@IMPORT url("a.css") screen;', [("css/a.css", Kind.STYLE)]),
        ("@import url(../a.css) layer(x) supports(display:grid);", [("a.css", Kind.STYLE)]),
        ("p{background:url( a.png )}", [("css/a.png", Kind.OTHER)]),
        ("p{background:URL('a\\62 .png')}", [("css/ab.png", Kind.OTHER)]),
        (
            "p{background:url(a.png),url(b.png)}",
            [("css/a.png", Kind.OTHER), ("css/b.png", Kind.OTHER)],
        ),
        (
            "@font-face{src:url(a.eot?#iefix) format('x'),url(/b.woff2)}",
            [("css/a.eot?", Kind.OTHER), ("b.woff2", Kind.OTHER)],
        ),
        (
            "@media print{@supports (a:b){p{background:image-set('a.png' 1x,url(b.png) 2x)}}}",
            [("css/a.png", Kind.OTHER), ("css/b.png", Kind.OTHER)],
        ),
        ("@namespace url(http://www.w3.org/1999/xhtml);@namespace svg 'x';p{}", []),
        ("/* url(a.png) */ p::after{content:'url(b.png)'}", []),
        ("p{background:url(data:image/png;base64,xx)} q{background:url()}", []),
        ("p{background:url(#clip);filter:url(a.svg#f)}", [("css/a.svg", Kind.OTHER)]),
        ("p{color:red}", []),
        ("@charset 'koi8-r';p{background:url(a.png)}", [("css/a.png", Kind.OTHER)]),
        ("p{background:url(a.png", [("css/a.png", Kind.OTHER)]),
    ],
)
def test_style_sheet_names_its_requisites(css: str, wanted: list[tuple[str, Kind]]) -> None:
    """Imports, pictures and fonts are found; comments, strings and namespaces are not."""
    assert of_css(css) == wanted


def test_charset_of_a_sheet_counts() -> None:
    """A name in another charset is read as what it says."""
    css = '@charset "iso-8859-1";p{background:url(é.png)}'.encode("latin-1")
    assert of_css(css) == [("css/%C3%A9.png", Kind.OTHER)]


def test_long_sheet_is_cut_and_said() -> None:
    """A sheet over the limit is read up to there."""
    css = b"p{background:url(a.png)}" + b" " * requisites.MAX_CSS + b"p{background:url(b.png)}"
    found = requisites.of_css(css, PAGE)
    assert [each.url for each in found.requisites] == ["https://a.example/dir/a.png"]
    assert not found.whole


@pytest.mark.parametrize(
    "css", ["{url(" * 50_000, "a(url(" * 50_000, "@import " * 50_000, "url(\\" * 50_000]
)
def test_hostile_css_is_read(css: str) -> None:
    """Nesting without end breaks nothing."""
    of_css(css)


@given(st.text(), st.text())
def test_only_web_addresses_are_found(text: str, url: str) -> None:
    """Whatever stands in a page, what is wanted is an absolute web address in its one form."""
    html = (
        f"<base href='{text}'><img src='{text}' srcset='{text}, x 1x'><style>{text} url({text})"
        f"@import '{text}'</style><p style='a:url(\"{text}\")'><iframe srcdoc='{text}'></iframe>"
    )
    found = requisites.of_html(markup.read(html), url).requisites
    found += requisites.of_html(markup.read(html), PAGE).requisites
    found += requisites.of_css(
        f"a{{b:url('{text}')}} {text}".encode("utf-8", "replace"), PAGE
    ).requisites
    for each in found:
        assert each.url.startswith(("http://", "https://"))
        assert urls.fetchable(each.url) == each.url
        assert "#" not in each.url
